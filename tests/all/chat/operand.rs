//! What `ch-chat open` takes: a mail, a record, a link, a ticket; and whom it refuses to talk to.

use std::fs;

use serde_json::Value;

use super::Scene;
use crate::{
    exit::on_a_terminal,
    world::{World, free_port},
};

/// The button of the scene's mail.
fn button(scene: &Scene) -> Value {
    let mail = scene.mail.to_str().unwrap();
    scene.person("bob").run("ch-inspect", &["--json", mail]).done().record()
}

#[test]
fn a_mail_a_record_a_link_and_a_ticket_press_the_same_button() {
    let scene = Scene::new(&[]);
    scene.off();
    let bob = scene.person("bob");
    let record = button(&scene);
    let (link, ticket) =
        (record["chat"]["url"].as_str().unwrap(), record["chat"]["ticket"].as_str().unwrap());
    let mail = fs::read(&scene.mail).unwrap();
    for (operand, input) in [
        (scene.mail.to_str().unwrap(), Vec::new()),
        ("-", mail),
        ("-", format!("{record}\n").into_bytes()),
        (link, Vec::new()),
        (ticket, Vec::new()),
    ] {
        let said = bob.run_with("ch-chat", &["open", "--text", operand], input).ends(1);
        assert!(said.stdout.contains("is off"), "{said:?}");
    }
    // Every press by the same guest is the same conversation.
    let notice = scene.person("alice").run("ch-register", &["--json"]).done();
    let notices: Vec<_> = notice.records().into_iter().filter(|record| record["type"] == "notice").collect();
    assert_eq!((notices.len(), &notices[0]["count"]), (1, &5.into()), "{notices:?}");
}

#[test]
fn frames_follow_the_record_on_standard_input() {
    let scene = Scene::new(&[]);
    let alice = scene.listen(&["--json", "--answer"]);
    let mut bob = scene.person("bob").start("ch-chat", &["open", "-", "--json"]);
    bob.say(&button(&scene).to_string());
    bob.frame("answered");
    bob.say("{\"type\":\"line\",\"text\":\"hello\"}");
    assert_eq!(alice.frame("line")["text"], "hello");
    bob.close();
    assert_eq!(bob.frame("ended")["reason"], "bye");
    bob.end_with_open_input().done();
}

#[test]
fn what_has_no_button_is_65_and_what_is_not_there_66() {
    let scene = Scene::new(&[]);
    let bob = scene.person("bob");
    let no_button = bob.run_with("ch-chat", &["open", "-"], "Subject: x\n\nhello\n").ends(65);
    assert_eq!(no_button.stderr, "ch-chat: standard input: no chat button (no button)\n");
    bob.run("ch-chat", &["open", "-"]).ends(65);
    bob.run_with("ch-chat", &["open", "-"], "{\"type\":\"port\"}\n").ends(65);
    bob.run_with("ch-chat", &["open", "-"], "{").ends(65);
    bob.run("ch-chat", &["open", "/no/such/mail"]).ends(66);
    bob.run("ch-chat", &["open", "https://ch.example.org/c#nonsense"]).ends(65);
    bob.run("ch-chat", &["open"]).ends(64);
    bob.run("ch-chat", &["open", "x", "--ring", "0"]).ends(64);
    bob.run("ch-chat", &["listen"]).ends(78);
    bob.run("ch-chat", &["call", "alice"]).ends(78);
}

#[test]
fn forged_and_withdrawn_buttons_are_told_apart() {
    let scene = Scene::new(&[]);
    let (alice, bob) = (scene.person("alice"), scene.person("bob"));
    let ticket = button(&scene)["chat"]["ticket"].as_str().unwrap().to_owned();
    let last = if ticket.ends_with('A') { "Q" } else { "A" };
    let forged = format!("{}{last}", &ticket[..ticket.len() - 1]);
    let said = bob.run("ch-chat", &["open", &forged]).ends(77);
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
    let port = alice.run("ch-port", &["--text"]).done().stdout;
    alice.run("ch-port", &["--release", port.trim_end()]).done();
    bob.run("ch-chat", &["open", &ticket]).ends(69);
}

#[test]
fn a_mail_cannot_make_us_talk_to_whom_we_do_not_know() {
    let scene = Scene::new(&[]);
    let bob = scene.person("bob");
    let link = button(&scene)["chat"]["url"].as_str().unwrap().to_owned();
    let elsewhere = link.replace("http://127.0.0.1", "http://localhost");
    for (link, words) in [
        (elsewhere.clone(), "neither https nor your own server"),
        (elsewhere.replace("http:", "https:"), "which is no public address"),
        (link.replace("http:", "https:"), "which is no public address"),
    ] {
        let said = bob.run("ch-chat", &["open", &link, "--trust-server"]).ends(77);
        assert!(said.stderr.contains(words), "{said:?}");
    }
    let new = link.replace("http://127.0.0.1", "https://ch.example.invalid");
    let said = bob.run("ch-chat", &["open", &new]).ends(77);
    assert!(said.stderr.contains("is new to you"), "{said:?}");
    let nowhere = bob.run("ch-chat", &["open", &new, "--trust-server"]).ends(75);
    assert!(nowhere.stderr.contains("no such host"), "{nowhere:?}");
}

#[test]
fn on_a_terminal_a_new_server_is_named_and_asked_about_and_a_yes_is_remembered() {
    let scene = Scene::new(&[]);
    let bob = scene.person("bob");
    let link = button(&scene)["chat"]["url"].as_str().unwrap().to_owned();
    let new = link.replace("http://127.0.0.1", "https://ch.example.invalid");
    let host = new.split_once("/c#").unwrap().0.to_owned();
    let ask = |typed: &str| on_a_terminal(&bob.command("ch-chat", &["open", &new]), typed);
    for no in ["n\n", "\n"] {
        let (status, said) = ask(no);
        assert!(status == 77 && said.contains(&format!("{host} is new to you")), "{status} {said}");
        assert!(!said.contains("no such host"), "nobody was looked for: {said}");
        assert!(!bob.home().join("client.db").exists(), "and nothing remembered");
    }
    let (status, said) = ask("y\n");
    assert!(
        status == 75 && said.contains("is new to you") && said.contains("no such host"),
        "{status} {said}"
    );
    let again = bob.run("ch-chat", &["open", &new]).ends(75);
    assert!(!again.stderr.contains("is new to you"), "{again:?}");
}

#[test]
fn a_server_that_is_not_there_is_75_before_the_call_is_placed() {
    let scene = Scene::new(&[]);
    let link = button(&scene)["chat"]["url"].as_str().unwrap().to_owned();
    let world = World::new();
    let nobody = world.person_at("bob", &format!("http://127.0.0.1:{}", free_port()));
    let there = link.split_once("/c#").unwrap().0.to_owned();
    let said = nobody.run("ch-chat", &["open", &link.replace(&there, &nobody.server)]).ends(75);
    assert!(said.stderr.starts_with("ch-chat: no answer from http://127.0.0.1"), "{said:?}");
    assert_eq!(said.stderr.lines().count(), 1, "{said:?}");
}

#[test]
fn a_dry_run_rings_nobody() {
    let scene = Scene::new(&[]);
    let alice = scene.listen(&["--text", "--answer"]);
    let mail = scene.mail.to_str().unwrap();
    let said = scene.person("bob").run("ch-chat", &["open", "-n", "--text", mail]).done();
    assert_eq!(said.stdout, format!("would call alice at {}\n", scene.server.url.trim_end_matches('/')));
    let frame = scene.person("bob").run("ch-chat", &["open", "-n", mail]).done().record();
    assert_eq!(frame["type"], "invite");
    assert!(!alice.stdout().contains("[1]"));
}
