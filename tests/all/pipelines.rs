//! The pipelines of the README, run as they stand there.

use std::{fs, path::Path};

use serde_json::json;

use crate::{
    fetch,
    world::{
        Person, Running, Server, World,
        dovecot::{Dovecot, deliver},
        process,
    },
};

/// The line of the README that begins so, without its comment; the mails are in the world's `Mail`.
fn readme(beginning: &str) -> String {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let line = page.lines().find(|line| line.starts_with(beginning));
    let line = line.unwrap_or_else(|| panic!("README.md has no line that begins with {beginning}"));
    line.split("  #").next().unwrap().trim_end().replace("~/Mail", "Mail")
}

/// Alice and bob, and a mail of alice's in bob's `Mail`, among others.
fn bobs_mail<'a>(world: &'a World, server: &Server) -> (Person<'a>, Person<'a>) {
    let (alice, bob) = (world.person("alice", server), world.person("bob", server));
    alice.register();
    let mail = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    for folder in ["new", "cur", "tmp"] {
        fs::create_dir_all(world.path("Mail").join(folder)).unwrap();
    }
    fs::write(world.path("Mail/new/1"), "From: carol@example.org\nSubject: lunch\n\nAt one?\n").unwrap();
    fs::copy(mail, world.path("Mail/new/2")).unwrap();
    (alice, bob)
}

#[test]
fn the_sender_of_the_readme_sends() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    process::run(alice.shell(&readme("ch-register alice")), b"").done();
    process::run(alice.shell(&readme("echo 'New boots are in.'")), b"").done();
    assert_eq!(world.mails("bob@example.com").len(), 1);
}

#[test]
fn the_first_mail_with_a_button_is_pressed_in_one_pipeline() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = bobs_mail(&world, &server);
    let agent = alice.start("ch-chat", &["listen", "--json", "--answer"]);
    agent.frame("welcome");

    // Its output is a pipe too, so it speaks records.
    let press = Running::start(bob.shell(&readme("ch-inspect --chat ~/Mail | head")));
    assert_eq!(press.frame("answered")["peer"], json!("alice"));
    assert_eq!(agent.frame("invite")["subject"], json!("Boots"));
    agent.terminate();
    press.end().done();
}

#[test]
fn the_first_mail_with_a_button_at_a_pop3_server_is_pressed_in_one_pipeline() {
    let world = World::new();
    let server = world.serve(&[]);
    let dovecot = Dovecot::start(&world);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    let mail = alice.send("carol@example.org", "Boots", "New boots are in.\n");
    fetch::fill(&world, 0..3);
    deliver(&world, fetch::BOB, "1800000000.M1.host", &fs::read(mail).unwrap());
    let agent = alice.start("ch-chat", &["listen", "--json", "--answer"]);
    agent.frame("welcome");

    fetch::password(&bob.home());
    let line = readme("ch-fetch pop3s://").replace("pop3s://bob@mail.example.org", &dovecot.url(fetch::BOB));
    let press = Running::start(bob.shell(&line));
    assert_eq!(press.frame("answered")["peer"], json!("alice"));
    assert_eq!(agent.frame("invite")["subject"], json!("Boots"));
    agent.terminate();
    press.end().done();
}

#[test]
fn who_can_be_talked_to_is_one_pipeline() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_, bob) = bobs_mail(&world, &server);
    let senders = process::run(bob.shell(&readme("ch-inspect --json ~/Mail")), b"").done().stdout;
    assert!(senders.contains("alice@example.org") && senders.lines().count() == 1, "{senders}");
}

#[test]
fn who_called_meanwhile_is_one_pipeline() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = bobs_mail(&world, &server);
    alice.run("ch-register", &["--off"]).done();
    bob.run("ch-chat", &["open", "Mail/new/2"]).ends(1);
    let callers = process::run(alice.shell(&readme("ch-register --json")), b"").done().stdout;
    assert_eq!(callers, "bob@example.org\n");
}
