//! The customer's page in a real browser (S107 to S117).

mod talk;

use serde_json::{Value, json};

use crate::world::{
    Person, Running, Server, World,
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

    fn browser(&self, setup: &Setup) -> Browser {
        Browser::start(&self.world, &self.server.url, setup)
    }
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
