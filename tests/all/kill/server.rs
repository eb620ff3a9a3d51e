//! The server is killed, while two plain clients talk as fast as they can.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use chmail::wire::Secret;
use serde_json::{Value, json};

use super::{Chance, agent, kept};
use crate::world::{World, free_port, peer::Socket};

/// Lines that a speaker has said and not yet heard to be durable.
const IN_FLIGHT: usize = 8;

/// A person at the keyboard of a plain client who says line after line, whatever happens to the server.
struct Speaker {
    name: &'static str,
    server: String,
    /// What `hello` says, but for `resume`.
    hello: Value,
    conversation: String,
    /// How many lines were begun.
    said: u64,
    /// Ids said and not acknowledged, oldest first.
    waiting: Vec<String>,
    /// Id → position, as acknowledged.
    acknowledged: BTreeMap<String, u64>,
    /// Position → id, of lines that came.
    received: BTreeMap<u64, String>,
}

impl Speaker {
    fn new(name: &'static str, server: &str, hello: Value, conversation: &str) -> Self {
        Self {
            name,
            server: server.to_owned(),
            hello,
            conversation: conversation.to_owned(),
            said: 0,
            waiting: Vec::new(),
            acknowledged: BTreeMap::new(),
            received: BTreeMap::new(),
        }
    }

    /// The last position up to which nothing is missing here.
    fn have(&self) -> u64 {
        let own = self.acknowledged.values().copied().collect::<BTreeSet<_>>();
        (1..).take_while(|place| own.contains(place) || self.received.contains_key(place)).last().unwrap_or(0)
    }

    /// Talks until `stop`, and then until everything said is acknowledged.
    fn talk(mut self, stop: &AtomicBool) -> Self {
        while !(stop.load(Ordering::Relaxed) && self.waiting.is_empty()) {
            self.hello["resume"] = json!([{ "conversation": self.conversation, "received": self.have() }]);
            if let Some((mut socket, _)) = Socket::hello(&self.server, self.hello.clone()) {
                self.session(&mut socket, stop);
            } else {
                thread::sleep(Duration::from_millis(2));
            }
        }
        self
    }

    fn session(&mut self, socket: &mut Socket, stop: &AtomicBool) {
        let unsure = self.waiting.clone();
        if !unsure.iter().all(|id| self.say(socket, id)) {
            return;
        }
        loop {
            while self.waiting.len() < IN_FLIGHT && !stop.load(Ordering::Relaxed) {
                self.said += 1;
                let id = format!("{}-{}", self.name, self.said);
                self.waiting.push(id.clone());
                if !self.say(socket, &id) {
                    return;
                }
            }
            if self.waiting.is_empty() {
                return;
            }
            match socket.next() {
                Some(frame) => self.hear(&frame),
                None => return,
            }
        }
    }

    fn say(&self, socket: &mut Socket, id: &str) -> bool {
        let text = format!("this is {id}");
        let line = json!({"type": "line", "conversation": self.conversation, "id": id, "text": text});
        socket.say_text(&line.to_string())
    }

    fn hear(&mut self, frame: &Value) {
        match frame["type"].as_str().unwrap() {
            "ack" if frame.get("id").is_some() => {
                let id = frame["id"].as_str().unwrap().to_owned();
                let position = frame["position"].as_u64().unwrap();
                self.waiting.retain(|waiting| *waiting != id);
                let before = self.acknowledged.insert(id, position);
                assert!(before.is_none_or(|before| before == position), "{frame}: it was {before:?}");
            }
            "line" => {
                let id = frame["id"].as_str().unwrap().to_owned();
                let position = frame["position"].as_u64().unwrap();
                let is_own = id.starts_with(self.name);
                let before = self.received.insert(position, id);
                // One's own line comes back when its `ack` was lost with the server.
                assert!(
                    is_own || before.is_none(),
                    "{} got {position} twice: {frame}, {before:?}",
                    self.name
                );
            }
            "error" => panic!("{}: {frame}", self.name),
            _ => {}
        }
    }
}

/// The `hello` of somebody with nothing but the mail.
fn guest(world: &World, mail: &str) -> Value {
    let mut inspect = world.command("ch-inspect");
    inspect.arg(mail).arg("--json");
    let ticket = crate::world::process::run(inspect, b"").done().record()["chat"]["ticket"].clone();
    json!({ "ticket": ticket, "guest": String::from(Secret::generate().unwrap()), "role": "caller" })
}

fn the_server_is_killed(times: u32, seed: u64) {
    let world = World::new();
    let port = free_port();
    let mut server = world.serve_on(port, &[]);
    let alice = world.person("alice", &server);
    alice.register();
    let mail = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    let (alice, bob) = (agent(&alice), guest(&world, &mail.to_string_lossy()));
    let (mut first, welcome) = Socket::hello(&server.url, bob.clone()).unwrap();
    let conversation = welcome["conversation"].as_str().unwrap().to_owned();
    // The press makes the conversation.
    first.say(&json!({ "type": "invite", "call": "bob-0" }));
    first.wait("presence");

    let stop = Arc::new(AtomicBool::new(false));
    let speakers = [("alice", &alice), ("bob", &bob)].map(|(name, hello)| {
        let speaker = Speaker::new(name, &server.url, hello.clone(), &conversation);
        let stop = stop.clone();
        thread::spawn(move || speaker.talk(&stop))
    });
    let mut chance = Chance(seed);
    for _ in 0..times {
        // A random instant is what this is about.
        thread::sleep(Duration::from_millis(chance.below(120)));
        server.running.kill();
        server = world.serve_on(port, &[]);
    }
    stop.store(true, Ordering::Relaxed);
    let [alice_spoke, bob_spoke] = speakers.map(|speaker| speaker.join().unwrap());

    let kept = kept(&server.url, &alice, &conversation);
    for speaker in [&alice_spoke, &bob_spoke] {
        assert!(speaker.said > u64::from(times), "{} only said {} lines", speaker.name, speaker.said);
        assert_eq!(speaker.acknowledged.len() as u64, speaker.said);
        for (id, position) in &speaker.acknowledged {
            assert_eq!(kept.get(id), Some(position), "{id} was acknowledged");
        }
        for (position, id) in &speaker.received {
            assert_eq!(kept.get(id), Some(position), "{id} was received");
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed_30_times() {
    the_server_is_killed(30, 0x9e37_79b9_7f4a_7c15);
}

#[test]
#[ignore = "long: make soak"]
fn soak_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed_200_times() {
    the_server_is_killed(200, 0xd1b5_4a32_d192_ed03);
}
