//! Fetching: a whole mailbox from the same Dovecot into a new Maildir, `ch-fetch` beside `mpop` and `getmail`.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench, corpus,
    server::{Process, tool},
    table::{Table, count, median},
};

const USER: &str = "bench";
const PASSWORD: &str = "sesame";
/// Who runs things where root may not.
const NOBODY: u32 = 65_534;

/// A client: what it is called, and what it is run as.
type Client = (&'static str, fn(&Path, u16) -> Result<Command>);

pub async fn measure(bench: &Bench) -> Result<Table> {
    let dir = bench.dir("fetch")?;
    let (mails, root) = (bench.scale.mailbox, rustix::process::geteuid().is_root());
    fill(&dir.join("mail"), mails)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let _dovecot = dovecot(&dir, port)?;
    let clients: Vec<Client> = [
        ("`ch-fetch --into`", ours as fn(&Path, u16) -> Result<Command>),
        ("`mpop`", mpop),
        ("`getmail`", getmail),
    ]
    .into_iter()
    .filter(|(name, _)| name.contains("ch-fetch") || there(name.trim_matches('`')))
    .collect();
    let mut rates = vec![Vec::new(); clients.len()];
    for round in 0..=bench.scale.rounds {
        for ((name, client), rates) in clients.iter().zip(&mut rates) {
            let home = dir.join("home");
            let _ = fs::remove_dir_all(&home);
            ["tmp", "new", "cur"]
                .into_iter()
                .try_for_each(|part| fs::create_dir_all(home.join("Mail").join(part)))?;
            let mut command = client(&home, port)?;
            if root {
                // getmail delivers nothing as root; so nobody does.
                ensure!(nobodys(&home)?, "chown");
                command.uid(NOBODY).gid(NOBODY).current_dir(&home);
            }
            command.env("HOME", &home).env("CH_HOME", &home).stdin(Stdio::null()).stdout(Stdio::null());
            let began = Instant::now();
            let status = command.status().with_context(|| (*name).to_owned())?;
            let took = began.elapsed().as_secs_f64();
            let came = fs::read_dir(home.join("Mail/new"))?.count();
            ensure!(status.success() && came == mails, "{name}: {status}, {came} of {mails} mails");
            // In the first round Dovecot writes its own lists.
            if round > 0 {
                rates.push(mails as f64 / took);
            }
        }
    }
    let rates: Vec<f64> = rates.into_iter().map(median).collect();
    let row = |((name, _), rate): (&Client, &f64)| {
        vec![(*name).to_owned(), count(*rate), format!("{:.2}", rates[0] / rate)]
    };
    Ok(Table {
        name: "fetch",
        columns: &["client", "mails/s", "ours is faster by"],
        rows: clients.iter().zip(&rates).map(row).collect(),
    })
}

/// Gives a directory and all that is in it to nobody.
fn nobodys(dir: &Path) -> Result<bool> {
    Ok(Command::new("chown").args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(dir).status()?.success())
}

fn there(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(program).exists())
}

fn fill(maildir: &Path, mails: usize) -> Result<()> {
    for part in ["tmp", "new", "cur"] {
        fs::create_dir_all(maildir.join(part))?;
    }
    for number in 0..mails {
        let name = format!("{}.M{number}.bench:2,", 1_700_000_000 + number);
        fs::write(maildir.join("cur").join(name), corpus::mail(number))?;
    }
    Ok(())
}

/// A Dovecot for one mailbox, as the user that runs the bench; it opens none of root's.
fn dovecot(dir: &Path, port: u16) -> Result<Process> {
    let me = |flag| -> Result<String> {
        Ok(String::from_utf8(Command::new("id").arg(flag).output()?.stdout)?.trim().to_owned())
    };
    let (mut user, mut group, mut login) = (me("-un")?, me("-gn")?, me("-un")?);
    let (mut uid, mut gid) = (me("-u")?, me("-g")?);
    if rustix::process::geteuid().is_root() {
        [user, group, login] = ["dovecot", "dovecot", "dovenull"].map(str::to_owned);
        [uid, gid] = [NOBODY, NOBODY].map(|id| id.to_string());
        ensure!(nobodys(&dir.join("mail"))?, "chown");
        for above in dir.ancestors().take(2) {
            fs::set_permissions(above, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        }
    }
    let base = dir.display();
    let conf = format!(
        "base_dir = {base}/base\nstate_dir = {base}/state\nlog_path = {base}/dovecot.log\nprotocols = pop3\n\
         listen = 127.0.0.1\nssl = no\ndisable_plaintext_auth = no\ndefault_internal_user = {user}\n\
         default_internal_group = {group}\ndefault_login_user = {login}\nfirst_valid_uid = 1\n\
         mail_location = maildir:{base}/mail\npassdb {{\n driver = static\n args = password={PASSWORD}\n}}\n\
         userdb {{\n driver = static\n args = uid={uid} gid={gid} home={base}/owner\n}}\n\
         service anvil {{\n chroot =\n}}\nservice pop3-login {{\n chroot =\n inet_listener pop3 {{\n  port = {port}\n }}\n \
         inet_listener pop3s {{\n  port = 0\n }}\n}}\n"
    );
    let file = dir.join("dovecot.conf");
    fs::write(&file, conf)?;
    let dovecot = Process::start(Command::new("/usr/sbin/dovecot").arg("-F").arg("-c").arg(file))?;
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        ensure!(began.elapsed() < Duration::from_secs(20), "Dovecot does not start");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(dovecot)
}

fn ours(home: &Path, port: u16) -> Result<Command> {
    fs::write(home.join("config.toml"), format!("password_command = [\"echo\", \"{PASSWORD}\"]\n"))?;
    // Where it can be run by anybody.
    let program = home.join("ch-fetch");
    fs::copy(tool("ch-fetch"), &program)?;
    let mut command = Command::new(program);
    command.arg(format!("pop3://{USER}@127.0.0.1:{port}")).arg("--into").arg(home.join("Mail"));
    Ok(command)
}

/// Its defaults, but for what it would add to each mail.
fn mpop(home: &Path, port: u16) -> Result<Command> {
    let (file, home) = (home.join("mpoprc"), home.display());
    let settings = format!(
        "account default\nhost 127.0.0.1\nport {port}\nuser {USER}\npassword {PASSWORD}\ntls off\nauth user\nkeep on\n\
         received_header off\nuidls_file {home}/uidls\ndelivery maildir {home}/Mail\n"
    );
    private(&file, &settings)?;
    let mut command = Command::new("mpop");
    command.arg("-q").arg("-C").arg(file);
    Ok(command)
}

/// The same.
fn getmail(home: &Path, port: u16) -> Result<Command> {
    let (file, place) = (home.join("getmailrc"), home.display());
    let settings = format!(
        "[retriever]\ntype = SimplePOP3Retriever\nserver = 127.0.0.1\nport = {port}\nusername = {USER}\npassword = {PASSWORD}\n\
         [destination]\ntype = Maildir\npath = {place}/Mail/\n\
         [options]\nread_all = false\ndelete = false\nverbose = 0\ndelivered_to = false\nreceived = false\n"
    );
    private(&file, &settings)?;
    let mut command = Command::new("getmail");
    command.arg("-q").arg("--getmaildir").arg(home).arg("--rcfile").arg(file);
    Ok(command)
}

fn private(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?)
}
