//! The tools against mails and people with ill intent: a forged button, a wrong token, text that would drive a terminal.

use std::fs;

use chmail::wire::Secret;
use serde_json::{Value, json};

use crate::world::{Server, World};

/// A mail from alice to bob: where it is.
fn a_mail(world: &World, server: &Server) -> String {
    let alice = world.person("alice", server);
    alice.register();
    alice.send("bob@example.org", "Boots", "New boots are in.\n").to_string_lossy().into_owned()
}

#[test]
fn a_forged_button_is_refused_and_rings_nobody() {
    let world = World::new();
    let server = world.serve(&[]);
    let mail = a_mail(&world, &server);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    let agent = alice.start("ch-chat", &["listen", "--json"]);
    agent.frame("welcome");

    // A letter of the ticket's tag.
    let text = fs::read_to_string(&mail).unwrap();
    let field = text.lines().find(|line| line.starts_with("CH-Ticket: ")).unwrap().to_owned();
    let (before, last) = field.split_at(field.len() - 2);
    let forged = format!("{before}{}", if last == "AA" { "BA" } else { "AA" });
    fs::write(&mail, text.replace(&field, &forged)).unwrap();
    let refused = bob.run("ch-chat", &["open", &mail, "--json"]);
    assert!([69, 77].contains(&refused.status), "{refused:#?}");
    assert!(refused.stderr.contains("ticket"), "{refused:#?}");
    assert_eq!(refused.stderr.lines().count(), 1, "{refused:#?}");
    agent.terminate();
    assert!(!agent.end_with_open_input().stdout.contains("\"invite\""));
}

#[test]
fn with_a_wrong_token_every_tool_ends_with_77() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();

    let file = alice.home().join("credentials");
    let mut credentials: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    credentials["token"] = json!(String::from(Secret::generate().unwrap()));
    fs::write(&file, format!("{credentials}\n")).unwrap();
    for (tool, args) in [("ch-register", &[][..]), ("ch-port", &[]), ("ch-chat", &["listen", "--json"])] {
        let refused = alice.run(tool, args).ends(77);
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:#?}");
    }
}

#[test]
fn nobodys_text_drives_a_terminal() {
    let world = World::new();
    let server = world.serve(&[]);
    let nasty = "Boots\u{1b}[2J\u{9b}31m\u{202e}\u{200b}\u{7} \u{7f}sale";
    // Our own tools do not send that; somebody else's do.
    let mail = a_mail(&world, &server);
    let text = fs::read_to_string(&mail).unwrap();
    let text = text.replacen("Subject: Boots", &format!("Subject: {nasty}"), 1);
    fs::write(&mail, text).unwrap();
    let bob = world.person("bob", &server);
    let shown = bob.run("ch-inspect", &[&mail, "--text"]).done().stdout;
    assert!(shown.contains("Boots"), "{shown:?}");
    assert_clean(&shown);

    let alice = world.person("alice", &server);
    let mut agent = alice.start("ch-chat", &["listen", "--answer", "--text"]);
    agent.line(|line| line.contains("listening"));
    let pressed =
        bob.run_with("ch-chat", &["open", &mail, "--text", "--trust-server"], format!("{nasty}\n")).done();
    assert_clean(&pressed.stdout);
    let line = agent.line(|line| line.contains("sale"));
    assert_clean(&line);
    assert_clean(&agent.stdout());
    agent.close();
}

fn assert_clean(text: &str) {
    let harmful = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
    assert!(!text.contains(harmful), "{text:?}");
}
