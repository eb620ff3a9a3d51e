//! What a connection may do to the server, and what not.

use std::sync::Arc;

use rustls_pki_types::{CertificateDer, ServerName};
use tokio::time::Instant;

use super::*;
use crate::{
    server::tls::{self, Certificate},
    wire::limits,
};

#[tokio::test]
async fn half_a_head_is_cut_after_its_time() {
    let house = House::with(|options, _| options.timeouts.head = Duration::from_millis(200)).await;
    let began = Instant::now();
    assert_eq!(house.raw(b"GET /healthz HTTP/1.1\r\nHost:").await, "");
    assert!(began.elapsed() >= Duration::from_millis(200));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn half_a_body_is_answered_in_time() {
    let house = House::with(|options, _| options.timeouts.request = Duration::from_millis(200)).await;
    let mut stream = house.connect().await;
    stream.write_all(b"POST /v1/press HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{").await.unwrap();
    let mut text = [0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut text)).await.unwrap().unwrap();
    let answer = Answer::parse(std::str::from_utf8(&text[..read]).unwrap());
    assert_eq!(answer.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_stream_that_stands_still_is_told_and_ended() {
    let house = House::with(|options, _| options.timeouts.stall = Duration::from_millis(200)).await;
    let token = String::from(house.person("alice").await);
    let head = format!(
        "POST /v1/tickets HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let answer = Answer::parse(&house.raw(head.as_bytes()).await);
    assert!(matches!(answer.record(), Record::Error(error) if error.code == Code::Unavailable), "{answer:?}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let house = House::new().await;
    let body = format!("{{\"login\":\"{}\"}}", "a".repeat(limits::BODY));
    assert_eq!(house.ask("POST", "/v1/logins", &body).await.code(), Code::TooLarge);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let house = House::new().await;
    let mut stream = house.connect().await;
    // The server may cut the connection while the head still comes.
    let head = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(100_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut text = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut text)).await.unwrap();
    assert!(text.is_empty() || text.starts_with(b"HTTP/1.1 431"), "{text:?}");
    assert_eq!(house.ask("GET", "/healthz", "").await.status, 200);
}

#[tokio::test]
async fn a_page_of_another_site_may_not_ask() {
    let house = House::new().await;
    let token = Secret::generate().unwrap();
    let body = registration("alice", &token);
    for origin in ["https://evil.example", "null", "http://127.0.0.1"] {
        let answer = house.ask_with("POST", "/v1/logins", &[("Origin", origin)], &body).await;
        assert_eq!(answer.code(), Code::Forbidden, "{origin}");
    }
    let ours = house.public().origin();
    assert_eq!(house.ask_with("POST", "/v1/logins", &[("Origin", &ours)], &body).await.status, 201);
}

#[tokio::test]
async fn what_is_not_there_is_an_error_record_too() {
    let house = House::new().await;
    assert_eq!(house.ask("GET", "/v1/nothing", "").await.code(), Code::NotFound);
    let answer = house.ask("DELETE", "/healthz", "").await;
    assert_eq!(answer.status, 405);
    assert!(answer.head.contains("allow: get"), "{answer:?}");
    assert!(matches!(answer.record(), Record::Error(_)));
}

#[tokio::test]
async fn connections_over_the_limit_are_closed_and_seats_come_free() {
    let house = House::with(|options, _| options.limits.connections = 2).await;
    let held = [house.connect().await, house.connect().await];
    // Both are taken in before a third, whose close shows that it was not.
    let mut third = house.connect().await;
    let mut text = Vec::new();
    let read = timeout(PATIENCE, third.read_to_end(&mut text)).await.unwrap();
    assert!(read.is_err() || text.is_empty(), "{text:?}");
    drop(held);
    timeout(PATIENCE, async {
        while house.shared_connections().await > 1 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
}

impl House {
    /// How many connections the server counts, this one included.
    async fn shared_connections(&self) -> u64 {
        let Ok(mut stream) = TcpStream::connect(self.address).await else { return u64::MAX };
        let request = b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        let mut text = Vec::new();
        if stream.write_all(request).await.is_err() || stream.read_to_end(&mut text).await.is_err() {
            return u64::MAX;
        }
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find(|line| line.starts_with("ch_connections "));
        line.map_or(u64::MAX, |line| line.split(' ').next_back().unwrap().parse().unwrap())
    }
}

#[tokio::test]
async fn metrics_are_not_for_the_world() {
    let house = House::with(|options, _| options.trusted_proxies = vec!["127.0.0.1".parse().unwrap()]).await;
    let local = house.ask("GET", "/metrics", "").await;
    assert!(local.body.contains("ch_requests_total{route=") || local.body.contains("# TYPE"), "{local:?}");
    let world = house.ask_with("GET", "/metrics", &[("X-Forwarded-For", "203.0.113.1")], "").await;
    assert_eq!(world.code(), Code::NotFound);
}

#[tokio::test]
async fn a_server_that_stops_ends_what_it_began_and_starts_again_at_once() {
    let mut house = House::new().await;
    let token = house.person("alice").await;
    // A stream in the middle, and a connection that does nothing.
    let bearer = String::from(token.clone());
    let mut stream = house.connect().await;
    let head = format!(
        "POST /v1/tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\nContent-Length: 20\r\n\r\n{{\"to\":[\"a@b\"]}}"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let _idle = house.connect().await;
    let (stop, server) = (house.stop.take().unwrap(), house.server.take().unwrap());
    stop.send(()).unwrap();
    sleep(Duration::from_millis(50)).await;
    stream.write_all(b"\n    \n").await.unwrap();
    let mut text = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut text)).await.unwrap().unwrap();
    assert!(text.contains("\"type\":\"ticket\""), "{text}");
    timeout(PATIENCE, server).await.unwrap().unwrap().unwrap();

    house.store = Store::open(&house.place).unwrap();
    house.start().await;
    assert_eq!(house.ask_as(&token, "POST", "/v1/ports", "").await.status, 200);
    house.stop().await;
}

#[tokio::test]
async fn tls_is_spoken_with_the_certificate_from_its_files() {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    let house = House::with(|options, dir| {
        let (cert_file, key_file) = (dir.join("cert.pem"), dir.join("key.pem"));
        std::fs::write(&cert_file, cert).unwrap();
        std::fs::write(&key_file, key).unwrap();
        options.tls = Some(tls::config(Certificate::load(&cert_file, &key_file).unwrap()).unwrap());
    })
    .await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(pair.cert.der().to_vec())).unwrap();
    let client =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, house.connect().await).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert_eq!(Answer::parse(&text).status, 200);
}

#[tokio::test]
async fn no_handshake_no_connection() {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    let house = House::with(|options, dir| {
        let (cert_file, key_file) = (dir.join("cert.pem"), dir.join("key.pem"));
        std::fs::write(&cert_file, cert).unwrap();
        std::fs::write(&key_file, key).unwrap();
        options.tls = Some(tls::config(Certificate::load(&cert_file, &key_file).unwrap()).unwrap());
        options.timeouts.handshake = Duration::from_millis(100);
    })
    .await;
    let mut silent = house.connect().await;
    let mut text = Vec::new();
    let read = timeout(PATIENCE, silent.read_to_end(&mut text)).await.unwrap();
    assert!(read.is_err() || text.is_empty());
}
