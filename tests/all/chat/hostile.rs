//! `ch-chat` against a server that lies.

use std::{
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use super::Scene;
use crate::world::World;

/// A ticket that no server made.
const TICKET: &str = "AQEAAWt6p5AAADA5AAAAAAAAACkAAAAAWKlK2i8Hozli-lAMLuZXWg";

/// A server that does to each connection what the test says.
fn server(connections: usize, mut act: impl FnMut(Peer) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        for _ in 0..connections {
            act(Peer(accept(listener.accept().unwrap().0).unwrap()));
        }
    });
    (url, serving)
}

struct Peer(WebSocket<TcpStream>);

impl Peer {
    fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.0.read().unwrap() {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    fn say(&mut self, frame: &Value) {
        self.0.send(Message::text(frame.to_string())).unwrap();
    }

    fn welcome(&mut self) -> Value {
        let hello = self.hear();
        self.say(&json!({
            "v": 1, "type": "welcome", "login": null, "guest": "bob@example.org", "device": null,
            "conversation": "c", "conversations": [], "notices": []
        }));
        hello
    }
}

#[test]
fn nothing_a_server_says_drives_the_terminal() {
    let nasty = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}evil\u{200b}\r\nfrom: me\u{7f}";
    let (url, serving) = server(1, move |mut peer| {
        peer.welcome();
        let call = peer.hear()["call"].clone();
        peer.say(
            &json!({ "type": "answered", "call": call, "conversation": "c", "path": "relay", "peer": nasty }),
        );
        peer.say(&json!({
            "type": "line", "conversation": "c", "position": 1, "id": "x", "from": nasty, "by": null,
            "text": nasty, "at": "2026-11-23T09:00:00Z"
        }));
        peer.say(&json!({
            "type": "notice", "id": "n", "conversation": "c", "from": nasty, "subject": nasty,
            "message_id": nasty, "reason": "off", "line": nasty, "count": 1, "at": "2026-11-23T09:00:00Z"
        }));
        peer.say(&json!({ "type": "error", "code": "other", "message": nasty, "retry": null }));
        peer.say(&json!({
            "type": "ended", "call": call, "conversation": "c", "reason": "bye", "notice": null, "retry": null
        }));
        while peer.0.read().is_ok() {}
    });
    let world = World::new();
    let bob = world.person_at("bob", &url);
    let said = bob.start("ch-chat", &["open", "--text", TICKET]).end_with_open_input().done();
    serving.join().unwrap();
    let all = format!("{}{}", said.stdout, said.stderr);
    assert!(all.contains("evil"), "{said:?}");
    let harmful = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{200b}');
    assert!(!all.contains(harmful), "{said:?}");
    assert!(!all.lines().any(|line| line.starts_with("from: me")), "{said:?}");
}

#[test]
fn garbage_is_76_and_one_line() {
    for garbage in ["no frame", "{\"type\":\"line\"}", "{\"v\":2,\"type\":\"line\"}"] {
        let last = garbage.contains("\"v\":2");
        let (url, serving) = server(if last { 1 } else { 3 }, move |mut peer| {
            peer.welcome();
            let _ = peer.0.send(Message::text(garbage));
            while peer.0.read().is_ok() {}
        });
        let world = World::new();
        let said = world.person_at("bob", &url).run("ch-chat", &["open", "-q", "--text", TICKET]).ends(76);
        assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
        serving.join().unwrap();
    }
}

#[test]
fn ones_own_token_goes_to_ones_own_server_alone() {
    let scene = Scene::new(&[]);
    let mut alice = scene.person("alice");
    let (url, serving) = server(1, |mut peer| {
        let hello = peer.welcome();
        assert!(hello.get("token").is_none() && hello["guest"].is_string(), "{hello}");
        let call = peer.hear()["call"].clone();
        peer.say(&json!({
            "type": "ended", "call": call, "conversation": "c", "reason": "off", "notice": null, "retry": null
        }));
        while peer.0.read().is_ok() {}
    });
    // The setting says another server than the one the credentials are for.
    alice.server = url;
    alice.run("ch-chat", &["open", TICKET]).ends(1);
    serving.join().unwrap();
    let said = alice.run("ch-chat", &["listen"]).ends(77);
    assert!(said.stderr.contains("the credentials are for"), "{said:?}");
}
