//! Handing a finished message over: to an SMTP server, a local `sendmail`, Maildirs, or standard output.
//!
//! Blocking. Whatever the other side says or does ends in an [`Outcome`] per recipient or a [`TransportError`],
//! in bounded time and memory.

pub mod maildir;
pub mod sendmail;
pub mod smtp;
pub mod stdout;
pub mod via;

use std::{fmt, io, path::PathBuf, time::Duration};

pub use super::net::{Auth, Security, Server as SmtpServer};
pub use via::{BadVia, Via};

use super::address::Address;
use crate::wire::record::Status;

/// Who a message is from and for, as the mail servers see it (RFC 5321 §2.3.1). The header does not matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where failures are reported; `None`: nowhere (`<>`, for mails that no person wrote).
    pub reverse_path: Option<Address>,
    /// For whom.
    pub recipients: Vec<Address>,
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Who.
    pub recipient: Address,
    /// What.
    pub status: Status,
    /// The SMTP reply code.
    pub code: Option<u16>,
    /// The reply's words on one line, or what failed; a path for a Maildir.
    pub reply: Option<String>,
}

impl Outcome {
    /// With `reply` as `None` when there are no words.
    #[must_use]
    pub fn new(recipient: &Address, status: Status, code: Option<u16>, reply: impl Into<String>) -> Self {
        let reply = Some(reply.into()).filter(|words| !words.is_empty());
        Self { recipient: recipient.clone(), status, code, reply }
    }
}

/// What a transport needs besides its URL.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The mail server's password, or the access token that stands for it.
    pub password: Option<Password>,
    /// Which of the two it is.
    pub auth: Auth,
    /// A PEM file with certificates to trust besides the system's.
    pub ca: Option<PathBuf>,
    /// What to call this machine in `EHLO`; `None`: its host name, or its address when that is no domain.
    pub hello: Option<String>,
    /// How long to wait.
    pub times: Times,
    /// Through how many local programs the mail came that one of our tools had started; the next is told.
    pub hops: u8,
}

/// A password; never printed by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl From<String> for Password {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Password {
    /// For the server's ears only.
    pub(in crate::mail) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How long an SMTP server, or a local program, may take. Each bounds the whole step, however slowly its bytes trickle in.
///
/// The defaults are shorter than RFC 5321 §4.5.3.2 asks of mail servers (5, 3 and 10 minutes): here a person, or
/// another program, waits. `?timeout=SECS` in the URL sets all of them.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// A connection, to each of its addresses.
    pub connect: Duration,
    /// A reply to a command, the greeting, the TLS handshake.
    pub reply: Duration,
    /// Taking 64 KiB of the message.
    pub block: Duration,
    /// The reply to the whole message: giving up early makes doubles.
    pub last: Duration,
    /// A local `sendmail`, from its start to its end, and a second more for each 16 KiB. A path may hold a `?`, so no
    /// URL sets it.
    pub program: Duration,
}

impl Times {
    /// The same for every step.
    #[must_use]
    pub fn all(limit: Duration) -> Self {
        Self { connect: limit, reply: limit, block: limit, last: limit, program: limit }
    }
}

impl Default for Times {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { connect: minute / 2, last: 5 * minute, program: 10 * minute, ..Self::all(minute) }
    }
}

/// What a server refuses when it does not take user and password.
pub const SIGNING_IN: &str = "user and password";

/// Why nothing could be handed over to anybody. What happens to one recipient is an [`Outcome`].
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection, or a lost one, or no answer in time.
    #[error("{server}: {source}")]
    Connection {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The server said no before it heard of any recipient.
    #[error("{server} refused {what}: {code} {reply}")]
    Refused {
        /// Host and port.
        server: String,
        /// The connection, the password, …
        what: &'static str,
        /// Its reply code.
        code: u16,
        /// Its words.
        reply: String,
    },
    /// The server's certificate, or TLS as such.
    #[error("{server}: TLS: {why}")]
    Tls {
        /// Host and port.
        server: String,
        /// Why.
        why: String,
    },
    /// The server does not speak SMTP as it should.
    #[error("{server}: {why}")]
    Protocol {
        /// Host and port.
        server: String,
        /// What it did.
        why: String,
    },
    /// The settings do not fit the server.
    #[error("{0}")]
    Config(String),
    /// A directory or file can't be made.
    #[error("create {}: {source}", path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("write {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Standard output failed; a closed pipe is a [`io::ErrorKind::BrokenPipe`].
    #[error("write to standard output: {0}")]
    Output(#[source] io::Error),
}

impl TransportError {
    /// Whether the same mail may go through later, with nothing changed here.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connection { .. } => true,
            Self::Refused { code, .. } => (400..500).contains(code),
            _ => false,
        }
    }
}

/// Called when all of a message but its end has been handed over: from its return on, only the other side knows
/// whether it has the mail. An error keeps the mail back. Called again when the mail must be handed over once more.
pub type BeforeDot<'a> = &'a mut dyn FnMut() -> Result<(), String>;

/// An open way out: keeps an SMTP connection for the next message.
#[derive(Debug)]
pub enum Transport {
    /// An SMTP server.
    Smtp(Box<smtp::Smtp>),
    /// A local program.
    Sendmail(sendmail::Program),
    /// A directory of Maildirs.
    Maildir(PathBuf),
    /// Standard output.
    Stdout(stdout::Form),
}

impl Transport {
    /// Gets ready; connects to nobody yet.
    #[must_use]
    pub fn open(via: &Via, access: &Access) -> Self {
        match via {
            Via::Smtp(server) => Self::Smtp(Box::new(smtp::Smtp::new(server.clone(), access.clone()))),
            Via::Sendmail(program) => Self::Sendmail(sendmail::Program {
                path: program.clone(),
                limit: access.times.program,
                hops: access.hops.saturating_add(1),
            }),
            Via::Maildir(dir) => Self::Maildir(dir.clone()),
            Via::Stdout => Self::Stdout(stdout::Form::Message),
        }
    }

    /// Says that more than one message will go this way: standard output then becomes an mbox.
    #[must_use]
    pub fn several(self) -> Self {
        match self {
            Self::Stdout(_) => Self::Stdout(stdout::Form::Mbox),
            other => other,
        }
    }

    /// Hands one message over; an outcome for each recipient, in order.
    ///
    /// # Errors
    /// [`TransportError`]: then nobody got it.
    pub fn deliver(&mut self, envelope: &Envelope, message: &[u8]) -> Result<Vec<Outcome>, TransportError> {
        self.deliver_after(envelope, message, &mut || Ok(()))
    }

    /// The same, with a last word before the end of the message. What is not SMTP is asked before its beginning.
    ///
    /// # Errors
    /// As [`Self::deliver`].
    pub fn deliver_after(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_dot: BeforeDot<'_>,
    ) -> Result<Vec<Outcome>, TransportError> {
        if !matches!(self, Self::Smtp(_))
            && let Err(why) = before_dot()
        {
            let deferred = |to| Outcome::new(to, Status::Deferred, None, why.as_str());
            return Ok(envelope.recipients.iter().map(deferred).collect());
        }
        match self {
            Self::Smtp(smtp) => smtp.deliver(envelope, message, before_dot),
            Self::Sendmail(program) => sendmail::deliver(program, envelope, message),
            Self::Maildir(dir) => maildir::deliver(dir, envelope, message),
            Self::Stdout(form) => stdout::deliver(*form, &mut io::stdout().lock(), envelope, message),
        }
    }
}

/// Hands one message over on a way of its own.
///
/// # Errors
/// As [`Transport::deliver`].
pub fn deliver(
    via: &Via,
    access: &Access,
    envelope: &Envelope,
    message: &[u8],
) -> Result<Vec<Outcome>, TransportError> {
    Transport::open(via, access).deliver(envelope, message)
}

/// A message with the line ends of files and pipes: LF.
#[must_use]
pub fn with_lf(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len());
    let mut rest = message;
    while let Some(at) = memchr::memchr(b'\r', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        if rest.first() != Some(&b'\n') {
            out.push(b'\r');
        }
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cr_before_an_lf_goes() {
        assert_eq!(with_lf(b"a\r\nb\rc\r\r\n\nd\r"), b"a\nb\rc\r\n\nd\r");
    }

    #[test]
    fn a_password_is_never_shown() {
        let access = Access { password: Some("hunter2".to_owned().into()), ..Access::default() };
        assert!(!format!("{access:?}").contains("hunter2"));
    }
}
