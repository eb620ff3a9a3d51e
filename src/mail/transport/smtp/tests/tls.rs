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
fn starttls_encrypts_what_follows_and_asks_for_offers_again() {
    let (config, ca) = certificate();
    let (mut server, heard) = one(move |mut peer| {
        peer.greet("250-STARTTLS\r\n250-AUTH PLAIN\r\n");
        peer.answer("STARTTLS", "220 go\r\n");
        let mut peer = encrypted(config, peer);
        peer.answer("EHLO ", "250-me\r\n250 SIZE 1000\r\n");
        peer.answer("MAIL FROM:<a@x.example> SIZE=", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.answer("DATA", "354 go\r\n");
        peer.message();
        peer.say("250 ok\r\n");
        peer.hear();
    });
    server.security = Security::Required;
    server.host = "localhost".into();
    let access = Access { ca: Some(ca.path().to_owned()), ..access() };
    let outcomes = Smtp::new(server, access).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(())).unwrap();
    assert_eq!(outcomes[0].status, Status::Accepted);
    heard.join().unwrap();
}

#[test]
fn smtps_is_encrypted_from_the_first_byte_and_a_stranger_is_not_trusted() {
    let (config, ca) = certificate();
    for (trusted, host, good) in
        [(true, "localhost", true), (false, "localhost", false), (true, "127.0.0.1", false)]
    {
        let config = config.clone();
        let (mut server, _heard) = one(move |peer| {
            let mut peer = encrypted(config, peer);
            peer.say("220 hi\r\n");
            if peer.hear().starts_with("EHLO") {
                peer.say("250 me\r\n");
                peer.take();
                peer.hear();
            }
        });
        server.security = Security::Tls;
        server.host = host.into();
        let access = Access { ca: trusted.then(|| ca.path().to_owned()), ..access() };
        let result = Smtp::new(server, access).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(()));
        match result {
            Ok(outcomes) => assert!(good && outcomes[0].status == Status::Accepted),
            Err(error) => assert!(!good && matches!(error, TransportError::Tls { .. }), "{error}"),
        }
    }
}

#[test]
fn plain_text_behind_starttls_is_refused() {
    let (mut server, heard) = one(|mut peer| {
        peer.greet("250-STARTTLS\r\n");
        peer.answer("STARTTLS", "220 go\r\n250 evil\r\n");
        peer.hear()
    });
    server.security = Security::Required;
    let error = send(server).unwrap_err();
    assert!(matches!(&error, TransportError::Tls { why, .. } if why.contains("plain text")), "{error}");
    assert_eq!(heard.join().unwrap(), [""], "not even a handshake was begun");
}
