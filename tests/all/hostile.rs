//! What comes from outside with ill intent ends in a clear error, and harms nobody: forged, bit-flipped, expired and
//! borrowed tickets, wrong tokens, frames that are none, frames that are too large, text that would drive a terminal.

use std::fs;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chmail::wire::{Ticket, Time};
use ring::hmac;
use serde_json::{Value, json};

use crate::world::{
    Person, Server, World,
    peer::{Socket, secret},
    process,
};

/// A mail from alice to bob, and the ticket in it.
fn a_ticket(world: &World, server: &Server, subject: &str) -> (String, Ticket) {
    let alice = world.person("alice", server);
    alice.register();
    let mail = alice.send("bob@example.org", subject, "New boots are in.\n").to_string_lossy().into_owned();
    let mut inspect = world.command("ch-inspect");
    inspect.args([&mail, "--json"]);
    let record = process::run(inspect, b"").done().record();
    (mail, record["chat"]["ticket"].as_str().unwrap().parse().unwrap())
}

/// The first frame that answers a `hello`.
fn answer(server: &Server, mut hello: Value) -> Value {
    hello["type"] = json!("hello");
    let mut socket = server.open();
    socket.say(&hello);
    socket.next().unwrap()
}

fn press(server: &Server, ticket: &str) -> Value {
    answer(server, json!({ "ticket": ticket, "guest": secret() }))
}

/// An agent of a person, over a plain socket.
fn agent(person: &Person<'_>) -> Value {
    json!({ "token": person.token(), "role": "agent" })
}

#[test]
fn a_ticket_with_any_bit_flipped_is_worth_nothing() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let bytes = URL_SAFE_NO_PAD.decode(ticket.to_string()).unwrap();
    assert_eq!(press(&server, &ticket.to_string())["type"], "welcome", "the ticket itself is good");
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let said = press(&server, &URL_SAFE_NO_PAD.encode(bytes));
        assert_eq!(said["type"], "error", "bit {bit}: {said}");
    }
}

#[test]
fn a_ticket_signed_with_another_key_is_forged() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let forged = ticket.claims().sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])).to_string();
    assert_eq!(press(&server, &forged)["code"], "bad_ticket");
}

#[test]
fn an_expired_ticket_knocks_and_does_not_ring() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let alice = world.person("alice", &server);
    // The server's own key, as only the server has it: what it would have signed 90 days ago.
    let keys = fs::read_to_string(world.path("data/keys/ticket")).unwrap();
    let key = keys.lines().find(|line| !line.starts_with('#')).unwrap().split(' ').nth(2).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &URL_SAFE_NO_PAD.decode(key).unwrap());
    let mut claims = ticket.claims();
    assert_eq!(claims.sign(&key), ticket, "the key file is what it was thought to be");
    claims.expires = Time::from_unix_secs(Time::now().unix_secs() - 1);
    let expired = claims.sign(&key).to_string();

    // And the port has been alice's for as long.
    let database = rusqlite::Connection::open(world.path("data/ch.db")).unwrap();
    assert_eq!(database.execute("UPDATE port SET not_before = 0", ()).unwrap(), 1);

    let (mut rung, _) = Socket::hello(&server.url, agent(&alice)).unwrap();
    let hello = json!({ "ticket": expired, "guest": secret() });
    let (mut caller, _) = Socket::hello(&server.url, hello).unwrap();
    caller.say(&json!({ "type": "invite", "call": "late-1" }));
    let invite = rung.wait("invite");
    assert_eq!((&invite["knock"], &invite["from"]), (&json!("expired_ticket"), &json!("bob@example.org")));
}

#[test]
fn a_borrowed_mail_knocks_and_sees_nothing_of_what_was_said() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let alice = world.person("alice", &server);
    let (mut rung, _) = Socket::hello(&server.url, agent(&alice)).unwrap();

    let first = json!({ "ticket": ticket, "guest": secret() });
    let (mut first, welcome) = Socket::hello(&server.url, first).unwrap();
    let theirs = &welcome["conversation"];
    first.say(&json!({ "type": "invite", "call": "first-1" }));
    assert_eq!(rung.wait("invite")["knock"], json!(null));
    first.say(&json!({ "type": "line", "conversation": theirs, "id": "l-1", "text": "a secret" }));
    assert_eq!(first.wait("ack")["position"], 1);

    let second = json!({ "ticket": ticket, "guest": secret() });
    let (mut second, welcome) = Socket::hello(&server.url, second).unwrap();
    assert_ne!(&welcome["conversation"], theirs, "a conversation of their own");
    second.say(&json!({ "type": "invite", "call": "second-1" }));
    let knock =
        std::iter::repeat_with(|| rung.wait("invite")).find(|invite| invite["conversation"] != *theirs);
    assert_eq!(knock.unwrap()["knock"], "not_first");
    for asked in [
        json!({ "type": "history", "conversation": theirs }),
        json!({ "type": "line", "conversation": theirs, "id": "l-2", "text": "hello" }),
    ] {
        second.say(&asked);
        assert_eq!(second.wait("error")["code"], "not_found", "{asked}");
    }
}

#[test]
fn a_wrong_token_is_nobody() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    assert_eq!(answer(&server, json!({ "token": secret(), "role": "agent" }))["code"], "unauthorized");
}

#[test]
fn what_is_no_frame_is_told_so_and_the_connection_goes_on() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let hello = json!({ "ticket": ticket, "guest": secret() });
    let (mut socket, welcome) = Socket::hello(&server.url, hello).unwrap();
    for nonsense in ["", "{", "null", "[]", "\"line\"", "{\"type\":7}", "{\"type\":\"answer\"}"] {
        assert!(socket.say_text(nonsense));
        assert_eq!(socket.wait("error")["code"], "bad_request", "{nonsense}");
    }
    // A type of tomorrow is no error, and neither is a field of tomorrow.
    socket.say(&json!({ "type": "wave", "hand": "left" }));
    let line = json!({ "type": "line", "conversation": welcome["conversation"], "id": "l-1", "text": "hi", "mood": 1 });
    socket.say(&line);
    let said =
        std::iter::repeat_with(|| socket.next().unwrap()).find(|frame| frame["type"] != "presence").unwrap();
    assert_eq!((&said["type"], &said["position"]), (&json!("ack"), &json!(1)));
}

#[test]
fn a_frame_that_is_too_large_ends_one_connection_and_no_other() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, ticket) = a_ticket(&world, &server, "Boots");
    let hello = || json!({ "ticket": ticket, "guest": secret() });
    let (mut other, welcome) = Socket::hello(&server.url, hello()).unwrap();
    let (mut socket, theirs) = Socket::hello(&server.url, hello()).unwrap();

    // Too long a line: refused by name, and one can go on.
    let text = "x".repeat(20_000);
    let line = |text: &str| json!({ "type": "line", "conversation": theirs["conversation"], "id": "l-1", "text": text });
    socket.say(&line(&text));
    let error = socket.wait("error");
    assert_eq!((&error["code"], &error["id"]), (&json!("too_large"), &json!("l-1")));
    socket.say(&line("short"));
    socket.wait("ack");

    // Too large a frame: the connection ends.
    socket.say_text(&line(&"x".repeat(1 << 20)).to_string());
    while let Some(frame) = socket.next() {
        assert_ne!(frame["type"], "ack");
    }
    let line =
        json!({ "type": "line", "conversation": welcome["conversation"], "id": "l-1", "text": "still here" });
    other.say(&line);
    other.wait("ack");
}
