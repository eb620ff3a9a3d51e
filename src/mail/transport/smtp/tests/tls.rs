//! Encryption: it is there when it should be, and nobody slips in before it.

use std::sync::Arc;

use rustls::ServerConfig;

use super::*;
use crate::mail::net::peer::certificate;

#[test]
fn starttls_encrypts_what_follows_and_asks_for_offers_again() {
    let (config, ca) = certificate();
    let (mut server, heard) = one(move |mut peer| {
        peer.greet("250-STARTTLS\r\n250-AUTH PLAIN\r\n");
        peer.answer("STARTTLS", "220 go\r\n");
        let mut peer = peer.encrypted(config);
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
            let mut peer = peer.encrypted(config);
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

/// Passes bytes on both ways, from the server only so many; then the connection is gone.
fn cut_after(count: usize, server: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
        let (mut up, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || std::io::copy(&mut up, &mut to));
        let _ = std::io::copy(&mut (&server).take(count as u64), &mut &client);
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
    port
}

/// What became of a mail over STARTTLS when the server's bytes end after so many; and whether it took the mail.
fn cut_tls(
    config: &Arc<ServerConfig>,
    ca: &std::path::Path,
    count: usize,
) -> (Result<Status, TransportError>, bool) {
    let config = Arc::clone(config);
    let (mut server, heard) = one(move |mut peer| {
        peer.say("220 hi\r\n");
        if !peer.hear().starts_with("EHLO") {
            return false;
        }
        peer.say("250-me\r\n250 STARTTLS\r\n");
        if !peer.hear().starts_with("STARTTLS") {
            return false;
        }
        peer.say("220 go\r\n");
        let mut peer = peer.encrypted(config);
        for reply in ["250 me\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
            if peer.hear().is_empty() {
                return false;
            }
            peer.say(reply);
        }
        let mut message = String::new();
        while !message.ends_with("\r\n.\r\n") {
            if !peer.0.read_line(&mut message).is_ok_and(|count| count > 0) {
                return false;
            }
        }
        peer.say("250 taken\r\n");
        peer.hear();
        true
    });
    server.port = cut_after(count, server.port);
    server.host = "localhost".into();
    server.security = Security::Required;
    let times = Times::all(Duration::from_secs(20));
    let access = Access { ca: Some(ca.to_owned()), times, ..access() };
    let result = Smtp::new(server, access).deliver(&to(&["b@y.example"]), MAIL, &mut || Ok(()));
    (result.map(|outcomes| outcomes[0].status), heard.join().unwrap()[0])
}

fn a_cut_at_every(step: usize) {
    let (config, ca) = certificate();
    let (mut accepted, mut cut) = (false, 0);
    while !accepted {
        assert!(cut < 10_000, "the dialogue is longer than it can be");
        let (result, taken) = cut_tls(&config, ca.path(), cut);
        match result {
            Ok(Status::Accepted) => {
                assert!(taken);
                accepted = true;
            }
            Ok(Status::Unknown) => {}
            Ok(Status::Deferred) => assert!(!taken, "{cut}"),
            Ok(other) => panic!("{cut}: {other:?}"),
            Err(error) => assert!(error.is_transient() && !taken, "{cut}: {error}"),
        }
        cut += step;
    }
    assert!(cut > 500, "{cut}");
}

#[test]
fn an_encrypted_connection_cut_at_many_bytes_never_makes_a_wrong_receipt() {
    a_cut_at_every(41);
}

#[test]
#[ignore = "long: make soak"]
fn soak_an_encrypted_connection_cut_at_every_byte_never_makes_a_wrong_receipt() {
    a_cut_at_every(1);
}

#[test]
fn what_tls_has_taken_when_the_connection_breaks_counts_as_written() {
    let (config, ca) = certificate();
    let (mut server, heard) = one(move |peer| {
        let mut peer = peer.encrypted(config);
        peer.say("220 hi\r\n");
        peer.answer("EHLO ", "250 me\r\n");
    });
    (server.security, server.host) = (Security::Tls, "localhost".into());
    let access = Access { ca: Some(ca.path().to_owned()), ..access() };
    let (mut link, _) = Link::open::<()>(&server, &access).unwrap();
    heard.join().unwrap();
    let began = Instant::now();
    loop {
        let (taken, ended) = link.write(b"NOOP\r\n");
        assert_eq!(taken, 6, "it may be on its way");
        if ended.is_err() {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "nobody is there");
        thread::yield_now();
    }
}
