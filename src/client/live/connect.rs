//! Opens the WebSocket: resolves, checks every address, connects to a checked one, TLS if the URL says so.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustls_pki_types::ServerName;
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_with_config,
    tungstenite::{
        self,
        client::IntoClientRequest,
        error::ProtocolError,
        http::{HeaderValue, header},
        protocol::WebSocketConfig,
    },
};
use url::{Host, Url};

use super::LiveError;
use crate::{
    client::{
        http::plain_words,
        roots,
        trust::{self, Standing},
    },
    wire::{Record, certificate, limits},
};

/// Until a name is resolved, and again until one address is connected to.
const CONNECT: Duration = Duration::from_secs(5);
/// Until the TLS and WebSocket handshakes are done.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bytes of a socket's buffers.
const BUFFER: usize = 8 * 1024;

/// An open WebSocket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why there is no WebSocket.
#[derive(Debug)]
pub enum Failure {
    /// Another try may do better.
    Lost(String),
    /// It would not.
    Final(LiveError),
}

/// Where to connect to.
#[derive(Clone)]
pub struct Target {
    server: Url,
    standing: Standing,
    tls: Option<Arc<rustls::ClientConfig>>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = trust::name(&self.server);
        f.debug_struct("Target").field("server", &name).field("standing", &self.standing).finish()
    }
}

impl Target {
    /// `server`, as [`trust::standing`] judged it (a [`Standing::New`] one after the person agreed). Its
    /// addresses are checked at each connection. `ca` is read for https only.
    ///
    /// # Errors
    /// [`LiveError::Config`] when `ca` is not a file with certificates.
    pub fn new(server: Url, standing: Standing, ca: Option<&Path>) -> Result<Self, LiveError> {
        let tls = match server.scheme() {
            "https" => Some(Arc::new(tls(ca)?)),
            _ => None,
        };
        Ok(Self { server, standing, tls })
    }

    /// The server's name, as people read it.
    #[must_use]
    pub fn name(&self) -> String {
        trust::name(&self.server)
    }

    /// Opens a WebSocket.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn connect(&self) -> Result<Socket, Failure> {
        let stream = self.stream(&self.addresses().await?).await?;
        let shaken = timeout(HANDSHAKE, self.handshake(stream)).await;
        shaken.unwrap_or_else(|_| Err(Failure::Lost("the server does not answer".into())))
    }

    /// Every address of the server, each checked.
    async fn addresses(&self) -> Result<Vec<SocketAddr>, Failure> {
        let port = self.server.port_or_known_default().unwrap_or(0);
        let addresses: Vec<SocketAddr> = match self.server.host() {
            Some(Host::Ipv4(address)) => vec![(IpAddr::V4(address), port).into()],
            Some(Host::Ipv6(address)) => vec![(IpAddr::V6(address), port).into()],
            Some(Host::Domain(name)) => match timeout(CONNECT, tokio::net::lookup_host((name, port))).await {
                Ok(Ok(addresses)) => addresses.collect(),
                Ok(Err(_)) => return Err(Failure::Lost("no such host".into())),
                Err(_) => return Err(Failure::Lost("the host's name is not resolved".into())),
            },
            None => Vec::new(),
        };
        let of = addresses.iter().map(SocketAddr::ip);
        trust::check_addresses(&self.server, self.standing, of).map_err(|no| Failure::Final(no.into()))?;
        Ok(addresses)
    }

    /// A connection to the first address that takes one.
    async fn stream(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
        let mut why = "no such host".to_owned();
        for address in addresses {
            match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A line is small and must not wait for the next one. If this fails it is only slower.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => why = plain_words(&error),
                Err(_) => why = format!("no connection within {} s", CONNECT.as_secs()),
            }
        }
        Err(Failure::Lost(why))
    }

    async fn handshake(&self, stream: TcpStream) -> Result<Socket, Failure> {
        let stream = match &self.tls {
            None => MaybeTlsStream::Plain(stream),
            Some(config) => {
                let host = self.server.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
                let name = ServerName::try_from(host).map_err(|_| self.protocol("not a host name"))?;
                let connector = TlsConnector::from(Arc::clone(config));
                let shaken = connector.connect(name, stream).await;
                MaybeTlsStream::Rustls(shaken.map_err(|error| self.not_secure(&error))?)
            }
        };
        let mut url = self.server.clone();
        url.set_path(&format!("{}/v1/live", self.server.path().trim_end_matches('/')));
        let text = url.as_str().replacen("http", "ws", 1);
        let mut request = text.into_client_request().map_err(|_| self.protocol("not a server's URL"))?;
        let agent = HeaderValue::from_static(concat!("chmail/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(header::USER_AGENT, agent);
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(limits::FRAME))
            .max_frame_size(Some(limits::FRAME));
        match client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(socket),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// What a failed TLS handshake means.
    fn not_secure(&self, error: &io::Error) -> Failure {
        let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match cause {
            Some(why @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)) => {
                Failure::Final(LiveError::Tls {
                    server: self.name(),
                    why: certificate::words(&why.to_string(), "--ca"),
                })
            }
            Some(why) => self.protocol(&why.to_string()),
            None => Failure::Lost(plain_words(error)),
        }
    }

    /// What a failed WebSocket handshake means.
    fn refused(&self, error: tungstenite::Error) -> Failure {
        match error {
            tungstenite::Error::Http(answer) => {
                let status = answer.status();
                let record = answer.body().as_deref().and_then(|body| serde_json::from_slice(body).ok());
                match record {
                    Some(Record::Error(error)) if error.code.is_transient() => Failure::Lost(error.message),
                    Some(Record::Error(error)) => Failure::Final(LiveError::Refused(error)),
                    _ if status.is_server_error() || matches!(status.as_u16(), 408 | 429) => {
                        Failure::Lost(format!("the server answers {status}"))
                    }
                    _ => self.protocol(&format!("it answers {status}: no CH server there?")),
                }
            }
            tungstenite::Error::Io(error) => Failure::Lost(plain_words(&error)),
            tungstenite::Error::ConnectionClosed
            | tungstenite::Error::AlreadyClosed
            | tungstenite::Error::Protocol(
                ProtocolError::HandshakeIncomplete | ProtocolError::ResetWithoutClosingHandshake,
            ) => Failure::Lost("the server closes the connection".into()),
            other => self.protocol(&other.to_string()),
        }
    }

    fn protocol(&self, why: &str) -> Failure {
        Failure::Final(LiveError::Protocol { server: self.name(), why: why.to_owned() })
    }
}

fn tls(ca: Option<&Path>) -> Result<rustls::ClientConfig, LiveError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(roots::load(ca).map_err(LiveError::Config)?);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| LiveError::Config(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
