//! A connection to a mail server: every step has an end, every line a limit.
//!
//! lettre's blocking connection takes no stream of the caller's, renews its timeout with each byte that comes
//! in, and reads a line without a newline for ever; it also keeps what a man in the middle wrote behind the
//! reply to STARTTLS. So this is ours, and small.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;

/// Bytes read at once; no line may be longer.
const BUFFER: usize = 64 * 1024;

/// A TCP stream with one deadline for all that is read and written until the next.
#[derive(Debug)]
struct Timed {
    tcp: TcpStream,
    until: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(slow()) } else { Ok(left) }
    }
}

fn slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}

/// A timeout of the socket is a `WouldBlock` on Unix.
fn named(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { slow() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        self.tcp.read(buffer).map_err(named)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.left()?))?;
        self.tcp.write(bytes).map_err(named)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[derive(Debug)]
enum Layer {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
    /// Between the two, and after a failed handshake.
    Gone,
}

/// Why a line could not be read.
#[derive(Debug)]
pub(in crate::mail) enum LineError {
    /// The connection.
    Io(io::Error),
    /// No line end within the limit.
    TooLong,
}

/// A connection, plain or TLS.
#[derive(Debug)]
pub(in crate::mail) struct Stream {
    layer: Layer,
    /// What was read and not yet asked for is `buffer[start..end]`.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Stream {
    /// Tries each address of `host`.
    pub(in crate::mail) fn connect(host: &str, port: u16, limit: Duration) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, limit) {
                Ok(tcp) => {
                    // A command is one small write that must not wait for the reply to the last.
                    tcp.set_nodelay(true)?;
                    let layer = Layer::Plain(Timed { tcp, until: Instant::now() + limit });
                    return Ok(Self { layer, buffer: vec![0; BUFFER], start: 0, end: 0 });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn timed(&mut self) -> Option<&mut Timed> {
        match &mut self.layer {
            Layer::Plain(timed) => Some(timed),
            Layer::Tls(tls) => Some(&mut tls.sock),
            Layer::Gone => None,
        }
    }

    /// All that follows must be over in `limit`.
    pub(in crate::mail) fn within(&mut self, limit: Duration) {
        if let Some(timed) = self.timed() {
            timed.until = Instant::now() + limit;
        }
    }

    /// The socket, and TLS if it is spoken, for who goes on without waiting. Nothing may have been read ahead.
    pub(in crate::mail) fn into_parts(self) -> io::Result<(TcpStream, Option<Box<ClientConnection>>)> {
        match self.layer {
            Layer::Plain(timed) => Ok((timed.tcp, None)),
            Layer::Tls(tls) => {
                let (connection, timed) = tls.into_parts();
                Ok((timed.tcp, Some(Box::new(connection))))
            }
            Layer::Gone => Err(closed()),
        }
    }

    /// This end's address.
    pub(in crate::mail) fn local(&mut self) -> Option<SocketAddr> {
        self.timed().and_then(|timed| timed.tcp.local_addr().ok())
    }

    pub(in crate::mail) fn is_tls(&self) -> bool {
        matches!(self.layer, Layer::Tls(_))
    }

    /// Whether bytes came in that nobody asked for.
    pub(in crate::mail) fn has_more(&self) -> bool {
        self.start < self.end
    }

    /// Reads once, behind what is there already; the buffer has room.
    fn read(&mut self) -> io::Result<()> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        loop {
            let room = &mut self.buffer[self.end..];
            let read = match &mut self.layer {
                Layer::Plain(timed) => timed.read(room),
                Layer::Tls(tls) => tls.read(room),
                Layer::Gone => Ok(0),
            };
            match read {
                Ok(0) => return Err(closed()),
                Ok(count) => {
                    self.end += count;
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(named(error)),
            }
        }
    }

    /// What has come in and was not yet [taken](Self::take): at least a byte, waited for if need be.
    pub(in crate::mail) fn ahead(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.read()?;
        }
        Ok(&self.buffer[self.start..self.end])
    }

    /// So many bytes of what is [ahead](Self::ahead) are dealt with.
    pub(in crate::mail) fn take(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// The next line without its LF or CRLF: at most `most` bytes, which are fewer than [`BUFFER`].
    pub(in crate::mail) fn line(&mut self, most: usize) -> Result<Vec<u8>, LineError> {
        let mut looked = 0;
        loop {
            let ahead = &self.buffer[self.start..self.end];
            if let Some(at) = memchr::memchr(b'\n', &ahead[looked..]) {
                let line = &ahead[..looked + at];
                let line = line.strip_suffix(b"\r").unwrap_or(line).to_vec();
                self.take(looked + at + 1);
                return if line.len() > most { Err(LineError::TooLong) } else { Ok(line) };
            }
            looked = ahead.len();
            if looked > most {
                return Err(LineError::TooLong);
            }
            self.read().map_err(LineError::Io)?;
        }
    }

    /// Writes and flushes.
    pub(in crate::mail) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.layer {
            Layer::Plain(timed) => timed.write_all(bytes),
            Layer::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
            Layer::Gone => Err(closed()),
        }
        .map_err(named)
    }

    /// TLS from here on; what was read ahead must have been looked at before.
    pub(in crate::mail) fn upgrade(&mut self, config: Arc<ClientConfig>, host: &str) -> io::Result<()> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let Layer::Plain(mut timed) = std::mem::replace(&mut self.layer, Layer::Gone) else {
            return Err(closed());
        };
        while tls.is_handshaking() {
            tls.complete_io(&mut timed).map_err(named)?;
        }
        self.layer = Layer::Tls(Box::new(StreamOwned::new(tls, timed)));
        Ok(())
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection")
}
