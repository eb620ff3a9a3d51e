//! A real Dovecot that serves the world's Maildirs over POP3 on a loopback port.
//!
//! Without being root it runs everything as the user that runs the test.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use super::{Running, World, free_port, postfix::owner, until};

/// Everybody's password.
pub const PASSWORD: &str = "sesame";

/// A running Dovecot. The user name is the whole address.
#[derive(Debug)]
pub struct Dovecot {
    running: Running,
    /// Where it speaks POP3, on 127.0.0.1.
    pub port: u16,
    /// Where it tells Postfix whose password is right, on 127.0.0.1.
    pub auth_port: u16,
}

impl Dovecot {
    pub fn start(world: &World) -> Self {
        Self::start_with(world, "ssl = no\ndisable_plaintext_auth = no\n", 0)
    }

    /// The same for people off this machine: a password is taken over TLS only, which begins with `STLS`, or at once
    /// on a second port. Also that port, and the certificate, made for `localhost`.
    pub fn start_with_tls(world: &World) -> (Self, u16, PathBuf) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (world.path("dovecot-cert.pem"), world.path("dovecot-key.pem"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let pop3s = free_port();
        let settings = format!(
            "ssl = required\ndisable_plaintext_auth = yes\nssl_cert = <{}\nssl_key = <{}\n",
            certificate.display(),
            key.display(),
        );
        (Self::start_with(world, &settings, pop3s), pop3s, certificate)
    }

    fn start_with(world: &World, settings: &str, pop3s: u16) -> Self {
        let folder = world.path("dovecot");
        let (port, auth_port) = (free_port(), free_port());
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("dovecot.conf");
        fs::write(&file, conf(&folder, &world.path("mail"), [port, pop3s, auth_port]) + settings).unwrap();
        let mut command = Command::new(
            ["/usr/sbin/dovecot", "dovecot"]
                .into_iter()
                .find(|path| Path::new(path).exists())
                .unwrap_or("dovecot"),
        );
        command.arg("-F").arg("-c").arg(&file);
        let running = Running::start(command);
        running.stderr_line(|line| line.contains("starting up"));
        until("Dovecot", || TcpStream::connect(("127.0.0.1", port)).ok());
        Self { running, port, auth_port }
    }

    /// The URL of somebody's mailbox, for `ch-fetch`.
    pub fn url(&self, user: &str) -> String {
        format!("pop3://{}@127.0.0.1:{}", user.replace('@', "%40"), self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.running.stderr()
    }
}

/// Puts a mail into somebody's Maildir, as an MDA would.
pub fn deliver(world: &World, user: &str, name: &str, mail: &[u8]) {
    let maildir = world.path("mail").join(user);
    let (user, group) = owner();
    let own = |path: &Path| {
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        }
    };
    if !maildir.exists() {
        fs::create_dir_all(&maildir).unwrap();
        own(&maildir);
        for part in ["tmp", "new", "cur"].map(|part| maildir.join(part)) {
            fs::create_dir(&part).unwrap();
            own(&part);
        }
    }
    let (tmp, new) = (maildir.join("tmp").join(name), maildir.join("new").join(name));
    fs::write(&tmp, mail).unwrap();
    own(&tmp);
    fs::rename(tmp, new).unwrap();
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // It ends its own processes when asked, not when killed.
        self.running.terminate();
        self.running.wait();
    }
}

fn conf(folder: &Path, mail: &Path, [port, pop3s, auth_port]: [u16; 3]) -> String {
    let (user, group) = owner();
    // Without being root there is nobody else to be.
    let me = |flag| {
        let name = Command::new("id").arg(flag).output().expect("id runs").stdout;
        String::from_utf8_lossy(&name).trim().to_owned()
    };
    let (internal, internal_group, login) = if rustix::process::geteuid().is_root() {
        ("dovecot".to_owned(), "dovecot".to_owned(), "dovenull".to_owned())
    } else {
        (me("-un"), me("-gn"), me("-un"))
    };
    format!(
        "base_dir = {folder}/base
state_dir = {folder}/state
log_path = /dev/stderr
protocols = pop3
listen = 127.0.0.1
mail_max_userip_connections = 1000
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{mail}/%u
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}
auth_mechanisms = plain login
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth_port}
  }}
}}
service anvil {{
  chroot =
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    address = 127.0.0.1
    port = {pop3s}
    ssl = yes
  }}
}}
",
        folder = folder.display(),
        mail = mail.display(),
    )
}
