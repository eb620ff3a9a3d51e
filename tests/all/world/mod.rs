//! The world of one test: a temporary directory, a CH server, people with a home each, their Maildirs.
//!
//! Everything that is started here is ended by its PID when the value that stands for it is dropped.

pub mod browser;
pub mod dovecot;
pub mod peer;
pub mod pop3;
pub mod postfix;
pub mod process;
pub mod sink;
pub mod smtp;

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

pub use process::{Output, Running};

/// How long anything may take that a test waits for.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Where the binary of a tool is.
pub fn tool(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_ch-port")).with_file_name(name)
}

/// A loopback port that nothing listens on, outside the range that outgoing connections use.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Tests are processes with numbers in a row, and some take several ports.
    let start = (std::process::id() % 1_000_000 * 37 % 11_000) as u16;
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until `ready` gives something; for what tells nobody when it is ready.
pub fn until<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A temporary directory with everything one test starts in it.
#[derive(Debug)]
pub struct World {
    folder: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("ch-test-").tempdir().unwrap();
        // Mail servers run as users of their own and must be able to walk through.
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("mail")).unwrap();
        Self { folder }
    }

    /// A place in the world's directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts a CH server on a port of its own, with its data in `data`, and mail going to Maildirs in `mail`.
    pub fn serve(&self, args: &[&str]) -> Server {
        self.serve_on(0, args)
    }

    /// The same on a given port (0: any), for a restart.
    pub fn serve_on(&self, port: u16, args: &[&str]) -> Server {
        self.serve_by(self.command("ch-serve"), port, args)
    }

    /// The same by a shell that has set a limit before.
    pub fn serve_within(&self, limit: &str, port: u16, args: &[&str]) -> Server {
        let mut command = self.clean("sh".into());
        command.args(["-c", &format!("{limit}; exec ch-serve \"$@\""), "sh"]);
        self.serve_by(command, port, args)
    }

    fn serve_by(&self, mut command: Command, port: u16, args: &[&str]) -> Server {
        command.arg("--listen").arg(format!("127.0.0.1:{port}"));
        command.arg("--data").arg(self.path("data"));
        if !args.contains(&"--via") {
            command.arg("--via").arg(self.maildir_url());
        }
        command.args(args);
        let running = Running::start(command);
        let line = running.stderr_line(|line| line.contains("listening on http"));
        let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
        Server { running, url }
    }

    /// `--via maildir:` into this world's `mail`.
    pub fn maildir_url(&self) -> String {
        format!("maildir:{}", self.path("mail").display())
    }

    /// Gives a login a role, beside the running server.
    #[track_caller]
    pub fn grant(&self, login: &str, role: &str) {
        let mut grant = self.command("ch-serve");
        grant.args(["grant", login, role, "--data"]).arg(self.path("data"));
        process::run(grant, b"").done();
    }

    /// Somebody with a `CH_HOME` of their own who uses that server.
    pub fn person(&self, name: &str, server: &Server) -> Person<'_> {
        self.person_at(name, &server.url)
    }

    /// The same with only the server's URL, whether or not somebody listens there.
    pub fn person_at(&self, name: &str, url: &str) -> Person<'_> {
        Person { world: self, name: name.to_owned(), server: url.to_owned(), via: self.maildir_url() }
    }

    /// The mails in an address's Maildir, oldest first.
    pub fn mails(&self, address: &str) -> Vec<PathBuf> {
        let mut found: Vec<_> = ["new", "cur"]
            .iter()
            .filter_map(|folder| fs::read_dir(self.path("mail").join(address).join(folder)).ok())
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        found
            .sort_by_key(|path| (fs::metadata(path).and_then(|data| data.modified()).unwrap(), path.clone()));
        found
    }

    /// Waits for the next mail to an address that already has `count`, and says where it is.
    pub fn mail_after(&self, address: &str, count: usize) -> PathBuf {
        until(&format!("mail to {address}"), || self.mails(address).get(count).cloned())
    }

    /// A tool in a clean environment.
    pub fn command(&self, name: &str) -> Command {
        self.clean(tool(name))
    }

    /// A line for the shell, on a terminal of its own: what it says comes on stdout, with CR before each LF.
    pub fn on_terminal(&self, line: &str) -> Command {
        let mut command = self.clean("script".into());
        command.args(["--quiet", "--return", "--command", line, "/dev/null"]).env("TERM", "xterm-256color");
        command
    }

    /// Any program in that environment, with the tools on its `PATH`.
    fn clean(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        let tools = tool("ch-port").parent().map(Path::to_path_buf);
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(tools.into_iter().chain(std::env::split_paths(&others))).unwrap();
        command.env_clear().env("PATH", path);
        command.env("HOME", self.path("home")).env("LANG", "C.UTF-8").env("TMPDIR", self.folder.path());
        command.current_dir(self.folder.path());
        command
    }
}

/// A running CH server.
#[derive(Debug)]
pub struct Server {
    pub running: Running,
    pub url: String,
}

impl Server {
    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap()
    }
}

/// Somebody with a home.
#[derive(Debug, Clone)]
pub struct Person<'a> {
    world: &'a World,
    pub name: String,
    pub server: String,
    /// Where their outgoing mail goes.
    pub via: String,
}

impl Person<'_> {
    /// `NAME@example.org`.
    pub fn mail(&self) -> String {
        format!("{}@example.org", self.name)
    }

    /// Their `CH_HOME`.
    pub fn home(&self) -> PathBuf {
        self.world.path("homes").join(&self.name)
    }

    /// The token of this person's device.
    pub fn token(&self) -> String {
        let credentials = fs::read_to_string(self.home().join("credentials")).unwrap();
        let credentials: serde_json::Value = serde_json::from_str(&credentials).unwrap();
        credentials["token"].as_str().unwrap().to_owned()
    }

    /// A tool with this person's environment.
    pub fn command(&self, tool: &str, args: &[&str]) -> Command {
        let mut command = self.dressed(self.world.command(tool));
        command.args(args);
        command
    }

    /// A line for the shell, as this person would type it.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = self.dressed(self.world.clean("sh".into()));
        command.args(["-c", line]);
        command
    }

    fn dressed(&self, mut command: Command) -> Command {
        fs::create_dir_all(self.home()).unwrap();
        command.env("CH_HOME", self.home()).env("CH_SERVER", &self.server).env("CH_VIA", &self.via);
        command
    }

    /// Runs a tool to its end with `input` on stdin.
    pub fn run_with(&self, tool: &str, args: &[&str], input: impl AsRef<[u8]>) -> Output {
        process::run(self.command(tool, args), input.as_ref())
    }

    /// Runs a tool to its end with nothing on stdin.
    pub fn run(&self, tool: &str, args: &[&str]) -> Output {
        self.run_with(tool, args, "")
    }

    /// Starts a tool that goes on in the background.
    pub fn start(&self, tool: &str, args: &[&str]) -> Running {
        Running::start(self.command(tool, args))
    }

    /// Registers the person under their name, with `NAME@example.org`.
    pub fn register(&self) -> &Self {
        self.run("ch-register", &[&self.name, "--mail", &self.mail()]).done();
        self
    }

    /// Sends a mail with a button and says where it arrived (`--via maildir:`).
    pub fn send(&self, to: &str, subject: &str, text: &str) -> PathBuf {
        let before = self.world.mails(to).len();
        self.run_with("ch-send", &["--to", to, "--subject", subject], text).done();
        self.world.mail_after(to, before)
    }
}
