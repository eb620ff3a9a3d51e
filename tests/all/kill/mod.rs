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

/// Id → position of every line of a conversation, as the server has it: no gap, no id twice.
pub fn kept(server: &str, hello: &Value, conversation: &str) -> BTreeMap<String, u64> {
    let lines = history(server, hello, conversation);
    assert!(lines.keys().copied().eq(1..=lines.len() as u64), "a gap: {:?}", lines.keys());
    let kept: BTreeMap<_, _> =
        lines.iter().map(|(position, line)| (line["id"].as_str().unwrap().to_owned(), *position)).collect();
    assert_eq!(kept.len(), lines.len(), "an id is there twice");
    kept
}

/// The whole conversation, from the newest back. A connection is told meanwhile what its side has not acknowledged, so
/// a line may come twice: then it is the same both times.
fn history(server: &str, hello: &Value, conversation: &str) -> BTreeMap<u64, Value> {
    let (mut socket, _) = Socket::hello(server, hello.clone()).unwrap();
    let mut lines = BTreeMap::new();
    loop {
        let mut ask = json!({ "type": "history", "conversation": conversation, "limit": 1000 });
        if let Some(before) = lines.keys().next() {
            ask["before"] = json!(before);
        }
        socket.say(&ask);
        let had = lines.len();
        loop {
            let frame = socket.next().unwrap();
            match frame["type"].as_str().unwrap() {
                "line" => {
                    let position = frame["position"].as_u64().unwrap();
                    let told = lines.entry(position).or_insert_with(|| frame.clone());
                    assert_eq!(*told, frame, "two lines have one position");
                }
                "complete" => break,
                "error" => panic!("{frame}"),
                _ => {}
            }
        }
        if lines.len() == had {
            return lines;
        }
    }
}
