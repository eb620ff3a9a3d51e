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

/// What a server may say where it should not.
const WRONG: [&str; 14] = [
    "199 hm\r\n",
    "200\r\n",
    "220 hi\r\n",
    "235 welcome\r\n",
    "250 ok\r\n",
    "251 will forward\r\n",
    "300 more\r\n",
    "334 \r\n",
    "354 go\r\n",
    "421 bye\r\n",
    "451 later\r\n",
    "550 no\r\n",
    "600 what\r\n",
    "250 ok\r\n250 and again\r\n",
];

/// A server that answers each step from a list: what it did with the mail, and what the client made of it.
fn with_replies(replies: [&'static str; 6]) -> (bool, Option<&'static str>, Option<Status>) {
    let (server, heard) = one(move |mut peer| {
        let mut dot = false;
        let mut last = None;
        peer.say(replies[0]);
        loop {
            let line = peer.hear();
            let at = match line.get(..4).unwrap_or_default() {
                "EHLO" | "HELO" => 1,
                "MAIL" => 2,
                "RCPT" => 3,
                "DATA" => 4,
                "" => break,
                _ => {
                    peer.say("250 ok\r\n");
                    continue;
                }
            };
            peer.say(replies[at]);
            if at == 4 && replies[4].starts_with("354") {
                let message = peer.message();
                dot = message.ends_with("\r\n.\r\n");
                if dot {
                    peer.say(replies[5]);
                    last = Some(replies[5]);
                }
            }
        }
        (dot, last)
    });
    let status = send(server).ok().map(|outcomes| outcomes[0].status);
    let (dot, last) = heard.join().unwrap().remove(0);
    (dot, last, status)
}

#[test]
fn no_wrong_reply_at_any_step_makes_a_wrong_receipt() {
    const RIGHT: [&str; 6] =
        ["220 hi\r\n", "250 me\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"];
    for step in 0..RIGHT.len() {
        for wrong in WRONG {
            let mut replies = RIGHT;
            replies[step] = wrong;
            let (dot, last, status) = with_replies(replies);
            let said = format!("{wrong:?} at {step}: {dot} {last:?} {status:?}");
            match status {
                Some(Status::Accepted) => assert!(last.is_some_and(|reply| reply.starts_with('2')), "{said}"),
                Some(Status::Unknown) => assert!(dot, "{said}"),
                Some(Status::Queued) => panic!("{said}"),
                Some(Status::Deferred) => {
                    assert!(!dot || last.is_some_and(|reply| reply.starts_with('4')), "{said}")
                }
                Some(Status::Rejected) => {
                    assert!(!dot || last.is_some_and(|reply| reply.starts_with('5')), "{said}")
                }
                None => assert!(!dot, "{said}"),
            }
        }
    }
}

#[test]
fn what_is_asked_before_the_dot_can_keep_it_back() {
    let (server, heard) = one(|mut peer| {
        peer.greet("");
        peer.answer("MAIL", "250 ok\r\n");
        peer.answer("RCPT", "250 ok\r\n");
        peer.answer("DATA", "354 go\r\n");
        let mut rest = Vec::new();
        let _ = peer.0.read_to_end(&mut rest);
        String::from_utf8(rest).unwrap()
    });
    let mut smtp = Smtp::new(server, access());
    let outcomes =
        smtp.deliver(&to(&["b@y.example"]), MAIL, &mut || Err("the disk is full".to_owned())).unwrap();
    assert_eq!(
        (outcomes[0].status, outcomes[0].reply.as_deref()),
        (Status::Deferred, Some("the disk is full"))
    );
    drop(smtp);
    assert_eq!(
        heard.join().unwrap(),
        ["Subject: Hi\r\n\r\n..dot\r\n..\r\nend\r\n"],
        "and the connection is gone"
    );
}
