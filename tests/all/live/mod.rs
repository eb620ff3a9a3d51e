//! The live room of the real `ch-serve`, frame by frame.

mod absent;
mod calls;
mod devices;
mod hostile;
mod knocks;
mod lines;
mod notices;

use serde_json::{Value, json};

use crate::world::{
    Server, World,
    peer::{Login, Socket, secret},
};

/// A server, alice, and the ticket of her mail to bob about boots.
#[derive(Debug)]
struct Boots {
    world: World,
    server: Server,
    alice: Login,
    ticket: String,
    /// Bob's guest secret.
    guest: String,
}

impl Boots {
    fn new() -> Self {
        Self::with(&[])
    }

    /// The same with a server that is told more.
    fn with(args: &[&str]) -> Self {
        let world = World::new();
        let server = world.serve(args);
        let alice = server.login("alice");
        let ticket = server.ticket(&alice, "bob@example.org", "Boots");
        Self { world, server, alice, ticket, guest: secret() }
    }

    /// An agent of alice's.
    #[track_caller]
    fn agent(&self) -> Socket {
        self.server.agent(&self.alice)
    }

    /// Bob, with his ticket and secret.
    #[track_caller]
    fn bob(&self) -> Socket {
        self.server.guest(&self.ticket, &self.guest)
    }

    /// Alice's agent and bob, in an answered call, and its conversation.
    #[track_caller]
    fn talking(&self) -> (Socket, Socket, Value) {
        let (mut agent, mut bob) = (self.agent(), self.bob());
        bob.invite("c1");
        let ring = agent.wait("invite");
        agent.say(&json!({ "type": "answer", "call": ring["call"] }));
        agent.wait("answered");
        bob.wait("answered");
        agent.all();
        bob.all();
        (agent, bob, ring["conversation"].clone())
    }

    /// What alice's refresh answers.
    #[track_caller]
    fn refresh(&self, body: &str) -> Value {
        self.server.http("PUT", "/v1/presence", Some(&self.alice.token), body).json()
    }

    /// `kill -9`, and a server on the same port and data.
    #[track_caller]
    fn kill_and_restart(&mut self) {
        let port = self.server.port();
        self.server.running.kill();
        self.server = self.world.serve_on(port, &[]);
    }
}
