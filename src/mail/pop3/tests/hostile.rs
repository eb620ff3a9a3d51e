//! Servers that lie, stall and flood: a clear error each time, in bounded time and memory.

use super::*;

/// What becomes of a session whose server says `lines` and stays silent after.
fn said(lines: Vec<u8>) -> Result<Vec<Option<String>>, Pop3Error> {
    let (server, heard) = server(move |mut peer| {
        let _ = peer.0.get_mut().write_all(&lines);
        let mut rest = Vec::new();
        let _ = peer.0.read_to_end(&mut rest);
    });
    let result = open(&server).and_then(|mut session| all(&mut session, What::Whole));
    heard.join().unwrap();
    result
}

/// A session up to `STAT`, without pipelining; replies may come early, since we wait for the reply to each.
fn stepwise(script: impl FnOnce(&mut Peer) + Send + 'static) -> Result<Vec<Option<String>>, Pop3Error> {
    let (server, heard) = server(move |mut peer| {
        peer.greet("");
        script(&mut peer);
        peer
    });
    let result = open(&server).and_then(|mut session| all(&mut session, What::Whole));
    heard.join().unwrap();
    result
}

fn is_protocol<T: std::fmt::Debug>(result: Result<T, Pop3Error>, words: &str) {
    match result {
        Err(Pop3Error::Protocol { why, .. }) => assert!(why.contains(words), "{why}"),
        other => panic!("{words}: {other:?}"),
    }
}

#[test]
fn what_is_no_pop3_is_said_to_be_none() {
    is_protocol(said(b"220 hi\r\n".to_vec()), "no POP3 reply");
    is_protocol(said(b"\x16\x03\x01\x02\n".to_vec()), "no POP3 reply");
    is_protocol(said(b"+OK hi\r\n+OK unasked\r\n".to_vec()), "answered to nothing");
}

#[test]
fn a_line_without_end_ends() {
    is_protocol(said(vec![b'x'; 1 << 20]), "line without end");
    is_protocol(said([b"+OK ".as_slice(), &vec![b'x'; 1 << 20]].concat()), "line without end");
}

#[test]
fn offers_without_end_end() {
    let (server, heard) = server(|mut peer| {
        peer.say("+OK\r\n");
        peer.answer("CAPA", &format!("+OK\r\n{}", "X-MORE\r\n".repeat(capa::LINES + 1)));
        peer
    });
    is_protocol(open(&server), "offers without end");
    heard.join().unwrap();
}

#[test]
fn a_listing_that_cannot_be_is_refused() {
    for (stat, list, uidl, words) in [
        ("+OK many", "", "", "without a number"),
        ("+OK 99999999", "", "", "99999999 mails"),
        ("+OK 1 5", "1 5\r\n2 5\r\n", "", "lists mail 2"),
        ("+OK 2 5", "1 5\r\n1 6\r\n", "", "lists mail 1 twice"),
        ("+OK 2 5", "1 5\r\n", "1 a\r\n", "says it has 2 mails"),
        ("+OK 1 5", "1 5\r\n", "1 a\x08b\r\n", "a unique-id that is none"),
        ("+OK 1 5", "hello\r\n", "", "no mail"),
    ] {
        let result = stepwise(move |peer| {
            peer.answer("STAT", &format!("{stat}\r\n"));
            if peer.hear() == "LIST" {
                peer.say(&format!("+OK\r\n{list}.\r\n"));
            }
            if peer.hear() == "UIDL" {
                peer.say(&format!("+OK\r\n{uidl}.\r\n"));
            }
        });
        is_protocol(result, words);
    }
}

/// One mail that is said to have `size` octets and is sent by `script`.
fn one(size: u64, script: impl FnOnce(&mut Peer) + Send + 'static) -> Result<Vec<Option<String>>, Pop3Error> {
    stepwise(move |peer| {
        peer.answer("STAT", "+OK 1 5\r\n");
        peer.answer("LIST", &format!("+OK\r\n1 {size}\r\n.\r\n"));
        peer.answer("UIDL", "+OK\r\n1 a\r\n.\r\n");
        assert_eq!(peer.hear(), "RETR 1");
        script(peer);
    })
}

#[test]
fn a_size_may_be_wrong_but_a_mail_has_an_end() {
    let small = one(1, |peer| peer.say("+OK\r\nSubject: larger than it said\r\n\r\n.\r\n"));
    assert_eq!(small.unwrap()[0].as_deref(), Some("Subject: larger than it said\n\n"));
    let huge = one(u64::MAX, |peer| peer.say("+OK\r\nx\r\n.\r\n"));
    assert_eq!(huge.unwrap()[0].as_deref(), Some("x\n"));
    let endless = one(5, |peer| {
        peer.say("+OK\r\n");
        let line = [b'x'; 64 * 1024];
        while peer.0.get_mut().write_all(&line).is_ok() {}
    });
    is_protocol(endless, "far beyond the size");
}

#[test]
fn silence_and_a_drip_end_in_time() {
    for script in [
        (|peer: &mut Peer| {
            peer.hear();
        }) as fn(&mut Peer),
        |peer| peer.say("+OK\r\nSubj"),
        |peer| {
            peer.say("+OK\r\n");
            // A byte now and then, for ever: never nothing for long, and never anything.
            while peer.0.get_mut().write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(10));
            }
        },
    ] {
        let error = one(5, script).unwrap_err();
        assert!(error.is_transient() && error.to_string().contains("in time"), "{error}");
    }
}

#[test]
fn a_connection_may_break_at_every_byte() {
    let replies = [
        ("", "+OK hi\r\n"),
        ("CAPA", "+OK\r\nPIPELINING\r\n.\r\n"),
        ("USER bob@x.example", "+OK\r\n"),
        ("PASS sesame", "+OK\r\n"),
        ("STAT", "+OK 2 30\r\n"),
        ("LIST", "+OK\r\n1 10\r\n2 20\r\n.\r\n"),
        ("UIDL", "+OK\r\n1 a\r\n2 b\r\n.\r\n"),
        ("RETR 1", "+OK\r\n..a\r\n.\r\n"),
        ("RETR 2", "+OK\r\nb\r\n.\r\n"),
    ];
    let length: usize = replies.iter().map(|(_, reply)| reply.len()).sum();
    for most in 0..length {
        let (server, heard) = server(move |mut peer| {
            let mut left = most;
            for (command, reply) in replies {
                if !command.is_empty() && peer.hear() != command {
                    return;
                }
                let part = &reply[..left.min(reply.len())];
                peer.say(part);
                left -= part.len();
                if part.len() < reply.len() {
                    return;
                }
            }
        });
        let result = open(&server).and_then(|mut session| all(&mut session, What::Whole));
        heard.join().unwrap();
        assert!(result.as_ref().is_err_and(Pop3Error::is_transient), "{most} bytes: {result:?}");
    }
}
