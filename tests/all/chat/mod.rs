//! `ch-chat` with a real server: opening, listening, and that nothing said is lost.

mod drops;
mod hostile;
mod listen;
mod open;
mod operand;
mod restored;

use std::path::PathBuf;

use crate::world::{Person, Running, Server, World};

/// A world in which alice has sent bob a mail. Nobody listens yet.
pub struct Scene {
    pub world: World,
    pub server: Server,
    pub mail: PathBuf,
}

impl Scene {
    pub fn new(args: &[&str]) -> Self {
        let world = World::new();
        let server = world.serve(args);
        world.person("alice", &server).register();
        let mail = world.person("alice", &server).send("bob@example.org", "Boots", "New boots are in.\n");
        Self { world, server, mail }
    }

    pub fn person(&self, name: &str) -> Person<'_> {
        self.world.person(name, &self.server)
    }

    /// Alice says that she is off: registering made her `on`.
    pub fn off(&self) {
        self.person("alice").run("ch-register", &["--off"]).done();
    }

    /// Alice's agent, welcomed.
    pub fn listen(&self, args: &[&str]) -> Running {
        let args: Vec<_> = [&["listen"], args].concat();
        let running = self.person("alice").start("ch-chat", &args);
        running.line(|line| line.contains("listening as alice") || line.contains("\"welcome\""));
        running
    }

    /// Bob presses the button.
    pub fn open(&self, args: &[&str]) -> Running {
        let args: Vec<_> = [&["open", self.mail.to_str().unwrap()], args].concat();
        self.person("bob").start("ch-chat", &args)
    }

    /// The same to its end, with nothing on standard input.
    pub fn open_to_the_end(&self, args: &[&str]) -> crate::world::Output {
        self.open(args).end()
    }
}
