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
        ("{{ nmae }}", "there is no nmae"),
        ("{{ name", "line 1"),
        ("{% if name == \"Bob\" %}{{ nmae }}{% endif %}", "there is no nmae"),
        ("{% if name == \"Bob\" %}{{ name|shout }}{% endif %}", "no filter shout"),
        ("{% for a in range(10000000) %}{{ name }}{% endfor %}", "for"),
        ("{% include '/etc/passwd' %}", "include"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "macro"),
        ("{{ name|safe }}", "safe"),
        ("{{ name == }}", "syntax"),
        ("{{ name name }}", "syntax"),
        ("{{ 9999999999999999999999999999999999999999999999 }}", "syntax"),
    ] {
        for ad in [Ad { text: Some(text.to_owned()), ..ad() }, Ad { html: Some(text.to_owned()), ..ad() }] {
            let error = check(&ad, None).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(check(&ad(), Some(text)).is_err(), "{text}");
    }
}

/// As much stack as a server's thread has.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn a_bomb_of_a_template_ends_in_an_error() {
    on_a_small_stack(|| {
        let doubled = |set: &str, show: &str| format!("{{% set z = \"aa\" %}}{}{show}", set.repeat(60));
        for bomb in [
            format!("{{{{ 1{} }}}}", "+1".repeat(60_000)),
            format!("{{{{ name{} }}}}", "~name".repeat(40_000)),
            format!("{{{{ name{} }}}}", "|upper".repeat(30_000)),
            format!("{{{{ name{} }}}}", " or name".repeat(30_000)),
            format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(15_000)),
            format!("{}{}", "{% if name %}".repeat(7_000), "{% endif %}".repeat(7_000)),
            format!("{{{{ {}name{} }}}}", "(".repeat(200), ")".repeat(200)),
            format!("{{{{ {}name }}}}", "not ".repeat(30_000)),
            doubled("{% set z = z ~ z %}", "{{ z }}"),
            doubled("{% set z %}{{ z }}{{ z }}{% endset %}", "{{ z }}"),
            doubled("{% set z = [z, z] %}", "{{ z }}"),
            doubled("{% set z = [z, z] %}", "{{ z == z }}"),
            "{{ \"a\" * 1000000000 }}".to_owned(),
            "{{ name }}".repeat(100_000),
        ] {
            let ad = Ad { html: Some(bomb.clone()), ..ad() };
            assert!(check(&ad, None).is_err(), "{}", &bomb[..80]);
            assert!(Letter::new(parts(ad), House::default()).is_err());
        }
        // As deep as it goes.
        for most in [
            format!("{{{{ name{} }}}}", "|upper".repeat(80)),
            format!("{{{{ {}name }}}}", "not ".repeat(120)),
            format!("{}{}", "{% if name %}".repeat(30), "{% endif %}".repeat(30)),
        ] {
            check(&Ad { html: Some(most), ..ad() }, None).unwrap();
        }
    });
}

#[test]
fn what_templates_write_is_bounded() {
    let long = "x".repeat(200 << 10);
    let ad = Ad { html: Some(format!("{{{{ name }}}}{long}")), ..ad() };
    let letter = Letter::new(parts(ad), House::default()).unwrap();
    assert!(letter.message(&delivery("Bob"), NOW).is_ok());
    let error = letter.message(&delivery(&"&".repeat(200 << 10)), NOW).unwrap_err().to_string();
    assert!(error.contains("html"), "{error}");
}

#[test]
fn what_is_not_there_is_not_said() {
    let text =
        "Hi {{ name|default(\"friend\") }}{{ price }}{{ company }}{{ link }}{% if postal %}!{% endif %}.";
    let ad = Ad {
        title: "Boots".to_owned(),
        text: Some(text.to_owned()),
        company: None,
        price: None,
        currency: None,
        link: None,
        ..ad()
    };
    let bytes = Letter::new(parts(ad), House::default()).unwrap().message(&delivery(""), NOW).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    assert!(text.starts_with("Hi friend.\n") || text.starts_with("Hi friend.\r\n"), "{text}");
    for word in ["none", "null", "undefined", "None"] {
        let in_html = html.contains(&format!(">{word}")) || html.contains(&format!("\"{word}\""));
        assert!(!text.contains(word) && !in_html, "{word}: {text}{html}");
    }
}

#[test]
fn the_language_is_the_members_else_the_ads() {
    let korean = Ad { title: "새 부츠".to_owned(), ..ad() };
    for (locale, ad, chat, price) in [
        (Some("ko-KR"), ad(), "지금 바로 채팅하기", "89,000원"),
        (Some("en"), korean.clone(), "Chat with me now", "₩89,000"),
        (None, korean, "지금 바로 채팅하기", "89,000원"),
        (None, ad(), "Chat with me now", "₩89,000"),
    ] {
        let delivery = Delivery { locale: locale.map(str::to_owned), ..delivery("Bob") };
        let bytes = Letter::new(parts(ad), House::default()).unwrap().message(&delivery, NOW).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        let (text, html) = (mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
        assert!(text.contains(price) && html.contains(price) && html.contains(chat), "{text}{html}");
    }
}

#[test]
fn the_shops_address_and_a_mailbox_that_takes_a_no_are_in_every_mail() {
    let house = House {
        postal: Some("1 Main Street & Co".to_owned()),
        unsubscribe_mailto: Some("no@example.org".parse().unwrap()),
    };
    for html in [None, Some("<p>Hi</p>".to_owned())] {
        let letter = Letter::new(parts(Ad { html, ..ad() }), house.clone()).unwrap();
        let bytes = letter.message(&delivery("Bob"), NOW).unwrap();
        let mail = MessageParser::default().parse(&bytes).unwrap();
        assert!(mail.body_text(0).unwrap().contains("1 Main Street & Co"));
        let html = mail.body_html(0).unwrap();
        assert!(html.contains("1 Main Street &amp; Co") && html.contains("/u/"), "{html}");
        let list = mail.header_raw("List-Unsubscribe").unwrap();
        assert!(list.contains("<https://") && list.contains("<mailto:no@example.org?subject="), "{list}");
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
fn a_picture_that_no_html_shows_is_no_attachment_and_a_subject_moves_no_body() {
    let mut parts = parts(Ad { html: Some("<p>Hi</p>".to_owned()), ..ad() });
    (parts.picture, parts.picture_type) = (Some(STANDARD.encode(b"x")), Some("image/png".to_owned()));
    let bytes = Letter::new(parts.clone(), House::default()).unwrap().message(&delivery("Bob"), NOW).unwrap();
    assert_eq!(MessageParser::default().parse(&bytes).unwrap().attachment_count(), 0);

    parts.ad.html = None;
    let letter = Letter::new(parts.clone(), House::default()).unwrap();
    let bytes = letter.message(&delivery("MIME-Version: 1.0"), NOW).unwrap();
    let mail = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(mail.subject(), Some("Boots for MIME-Version: 1.0"));
    assert!(button::find(mail.headers_raw()).0.is_some() && mail.attachment_count() == 1);

    parts.picture_type = Some("image/png\r\nBcc: x@y".to_owned());
    assert!(matches!(Letter::new(parts, House::default()), Err(RenderError::Picture)));
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
