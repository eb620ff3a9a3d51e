//! An open connection that never waits: for who watches many at once.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    os::fd::{AsFd, BorrowedFd},
};

use memchr::memchr;
use rustls::ClientConnection;

use super::{
    Pipeline, Session,
    reply::{self, BadReply, Incoming, Reply},
};
use crate::mail::transport::{Access, SmtpServer, Times, TransportError};

/// Bytes read at once: the replies of a round trip are a few hundred.
const READ: usize = 2 * 1024;

/// A connection that has said hello and signed in.
#[derive(Debug)]
pub struct Link {
    tcp: TcpStream,
    tls: Option<Box<ClientConnection>>,
    /// The beginning of a line whose end has not come in.
    rest: Vec<u8>,
    incoming: Incoming,
}

impl Link {
    /// Connects (this does wait) and gets as far as the first transaction.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn open<T>(server: &SmtpServer, access: &Access) -> Result<(Self, Pipeline<T>), TransportError> {
        let mut access = access.clone();
        access.times = server.timeout.map_or(access.times, Times::all);
        let mut session = Session::open(server, &access)?;
        session.in_step()?;
        let name = server.to_string();
        let failed = |source| TransportError::Connection { server: name.clone(), source };
        let (tcp, tls) = session.stream.into_parts().map_err(failed)?;
        tcp.set_read_timeout(None).and_then(|()| tcp.set_write_timeout(None)).map_err(failed)?;
        tcp.set_nonblocking(true).map_err(failed)?;
        let link = Self { tcp, tls, rest: Vec::new(), incoming: Incoming::default() };
        Ok((link, Pipeline::new(name, session.offers)))
    }

    /// Reads some of what has come in, and hands over each whole reply. `false`: nothing more for now, as far as one can
    /// tell without asking once more; with `ends`, that is asked.
    ///
    /// # Errors
    /// The connection is gone, or what comes on it is no SMTP.
    pub fn read(&mut self, ends: bool, mut each: impl FnMut(&Reply)) -> io::Result<bool> {
        let mut buffer = [0; READ];
        let count = match self.read_some(&mut buffer) {
            Ok(0) => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(true),
            Err(error) => return Err(error),
        };
        let mut new = &buffer[..count];
        while let Some(end) = memchr(b'\n', new) {
            let (line, after) = (&new[..end], &new[end + 1..]);
            new = after;
            let whole = if self.rest.is_empty() {
                self.incoming.line(without_cr(line)).map_err(bad)?
            } else {
                self.rest.extend_from_slice(line);
                let joined = std::mem::take(&mut self.rest);
                if joined.len() > reply::LINE {
                    return Err(bad(BadReply::Endless));
                }
                self.incoming.line(without_cr(&joined)).map_err(bad)?
            };
            if let Some(reply) = whole {
                self.incoming = Incoming::default();
                each(&reply);
            }
        }
        self.rest.extend_from_slice(new);
        if self.rest.len() > reply::LINE {
            Err(bad(BadReply::Endless))
        } else {
            Ok(count == READ || ends || self.tls.is_some())
        }
    }

    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.tcp.read(buffer) };
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
            if tls.read_tls(&mut self.tcp)? == 0 {
                return Ok(0);
            }
            tls.process_new_packets().map_err(io::Error::other)?;
        }
    }

    /// Writes until everything is taken or the connection takes no more for now. Who watches is told of new room only after
    /// there was none, so there is no other reason to stop. How much was taken, which may be on its way even if the
    /// connection is gone then.
    pub fn write(&mut self, bytes: &[u8]) -> (usize, io::Result<()>) {
        let mut taken = 0;
        let ended = self.write_on(bytes, &mut taken);
        (taken, ended)
    }

    fn write_on(&mut self, bytes: &[u8], taken: &mut usize) -> io::Result<()> {
        while *taken < bytes.len() || self.has_unsent() {
            let rest = &bytes[*taken..];
            let written = match &mut self.tls {
                None => self.tcp.write(rest).inspect(|count| *taken += count),
                Some(tls) => {
                    *taken += tls.writer().write(rest)?;
                    tls.write_tls(&mut self.tcp)
                }
            };
            match written {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether TLS has something that the connection did not take yet.
    #[must_use]
    pub fn has_unsent(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Says goodbye, if the connection takes it, and waits for nothing.
    pub fn quit(&mut self) {
        if self.write(b"QUIT\r\n").1.is_ok() {
            let _ = self.tcp.shutdown(std::net::Shutdown::Write);
        }
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tcp.as_fd()
    }
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn bad(why: BadReply) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
