//! One POP3 connection: greeting, `CAPA`, `STLS`, signing in, what is there, `DELE`, `QUIT`.

use std::{io, path::PathBuf, time::Duration};

use super::{
    IN_FLIGHT, LINE, Pop3Error,
    capa::{self, Capabilities},
    listing::{Listed, Listing},
    reply::{Reply, Status},
    sign_in,
};
use crate::{
    mail::{
        net::{Auth, LineError, Security, Server, Stream, trust},
        transport::Password,
    },
    wire::certificate,
};

/// How long each step may take: a connection, a reply, [`BLOCK`](super::retrieve::BLOCK) bytes of a mail or a listing.
/// A whole step, however slowly its bytes trickle in.
const STEP: Duration = Duration::from_secs(60);
/// How long `QUIT` may take, which is when a server deletes.
const UPDATE: Duration = Duration::from_secs(300);
/// How long to wait for the reply to a `QUIT` that matters little.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What is needed besides the server's place.
#[derive(Debug, Clone)]
pub struct Access {
    /// The password, or the access token.
    pub password: Password,
    /// How to sign in.
    pub auth: Auth,
    /// A PEM file with certificates to trust besides the system's.
    pub ca: Option<PathBuf>,
}

/// A connection that has signed in.
#[derive(Debug)]
pub struct Pop3 {
    pub(super) stream: Stream,
    pub(super) server: Server,
    pub(super) offers: Capabilities,
    /// How long each step may take.
    pub(super) step: Duration,
    /// What comes on it can no longer be told apart, or it is closed.
    pub(super) broken: bool,
}

type Result<T> = std::result::Result<T, Pop3Error>;

impl Pop3 {
    /// Connects and signs in.
    ///
    /// # Errors
    /// Any [`Pop3Error`].
    pub fn open(server: &Server, access: &Access) -> Result<Self> {
        let step = server.timeout.unwrap_or(STEP);
        let connection = |why| Pop3Error::Connection { server: server.to_string(), why };
        let stream = Stream::connect(&server.host, server.port, step).map_err(connection)?;
        let offers = Capabilities::default();
        let mut session = Self { stream, server: server.clone(), offers, step, broken: false };
        session.begin(access)?;
        Ok(session)
    }

    fn begin(&mut self, access: &Access) -> Result<()> {
        if self.server.security == Security::Tls {
            self.upgrade(access)?;
        }
        self.stream.within(self.step);
        let greeting = self.reply()?;
        if !greeting.is_yes() {
            // Too many connections, maintenance: nothing that lasts.
            let refused = Pop3Error::refused(&self.server, "the connection", &greeting);
            return Err(match refused {
                Pop3Error::Refused { server, what, words, .. } => {
                    let transient = greeting.code.as_deref() != Some("SYS/PERM");
                    Pop3Error::Refused { server, what, words, transient }
                }
                other => other,
            });
        }
        self.ask_offers()?;
        let wants = matches!(self.server.security, Security::Required | Security::Opportunistic);
        if wants && self.offers.stls {
            let reply = self.command("STLS")?;
            self.must(reply, "STLS")?;
            // RFC 2595 §4: whatever came in before the handshake was written by nobody we know.
            if self.stream.has_more() {
                let why = "sent plain text behind its answer to STLS; somebody may be in between".to_owned();
                return Err(Pop3Error::Tls { server: self.server.to_string(), why });
            }
            self.upgrade(access)?;
            self.ask_offers()?;
        } else if self.server.security == Security::Required {
            return Err(Pop3Error::Config(format!(
                "{}: it offers no TLS, and a password is not sent in the clear; perhaps pop3s:// is spoken there",
                self.server
            )));
        }
        sign_in::sign_in(self, access)?;
        if !self.offers.pipelining {
            // Some offer it to those they know only.
            self.ask_offers()?;
        }
        Ok(())
    }

    fn upgrade(&mut self, access: &Access) -> Result<()> {
        let server = self.server.to_string();
        let config = trust(access.ca.as_deref()).map_err(Pop3Error::Config)?;
        self.stream.within(self.step);
        self.stream.upgrade(config, &self.server.host).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                Pop3Error::Tls { server, why: certificate::words(&error.to_string(), "--ca") }
            }
            _ => Pop3Error::Connection { server, why: error },
        })
    }

    fn ask_offers(&mut self) -> Result<()> {
        self.offers = Capabilities::default();
        // A server from before 1998 has nothing to offer.
        if !self.command("CAPA")?.is_yes() {
            return Ok(());
        }
        let mut offers = Capabilities::default();
        let mut left = capa::LINES;
        self.lines(|line| {
            left = left.checked_sub(1).ok_or_else(|| "offers without end".to_owned())?;
            offers.line(line);
            Ok(())
        })?;
        self.offers = offers;
        Ok(())
    }

    /// What is in the mailbox: `STAT`, `LIST`, `UIDL`. Where there is no `UIDL` no mail has an id.
    ///
    /// # Errors
    /// Any [`Pop3Error`].
    pub fn list(&mut self) -> Result<Vec<Listed>> {
        if self.offers.pipelining {
            self.send(b"STAT\r\nLIST\r\nUIDL\r\n")?;
        } else {
            self.send(b"STAT\r\n")?;
        }
        let stat = self.reply()?;
        let count = self.must(stat, "to count the mails")?.number();
        let count = count.ok_or_else(|| self.nonsense("says how many mails it has without a number"))?;
        let mut listing = Listing::new(count).map_err(|bad| Pop3Error::listing(&self.server, &bad))?;
        if !self.offers.pipelining {
            self.send(b"LIST\r\n")?;
        }
        let reply = self.reply()?;
        self.must(reply, "to list the mails")?;
        self.lines(|line| listing.size(line).map_err(|bad| bad.to_string()))?;
        if !self.offers.pipelining {
            self.send(b"UIDL\r\n")?;
        }
        if self.reply()?.is_yes() {
            self.lines(|line| listing.uid(line).map_err(|bad| bad.to_string()))?;
        }
        let mails = listing.mails();
        if mails.len() as u64 != count {
            return Err(self.nonsense(format!("says it has {count} mails, and lists {}", mails.len())));
        }
        Ok(mails)
    }

    /// Marks mails for deletion, which happens at [`quit`](Self::quit) only. Gives those that the server did not mark,
    /// with its words.
    ///
    /// # Errors
    /// Any [`Pop3Error`] of the connection.
    pub fn delete(&mut self, numbers: &[u32]) -> Result<Vec<(u32, String)>> {
        let mut kept = Vec::new();
        let window = if self.offers.pipelining { IN_FLIGHT } else { 1 };
        for some in numbers.chunks(window) {
            let commands: String = some.iter().map(|number| format!("DELE {number}\r\n")).collect();
            self.send(commands.as_bytes())?;
            for &number in some {
                self.stream.within(self.step);
                let reply = self.reply()?;
                if !reply.is_yes() {
                    kept.push((number, reply.words()));
                }
            }
        }
        Ok(kept)
    }

    /// Ends the session: only now the server deletes what was marked.
    ///
    /// # Errors
    /// [`Pop3Error`]: then nobody knows whether it did.
    pub fn quit(mut self) -> Result<()> {
        self.stream.within(UPDATE.max(self.step));
        self.write(b"QUIT\r\n")?;
        let reply = self.reply()?;
        self.broken = true;
        self.must(reply, "to delete").map(drop)
    }

    /// Ends a session that has marked nothing. How it ends does not matter, but a server that has heard of it lets the
    /// next one in at once.
    pub fn leave(mut self) {
        self.stream.within(LAST_WORDS);
        if self.write(b"QUIT\r\n").is_ok() {
            let _ = self.reply();
        }
        self.broken = true;
    }

    /// Sends one command and waits for its reply.
    pub(super) fn command(&mut self, line: &str) -> Result<Reply> {
        self.send(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Begins a step by sending something to which nothing has been said yet.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.within(self.step);
        if self.stream.has_more() {
            return Err(self.nonsense("answered to nothing"));
        }
        self.write(bytes)
    }

    /// Sends more, whatever has come in meanwhile.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write(bytes).map_err(|source| self.lost(source))
    }

    /// The next reply, within the time of the step.
    pub(super) fn reply(&mut self) -> Result<Reply> {
        let line = self.line()?;
        Reply::parse(&line).ok_or_else(|| self.nonsense("answered something that is no POP3 reply"))
    }

    fn line(&mut self) -> Result<Vec<u8>> {
        self.stream.line(LINE).map_err(|error| match error {
            LineError::Io(source) => self.lost(source),
            LineError::TooLong => self.nonsense("sent a line without end"),
        })
    }

    /// The lines of a multi-line reply that lists something. `take` says what is wrong with one.
    fn lines(&mut self, mut take: impl FnMut(&[u8]) -> std::result::Result<(), String>) -> Result<()> {
        let mut bytes = 0;
        loop {
            let line = self.line()?;
            // A listing may be long; it has as much time as mails of its length.
            bytes += line.len() + 2;
            if bytes > super::retrieve::BLOCK {
                bytes = 0;
                self.stream.within(self.step);
            }
            match line.as_slice() {
                b"." => {
                    self.stream.within(self.step);
                    return Ok(());
                }
                [b'.', stuffed @ ..] => take(stuffed),
                line => take(line),
            }
            .map_err(|why| self.nonsense(why))?;
        }
    }

    pub(super) fn must(&self, reply: Reply, what: &'static str) -> Result<Reply> {
        match reply.status {
            Status::Ok => Ok(reply),
            _ => Err(Pop3Error::refused(&self.server, what, &reply)),
        }
    }

    pub(super) fn lost(&mut self, why: io::Error) -> Pop3Error {
        self.broken = true;
        Pop3Error::Connection { server: self.server.to_string(), why }
    }

    pub(super) fn nonsense(&mut self, why: impl Into<String>) -> Pop3Error {
        self.broken = true;
        Pop3Error::protocol(&self.server, why)
    }
}

impl Drop for Pop3 {
    /// A session that ends without [`Pop3::quit`] deletes nothing; RFC 1939 §6 leaves it to a lost connection. One that
    /// has marked nothing may say goodbye, and does, unless replies are still on their way.
    fn drop(&mut self) {
        if !self.broken && !self.stream.has_more() {
            self.stream.within(LAST_WORDS);
            let _ = self.stream.write(b"RSET\r\nQUIT\r\n");
        }
    }
}
