//! Encryption: it is there when it should be, and nobody slips in before it.

use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use super::*;

/// A certificate for `localhost`, as the server's configuration and as a file to trust.
fn certificate() -> (Arc<ServerConfig>, tempfile::NamedTempFile) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(made.cert.pem().as_bytes()).unwrap();
    (Arc::new(config), file)
}

fn encrypted(config: Arc<ServerConfig>, peer: Peer) -> Peer<StreamOwned<ServerConnection, TcpStream>> {
    let connection = ServerConnection::new(config).unwrap();
    Peer(BufReader::new(StreamOwned::new(connection, peer.0.into_inner())))
}

#[test]
fn stls_encrypts_what_follows_and_asks_for_offers_again() {
    let (config, ca) = certificate();
    let (mut server, heard) = server(move |mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "+OK\r\nSTLS\r\nSASL EVIL\r\n.\r\n");
        peer.answer("STLS", "+OK\r\n");
        let mut peer = encrypted(config, peer);
        peer.answer("CAPA", "+OK\r\nSASL PLAIN\r\nPIPELINING\r\n.\r\n");
        peer.answer("AUTH PLAIN AGJvYkB4LmV4YW1wbGUAc2VzYW1l", "+OK\r\n");
        assert_eq!(peer.hear(), "STAT");
        peer.say("+OK 0 0\r\n+OK\r\n.\r\n+OK\r\n.\r\n");
        peer.hear();
    });
    server.security = Security::Required;
    server.host = "localhost".into();
    server.timeout = Some(Duration::from_secs(20));
    let access = Access { ca: Some(ca.path().to_owned()), ..access() };
    assert_eq!(Pop3::open(&server, &access).unwrap().list().unwrap(), []);
    heard.join().unwrap();
}

#[test]
fn pop3s_is_encrypted_from_the_first_byte_and_a_stranger_is_not_trusted() {
    let (config, ca) = certificate();
    for (trusted, host, good) in
        [(true, "localhost", true), (false, "localhost", false), (true, "127.0.0.1", false)]
    {
        let config = config.clone();
        let (mut server, _heard) = server(move |peer| encrypted(config, peer).greet("PIPELINING\r\n"));
        server.security = Security::Tls;
        server.host = host.into();
        server.timeout = Some(Duration::from_secs(20));
        let access = Access { ca: trusted.then(|| ca.path().to_owned()), ..access() };
        match Pop3::open(&server, &access) {
            Ok(_) => assert!(good),
            Err(error) => assert!(!good && matches!(error, Pop3Error::Tls { .. }), "{error}"),
        }
    }
}

#[test]
fn plain_text_behind_stls_is_refused() {
    let (mut server, heard) = server(|mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "+OK\r\nSTLS\r\n.\r\n");
        peer.answer("STLS", "+OK\r\n+OK evil\r\n");
        peer.hear()
    });
    server.security = Security::Required;
    let error = open(&server).unwrap_err();
    assert!(matches!(&error, Pop3Error::Tls { why, .. } if why.contains("plain text")), "{error}");
    assert!(!heard.join().unwrap().contains("PASS"));
}

#[test]
fn without_stls_no_password_leaves_where_it_is_required() {
    let (mut server, heard) = server(|mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "+OK\r\nUSER\r\n.\r\n");
        (peer.hear(), peer.hear(), peer.hear())
    });
    server.security = Security::Required;
    assert!(matches!(open(&server), Err(Pop3Error::Config(_))));
    assert_eq!(heard.join().unwrap(), ("RSET".into(), "QUIT".into(), String::new()));
    // A name that leads here is no loopback.
    let (mut elsewhere, heard) = super::server(|mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "+OK\r\nUSER\r\n.\r\n");
        peer.hear()
    });
    elsewhere.host = "0.0.0.0".into();
    elsewhere.security = Security::None;
    assert!(matches!(open(&elsewhere), Err(Pop3Error::Config(_))));
    assert_eq!(heard.join().unwrap(), "RSET");
}
