//! What the client puts on the wire, whatever it is given: no bare CR or LF, and one end of a mail.

use proptest::prelude::*;

use super::*;

/// Takes one mail like a server that knows only CRLF, and gives every byte the client sent up to its final dot.
fn eavesdrop(message: &[u8]) -> (Vec<u8>, Vec<u8>, Status) {
    let (server, heard) = one(|mut peer| {
        let mut all = Vec::new();
        peer.say("220 hi\r\n");
        let mut line = Vec::new();
        loop {
            line.clear();
            peer.0.read_until(b'\n', &mut line).unwrap();
            all.extend_from_slice(&line);
            match &line[..4] {
                b"EHLO" => peer.say("250-me\r\n250 8BITMIME\r\n"),
                b"DATA" => break,
                _ => peer.say("250 ok\r\n"),
            }
        }
        peer.say("354 go\r\n");
        let mut data = b"\r\n".to_vec();
        while !data.ends_with(b"\r\n.\r\n") {
            let mut byte = [0];
            peer.0.read_exact(&mut byte).unwrap();
            data.push(byte[0]);
        }
        peer.say("250 ok\r\n");
        (all, data[2..].to_vec(), peer.hear())
    });
    let outcomes =
        Smtp::new(server, access()).deliver(&to(&["b@y.example"]), message, &mut || Ok(())).unwrap();
    let (commands, data, last) = heard.join().unwrap().remove(0);
    assert_eq!(last, "QUIT", "nothing of the mail is left over to be a command");
    (commands, data, outcomes[0].status)
}

fn has_bare(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        b'\n' => at == 0 || bytes[at - 1] != b'\r',
        _ => false,
    })
}

/// The lines of a message, however they end.
fn lines(message: &[u8]) -> Vec<Vec<u8>> {
    let text: Vec<u8> = message.to_vec();
    let mut out = vec![Vec::new()];
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\r' | b'\n' => {
                at += usize::from(text[at..].starts_with(b"\r\n"));
                out.push(Vec::new());
            }
            byte => out.last_mut().unwrap().push(byte),
        }
        at += 1;
    }
    if out.last().unwrap().is_empty() {
        out.pop();
    }
    out
}

fn check(message: &[u8]) {
    let (commands, data, status) = eavesdrop(message);
    assert_eq!(status, Status::Accepted);
    assert!(!has_bare(&commands) && !has_bare(&data), "{:?}", String::from_utf8_lossy(&data));
    let received = data.strip_suffix(b".\r\n").unwrap();
    let unstuffed: Vec<_> = lines(received)
        .into_iter()
        .map(|line| line.strip_prefix(b".").map(<[u8]>::to_vec).unwrap_or(line))
        .collect();
    assert_eq!(unstuffed, lines(message));
}

#[test]
fn smuggled_ends_do_not_end_the_mail() {
    for end in ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r\n.\r", "\r\n.\r\n", "\r.\r\n", "\n\n.\r\r\n"] {
        check(format!("a{end}MAIL FROM:<eve@y.example>\r\n").as_bytes());
        check(end.as_bytes());
    }
    check(b"");
    check(b".");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_arrive_as_their_lines_and_nothing_else(
        message in proptest::collection::vec(prop_oneof![4 => proptest::sample::select(&b"\r\n.a"[..]), 1 => any::<u8>()], 0..60),
    ) {
        check(&message);
    }
}
