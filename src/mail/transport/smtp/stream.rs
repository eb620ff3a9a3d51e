//! The connection to an SMTP server: every step has an end, every line a limit.
//!
//! lettre's blocking connection takes no stream of the caller's, renews its timeout with each byte that comes
//! in, and reads a line without a newline for ever; it also keeps what a man in the middle wrote behind the
//! reply to STARTTLS. So this is ours, and small.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};

use super::reply;

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
pub(super) enum LineError {
    /// The connection.
    Io(io::Error),
    /// No line end within [`reply::LINE`] bytes.
    TooLong,
}

/// A connection, plain or TLS.
#[derive(Debug)]
pub(super) struct Stream {
    layer: Layer,
    /// Read and not yet asked for.
    ahead: Vec<u8>,
}

impl Stream {
    /// Tries each address of `host`.
    pub(super) fn connect(host: &str, port: u16, limit: Duration) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, limit) {
                Ok(tcp) => {
                    // A command is one small write that must not wait for the reply to the last.
                    tcp.set_nodelay(true)?;
                    let layer = Layer::Plain(Timed { tcp, until: Instant::now() + limit });
                    return Ok(Self { layer, ahead: Vec::new() });
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
    pub(super) fn within(&mut self, limit: Duration) {
        if let Some(timed) = self.timed() {
            timed.until = Instant::now() + limit;
        }
    }

    /// This end's address.
    pub(super) fn local(&mut self) -> Option<SocketAddr> {
        self.timed().and_then(|timed| timed.tcp.local_addr().ok())
    }

    pub(super) fn is_tls(&self) -> bool {
        matches!(self.layer, Layer::Tls(_))
    }

    /// Whether bytes came in that nobody asked for.
    pub(super) fn has_more(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// The next line without its LF or CRLF.
    pub(super) fn line(&mut self) -> Result<Vec<u8>, LineError> {
        let mut looked = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.ahead[looked..]) {
                let mut line: Vec<u8> = self.ahead.drain(..=looked + at).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return if line.len() > reply::LINE { Err(LineError::TooLong) } else { Ok(line) };
            }
            looked = self.ahead.len();
            if looked > reply::LINE {
                return Err(LineError::TooLong);
            }
            let mut buffer = [0; 4096];
            let read = match &mut self.layer {
                Layer::Plain(timed) => timed.read(&mut buffer),
                Layer::Tls(tls) => tls.read(&mut buffer),
                Layer::Gone => Ok(0),
            };
            match read {
                Ok(0) => return Err(LineError::Io(closed())),
                Ok(count) => self.ahead.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(LineError::Io(named(error))),
            }
        }
    }

    /// Writes and flushes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.layer {
            Layer::Plain(timed) => timed.write_all(bytes),
            Layer::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
            Layer::Gone => Err(closed()),
        }
        .map_err(named)
    }

    /// TLS from here on; what was read ahead must have been looked at before.
    pub(super) fn upgrade(&mut self, config: Arc<ClientConfig>, host: &str) -> io::Result<()> {
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

/// Whom to trust: the system's certificates and those of `ca`. Read only when TLS is spoken.
///
/// # Errors
/// What is wrong with `ca`, in words.
pub(super) fn trust(ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // One that rustls cannot read is one that it will not meet.
        let _ = roots.add(certificate);
    }
    if let Some(path) = ca {
        let bad = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| bad(&error))? {
            let certificate = certificate.map_err(|error| bad(&error))?;
            roots.add(certificate).map_err(|error| bad(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
