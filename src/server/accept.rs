//! The accept loop: a seat, a TLS handshake, then HTTP/1.1 until it ends or the server stops.

use std::{convert::Infallible, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Instant, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower::Service;

use super::{
    Shared,
    client::Peer,
    seats::{Seat, Seats},
    socket::{Socket, Stream},
    stop::Stop,
};

/// The read buffer of one connection, which also bounds a request's head. 10,000 idle agents share the memory.
const HEAD: usize = 16 * 1024;
/// How long to wait when the system has no file descriptor for us.
const BREATH: Duration = Duration::from_millis(50);
/// How long the same complaint is not repeated.
const QUIET: Duration = Duration::from_secs(60);

/// Takes connections in and hands each to `router`, until it is dropped; the connections then still open hold a
/// clone of `stop`.
pub async fn accept(listener: TcpListener, shared: &Shared, router: Router, stop: Stop) {
    let seats = Seats::new(shared.clone());
    let tls = shared.options.tls.clone().map(TlsAcceptor::from);
    let http = Arc::new(http(shared.options.timeouts.head));
    let mut complaints = Complaints::default();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(seat) = seats.take(peer.ip()) else {
                    complaints.say("connections are refused: too many are open");
                    continue;
                };
                let connection = Connection {
                    peer,
                    seat,
                    tls: tls.clone(),
                    http: Arc::clone(&http),
                    shared: shared.clone(),
                    router: router.clone(),
                };
                tokio::spawn(connection.serve(stream, stop.clone()));
            }
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                complaints.say(&format!("accept: {error}"));
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// What goes wrong with every connection is logged once a minute, or the log fills the disk.
#[derive(Default)]
struct Complaints(Option<Instant>);

impl Complaints {
    fn say(&mut self, what: &str) {
        if self.0.is_none_or(|last| last.elapsed() >= QUIET) {
            tracing::warn!("{what}");
            self.0 = Some(Instant::now());
        }
    }
}

fn http(head: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(HEAD);
    http
}

fn is_of_the_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

struct Connection {
    peer: SocketAddr,
    seat: Seat,
    tls: Option<TlsAcceptor>,
    http: Arc<http1::Builder>,
    shared: Shared,
    router: Router,
}

impl Connection {
    async fn serve(self, stream: TcpStream, mut stop: Stop) {
        let Self { peer, seat, tls, http, shared, router } = self;
        // A small frame must not wait for the peer's delayed acknowledgement; a peer that left fails here.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let timeouts = shared.options.timeouts;
        let stream = match tls {
            None => Stream::Plain(stream),
            Some(tls) => tokio::select! {
                () = stop.told() => return,
                shaken = timeout(timeouts.handshake, tls.accept(stream)) => match shaken {
                    Ok(Ok(stream)) => Stream::Tls(Box::new(stream)),
                    Ok(Err(error)) => return tracing::debug!("TLS: {error}"),
                    Err(_) => return tracing::debug!("TLS: no handshake in time"),
                },
            },
        };
        let io = TokioIo::new(Socket::new(stream, seat, timeouts.stall));
        let service = service_fn(move |request| answer(router.clone(), peer, request));
        let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = stop.told() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!("a connection broke: {error}");
        }
    }
}

async fn answer(
    mut router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(Peer(peer.ip()));
    // A router is always ready.
    router.call(request).await
}
