//! Servers that lie, flood, stall or go away: a clear end in bounded time, and never a wrong receipt.

use super::*;

#[test]
fn hostile_replies_end_in_bounded_time_and_memory() {
    type Script = fn(&mut Peer);
    let scripts: [(&str, Script); 8] = [
        ("silence", |peer| {
            peer.hear();
        }),
        ("no newline", |peer| while peer.0.get_mut().write_all(&[b'2'; 4096]).is_ok() {}),
        ("endless lines", |peer| while peer.0.get_mut().write_all(b"220-more\r\n").is_ok() {}),
        ("trickle", |peer| {
            while peer.0.get_mut().write_all(b"2").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        }),
        ("http", |peer| peer.say("HTTP/1.1 400 Bad Request\r\n\r\n")),
        ("busy", |peer| peer.say("421 4.3.2 too many connections\r\n")),
        ("never", |peer| peer.say("554 5.7.1 go away\r\n")),
        ("closed", |_| {}),
    ];
    for (name, script) in scripts {
        let (server, _heard) = one(move |mut peer| script(&mut peer));
        let begun = Instant::now();
        let error = send(server).unwrap_err();
        assert!(begun.elapsed() < Duration::from_secs(3), "{name}: {:?}", begun.elapsed());
        let transient = ["silence", "trickle", "busy", "closed"].contains(&name);
        assert_eq!(error.is_transient(), transient, "{name}: {error}");
        assert!(error.to_string().starts_with("127.0.0.1:") && error.to_string().len() < 200, "{error}");
    }
}

#[test]
fn a_reply_to_nothing_is_never_taken_for_the_next_one() {
    let (server, _heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.answer("DATA", "354 go\r\n250 taken before it was sent\r\n");
        peer.hear();
    });
    assert_eq!(fate(server), (Status::Deferred, None));
    let (server, _heard) = one(|mut peer| {
        peer.say("220 hi\r\n220 hi again\r\n");
        peer.hear();
    });
    assert!(matches!(send(server), Err(TransportError::Protocol { .. })));
}

#[test]
fn a_server_that_goes_at_any_command_leaves_everybody_deferred() {
    for at in 0..3 {
        let (server, _heard) = one(move |mut peer| {
            peer.greet("");
            for _ in 0..at + 1 {
                peer.hear();
                peer.say("250 ok\r\n");
            }
            peer.hear();
        });
        let outcomes = Smtp::new(server, access())
            .deliver(&to(&["b@y.example", "c@y.example"]), MAIL, &mut || Ok(()))
            .unwrap();
        assert!(
            outcomes.len() == 2 && outcomes.iter().all(|o| o.status == Status::Deferred),
            "{at}: {outcomes:?}"
        );
    }
}

#[test]
fn a_server_that_closes_in_the_middle_of_the_mail_has_not_got_it() {
    let (server, _heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.answer("DATA", "354 go\r\n");
        peer.hear();
        peer.0.get_mut().shutdown(Shutdown::Both).unwrap();
    });
    let mail = b"0123456789\r\n".repeat(1_000_000);
    let outcomes = Smtp::new(server, access()).deliver(&to(&["b@y.example"]), &mail, &mut || Ok(())).unwrap();
    assert_eq!((outcomes[0].status, outcomes[0].code), (Status::Deferred, None), "{outcomes:?}");
}

#[test]
fn silence_after_the_last_dot_is_unknown_and_before_it_deferred() {
    let (server, _heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.answer("DATA", "354 go\r\n");
        peer.message();
        peer.hear();
    });
    assert_eq!(fate(server), (Status::Unknown, None));
    let (server, _heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.hear();
        peer.hear();
    });
    assert_eq!(fate(server), (Status::Deferred, None));
}

#[test]
fn a_connection_cut_at_any_byte_never_makes_a_wrong_receipt() {
    const REPLIES: [&str; 6] = [
        "220 hi\r\n",
        "250-me\r\n250 HELP\r\n",
        "250 sender ok\r\n",
        "250 recipient ok\r\n",
        "354 go\r\n",
        "250 2.0.0 queued\r\n",
    ];
    let whole: usize = REPLIES.iter().map(|reply| reply.len()).sum();
    let before_data: usize = REPLIES[..5].iter().map(|reply| reply.len()).sum();
    for cut in 0..=whole {
        let (server, _heard) = one(move |mut peer| {
            let mut left = cut;
            for (at, reply) in REPLIES.iter().enumerate() {
                match at {
                    0 => {}
                    5 => drop(peer.message()),
                    _ => drop(peer.hear()),
                }
                peer.say(&reply[..reply.len().min(left)]);
                left = left.saturating_sub(reply.len());
                if left == 0 {
                    return;
                }
            }
            peer.hear();
        });
        let status = match send(server) {
            Ok(outcomes) => outcomes[0].status,
            Err(error) => {
                assert!(error.is_transient(), "{cut}: {error}");
                Status::Deferred
            }
        };
        // A cut LF leaves a line that never ended.
        let due = match cut {
            _ if cut == whole => Status::Accepted,
            _ if cut < before_data => Status::Deferred,
            // Whether the dot could still be written when the connection went is chance.
            _ if cut == before_data => continue,
            _ => Status::Unknown,
        };
        assert_eq!(status, due, "after {cut} bytes");
    }
}
