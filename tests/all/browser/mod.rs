//! The customer's page in a real browser (S107 to S117).

mod chats;
mod drops;
mod guests;
mod links;
mod looks;
mod people;
mod promotion;
mod states;
mod talk;

use std::fs;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chmail::wire::{Ticket, Time};
use ring::hmac;
use serde_json::{Value, json};

use crate::world::{
    PATIENCE, Person, Running, Server, World,
    browser::{Browser, Setup},
};

/// A server, alice, and the link of her mail to bob about boots.
#[derive(Debug)]
struct Shop {
    world: World,
    server: Server,
    link: String,
}

impl Shop {
    fn new() -> Self {
        Self::with(&[])
    }

    /// The same with a server that is told more.
    fn with(args: &[&str]) -> Self {
        let world = World::new();
        let server = world.serve(args);
        let alice = world.person("alice", &server);
        alice.register();
        let mail = alice.send("bob@example.org", "Winter boots", "New boots are in.\n");
        let link = link_of(&alice, &mail.to_string_lossy());
        Self { world, server, link }
    }

    fn alice(&self) -> Person<'_> {
        self.world.person("alice", &self.server)
    }

    /// Alice's agent, which the server knows.
    fn listen(&self, args: &[&str]) -> Running {
        let agent = self.alice().start("ch-chat", &[&["listen", "--json"], args].concat());
        agent.frame("welcome");
        agent
    }

    /// A server on the same port and data, after the last one was killed.
    fn restart(&mut self) {
        let port = self.server.port();
        self.server = self.world.serve_on(port, &[]);
    }

    /// The link as it is when its time is over, signed with the server's own key.
    fn expired_link(&self) -> String {
        // It was minted before the port that it names was assigned.
        let database = rusqlite::Connection::open(self.world.path("data/ch.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        assert!(database.execute("UPDATE port SET not_before = 0", []).unwrap() > 0);
        let (place, ticket) = self.link.split_once('#').unwrap();
        let mut claims = ticket.parse::<Ticket>().unwrap().claims();
        claims.expires = Time::now().plus(-1000);
        let keys = fs::read_to_string(self.world.path("data/keys/ticket")).unwrap();
        let key =
            keys.lines().find(|line| !line.starts_with('#')).and_then(|line| line.split(' ').nth(2)).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &URL_SAFE_NO_PAD.decode(key).unwrap());
        format!("{place}#{}", claims.sign(&key))
    }

    fn browser(&self, setup: &Setup) -> Browser {
        Browser::start(&self.world, &self.server.url, setup)
    }
}

/// A server that sends no mail, on the data of one that is gone.
fn without_mail(world: &World, port: u16) -> Server {
    let mut command = world.command("ch-serve");
    command.arg("--listen").arg(format!("127.0.0.1:{port}")).arg("--data").arg(world.path("data"));
    let running = Running::start(command);
    running.stderr_line(|line| line.contains("listening on http"));
    Server { running, url: format!("http://127.0.0.1:{port}") }
}

/// The link of a mail's button.
fn link_of(reader: &Person<'_>, mail: &str) -> String {
    let record = reader.run("ch-inspect", &[mail]).done().record();
    record["chat"]["url"].as_str().unwrap().to_owned()
}

/// The agent says a line.
fn say(agent: &mut Running, conversation: &Value, text: &str) {
    agent.say_frame(&json!({ "type": "line", "conversation": conversation, "text": text }));
}

/// The modules that know no DOM, tested by node.
#[test]
fn the_pages_pure_modules_keep_their_promises() {
    let tests = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/unit");
    let files = fs::read_dir(tests).unwrap().map(|entry| entry.unwrap().path());
    let mut node = std::process::Command::new("node");
    node.arg("--test").args(files);
    crate::world::process::run(node, b"").done();
}
