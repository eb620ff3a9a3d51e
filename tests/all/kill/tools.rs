//! `ch-chat` on both sides and the server are killed in turn, by chance, while both sides say line after line.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::{Chance, agent, kept};
use crate::world::{Running, World, free_port, until};

/// Lines said between two kills, by each side.
const LINES: u64 = 3;

/// One side: a `ch-chat` that is started again when it was killed, and a person who says again what was not
/// acknowledged.
struct Side<'a> {
    name: &'static str,
    start: Box<dyn Fn() -> Running + 'a>,
    running: Running,
    said: u64,
    /// Ids said and not acknowledged.
    waiting: BTreeSet<String>,
    acknowledged: BTreeMap<String, u64>,
    /// Positions of the other side's lines.
    received: BTreeSet<u64>,
}

impl<'a> Side<'a> {
    fn new(name: &'static str, start: impl Fn() -> Running + 'a) -> Self {
        Self {
            name,
            running: start(),
            start: Box::new(start),
            said: 0,
            waiting: BTreeSet::new(),
            acknowledged: BTreeMap::new(),
            received: BTreeSet::new(),
        }
    }

    fn say_more(&mut self, conversation: &str) {
        for _ in 0..LINES {
            self.said += 1;
            let id = format!("{}-{}", self.name, self.said);
            self.running.say_frame(&line(conversation, &id));
            self.waiting.insert(id);
        }
    }

    fn killed(&mut self, conversation: &str) {
        self.running.kill();
        let killed = std::mem::replace(&mut self.running, (self.start)());
        // Before that, a server that is not there ends it with 75: nothing was begun.
        self.running.frame("welcome");
        self.read(&killed.end_with_open_input().stdout);
        for id in &self.waiting {
            self.running.say_frame(&line(conversation, id));
        }
    }

    /// Everything is acknowledged, and so many lines of the other side came.
    fn settled(mut self, others: usize) -> Self {
        until("every line", || {
            let said = self.running.stdout();
            let acknowledged = frames(&said, "ack");
            let is_acknowledged = |id: &String| acknowledged.iter().any(|ack| ack["id"] == **id);
            let all = self.waiting.iter().all(is_acknowledged) && self.would_have(&said) >= others;
            all.then_some(())
        });
        let said = self.running.stdout();
        self.read(&said);
        self
    }

    fn would_have(&self, said: &str) -> usize {
        let more = self.others(said).iter().map(position).collect();
        self.received.union(&more).count()
    }

    /// The other side's lines; one's own come back when nobody had heard that they arrived.
    fn others(&self, said: &str) -> Vec<Value> {
        let mut lines = frames(said, "line");
        lines.retain(|line| !line["id"].as_str().unwrap().starts_with(self.name));
        lines
    }

    /// Takes in what one `ch-chat` said from its start to its end.
    fn read(&mut self, said: &str) {
        for ack in frames(said, "ack").iter().filter(|ack| ack["id"].is_string()) {
            let id = ack["id"].as_str().unwrap().to_owned();
            self.waiting.remove(&id);
            self.acknowledged.insert(id, position(ack));
        }
        let lines = self.others(said);
        let positions: BTreeSet<_> = lines.iter().map(position).collect();
        assert_eq!(positions.len(), lines.len(), "one {} showed a line twice:\n{said}", self.name);
        self.received.extend(positions);
    }
}

fn line(conversation: &str, id: &str) -> Value {
    json!({ "type": "line", "conversation": conversation, "id": id, "text": "x" })
}

fn position(frame: &Value) -> u64 {
    frame["position"].as_u64().unwrap()
}

/// The frames of one type; the last line of one that was killed may be cut off.
fn frames(said: &str, kind: &str) -> Vec<Value> {
    let frames = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    frames.filter(|frame| frame["type"] == kind).collect()
}

fn everything_is_killed(times: u32, seed: u64) {
    let world = World::new();
    let port = free_port();
    let mut server = world.serve_on(port, &[]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    let mail = alice.send("bob@example.org", "Boots", "New boots are in.\n").to_string_lossy().into_owned();

    let mut alices = Side::new("alice", || alice.start("ch-chat", &["listen", "--json", "--answer"]));
    alices.running.frame("welcome");
    let mut bobs = Side::new("bob", || bob.start("ch-chat", &["open", &mail, "--json"]));
    let conversation = bobs.running.frame("answered")["conversation"].as_str().unwrap().to_owned();

    let mut chance = Chance(seed);
    for _ in 0..times {
        alices.say_more(&conversation);
        bobs.say_more(&conversation);
        // A random instant is what this is about.
        thread::sleep(Duration::from_millis(chance.below(60)));
        match chance.below(3) {
            0 => {
                server.running.kill();
                server = world.serve_on(port, &[]);
            }
            1 => alices.killed(&conversation),
            _ => bobs.killed(&conversation),
        }
    }
    let said = usize::try_from(u64::from(times) * LINES).unwrap();
    let (alices, bobs) = (alices.settled(said), bobs.settled(said));

    let kept = kept(&server.url, &agent(&alice), &conversation);
    assert_eq!(kept.len(), 2 * said, "every line is there, and none that nobody said");
    for (side, other) in [(&alices, &bobs), (&bobs, &alices)] {
        assert!(side.waiting.is_empty(), "{}: {:?}", side.name, side.waiting);
        for (id, position) in &side.acknowledged {
            assert_eq!(kept.get(id), Some(position), "{id} was acknowledged");
            assert!(other.received.contains(position), "{} never saw {id}", other.name);
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_when_server_and_clients_are_killed_30_times() {
    everything_is_killed(30, 0x2545_f491_4f6c_dd1d);
}

#[test]
#[ignore = "long: make soak"]
fn soak_nothing_acknowledged_is_lost_or_doubled_when_server_and_clients_are_killed_200_times() {
    everything_is_killed(200, 0x8c31_2e7f_0b5a_6d97);
}
