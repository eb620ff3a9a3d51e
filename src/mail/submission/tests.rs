//! What goes out of what a mail program hands over.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn read(message: &str) -> Submission {
    Submission::read(message.as_bytes(), true).unwrap()
}

fn out(submission: &Submission) -> String {
    String::from_utf8(submission.message("CH-Port: 1\r\n")).unwrap()
}

fn to(message: &str) -> Vec<String> {
    read(message).recipients().iter().map(ToString::to_string).collect()
}

fn missing() -> Missing {
    Missing {
        from: "Alice <alice@x.example>".parse().unwrap(),
        date: "2026-11-01T09:00:00Z".parse().unwrap(),
        message_id: "1@x.example".parse().unwrap(),
    }
}

#[test]
fn every_byte_stays_but_for_bcc_and_our_fields() {
    for newline in ["\n", "\r\n"] {
        let message = "X-odd :\todd\nBcc: eve@y.example,\n\tdan@y.example\nSubject: =?utf-8?Q?a_b?=\n \u{fc}\nbcc: f@y.example\n\nBcc: body\n.\n\n";
        let due = "X-odd :\todd\nSubject: =?utf-8?Q?a_b?=\n \u{fc}\nCH-Port: 1\n\nBcc: body\n.\n\n";
        let submission = read(&message.replace('\n', newline));
        assert_eq!(out(&submission), due.replace('\n', newline));
        assert_eq!(submission.recipients().len(), 3);
        assert!(submission.named().is_empty(), "a Bcc is named nowhere");
    }
}

#[test]
fn a_header_ends_where_a_line_is_no_field() {
    for (message, due) in [
        ("\nHi\n", "CH-Port: 1\n\nHi\n"),
        ("Hello world\n", "CH-Port: 1\n\nHello world\n"),
        (" Hi\nA: 1\n", "CH-Port: 1\n\n Hi\nA: 1\n"),
        ("A: 1\nHello: you two\nand you\n\nx\n", "A: 1\nHello: you two\nCH-Port: 1\n\nand you\n\nx\n"),
        ("A: 1", "A: 1\nCH-Port: 1\n\n"),
        ("A: 1\r\n", "A: 1\r\nCH-Port: 1\r\n\r\n"),
        ("From a@b Thu Jan  1 00:00:00 1970\nA: 1\n\nx", "A: 1\nCH-Port: 1\n\nx"),
    ] {
        assert_eq!(out(&read(message)), due, "{message:?}");
    }
    assert_eq!(Submission::read(b"", true).unwrap_err(), BadSubmission::Empty);
}

#[test]
fn no_stray_cr_begins_a_field_on_the_wire() {
    let submission = read("Subject: a\rBcc: eve@y.example\r\nTo: b@y.example\n\nx\ry\n");
    assert_eq!(
        out(&submission),
        "Subject: a Bcc: eve@y.example\r\nTo: b@y.example\nCH-Port: 1\r\n\r\nx\ry\n"
    );
    assert_eq!(submission.recipients().len(), 1);
}

#[test]
fn recipients_are_those_of_the_header_or_of_the_newest_resending() {
    assert_eq!(
        to(
            "To: B <b@y.example>, c@y.example (C)\nCc: friends: d@y.example;\nBcc: B@Y.example\nTO: e@y.example\n\n"
        ),
        ["b@y.example", "c@y.example", "e@y.example", "d@y.example"]
    );
    let resent = "Resent-From: me@x.example\nResent-To: new@y.example\nResent-Bcc: hidden@y.example\nReceived: x\n\
                  Resent-To: old@y.example\nFrom: a@z.example\nTo: first@y.example\nBcc: x@y.example\n\n";
    assert_eq!(to(resent), ["new@y.example", "hidden@y.example"]);
    let submission = read(resent);
    assert_eq!(submission.sender().unwrap().address.as_str(), "me@x.example");
    assert!(!out(&submission).contains("hidden") && !out(&submission).contains("Bcc"));
    assert_eq!(submission.named().len(), 3);
    assert_eq!(to("Subject: x\n\n"), Vec::<String>::new());
    assert!(Submission::read(b"To: root\n\n", false).is_ok(), "operands say it");
}

#[test]
fn what_cannot_be_read_whole_is_refused_and_says_where() {
    let error = |message: &str| Submission::read(message.as_bytes(), true).unwrap_err().to_string();
    assert!(error("To: b@y.example\nCc: root\n\n").starts_with("Cc: \"root\" is not a mail address"));
    for long in [
        format!("To: {}b@y.example\n\n", "a@y.example,\n ".repeat(10_000)),
        format!("{}Bcc: b@y.example\n\n", "a: 1\n".repeat(1000)),
        format!("A: {}\n\n", "x\n ".repeat(100_000)),
    ] {
        assert!(error(&long).starts_with("the header: "), "{}", error(&long));
    }
}

#[test]
fn only_what_is_missing_is_added() {
    let mut bare = read("Subject: Hi\r\n\r\nx\r\n");
    bare.complete(missing());
    assert_eq!(
        String::from_utf8(bare.message("")).unwrap(),
        "Subject: Hi\r\nFrom: Alice <alice@x.example>\r\nDate: Sun, 1 Nov 2026 09:00:00 +0000\r\n\
         Message-ID: <1@x.example>\r\n\r\nx\r\n"
    );
    assert_eq!(bare.sender().unwrap().address.as_str(), "alice@x.example");
    let whole = "From: b@y.example\nDate: whenever\nMessage-Id: <2@y>\n\nx";
    let mut submission = read(whole);
    submission.complete(missing());
    assert_eq!(submission.message(""), whole.as_bytes());
    assert_eq!(submission.message_id().unwrap().as_str(), "2@y");
    let mut odd = read("Message-ID: what is this\n\n");
    odd.complete(missing());
    assert_eq!((odd.message_id(), odd.has_from()), (None, true));
}

#[test]
fn a_button_that_is_there_is_seen() {
    assert_eq!(read("A: 1\nCH-TICKET: x\n\n").button(), Some("CH-Ticket"));
    assert_eq!(read("A: 1\n\nCH-Ticket: x\n").button(), None);
}

proptest! {
    #[test]
    fn no_message_loses_a_byte_of_its_body_or_shows_a_bcc(
        head in "((To|Bcc|X): [a-z@, ]{0,9}(\r?\n [a-z]{1,3})?\r?\n){0,4}",
        body in "[ -~\r\n]{0,40}",
    ) {
        let message = format!("{head}\n{body}");
        if let Ok(submission) = Submission::read(message.as_bytes(), false) {
            let sent = String::from_utf8(submission.message("")).unwrap();
            prop_assert!(sent.ends_with(&body));
            let head = &sent[..sent.len() - body.len()];
            prop_assert!(!head.contains("Bcc"));
        }
    }
}
