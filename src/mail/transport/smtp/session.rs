//! One SMTP connection (RFC 5321): greeting, EHLO, STARTTLS, AUTH, and transactions.

use std::{io, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    hello,
    reply::{self, Incoming, Reply},
};
use crate::{
    mail::{
        net::{Auth, LineError, Stream, sasl, trust},
        transport::{Access, SIGNING_IN, Security, SmtpServer, TransportError},
    },
    wire::certificate,
};

/// How long to wait for what a server has to say when it matters little.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(1);

/// A connection that has said hello and may have signed in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) stream: Stream,
    pub(super) access: Access,
    pub(super) server: SmtpServer,
    pub(super) offers: Offers,
    /// What is on it can no longer be told apart, or it is closed.
    pub(super) broken: bool,
}

/// What the server said it can do.
#[derive(Debug, Default)]
pub(super) struct Offers {
    pub(super) starttls: bool,
    pub(super) eight_bit: bool,
    /// RFC 2920.
    pub(super) pipelining: bool,
    /// `Some(0)`: SIZE without a limit.
    pub(super) size: Option<u64>,
    pub(super) auth: Vec<String>,
}

impl Offers {
    fn of(reply: &Reply) -> Self {
        let mut offers = Self::default();
        for line in reply.lines.iter().skip(1) {
            // Old servers write `AUTH=PLAIN`.
            let line = line.to_ascii_uppercase().replace("AUTH=", "AUTH ");
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("STARTTLS") => offers.starttls = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SIZE") => offers.size = Some(words.next().and_then(|n| n.parse().ok()).unwrap_or(0)),
                Some("AUTH") => offers.auth.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        offers
    }
}

impl Session {
    /// Connects, and gets as far as the first transaction.
    pub(super) fn open(server: &SmtpServer, access: &Access) -> Result<Self, TransportError> {
        let connection = |source| TransportError::Connection { server: server.to_string(), source };
        let stream = Stream::connect(&server.host, server.port, access.times.connect).map_err(connection)?;
        let mut session = Self {
            stream,
            access: access.clone(),
            server: server.clone(),
            offers: Offers::default(),
            broken: false,
        };
        session.begin()?;
        Ok(session)
    }

    fn begin(&mut self) -> Result<(), TransportError> {
        if self.server.security == Security::Tls {
            self.upgrade()?;
        }
        let greeting = self.reply()?;
        self.must(greeting, 220, "the connection")?;
        self.hello()?;
        let wants = matches!(self.server.security, Security::Required | Security::Opportunistic);
        if wants && self.offers.starttls {
            let reply = self.command("STARTTLS")?;
            self.must(reply, 220, "STARTTLS")?;
            // RFC 3207 §6: whatever came in before the handshake was written by nobody we know.
            if self.stream.has_more() {
                let why =
                    "sent plain text behind its answer to STARTTLS; somebody may be in between".to_owned();
                return Err(TransportError::Tls { server: self.server.to_string(), why });
            }
            self.upgrade()?;
            self.hello()?;
        } else if self.server.security == Security::Required {
            return Err(TransportError::Config(format!(
                "{}: it offers no TLS; to send there in the clear, add ?tls=none to its URL",
                self.server
            )));
        }
        self.sign_in()
    }

    fn upgrade(&mut self) -> Result<(), TransportError> {
        let tls = |why: String| TransportError::Tls { server: self.server.to_string(), why };
        let config = trust(self.access.ca.as_deref()).map_err(TransportError::Config)?;
        self.stream.within(self.access.times.reply);
        self.stream.upgrade(config, &self.server.host).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                tls(certificate::words(&error.to_string(), "`ca`"))
            }
            _ => TransportError::Connection { server: self.server.to_string(), source: error },
        })
    }

    fn hello(&mut self) -> Result<(), TransportError> {
        let name = hello::argument(self.access.hello.as_deref(), self.stream.local());
        let reply = self.command(&format!("EHLO {name}"))?;
        if reply.is_yes() {
            self.offers = Offers::of(&reply);
            return Ok(());
        }
        // A server from before 1995, or one that says no for another reason and will say it again.
        self.offers = Offers::default();
        let reply = self.command(&format!("HELO {name}"))?;
        self.must(reply, 250, "our hello")
    }

    /// When the URL names a user: AUTH PLAIN (RFC 4616), else AUTH LOGIN; with an access token AUTH XOAUTH2.
    pub(super) fn sign_in(&mut self) -> Result<(), TransportError> {
        let Some(user) = self.server.user.clone() else { return Ok(()) };
        let config = |why: &str| TransportError::Config(format!("{}: {why}", self.server));
        if !self.stream.is_tls() && !self.server.is_loopback() {
            return Err(config("a password is not sent in the clear; leave ?tls=… away"));
        }
        let Some(password) = self.access.password.clone() else {
            return Err(config(
                "no password: set password_command or password_file in config.toml ($CH_HOME or ~/.config/ch)",
            ));
        };
        let password = password.reveal();
        let offers = |name: &str| self.offers.auth.iter().any(|offered| offered == name);
        let reply = match self.access.auth {
            Auth::Xoauth2 if offers("XOAUTH2") => {
                let reply = self.command(&format!("AUTH XOAUTH2 {}", sasl::xoauth2(&user, password)))?;
                // Why the token is no good, in JSON: the refusal comes once that was heard.
                if reply.code == 334 { self.command("")? } else { reply }
            }
            Auth::Xoauth2 => return Err(config("it does not offer AUTH XOAUTH2")),
            Auth::Password if offers("PLAIN") => {
                self.command(&format!("AUTH PLAIN {}", sasl::plain(&user, password)))?
            }
            Auth::Password if offers("LOGIN") => {
                let mut reply = self.command("AUTH LOGIN")?;
                for answer in [&user, password] {
                    if reply.code == 334 {
                        reply = self.command(&STANDARD.encode(answer))?;
                    }
                }
                reply
            }
            Auth::Password if offers("XOAUTH2") => {
                return Err(config("it takes access tokens only: set auth = \"xoauth2\" in config.toml"));
            }
            Auth::Password => return Err(config("it offers neither AUTH PLAIN nor AUTH LOGIN")),
        };
        self.must(reply, 235, SIGNING_IN)
    }

    /// Says goodbye without waiting long for the answer.
    pub(super) fn quit(&mut self) {
        if !self.broken {
            self.stream.within(LAST_WORDS);
            if self.stream.write(b"QUIT\r\n").is_ok() {
                let _ = self.next_reply();
            }
            self.broken = true;
        }
    }

    pub(super) fn command(&mut self, line: &str) -> Result<Reply, TransportError> {
        self.stream.within(self.access.times.reply);
        self.in_step()?;
        if let Err(source) = self.stream.write(format!("{line}\r\n").as_bytes()) {
            self.broken = true;
            return Err(TransportError::Connection { server: self.server.to_string(), source });
        }
        self.next_reply()
    }

    /// A reply to nothing must not be taken for the reply to what comes next. The one that a server may send
    /// unasked is 421, when it closes (RFC 5321 §3.8).
    pub(super) fn in_step(&mut self) -> Result<(), TransportError> {
        if !self.stream.has_more() {
            return Ok(());
        }
        let reply = self.next_reply()?;
        self.broken = true;
        let server = self.server.to_string();
        if reply.code == 421 {
            let source = io::Error::new(io::ErrorKind::ConnectionAborted, reply.words());
            return Err(TransportError::Connection { server, source });
        }
        Err(TransportError::Protocol { server, why: format!("answered {} to nothing", reply.code) })
    }

    fn reply(&mut self) -> Result<Reply, TransportError> {
        self.stream.within(self.access.times.reply);
        self.next_reply()
    }

    /// The next reply, within whatever time was set.
    pub(super) fn next_reply(&mut self) -> Result<Reply, TransportError> {
        let mut incoming = Incoming::default();
        let server = || self.server.to_string();
        let failed = loop {
            match self.stream.line(reply::LINE) {
                Ok(line) => match incoming.line(&line) {
                    Ok(None) => {}
                    Ok(Some(reply)) => return Ok(reply),
                    Err(bad) => break TransportError::Protocol { server: server(), why: bad.to_string() },
                },
                Err(LineError::Io(source)) => {
                    break TransportError::Connection { server: server(), source };
                }
                Err(LineError::TooLong) => {
                    let why = reply::BadReply::Endless.to_string();
                    break TransportError::Protocol { server: server(), why };
                }
            }
        };
        self.broken = true;
        Err(failed)
    }

    fn must(&self, reply: Reply, code: u16, what: &'static str) -> Result<(), TransportError> {
        if reply.code == code {
            return Ok(());
        }
        Err(TransportError::Refused {
            server: self.server.to_string(),
            what,
            code: reply.code,
            reply: reply.words(),
        })
    }
}
