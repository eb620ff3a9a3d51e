//! `--resolve`: what the CH server says against a button.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use chmail::{
    client::{Api, Home, Http},
    mail::button,
    wire::{ask::Mint, record::Chat},
};
use serde_json::{Value, json};

use super::mail;
use crate::world::{Output, World};

/// A mail with a good button at `server`.
fn mail_for(server: &str) -> String {
    mail("button/good").replace("https://ch.example.org", server)
}

/// Reads one request and answers it; gives the request's body.
fn answer(stream: TcpStream, status: &str, body: &str) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut asked = vec![0; length];
    reader.read_exact(&mut asked).unwrap();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
    reader.into_inner().write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).unwrap();
    String::from_utf8(asked).unwrap()
}

/// What `--resolve` makes of a server's answer to its one question; and the question.
fn resolved(status: &'static str, body: Value) -> (Output, Value) {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || answer(listener.accept().unwrap().0, status, &body.to_string()));
    let output = world.inspected(&["--resolve", "--server", &url], mail_for(&url));
    (output, serde_json::from_str(&server.join().unwrap()).unwrap())
}

#[test]
fn resolve_says_what_the_server_knows_against_the_button() {
    let looked = |change: Value| {
        let mut looked = json!({"v": 1, "login": "alice", "subject": "Boots", "confirmed": true,
            "from_matches": true, "expires": "2099-01-01T00:00:00Z", "withdrawn": false});
        looked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        resolved("200 OK", looked)
    };
    let (output, asked) = looked(json!({}));
    assert_eq!(output.done().record()["problems"], json!([]));
    assert_eq!(asked["from"], "alice@example.org");
    for (change, phrase) in [
        (json!({"confirmed": false}), "unconfirmed address"),
        (json!({"from_matches": false}), "another From"),
        (json!({"withdrawn": true}), "withdrawn button"),
        (json!({"login": "mallory"}), "another login: the button rings mallory"),
    ] {
        assert_eq!(looked(change).0.done().record()["problems"], json!([phrase]));
    }
    let refused = |code: &str, status| {
        resolved(status, json!({"v": 1, "type": "error", "code": code, "message": "no"})).0
    };
    assert_eq!(refused("bad_ticket", "403 Forbidden").done().record()["problems"], json!(["unknown button"]));
    assert_eq!(refused("withdrawn", "410 Gone").done().record()["problems"], json!(["withdrawn button"]));
    let busy = refused("too_many", "429 Too Many Requests").ends(75);
    assert!(busy.record()["problems"][0].as_str().unwrap().starts_with("unresolved: "));
}

#[test]
fn resolve_asks_nobody_but_the_own_server() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (one, mails) = (mail_for(&url), format!("From a\n{0}\nFrom b\n{0}", mail_for(&url)));
    world.inspected(&[], &one).done();
    let output = world.inspected(&["--resolve"], mails).ends(77);
    let problems: Vec<_> = output.records().into_iter().map(|record| record["problems"][0].clone()).collect();
    assert!(problems.len() == 2 && problems.iter().all(|p| p.as_str().unwrap().starts_with("unresolved: ")));
    assert_eq!(output.stderr.lines().count(), 1, "one line for a server: {}", output.stderr);
    assert!(listener.accept().is_err(), "somebody connected");

    drop(listener);
    let output = world.inspected(&["--resolve", "--server", &url], &one).ends(75);
    assert!(output.record()["problems"][0].as_str().unwrap().starts_with("unresolved: no answer"));
}

#[test]
fn resolve_keeps_the_rules_of_the_press() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for (server, flags, why) in [
        ("https://ch.example.org".to_owned(), &["--resolve"][..], "is new to you"),
        (format!("http://localhost:{port}"), &["--resolve", "--trust-server"], "neither https nor your own"),
        (format!("https://localhost:{port}"), &["--resolve", "--trust-server"], "no public address"),
        (format!("https://127.0.0.1:{port}"), &["--resolve", "--trust-server"], "no public address"),
    ] {
        let output = world.inspected(flags, mail_for(&server)).ends(77);
        let problem = output.record()["problems"][0].as_str().unwrap().to_owned();
        assert!(problem.starts_with("unresolved: ") && problem.contains(why), "{server}: {problem}");
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    }
    assert!(listener.accept().is_err(), "somebody connected");
    assert!(!world.path("home").join("client.db").exists(), "reading makes no files");
    world.inspected(&["--trust-server"], mail("button/good")).ends(64);
}

#[test]
fn s107_resolve_follows_a_button_from_minting_to_its_end() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let confirmation = world.mail_after(&alice.mail(), 0);
    let credentials = Home::new(alice.home()).credentials().unwrap().unwrap();
    let api = Api::signed_in(Http::new(&server.url.parse().unwrap(), None).unwrap(), &credentials).unwrap();
    let mint = Mint { to: vec!["bob@example.org".to_owned()], ..Mint::default() };
    let minted = api.mint_one(mint).unwrap().remove(0);
    let chat = Chat {
        login: "alice".parse().unwrap(),
        port: minted.port,
        host: None,
        server: server.url.clone(),
        ticket: minted.ticket,
        expires: minted.expires,
        url: minted.url,
    };
    let mail = format!("From: Alice <alice@example.org>\r\n{}\r\nhi\r\n", button::fields(&chat));
    let problems =
        |mail: &str| alice.run_with("ch-inspect", &["--resolve"], mail).done().record()["problems"].clone();

    assert_eq!(problems(&mail), json!(["unconfirmed address"]));
    alice.run("ch-register", &["--confirm", confirmation.to_str().unwrap()]).done();
    assert_eq!(problems(&mail), json!([]));
    assert_eq!(problems(&mail.replace("Alice <alice@", "Alice <mallory@")), json!(["another From"]));
    assert_eq!(
        problems(&mail.replace("ID: alice", "ID: mallory")),
        json!(["another login: the button rings alice"])
    );
    let ticket = chat.ticket.to_string();
    let forged = format!("{}{}", &ticket[..52], if ticket.ends_with("AA") { "BA" } else { "AA" });
    assert_eq!(problems(&mail.replace(&ticket, &forged)), json!(["unknown button"]));
    alice.run("ch-port", &["--release", &minted.port.to_string()]).done();
    assert_eq!(problems(&mail), json!(["withdrawn button"]));
}

#[test]
fn a_server_that_is_asked_too_often_is_waited_for() {
    const LOOKS: usize = 1200;
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let mail = std::fs::read(alice.send("bob@example.org", "Boots", "Hi.")).unwrap();
    let ticket = world.inspected(&[], &mail).record()["chat"]["ticket"].clone();
    let look = json!({ "ticket": ticket }).to_string();
    // Somebody else behind the same address uses up what a minute allows.
    let refused = (0..2 * LOOKS).any(|_| server.http("POST", "/v1/tickets/look", None, &look).status == 429);
    assert!(refused, "the rate is not what this test thinks");
    let server_is = ["--resolve", "--server", &server.url];
    for _ in 0..3 {
        let seen = world.inspected(&server_is, &mail).done().record();
        assert_eq!(seen["problems"], json!(["unconfirmed address"]), "{seen}");
    }
}
