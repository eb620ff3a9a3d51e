//! What no mail may do: crash the reader, keep it, or fill the memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

const NOW: Time = Time(1_793_491_200_000);

fn full(bytes: &[u8]) -> Mail {
    read("-", bytes, NOW, Depth::Full)
}

/// Reads a mail made of a header and a much repeated piece; a debug build must be through in seconds.
fn soon(what: &str, head: &str, piece: &str, bytes: usize, tail: &str) -> Mail {
    let mail = format!("{head}{}{tail}", piece.repeat(bytes / piece.len()));
    let start = Instant::now();
    let read = full(mail.as_bytes());
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{what} took {took:?}");
    let size = serde_json::to_string(&read).unwrap().len();
    assert!(size < 8 * scan::TEXT, "{what} made a record of {size} bytes");
    read
}

fn says(mail: &Mail, phrase: &str) {
    assert!(mail.problems.iter().any(|p| p.starts_with(phrase)), "{phrase}: {:?}", mail.problems);
}

const MEGA: usize = 1024 * 1024;

#[test]
fn a_mail_of_25_mib_is_read_whole() {
    let head = "Subject: big\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n\
                Content-Disposition: attachment; filename=a.bin\n\n";
    let mail = soon("a large mail", head, "0123456789abcde\n", 25 * MEGA, "\n--b\n\nlast\n--b--\n");
    assert_eq!(
        (mail.text.as_deref(), &mail.attachments[..], &mail.problems[..]),
        (Some("text"), &["a.bin".to_owned()][..], &["no button".to_owned()][..])
    );
}

#[test]
fn a_mail_over_the_limit_is_read_as_far_as_its_header() {
    let mail = soon("an oversize mail", "Subject: huge\n\n", "0123456789abcde\n", scan::MESSAGE + 32, "");
    assert_eq!((mail.subject.as_deref(), mail.text), (Some("huge"), None));
    assert_eq!(
        mail.problems,
        ["no button".to_owned(), format!("too large: more than {} bytes", scan::MESSAGE)]
    );
}

#[test]
fn what_breaks_a_limit_says_so() {
    let text = "Subject: x\nContent-Type: ";
    says(&soon("header", "Subject: x\n", "X-Y: z\n", MEGA, "\n\nbody"), "header too long");
    says(&soon("fields", "Subject: x\n", "a:\n", 10_000, "\n\nbody"), "too many header fields");
    says(&soon("field", "Subject: ", "x\n ", 100_000, "\n\nbody"), "field too long");
    says(&soon("line", "Subject: ", "x", 30 * MEGA, ""), "header too long");
    says(&soon("parameters", &format!("{text}a/b"), "; c=d", 3000, "\n\n"), "too many parameters");
    says(&soon("words", "Subject: ", "=?u?q?a?= ", 20_000, "\n\n"), "too many encoded words");
    says(&soon("text", "Subject: x\n\n", "text\n", 2 * MEGA, ""), "text too long");
    let many = soon("parts", &format!("{text}multipart/mixed; boundary=b\n\n"), "--b\n\nx\n", 5 * MEGA, "");
    says(&many, "too many parts");
    let deep = (0..1000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"));
    let deep = full(deep.collect::<String>().as_bytes());
    says(&deep, "nested too deep");
    assert_eq!(many.attachments.len() + deep.attachments.len(), 0);
}

#[test]
fn nothing_keeps_the_reader() {
    let mime = |piece: &str| {
        let head = "Content-Type: multipart/mixed; boundary=b\n\n";
        soon(piece, head, piece, 2 * MEGA, "");
    };
    for piece in
        ["\n--", "--b\n--", "\n--b--", "-", "\r", "\n", "--b\nContent-Type: multipart/mixed; boundary=b\n\n"]
    {
        mime(piece);
    }
    // Pieces of RFC 2231, languages within them, encoded words without an end, quotes, comments, groups.
    for piece in [
        "; f*1*=a",
        "; f*1*=''",
        "'",
        "=?",
        "=?u?q?",
        "=?utf-8?q?a",
        "\"",
        "\\",
        "(",
        ")",
        "a:",
        "<",
        ",",
        "@",
    ] {
        for name in [
            "Content-Type: a/b; f*0*=x",
            "Content-Disposition: a; f*0*=x",
            "From: ",
            "To: \"",
            "Subject: ",
            "Date: ",
        ] {
            soon(&format!("{name} {piece}"), name, piece, 60_000, "\n\nbody");
        }
    }
    let part = format!("--b\nContent-Type: a/b; f*0*=x{}\n\n", "'".repeat(3900));
    mime(&part);
    for (encoding, piece) in
        [("base64", "="), ("base64", "A=="), ("quoted-printable", "="), ("quoted-printable", "= ")]
    {
        let head =
            format!("Content-Type: text/html; charset=euc-kr\nContent-Transfer-Encoding: {encoding}\n\n");
        soon(encoding, &head, piece, 2 * MEGA, "");
    }
    for piece in ["<", "<!--", "&", "&#1;", "<script>", "<p", ";"] {
        soon(piece, "Content-Type: text/html\n\n", piece, 2 * MEGA, "");
    }
}

/// Pieces that mails are made of, and where parsers go wrong.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&str] = &[
        "\r\n",
        "\n",
        "\r",
        "\0",
        " ",
        "\t",
        ":",
        ";",
        "=",
        "\"",
        "\\",
        "(",
        ")",
        "<",
        ">",
        ",",
        "@",
        "--",
        "--b",
        "--b--",
        "From: ",
        "To: ",
        "Cc: ",
        "Subject: ",
        "Date: ",
        "Message-ID: ",
        "Content-Type: ",
        "Content-Disposition: ",
        "Content-Transfer-Encoding: ",
        "CH-Ticket: ",
        "CH-Port: 1",
        "text/plain",
        "text/html",
        "multipart/mixed",
        "multipart/alternative",
        "message/rfc822",
        "; boundary=b",
        "; boundary=\"",
        "; charset=",
        "; filename=",
        "; name*0*=",
        "; name*1*=utf-8''%ea",
        "utf-7",
        "utf-16",
        "iso-2022-kr",
        "iso-2022-jp",
        "euc-kr",
        "base64",
        "quoted-printable",
        "=?utf-8?q?",
        "=?euc-kr?b?",
        "?=",
        "=?",
        "\u{1b}$)C",
        "\u{e}",
        "\u{1b}$B",
        "한글",
        "a@b",
        "x",
        "+AAA-",
        "&#x41;",
        "<!--",
        "-->",
        "<head",
        "</",
        "1 Nov 2026 09:00:00 +0900",
        "99999999999999999999",
        "+",
        "*",
    ];
    prop_oneof![
        9 => proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_make_a_record(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let mail = full(&bytes);
        prop_assert!(!mail.problems.is_empty());
    }

    #[test]
    fn any_pieces_of_mails_make_a_record(pieces in proptest::collection::vec(piece(), 0..120)) {
        let bytes = pieces.concat();
        let mail = full(&bytes);
        prop_assert!(mail.attachments.iter().all(|name| !name.contains(['/', '\\'])));
        prop_assert!(mail.message_id.is_none_or(|id| !id.contains(char::is_whitespace)));
    }
}

#[test]
fn a_charset_that_nobody_knows_is_named_and_what_it_holds_is_guessed() {
    let mail = full(
        "From: =?klingon-8?Q?B=F6b?= <b@x.example>\nSubject: =?utf-8?Q?fine?= a=?b?c\n\
         Content-Type: text/plain; charset=nobodys\u{7}one\n\nSch\u{f6}n\n"
            .as_bytes(),
    );
    says(&mail, "unknown charset: klingon-8");
    assert_eq!(mail.problems.iter().filter(|problem| problem.starts_with("unknown charset")).count(), 1);
    assert_eq!((mail.from.as_deref(), mail.text.as_deref()), (Some("Böb <b@x.example>"), Some("Schön\n")));
    let body = full(b"From: a@x\nContent-Type: text/plain; charset=klingon-8\n\nHi\n");
    says(&body, "unknown charset: klingon-8");
    for known in ["utf-8", "cp949", "iso-2022-kr", "windows-1252", "koi8-r", "gb18030", "big5", "shift_jis"] {
        let mail = full(format!("Subject: =?{known}?B?SGk=?=\n\nHi\n").as_bytes());
        assert_eq!(mail.problems, ["no button"], "{known}");
    }
}
