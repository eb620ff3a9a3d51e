//! What goes into a draft comes out of the message, and nothing else does.
#![allow(clippy::unwrap_used)]

use mail_parser::{Message, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;
use crate::{mail::mailbox::parse_list, wire::ticket::Action};

fn draft() -> Draft {
    let mut draft = Draft::new(
        "Alice <alice@x.example>".parse().unwrap(),
        parse_list("Bob <bob@y.example>").unwrap(),
        "1@x.example".parse().unwrap(),
        "2026-11-01T09:00:00Z".parse().unwrap(),
    );
    draft.subject = Some("Boots".parse().unwrap());
    draft.text = Some("New boots are in.\n".to_owned());
    draft
}

fn chat() -> Chat {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]);
    let claims = crate::wire::ticket::Claims {
        action: Action::Chat,
        key: 1,
        expires: "2027-01-01T00:00:00Z".parse().unwrap(),
        port: 12345.try_into().unwrap(),
        mail: 1,
        recipient: 0,
    };
    let ticket = claims.sign(&key);
    Chat {
        login: "alice".parse().unwrap(),
        port: claims.port,
        host: Some("ch.example.org".to_owned()),
        server: "https://ch.example.org".to_owned(),
        expires: claims.expires,
        url: button::link("https://ch.example.org", &ticket),
        ticket,
    }
}

fn written(draft: &Draft) -> String {
    String::from_utf8(compose(draft).unwrap()).unwrap()
}

fn clean(message: &[u8]) {
    for line in message.strip_suffix(b"\r\n").unwrap().split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        assert!(line.len() <= 998 && !line.contains(&b'\r'));
    }
    let bare = message.windows(2).any(|two| (two[1] == b'\n') != (two[0] == b'\r'));
    assert!(!bare && message.is_ascii(), "{}", String::from_utf8_lossy(message));
}

fn parse(message: &[u8]) -> Message<'_> {
    MessageParser::default().parse(message).unwrap()
}

#[test]
fn a_plain_mail_is_readable_as_it_stands() {
    let message = written(&draft());
    assert_eq!(
        message,
        "Date: Sun, 1 Nov 2026 09:00:00 +0000\r\nFrom: Alice <alice@x.example>\r\nTo: Bob <bob@y.example>\r\n\
         Subject: Boots\r\nMessage-ID: <1@x.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nNew boots are in.\r\n"
    );
}

#[test]
fn s105_the_header_carries_login_port_and_host_and_the_body_the_chat_line() {
    let mut draft = draft();
    let chat = chat();
    draft.html = Some("<p>New boots are in.</p>".to_owned());
    draft.button = Some(Button { chat: chat.clone(), line: Some(Lang::En) });
    let message = written(&draft);
    clean(message.as_bytes());
    for field in [
        "CH-Login-ID: alice",
        "CH-Port: 12345",
        "CH-Host: ch.example.org",
        "CH-Server: https://ch.example.org",
    ] {
        assert_eq!(message.matches(&format!("\r\n{field}\r\n")).count(), 1, "{field}");
    }
    assert!(message.contains(&format!("\r\n\r\nChat with me now: {}\r\n", chat.url)));
    let parsed = parse(message.as_bytes());
    assert!(parsed.body_html(0).unwrap().contains(&format!("href=\"{}\"", chat.url)));
    assert!(parsed.body_text(0).unwrap().starts_with("New boots are in."));

    draft.button = Some(Button { chat: chat.clone(), line: None });
    let message = written(&draft);
    assert!(!message.contains("Chat with me") && message.contains("\r\nCH-Ticket: "));
}

#[test]
fn a_korean_chat_line_is_quoted_printable_and_comes_out_whole() {
    let mut draft = draft();
    let chat = chat();
    draft.text = Some("새 부츠가 들어왔습니다. 👢".to_owned());
    draft.button = Some(Button { chat: chat.clone(), line: Some(Lang::Ko) });
    let message = written(&draft);
    clean(message.as_bytes());
    assert!(message.contains("quoted-printable"));
    let text = parse(message.as_bytes()).body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(text.trim_end(), format!("새 부츠가 들어왔습니다. 👢\n\n지금 바로 채팅하기: {}", chat.url));
}

#[test]
fn a_mail_in_html_alone_has_a_text_too_with_the_chat_line_in_it() {
    let mut draft = draft();
    draft.text = None;
    draft.html = Some("<h1>Boots</h1><p>Two &lt; three</p>".to_owned());
    let chat = chat();
    draft.button = Some(Button { chat: chat.clone(), line: Some(Lang::En) });
    let message = written(&draft);
    let text = parse(message.as_bytes()).body_text(0).unwrap().replace("\r\n", "\n");
    assert!(text.starts_with("Boots\n") && text.contains("Two < three\n"), "{text}");
    assert!(text.ends_with(&format!("\n\nChat with me now: {}", chat.url)), "{text}");
}

#[test]
fn what_a_draft_writes_itself_cannot_be_set_twice() {
    for name in
        ["bcc", "From", "CH-Ticket", "ch-port", "Content-Type", "content-", "MIME-Version", "Received"]
    {
        let mut draft = draft();
        draft.fields.push((name.parse().unwrap(), "x".parse().unwrap()));
        assert_eq!(compose(&draft), Err(ComposeError::Field(name.to_owned())));
    }
    let mut draft = draft();
    for value in ["one", "two"] {
        draft.fields.push(("X-Tag".parse().unwrap(), value.parse().unwrap()));
    }
    assert!(written(&draft).contains("\r\nX-Tag: one\r\nX-Tag: two\r\n"));
}

#[test]
fn a_mail_to_nobody_in_sight_says_so() {
    let mut draft = draft();
    draft.to.clear();
    draft.auto_submitted = true;
    let message = written(&draft);
    assert!(message.contains("\r\nTo: undisclosed-recipients:;\r\n"));
    assert!(message.contains("\r\nAuto-Submitted: auto-generated\r\n"));
}

#[test]
fn answers_name_what_they_answer() {
    let mut draft = draft();
    draft.in_reply_to = vec!["1@y.example".parse().unwrap()];
    draft.references = (0..40).map(|n| format!("{n}@y.example").parse().unwrap()).collect();
    let message = written(&draft);
    clean(message.as_bytes());
    let parsed = parse(message.as_bytes());
    assert_eq!(parsed.in_reply_to().as_text(), Some("1@y.example"));
    assert_eq!(parsed.references().as_text_list().unwrap().len(), 40);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_message_has_no_bare_cr_or_lf_and_reads_back(
        subject in "[ -~가-힣👢é]{0,120}",
        name in "[ -~가-힣👢é]{1,60}",
        text in "([ -~가-힣👢é\\x00]{0,1200}(\r\n|\n)){0,6}[ -~]{0,40}",
        html in proptest::option::of("<p>([ -~가-힣👢]|\r|\n){0,300}</p>"),
        file in "[ -~가-힣👢é]{1,60}",
        content in proptest::collection::vec(any::<u8>(), 0..3000),
        attach in any::<bool>(),
        button in any::<bool>(),
    ) {
        let mut draft = draft();
        draft.subject = Some(subject.parse().unwrap());
        draft.from.name = Some(name.parse::<Unstructured>().unwrap()).filter(|name| !name.is_empty());
        draft.text = Some(text.clone());
        draft.html = html;
        if attach {
            draft.attachments = vec![Attachment {
                name: file.parse().unwrap(),
                media_type: MediaType::of_file(&file),
                content: content.clone(),
            }];
        }
        draft.button = button.then(|| Button { chat: chat(), line: Some(Lang::Ko) });
        let message = compose(&draft).unwrap();
        clean(&message);
        prop_assert_eq!(&message, &compose(&draft).unwrap());
        let parsed = parse(&message);
        prop_assert_eq!(parsed.subject().unwrap_or_default(), subject.trim());
        prop_assert_eq!(parsed.from().unwrap().first().unwrap().name().unwrap_or_default(), name.trim());
        let read = parsed.body_text(0).unwrap().replace("\r\n", "\n");
        let wrote = text.replace("\r\n", "\n");
        prop_assert!(read.starts_with(wrote.trim_end_matches('\n')), "{read:?} {wrote:?}");
        if attach {
            let part = parsed.attachment(0).unwrap();
            prop_assert_eq!(part.contents(), &content[..]);
            prop_assert_eq!(part.attachment_name().unwrap_or_default(), file.trim());
        }
    }

    #[test]
    fn no_text_from_outside_makes_a_header_field(text in "\\PC{0,20}(\r\n|\n|\r)Bcc: x@y\\PC{0,20}") {
        prop_assert!(text.parse::<Unstructured>().is_err());
        let mut draft = draft();
        draft.subject = Some(Unstructured::lossy(&text));
        draft.text = Some(text);
        let message = compose(&draft).unwrap();
        clean(&message);
        prop_assert!(parse(&message).bcc().is_none());
    }
}
