//! Encryption: it is there when it should be, and nobody slips in before it.

use super::*;
use crate::mail::net::peer::certificate;

#[test]
fn stls_encrypts_what_follows_and_asks_for_offers_again() {
    let (config, ca) = certificate();
    let (mut server, heard) = server(move |mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", "+OK\r\nSTLS\r\nSASL EVIL\r\n.\r\n");
        peer.answer("STLS", "+OK\r\n");
        let mut peer = peer.encrypted(config);
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
        let (mut server, _heard) = server(move |peer| peer.encrypted(config).greet("PIPELINING\r\n"));
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
