//! `kill -9` at random instants: nothing acknowledged is missing, nothing is there twice.

mod queue;
mod server;
mod tools;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::world::{Person, peer::Socket};

/// Numbers that look random and can be had again (xorshift).
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most
    }
}

/// The `hello` of a login's agent.
pub fn agent(person: &Person<'_>) -> Value {
    json!({ "token": person.token(), "role": "agent" })
}

/// Id → position of every line of a conversation, as the server has it: no gap, none twice.
pub fn kept(server: &str, hello: &Value, conversation: &str) -> BTreeMap<String, u64> {
    let lines = history(server, hello, conversation);
    let positions: Vec<_> = lines.iter().map(|line| line["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=lines.len() as u64).collect::<Vec<_>>(), "no gap, none twice");
    let kept: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (line["id"].as_str().unwrap().to_owned(), line["position"].as_u64().unwrap()))
        .collect();
    assert_eq!(kept.len(), lines.len(), "an id is there twice");
    kept
}

/// The whole conversation, from the newest back.
fn history(server: &str, hello: &Value, conversation: &str) -> Vec<Value> {
    let (mut socket, _) = Socket::hello(server, hello.clone()).unwrap();
    let mut lines: Vec<Value> = Vec::new();
    loop {
        let before = lines.first().map(|line| line["position"].clone());
        let mut ask = json!({ "type": "history", "conversation": conversation, "limit": 1000 });
        if let Some(before) = before {
            ask["before"] = before;
        }
        socket.say(&ask);
        let mut page = Vec::new();
        loop {
            let frame = socket.next().unwrap();
            match frame["type"].as_str().unwrap() {
                "line" => page.push(frame),
                "complete" => break,
                "error" => panic!("{frame}"),
                _ => {}
            }
        }
        if page.is_empty() {
            return lines;
        }
        page.append(&mut lines);
        lines = page;
    }
}
