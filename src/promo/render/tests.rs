//! A letter as it leaves: parts, header fields, what is filled in, what is refused.

#![allow(clippy::unwrap_used)]
use mail_parser::{MessageParser, MimeHeaders};

use super::*;
use crate::wire::{
    promotion::AdState,
    ticket::{Action, Claims},
};

fn ad() -> Ad {
    Ad {
        ad: "boots".to_owned(),
        state: AdState::Published,
        owner: None,
        company: Some("Alice & Co".to_owned()),
        title: "Boots for {{ name }}".to_owned(),
        text: Some("Hello {{ name }}, new boots are in.\n\nTalk to us: {{ chat_link }}".to_owned()),
        html: None,
        price: Some("89000".to_owned()),
        currency: Some("KRW".to_owned()),
        link: Some("https://shop.example.org/boots?a=1&b=2".to_owned()),
        picture: false,
        valid_from: None,
        valid_until: None,
        changed: Time(0),
    }
}

fn parts(ad: Ad) -> LetterParts {
    LetterParts {
        name: "spring".to_owned(),
        ad,
        subject: None,
        from: "Alice <alice@example.org>".to_owned(),
        login: "alice".parse().unwrap(),
        port: "12345".parse().unwrap(),
        host: "ch.example.org".to_owned(),
        server: "https://ch.example.org".to_owned(),
        picture: None,
        picture_type: None,
    }
}

fn delivery(name: &str) -> Delivery {
    let ticket = |action| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"test");
        let port = "12345".parse().unwrap();
        Claims { action, key: 1, expires: Time(1_800_000_000_000), port, mail: 1, recipient: 7 }.sign(&key)
    };
    Delivery {
        reference: "spring/1/7".to_owned(),
        member: 7,
        to: "bob@example.org".to_owned(),
        name: Some(name.to_owned()),
        locale: Some("ko-KR".to_owned()),
        message_id: "c1.7.abc@ch.example.org".to_owned(),
        chat: ticket(Action::Chat),
        expires: Time(1_800_000_000_000),
        unsubscribe: ticket(Action::Unsubscribe),
        mark: None,
    }
}

const NOW: Time = Time(1_793_523_600_000);

fn message(ad: Ad, name: &str) -> Vec<u8> {
    Letter::new(parts(ad), House::default()).unwrap().message(&delivery(name), NOW).unwrap()
}

#[test]
fn a_mail_has_everything_that_is_its_members() {
    let bytes = message(ad(), "Bob");
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("Boots for Bob"));
    assert_eq!(mail.message_id(), Some("c1.7.abc@ch.example.org"));
    let text = mail.body_text(0).unwrap();
    assert!(text.contains("Hello Bob") && text.contains("https://ch.example.org/c#"), "{text}");
    assert!(text.contains("수신거부") && text.contains("https://ch.example.org/u/"), "{text}");
    assert_eq!(text.matches("/c#").count(), 1, "{text}");
    let html = mail.body_html(0).unwrap();
    assert!(
        html.contains("89,000원") && html.contains("지금 바로 채팅하기") && html.contains("Alice &amp; Co"),
        "{html}"
    );
    let head = String::from_utf8_lossy(&bytes);
    for field in [
        "CH-Ticket: ",
        "CH-Port: 12345",
        "List-Unsubscribe: <https",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ] {
        assert!(head.contains(field), "{field}: {head}");
    }
    let (chat, problems) = button::find(mail.headers_raw());
    assert!(chat.is_some() && problems.is_empty(), "{problems:?}");
}

#[test]
fn a_members_name_breaks_nothing() {
    for name in ["<script>alert(1)</script>", "{{ 7 * 7 }}", "a\r\nBcc: x@y", "\"><img src=x>", "한국어 👢"]
    {
        let bytes = message(ad(), name);
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let html = mail.body_html(0).unwrap();
        assert!(!html.contains("<script>") && !html.contains("<img src=x") && !html.contains("49"), "{html}");
        assert!(mail.bcc().is_none() && mail.to().unwrap().iter().count() == 1);
    }
}

#[test]
fn a_template_that_is_wrong_is_told_before_anybody_is_mailed() {
    for (text, why) in [
        ("{{ nmae }}", "undefined"),
        ("{{ name", "unexpected"),
        ("{% for a in range(10000000) %}{{ name }}{% endfor %}", ""),
        (
            "{% set x = \"aaaaaaaaaa\" %}{% for a in x %}{% for b in x %}{% for c in x %}{% for d in x %}{% for e in x %}{% for f in x %}{{ x }}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}{% endfor %}",
            "",
        ),
        ("{% include '/etc/passwd' %}", ""),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", ""),
    ] {
        let error = check(&Ad { text: Some(text.to_owned()), ..ad() }).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
}

#[test]
fn a_picture_is_inside_the_mail() {
    let png = b"\x89PNG\r\n\x1a\n".repeat(50);
    let mut parts = parts(Ad { picture: true, ..ad() });
    (parts.picture, parts.picture_type) = (Some(STANDARD.encode(&png)), Some("image/png".to_owned()));
    let bytes = Letter::new(parts, House::default()).unwrap().message(&delivery("Bob"), NOW).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let id = mail.attachments().find_map(|part| part.content_id()).unwrap().to_owned();
    assert!(mail.body_html(0).unwrap().contains(&format!("cid:{id}")));
    assert!(mail.body_text(0).unwrap().contains("Hello Bob"));
    assert_eq!(mail.attachments().next().unwrap().contents(), &png[..]);
}

#[test]
fn html_alone_makes_its_text_and_gets_its_links() {
    let bytes = message(
        Ad { text: None, html: Some("<html><body><h1>Hi {{ name }}</h1></body></html>".to_owned()), ..ad() },
        "Bob",
    );
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    assert!(text.contains("Hi Bob") && text.contains("/c#") && text.contains("/u/"), "{text}");
    assert!(
        html.contains("/c#") && html.contains("/u/") && html.trim_end().ends_with("</body></html>"),
        "{html}"
    );
}
