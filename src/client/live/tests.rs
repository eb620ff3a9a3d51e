//! The live connection against a server that drops, repeats itself, lies, and falls silent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};
use url::Url;

use super::{reading::tests::line, *};
use crate::{
    client::trust::Standing,
    wire::{
        self, Code,
        frame::{ClientFrame, Hello, Role, ServerFrame, Welcome},
    },
};

const PATIENCE: Duration = Duration::from_secs(10);

/// A server whose every move the test makes.
struct Fake {
    listener: TcpListener,
    url: Url,
}

struct Peer(WebSocketStream<TcpStream>);

impl Fake {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        Self { listener, url }
    }

    async fn tcp(&self) -> TcpStream {
        timeout(PATIENCE, self.listener.accept()).await.unwrap().unwrap().0
    }

    async fn accept(&self) -> Peer {
        Peer(accept_async(self.tcp().await).await.unwrap())
    }

    /// A connection that has been welcomed, and its `hello`.
    async fn welcome(&self) -> (Peer, Hello) {
        let mut peer = self.accept().await;
        let ClientFrame::Hello(hello) = peer.hear().await else { panic!() };
        peer.say(&welcome()).await;
        (peer, hello)
    }

    fn start(&self, role: Role, pace: Pace) -> (Live, mpsc::Receiver<Happening>) {
        start(self.url.clone(), Standing::Own, None, role, pace)
    }
}

fn start(
    server: Url,
    standing: Standing,
    ca: Option<&std::path::Path>,
    role: Role,
    pace: Pace,
) -> (Live, mpsc::Receiver<Happening>) {
    let target = Target::new(server, standing, ca).unwrap();
    let hello = Hello { role, ..Hello::default() };
    let session = Session::new(hello, target.name(), [], pace, 1);
    let (to, happens) = mpsc::channel(4);
    (Live::start(target, session, to, async {}).unwrap(), happens)
}

impl Peer {
    async fn hear(&mut self) -> ClientFrame {
        loop {
            match timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn say(&mut self, frame: &ServerFrame) {
        self.say_text(wire::to_json(frame).unwrap()).await;
    }

    async fn say_text(&mut self, text: String) {
        self.0.send(Message::text(text)).await.unwrap();
    }
}

fn welcome() -> ServerFrame {
    ServerFrame::Welcome(Welcome {
        login: None,
        guest: Some("bob@example.org".into()),
        device: None,
        conversation: Some("c".parse().unwrap()),
        conversations: vec![],
        notices: vec![],
        epoch: None,
    })
}

fn say(id: &str) -> ClientFrame {
    ClientFrame::Line {
        conversation: "c".parse().unwrap(),
        id: id.parse().unwrap(),
        text: Some(id.into()),
        sealed: None,
    }
}

async fn next(happens: &mut mpsc::Receiver<Happening>) -> Happening {
    timeout(PATIENCE, happens.recv()).await.unwrap().unwrap()
}

async fn next_frame(happens: &mut mpsc::Receiver<Happening>) -> ServerFrame {
    loop {
        match next(happens).await {
            Happening::Shown(Shown::Frame { frame, .. }) => return *frame,
            Happening::Shown(_) => {}
            Happening::Ended(end) => panic!("{end:?}"),
        }
    }
}

async fn end(happens: &mut mpsc::Receiver<Happening>) -> Result<(), LiveError> {
    loop {
        if let Happening::Ended(end) = next(happens).await {
            return end;
        }
    }
}

#[tokio::test]
async fn what_was_said_while_the_connection_was_down_is_said_when_it_is_back() {
    let fake = Fake::new().await;
    let (live, mut happens) = fake.start(Role::Caller, Pace::default());
    let (mut peer, _) = fake.welcome().await;
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Welcome(_)));
    peer.say(&ServerFrame::Line(line(1))).await;
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Line(line) if line.position == 1));
    live.send(say("a"));
    assert_eq!(peer.hear().await, say("a"));
    drop(peer);
    assert!(matches!(next(&mut happens).await, Happening::Shown(Shown::Lost(_))));
    live.send(say("b"));
    let (mut peer, hello) = fake.welcome().await;
    assert_eq!((hello.resume[0].conversation.as_str(), hello.resume[0].received), ("c", 1));
    assert_eq!((peer.hear().await, peer.hear().await), (say("a"), say("b")));
    assert!(matches!(next(&mut happens).await, Happening::Shown(Shown::Back)));
    peer.say(&ServerFrame::Line(line(1))).await;
    peer.say(&ServerFrame::Line(line(2))).await;
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Welcome(_)));
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Line(line) if line.position == 2), "once");
}

#[tokio::test]
async fn a_polite_end_waits_for_the_acknowledgement_and_says_goodbye() {
    let fake = Fake::new().await;
    let (live, mut happens) = fake.start(Role::Agent, Pace::default());
    let (mut peer, _) = fake.welcome().await;
    next_frame(&mut happens).await;
    live.send(say("a"));
    live.finish();
    assert_eq!(peer.hear().await, say("a"));
    let id = Some("a".parse().unwrap());
    let conversation = "c".parse().unwrap();
    peer.say(&ServerFrame::Ack { conversation, id, position: Some(1), received: None, read: None }).await;
    assert_eq!(peer.hear().await, ClientFrame::Presence { state: wire::record::Presence::Off });
    assert!(matches!(peer.0.next().await, Some(Ok(Message::Close(_)))));
    assert_eq!(end(&mut happens).await, Ok(()));
}

#[tokio::test]
async fn garbage_and_oversize_frames_end_in_a_clear_error() {
    let big = ServerFrame::Complete { conversation: "c".parse().unwrap() };
    let big = format!("{}{}", wire::to_json(&big).unwrap(), " ".repeat(wire::limits::FRAME));
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    for text in ["no frame".to_owned(), "{\"type\":\"line\"}".into(), "[]".into(), big, deep] {
        let fake = Fake::new().await;
        let (_live, mut happens) = fake.start(Role::Agent, Pace::default());
        let mut peers = Vec::new();
        for _ in 0..3 {
            let (mut peer, _) = fake.welcome().await;
            peer.say_text(text.clone()).await;
            peers.push(peer);
        }
        let end = end(&mut happens).await;
        assert!(matches!(end, Err(LiveError::Protocol { .. })), "{end:?}");
    }
}

#[tokio::test]
async fn frames_of_types_nobody_knows_are_passed_over() {
    let fake = Fake::new().await;
    let (_live, mut happens) = fake.start(Role::Agent, Pace::default());
    let (mut peer, _) = fake.welcome().await;
    peer.say_text("{\"v\":1,\"type\":\"of tomorrow\",\"x\":[1]}".into()).await;
    peer.0.send(Message::Ping("x".into())).await.unwrap();
    peer.say(&ServerFrame::Line(line(1))).await;
    next_frame(&mut happens).await;
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Line(_)));
}

#[tokio::test]
async fn another_version_is_final() {
    let fake = Fake::new().await;
    let (_live, mut happens) = fake.start(Role::Agent, Pace::default());
    let (mut peer, _) = fake.welcome().await;
    peer.say_text("{\"v\":2,\"type\":\"line\"}".into()).await;
    assert!(matches!(end(&mut happens).await, Err(LiveError::Protocol { .. })));
}

#[tokio::test]
async fn silence_is_noticed_and_the_connection_made_anew() {
    let fake = Fake::new().await;
    let pace =
        Pace { ping: Duration::from_millis(50), silence: Duration::from_millis(200), ..Pace::default() };
    let (_live, mut happens) = fake.start(Role::Agent, pace);
    let mut tcp = Vec::new();
    let (mut peer, _) = fake.welcome().await;
    peer.0.next().await;
    // From here on the first connection is not read any more: no pong goes out.
    tcp.push(peer);
    next_frame(&mut happens).await;
    assert!(matches!(next(&mut happens).await, Happening::Shown(Shown::Lost(_))));
    let (_peer, _) = fake.welcome().await;
    assert!(matches!(next(&mut happens).await, Happening::Shown(Shown::Back)));
}

#[tokio::test]
async fn a_face_that_does_not_listen_holds_up_the_server_and_not_the_memory() {
    let fake = Fake::new().await;
    let (_live, mut happens) = fake.start(Role::Agent, Pace::default());
    let (mut peer, _) = fake.welcome().await;
    let text = "x".repeat(wire::limits::LINE_TEXT);
    let frame =
        |position| ServerFrame::Line(wire::frame::Line { text: Some(text.clone()), ..line(position) });
    let mut said = 0;
    while timeout(Duration::from_millis(500), peer.say(&frame(said + 1))).await.is_ok() {
        said += 1;
        assert!(said < 10_000, "no back-pressure");
    }
    next_frame(&mut happens).await;
    for position in 1..=said {
        let frame = next_frame(&mut happens).await;
        assert!(matches!(frame, ServerFrame::Line(line) if line.position == position));
    }
}

#[tokio::test]
async fn what_is_no_ch_server_is_said_at_once() {
    for (answer, transient) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false),
        ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", true),
        ("SSH-2.0-OpenSSH_9.2\r\n", false),
        ("", true),
    ] {
        let fake = Fake::new().await;
        let (_live, mut happens) =
            fake.start(Role::Caller, Pace { first: Some(Duration::ZERO), ..Pace::default() });
        let mut tcp = fake.tcp().await;
        assert!(tcp.read(&mut [0; 1024]).await.unwrap() > 0);
        tcp.write_all(answer.as_bytes()).await.unwrap();
        drop(tcp);
        let error = end(&mut happens).await.unwrap_err();
        assert_eq!(error.is_transient(), transient, "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn an_error_instead_of_the_websocket_is_told_in_the_servers_words() {
    let fake = Fake::new().await;
    let (_live, mut happens) = fake.start(Role::Agent, Pace::default());
    let mut tcp = fake.tcp().await;
    assert!(tcp.read(&mut [0; 1024]).await.unwrap() > 0);
    let record = wire::Record::Error(ErrorRecord::new(Code::Forbidden, "go away"));
    let body = wire::to_json(&record).unwrap();
    let head = format!("HTTP/1.1 403 Forbidden\r\nContent-Length: {}\r\n\r\n", body.len());
    tcp.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    assert_eq!(end(&mut happens).await.unwrap_err().to_string(), "go away");
}

#[tokio::test]
async fn a_name_that_leads_to_a_private_address_is_not_connected_to() {
    let fake = Fake::new().await;
    let server = format!("https://localhost:{}", fake.url.port().unwrap()).parse().unwrap();
    let (_live, mut happens) = start(server, Standing::Known, None, Role::Agent, Pace::default());
    let end = end(&mut happens).await;
    assert!(matches!(end, Err(LiveError::Untrusted(Refusal::NotPublic { .. }))));
    assert!(timeout(Duration::from_millis(50), fake.listener.accept()).await.is_err(), "nobody came");
}

#[tokio::test]
async fn tls_is_checked_and_a_ca_of_ones_own_is_trusted() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    std::fs::write(&ca, certified.cert.pem()).unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let fake = Fake::new().await;
    let server: Url = format!("https://localhost:{}", fake.url.port().unwrap()).parse().unwrap();

    let (_live, mut happens) = start(server.clone(), Standing::Own, None, Role::Agent, Pace::default());
    assert!(acceptor.accept(fake.tcp().await).await.is_err());
    let end = end(&mut happens).await;
    assert!(matches!(end, Err(LiveError::Tls { .. })), "{end:?}");

    let (_live, mut happens) = start(server, Standing::Own, Some(&ca), Role::Agent, Pace::default());
    let stream = acceptor.accept(fake.tcp().await).await.unwrap();
    let mut peer = accept_async(stream).await.unwrap();
    assert!(peer.next().await.unwrap().unwrap().is_text());
    peer.send(Message::text(wire::to_json(&welcome()).unwrap())).await.unwrap();
    assert!(matches!(next_frame(&mut happens).await, ServerFrame::Welcome(_)));
    let missing = Target::new(fake.url.join("https://localhost").unwrap(), Standing::Own, Some(dir.path()));
    assert!(matches!(missing, Err(LiveError::Config(_))));
}
