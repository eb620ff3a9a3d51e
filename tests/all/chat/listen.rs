//! `ch-chat listen`: rung, alarmed, told; and it ends politely.

use std::{fs, process::Stdio, time::Duration};

use serde_json::{Value, json};

use super::Scene;
use crate::{
    exit::{closed, full},
    world::until,
};

/// What the server says of alice.
fn presence(scene: &Scene) -> Value {
    let alice = scene.person("alice");
    let port = alice.run("ch-port", &["--text"]).done().stdout;
    alice.run("ch-port", &["resolve", port.trim_end(), "--json"]).done().record()["state"].clone()
}

#[test]
fn s109_the_alarm_knows_who_calls_is_told_as_ringing_and_ends_with_the_answer() {
    let scene = Scene::new(&[]);
    let out = scene.world.path("alarm");
    let alarm = format!(
        "printf '%s|%s|%s\\n' \"$CH_FROM\" \"$CH_SUBJECT\" \"$CH_CALL\" >> {0}; trap 'echo quiet >> {0}; exit' TERM; \
         sleep 60 & wait",
        out.display()
    );
    let mut alice = scene.listen(&["--text", "--on-ring", &alarm]);
    let bob = scene.open(&["--text"]);
    bob.line(|line| line == "ringing…");
    alice.say("/answer 1");
    bob.line(|line| line == "alice answered");
    let alarmed =
        until("the alarm's end", || fs::read_to_string(&out).ok().filter(|text| text.ends_with("quiet\n")));
    assert!(alarmed.starts_with("bob@example.org|Boots|"), "{alarmed}");
    assert_eq!(alarmed.lines().count(), 2, "{alarmed}");
}

#[test]
fn without_an_alarm_nothing_is_said_to_ring() {
    let scene = Scene::new(&[]);
    let alice = scene.listen(&["--text"]);
    let bob = scene.open_to_the_end(&["--json", "--ring", "1", "--give-up", "1"]).ends(1);
    alice.line(|line| line.starts_with("[1]"));
    assert!(bob.records().iter().all(|frame| frame["type"] != "ringing"), "{bob:?}");
}

#[test]
fn an_agent_says_when_it_comes_and_goes() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--text"]);
    assert_eq!(presence(&scene), "online");
    alice.close();
    assert_eq!(presence(&scene), "online", "the end of input is not the end");
    alice.terminate();
    alice.end_with_open_input().done();
    assert_eq!(presence(&scene), "off");
    for (flag, state) in [("--busy", "busy"), ("--away", "away")] {
        let mut alice = scene.listen(&["--text", flag]);
        until(state, || (presence(&scene) == state).then_some(()));
        alice.say("/quit");
        alice.end_with_open_input().done();
    }
}

#[test]
fn quiet_hours_are_kept() {
    let scene = Scene::new(&[]);
    let config = scene.person("alice").home().join("config.toml");
    fs::write(&config, "quiet_hours = \"00:00-24:00\"\n").unwrap_or_else(|error| panic!("{error}"));
    let alice = scene.listen(&["--text", "--on-ring", "touch rung"]);
    until("away", || (presence(&scene) == "away").then_some(()));
    let bob = scene.open(&["--text", "--give-up", "2"]);
    alice.line(|line| line.starts_with("[1] bob@example.org calls about \"Boots\" while you are away"));
    bob.end().ends(1);
    assert!(!scene.world.path("rung").exists());
    fs::write(&config, "quiet_hours = \"late\"\n").unwrap();
    scene.person("alice").run("ch-chat", &["listen"]).ends(78);
}

#[test]
fn a_second_holder_of_the_mail_knocks_and_hears_nothing_of_the_first() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--text", "--on-ring", "echo"]);
    let mut bob = scene.open(&["--text"]);
    bob.say("my size is 43");
    bob.line(|line| line == "ringing…");
    alice.say("/answer");
    alice.line(|line| line == "you talk with bob@example.org");
    bob.line(|line| line == "alice answered");
    bob.say("/bye");
    bob.end_with_open_input().done();
    let eve = ["open", "--text", "--give-up", "2", scene.mail.to_str().unwrap()];
    let eve = scene.person("eve").start("ch-chat", &eve);
    alice.line(|line| line.contains("knocks") && line.contains("not the first to use this mail"));
    let eve = eve.end().ends(1);
    assert!(!eve.stdout.contains("43") && !eve.stdout.contains("ringing"), "{eve:?}");
}

#[test]
fn s117_a_notice_is_seen_when_it_was_written_and_not_before() {
    let scene = Scene::new(&[]);
    scene.off();
    scene.open_to_the_end(&["--text"]).ends(1);
    // A full disk shows nobody anything.
    let mut listen = scene.person("alice").command("ch-chat", &["listen", "--text"]);
    let output = listen.stdin(Stdio::null()).stdout(full()).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(74), "{output:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("ch-chat: write to standard output: ") && stderr.lines().count() == 1,
        "{stderr}"
    );

    let alice = scene.listen(&["--text"]);
    alice.line(|line| line.contains("bob@example.org called about \"Boots\" while you were off"));
    alice.terminate();
    alice.end_with_open_input().done();
    let again = scene.listen(&["--json"]);
    std::thread::sleep(Duration::from_millis(200));
    again.terminate();
    let again = again.end_with_open_input().done();
    assert!(again.records().iter().all(|record| record["type"] != "notice"), "{again:?}");
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    let scene = Scene::new(&[]);
    for args in [&["listen", "--text"][..], &["listen", "--json"]] {
        let mut listen = scene.person("alice").command("ch-chat", args);
        let output = listen.stdin(Stdio::null()).stdout(closed()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{output:?}");
    }
    assert_eq!(presence(&scene), "off", "and it said goodbye");
}

#[test]
fn another_device_hears_that_the_call_was_answered_elsewhere() {
    let scene = Scene::new(&[]);
    let first = scene.listen(&["--text"]);
    let mut second = scene.listen(&["--text"]);
    let bob = scene.open(&["--text"]);
    first.line(|line| line.starts_with("[1]"));
    second.line(|line| line.starts_with("[1]"));
    second.say("/answer");
    first.line(|line| line == "bob@example.org: answered on another device");
    second.line(|line| line == "you talk with bob@example.org");
    bob.end().done();
}

#[test]
fn lines_left_while_nobody_listened_are_shown_once() {
    let scene = Scene::new(&[]);
    scene.off();
    scene.open(&["--text", "--leave", "one"]).end().ends(1);
    scene.open(&["--text", "--leave", "two"]).end().ends(1);
    let alice = scene.listen(&["--json"]);
    assert_eq!(alice.frame("line")["text"], "one");
    let line = alice.frame("line");
    assert_eq!((&line["text"], &line["position"]), (&json!("two"), &json!(2)));
    // Received is remembered here and told there, before the agent ends.
    std::thread::sleep(Duration::from_millis(200));
    alice.terminate();
    alice.end_with_open_input().done();
    let again = scene.listen(&["--json"]);
    std::thread::sleep(Duration::from_millis(200));
    again.terminate();
    let again = again.end_with_open_input().done();
    assert!(again.records().iter().all(|record| record["type"] != "line"), "{again:?}");
}

#[test]
fn a_program_in_the_background_uses_up_neither_notices_nor_lines() {
    let scene = Scene::new(&[]);
    scene.off();
    scene.open(&["--text", "--leave", "are you there?"]).end().ends(1);
    let daemon = scene.listen(&["--json", "-q"]);
    assert_eq!(daemon.frame("line")["text"], "are you there?");
    std::thread::sleep(Duration::from_millis(200));
    let alice = scene.listen(&["--text"]);
    alice.line(|line| line.contains("called about \"Boots\" while you were off: are you there?"));
    alice.line(|line| line == "bob@example.org: are you there?");
    assert!(!daemon.stdout().contains("\"notice\""));
}
