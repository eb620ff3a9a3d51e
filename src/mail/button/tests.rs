//! The button's rules, one by one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use ring::hmac;

use super::*;
use crate::wire::ticket::Claims;

fn ticket(action: Action, port: u32) -> Ticket {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
    let port = Port::at_least_one(port);
    Claims { action, key: 1, expires: Time::from_unix_secs(2_000_000_000), port, mail: 9, recipient: 0 }
        .sign(&key)
}

fn chat() -> Chat {
    let ticket = ticket(Action::Chat, 12345);
    Chat {
        login: "alice".parse().unwrap(),
        port: Port::at_least_one(12345),
        host: Some("alice.example.org".to_owned()),
        server: "https://ch.example.org".to_owned(),
        expires: ticket.claims().expires,
        url: link("https://ch.example.org", &ticket),
        ticket,
    }
}

fn lines(text: &str) -> Vec<(String, String)> {
    text.lines().map(|line| line.split_once(':').unwrap()).map(|(n, v)| (n.into(), v.into())).collect()
}

fn with(change: impl Fn(&mut Vec<(String, String)>)) -> (bool, Vec<String>) {
    let mut header = lines(&fields(&chat()));
    change(&mut header);
    let (chat, problems) = find(header);
    (chat.is_some(), problems.iter().map(ToString::to_string).collect())
}

fn set(header: &mut [(String, String)], name: &str, value: &str) {
    header.iter_mut().find(|(n, _)| n == name).unwrap().1 = value.to_owned();
}

#[test]
fn what_is_written_is_found_again() {
    let chat = chat();
    assert_eq!(find(lines(&fields(&chat))), (Some(chat.clone()), vec![]));
    let without = Chat { host: None, ..chat };
    assert_eq!(fields(&without).matches("\r\n").count(), 4);
    assert_eq!(find(lines(&fields(&without))), (Some(without), vec![]));
}

#[test]
fn names_ignore_case_and_values_are_unfolded() {
    let header: Vec<_> = lines(&fields(&chat()))
        .into_iter()
        .map(|(name, value)| (name.to_uppercase(), format!("\r\n\t{}  ", value.trim())))
        .collect();
    assert_eq!(find(header), (Some(chat()), vec![]));
}

#[test]
fn each_field_stands_exactly_once() {
    for (name, phrase) in [
        (LOGIN, "two CH-Login-ID fields"),
        (PORT, "two CH-Port fields"),
        (SERVER, "two CH-Server fields"),
        (TICKET, "two tickets"),
    ] {
        let twice = with(|header| header.push(header.iter().find(|(n, _)| n == name).unwrap().clone()));
        assert_eq!(twice, (false, vec![phrase.to_owned()]));
        let none = with(|header| header.retain(|(n, _)| n != name));
        assert_eq!(none, (false, vec![format!("incomplete button: no {name}")]));
    }
    assert_eq!(with(|header| header.clear()), (false, vec!["no button".to_owned()]));
}

#[test]
fn a_bad_host_is_dropped_and_the_button_stays() {
    for host in ["a b", "", "-a.org", "a..b", "<script>", "한국"] {
        assert_eq!(with(|h| set(h, HOST, host)), (true, vec!["damaged CH-Host".to_owned()]), "{host}");
    }
    for host in ["10.0.0.1", "2001:db8::1", "[2001:db8::1]", "a", "a.example.", "xn--bcher-kva.example"] {
        assert_eq!(with(|h| set(h, HOST, host)), (true, vec![]), "{host}");
    }
    let twice = with(|header| header.push((HOST.to_owned(), "b".to_owned())));
    assert_eq!(twice, (true, vec!["two CH-Host fields".to_owned()]));
}

#[test]
fn any_absolute_http_url_is_a_server() {
    for good in ["http://127.0.0.1:4460", "https://ch.example.org/", "HTTPS://h/deep/path", "http://[::1]:80"]
    {
        assert_eq!(with(|h| set(h, SERVER, good)), (true, vec![]), "{good}");
    }
    let long = format!("https://{}", "a".repeat(600));
    for bad in [
        "",
        "ch.example.org",
        "ftp://h",
        "https:h",
        "https:///c",
        "http://u@h",
        "http://@h",
        "http://h\\x",
        "http://a b",
        &long,
    ] {
        assert_eq!(with(|h| set(h, SERVER, bad)), (false, vec!["damaged CH-Server".to_owned()]), "{bad}");
    }
}

#[test]
fn a_ticket_says_what_is_wrong_with_it() {
    let cut = "AQEAAD".to_owned();
    assert_eq!(with(|h| set(h, TICKET, &cut)), (false, vec!["damaged ticket".to_owned()]));
    let other = ticket(Action::Unsubscribe, 12345).to_string();
    assert_eq!(with(|h| set(h, TICKET, &other)), (true, vec!["not a chat ticket".to_owned()]));
    let port = "port and ticket disagree: 12346 and 12345".to_owned();
    assert_eq!(with(|h| set(h, PORT, "12346")), (true, vec![port]));
    assert_eq!(with(|h| set(h, PORT, "+12345")), (false, vec!["damaged CH-Port".to_owned()]));
    let chat = chat();
    assert_eq!(expired(&chat, chat.expires.plus(-1)), None);
    assert_eq!(expired(&chat, chat.expires), Some(Problem::Expired(chat.expires)));
}

#[test]
fn a_link_comes_apart_into_what_it_was_made_of() {
    let ticket = ticket(Action::Chat, 1);
    for server in ["https://ch.example.org", "https://ch.example.org/", "http://[::1]:4460/sub/"] {
        let apart = parse_link(&format!(" {}\n", link(server, &ticket)));
        assert_eq!(apart, Some((server.trim_end_matches('/').to_owned(), ticket.clone())));
    }
    for bad in ["", "https://h/c#", "https://h/c#AQ", &format!("/c#{ticket}"), &format!("ftp://h/c#{ticket}")]
    {
        assert_eq!(parse_link(bad), None);
    }
}

#[test]
fn a_button_in_a_record_is_judged_like_one_in_a_header() {
    let good = chat();
    assert_eq!(judge(&good), (Some(good.clone()), vec![]));
    let lies = Chat { url: "https://evil/c#x".to_owned(), expires: Time(0), ..good.clone() };
    assert_eq!(judge(&lies), (Some(good.clone()), vec![]));
    let bad = Chat { server: "https://u@h".to_owned(), ..good };
    assert_eq!(judge(&bad), (None, vec![Problem::DamagedField(SERVER)]));
}

#[test]
fn a_value_cannot_begin_a_field_of_its_own() {
    let chat = Chat { server: "https://h\r\nBcc: x@y".to_owned(), ..chat() };
    assert!(fields(&chat).lines().all(|line| line.starts_with("CH-")));
}
