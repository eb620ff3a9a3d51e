//! A real Postfix on a loopback port, out of the world's directory, delivering into its Maildirs.
//!
//! Postfix starts as root only, so without being root it goes through `sudo -n`. Its mail arrives with the user
//! that runs the test as its owner (`nobody` for root), so that the test and Dovecot can read it.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{World, dovecot::Dovecot, free_port, until};

/// The domain whose mail it takes.
pub const DOMAIN: &str = "example.org";

/// A running Postfix.
#[derive(Debug)]
pub struct Postfix {
    child: Child,
    folder: PathBuf,
    /// Where it speaks SMTP, on 127.0.0.1.
    pub port: u16,
}

/// The user and group that own the mail.
pub fn owner() -> (u32, u32) {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    if user.is_root() { (65534, 65534) } else { (user.as_raw(), group.as_raw()) }
}

impl Postfix {
    /// Starts it with a mailbox for each of `people` at [`DOMAIN`]; anybody else is unknown to it.
    pub fn start(world: &World, people: &[&str]) -> Self {
        Self::start_with(world, people, "", "")
    }

    /// The same for people off this machine: it takes mail only over TLS and from who signs in, whose passwords
    /// `dovecot` knows. `smtps`: a second port, encrypted from the first byte.
    pub fn start_for_submission(world: &World, people: &[&str], dovecot: &Dovecot) -> (Self, u16, PathBuf) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (world.path("cert.pem"), world.path("key.pem"));
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let smtps = free_port();
        let settings = format!(
            "smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_client_restrictions = permit_sasl_authenticated, reject
",
            auth = dovecot.auth_port,
            certificate = certificate.display(),
            key = key.display(),
        );
        let service = format!("127.0.0.1:{smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n");
        (Self::start_with(world, people, &settings, &service), smtps, certificate)
    }

    fn start_with(world: &World, people: &[&str], settings: &str, services: &str) -> Self {
        let folder = world.path("postfix");
        let port = free_port();
        fs::create_dir_all(folder.join("conf")).unwrap();
        fs::write(folder.join("conf/main.cf"), main_cf(&folder, &world.path("mail"), people) + settings)
            .unwrap();
        fs::write(folder.join("conf/master.cf"), master_cf(port) + services).unwrap();
        hand_over(&world.path("mail"));

        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/world/postfix.sh");
        let mut command = if rustix::process::geteuid().is_root() {
            Command::new("sh")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "sh"]);
            sudo
        };
        let child = command.arg(script).arg(&folder).stdin(Stdio::piped()).spawn().expect("sh or sudo runs");
        let mut postfix = Self { child, folder, port };
        until("Postfix", || {
            let ended = postfix.child.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "Postfix does not start (does `make test` install it?)\n{}",
                postfix.log()
            );
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        postfix
    }

    /// The URL for `--via`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        ["master.log", "postfix.log"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.folder.join(name)).ok())
            .collect()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _closed = std::io::Write::write_all(&mut std::io::stderr(), self.log().as_bytes());
        }
        // The end of its input is what the script waits for.
        drop(self.child.stdin.take());
        let _gone = self.child.wait();
    }
}

/// Gives the Maildirs' folder to the user that owns the mail.
fn hand_over(mail: &Path) {
    if rustix::process::geteuid().is_root() {
        let (user, group) = owner();
        std::os::unix::fs::chown(mail, Some(user), Some(group)).unwrap();
    }
}

fn main_cf(folder: &Path, mail: &Path, people: &[&str]) -> String {
    let folder = folder.display();
    let (user, group) = owner();
    let mailboxes: String =
        people.iter().map(|name| format!(" {{{name}@{DOMAIN} = {name}@{DOMAIN}/}}")).collect();
    format!(
        "compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/postfix.log
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.{DOMAIN}
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = inline:{{{mailboxes} }}
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{group}
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
",
        mail = mail.display()
    )
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"
    )
}
