//! S109 to S117: ringing, talking, keeping on trying, and being told.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::world::{Person, Running, Server, World};

/// Alice has registered and sent Bob a mail.
fn a_mail<'a>(world: &'a World, server: &Server) -> (Person<'a>, Person<'a>, String) {
    let (alice, bob) = (world.person("alice", server), world.person("bob", server));
    alice.register();
    let mail = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    (alice, bob, mail.to_string_lossy().into_owned())
}

/// An agent that the server knows.
fn listen(person: &Person<'_>, args: &[&str]) -> Running {
    let agent = person.start("ch-chat", &[&["listen", "--json"], args].concat());
    agent.frame("welcome");
    agent
}

fn say(to: &mut Running, conversation: &Value, text: &str) {
    to.say_frame(&json!({"type": "line", "conversation": conversation, "text": text}));
}

#[test]
fn s109_the_other_sides_agent_is_rung_and_the_caller_hears_it() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let mut agent = listen(&alice, &[]);

    let press = bob.start("ch-chat", &["open", &mail, "--json"]);
    let invite = agent.frame("invite");
    assert_eq!((&invite["from"], &invite["subject"]), (&json!("bob@example.org"), &json!("Boots")));
    assert_eq!((&invite["knock"], &invite["silent"]), (&json!(null), &json!(false)));
    assert_eq!(press.frame("presence")["state"], "online");
    // Only a client that really alerts says so; then the caller hears it.
    agent.say_frame(&json!({"type": "ringing", "call": invite["call"]}));
    press.frame("ringing");
    agent.say_frame(&json!({"type": "decline", "call": invite["call"]}));
    assert_eq!(press.frame("ended")["reason"], "declined");
    press.end().ends(1);
}

#[test]
fn s109_an_alarm_goes_off_in_case_nobody_sits_there() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let alarm = world.path("alarm");
    let command = format!("echo \"$CH_FROM: $CH_SUBJECT ($CH_CALL)\" > {}", alarm.display());
    let agent = listen(&alice, &["--on-ring", &command]);

    let press = bob.start("ch-chat", &["open", &mail, "--json"]);
    let invite = agent.frame("invite");
    let words = crate::world::until("the alarm", || {
        fs::read_to_string(&alarm).ok().filter(|words| words.ends_with('\n'))
    });
    assert_eq!(words, format!("bob@example.org: Boots ({})\n", invite["call"].as_str().unwrap()));
    press.frame("ringing");
    press.terminate();
}

#[test]
fn s111_answered_both_sides_talk_through_the_relay() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let mut agent = listen(&alice, &[]);
    let mut press = bob.start("ch-chat", &["open", &mail, "--json"]);
    let invite = agent.frame("invite");
    agent.say_frame(&json!({"type": "answer", "call": invite["call"]}));

    let (here, there) = (press.frame("answered"), agent.frame("answered"));
    assert_eq!((&here["path"], &here["peer"]), (&json!("relay"), &json!("alice")));
    assert_eq!((&there["path"], &there["peer"]), (&json!("relay"), &json!("bob@example.org")));
    let conversation = &here["conversation"];
    assert_eq!(conversation, &there["conversation"]);

    say(&mut press, conversation, "Do you have them in 43?");
    let line = agent.frame("line");
    assert_eq!((&line["text"], &line["position"]), (&json!("Do you have them in 43?"), &json!(1)));
    say(&mut agent, conversation, "Yes, the last pair.");
    let line = loop {
        let line = press.frame("line");
        if line["from"] == "alice" {
            break line;
        }
    };
    assert_eq!((&line["text"], &line["position"]), (&json!("Yes, the last pair."), &json!(2)));

    // Bob hangs up: end of input, after everything said was acknowledged.
    press.end().done();
    assert_eq!(agent.frame("ended")["reason"], "bye");
}

#[test]
fn s111_people_talk_in_plain_lines_too() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let mut agent = listen(&alice, &["--answer"]);
    let press = bob.run_with("ch-chat", &["open", &mail, "--text"], "Do you have them in 43?\n").done();
    assert!(press.stdout.contains("alice"), "{press:#?}");
    assert_eq!(agent.frame("line")["text"], "Do you have them in 43?");
    agent.close();
}

#[test]
fn s113_the_caller_learns_whether_the_other_computer_is_on_or_off() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);

    // On, nobody listening.
    alice.run("ch-register", &[]).done();
    let press = bob.start("ch-chat", &["open", &mail, "--json"]);
    assert_eq!(press.frame("presence")["state"], "on");
    press.terminate();
    press.end_with_open_input();

    // Off.
    alice.run("ch-register", &["--off"]).done();
    let press = bob.run("ch-chat", &["open", &mail, "--json"]).ends(1);
    let ended = press.records().into_iter().find(|frame| frame["type"] == "ended").unwrap();
    assert_eq!(ended["reason"], "off");
    let press = bob.run("ch-chat", &["open", &mail, "--text"]).ends(1);
    assert!(press.stdout.contains("off"), "{press:#?}");
}

#[test]
fn s115_on_but_silent_is_rung_again_until_somebody_answers() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let mut agent = listen(&alice, &[]);
    let press = bob.start("ch-chat", &["open", &mail, "--json", "--ring", "1", "--give-up", "60"]);
    let first = agent.frame("invite");
    let second = agent.frame("invite");
    assert_eq!(first["conversation"], second["conversation"]);
    agent.say_frame(&json!({"type": "answer", "call": second["call"]}));
    press.frame("answered");
}

#[test]
fn s115_on_without_an_agent_rings_the_moment_one_connects() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    alice.run("ch-register", &[]).done();
    let press = bob.start("ch-chat", &["open", &mail, "--json"]);
    assert_eq!(press.frame("presence")["state"], "on");
    let agent = listen(&alice, &["--answer"]);
    agent.frame("invite");
    press.frame("answered");
}

#[test]
fn s115_nobody_answers_and_the_caller_gives_up() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    let agent = listen(&alice, &[]);
    let press = bob.run("ch-chat", &["open", &mail, "--json", "--ring", "1", "--give-up", "1"]).ends(1);
    assert_eq!(press.records().last().unwrap()["reason"], "expired");
    agent.frame("invite");
    assert_eq!(agent.frame("notice")["reason"], "expired");
    assert_eq!(agent.frame("ended")["reason"], "expired");
}

/// What `ch-register` has to tell.
fn notices(person: &Person<'_>) -> Vec<Value> {
    let records = person.run("ch-register", &["--json"]).done().records();
    records.into_iter().filter(|record| record["type"] == "notice").collect()
}

#[test]
fn s117_off_the_person_is_told_of_the_attempt() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    alice.run("ch-register", &["--off"]).done();

    let ended = bob.run("ch-chat", &["open", &mail, "--json"]).ends(1).records();
    let ended = ended.iter().find(|frame| frame["type"] == "ended").unwrap();
    assert_eq!(ended["reason"], "off");

    let told = notices(&alice);
    assert_eq!(told.len(), 1, "{told:?}");
    let name = format!("{}:", ended["notice"].as_str().unwrap());
    assert!(told[0]["id"].as_str().unwrap().starts_with(&name), "{told:?}");
    assert_eq!(told[0]["reason"], "off");
    assert_eq!((&told[0]["from"], &told[0]["subject"]), (&json!("bob@example.org"), &json!("Boots")));
    // Told once: what was shown is gone.
    assert!(notices(&alice).is_empty());
}

#[test]
fn s117_the_notice_waits_over_a_restart_of_the_server() {
    let world = World::new();
    let mut server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    alice.run("ch-register", &["--off"]).done();
    bob.run("ch-chat", &["open", &mail]).ends(1);
    let port = server.port();
    server.running.kill();
    let _server = world.serve_on(port, &[]);
    assert_eq!(notices(&alice).len(), 1);
}

#[test]
fn s117_the_notice_comes_by_mail_with_a_button_into_the_same_conversation() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob, mail) = a_mail(&world, &server);
    confirm(&world, &alice);
    let before = world.mails("alice@example.org").len();
    alice.run("ch-register", &["--off"]).done();
    bob.run("ch-chat", &["open", &mail]).ends(1);

    let letter = world.mail_after("alice@example.org", before);
    let record = alice.run("ch-inspect", &[&letter.to_string_lossy()]).done().record();
    assert_ne!(record["chat"], json!(null), "a fresh button: {record}");
    assert!(header(&letter, "Reply-To").contains("bob@example.org"));
}

/// Gives the ticket of the confirmation mail back.
fn confirm(world: &World, person: &Person<'_>) {
    let letter = world.mail_after(&person.mail(), 0);
    person.run("ch-register", &["--confirm", &letter.to_string_lossy()]).done();
}

/// A field of a mail's header.
fn header(mail: &Path, name: &str) -> String {
    let mail = fs::read_to_string(mail).unwrap();
    let header = mail.replace("\r\n", "\n").split("\n\n").next().unwrap_or_default().to_owned();
    let found = header.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    found.unwrap_or_else(|| panic!("no {name} in\n{header}"))
}
