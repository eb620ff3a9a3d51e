//! Nothing said is lost or doubled, whatever goes down in between.

use std::{collections::BTreeSet, io::Write, thread, time::Duration};

use serde_json::{Value, json};

use super::Scene;
use crate::world::until;

fn of_type<'a>(records: &'a [Value], kind: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["type"] == kind).collect()
}

fn frames(text: &str) -> Vec<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn a_chat_goes_on_over_a_server_that_is_killed() {
    let mut scene = Scene::new(&[]);
    let port = scene.server.port();
    let mut alice = scene.listen(&["--json", "--answer"]);
    let mut bob = scene.open(&["--json"]);
    bob.frame("answered");
    for round in 0..5 {
        bob.say_frame(&json!({ "type": "line", "id": format!("b{round}-before"), "text": "x" }));
        scene.server.running.kill();
        bob.say_frame(&json!({ "type": "line", "id": format!("b{round}-while"), "text": "x" }));
        alice.say_frame(&json!({ "type": "line", "id": format!("a{round}-while"), "text": "x" }));
        scene.server = scene.world.serve_on(port, &[]);
        let id = format!("b{round}-while");
        alice.line(|line| line.contains(&format!("\"id\":\"{id}\"")) && line.contains("\"type\":\"line\""));
        let id = format!("a{round}-while");
        bob.line(|line| line.contains(&format!("\"id\":\"{id}\"")) && line.contains("\"type\":\"line\""));
    }
    bob.say_frame(&json!({ "type": "bye" }));
    let bob = bob.end_with_open_input().done();
    alice.frame("ended");
    alice.terminate();
    let (alice, bob) = (alice.end_with_open_input().done().records(), bob.records());
    let ids = |records: &[Value], kind: &str| -> Vec<String> {
        let own = of_type(records, kind).into_iter().filter(|record| record["id"].is_string());
        own.map(|record| record["id"].as_str().unwrap().to_owned()).collect()
    };
    let from_bob: Vec<_> =
        (0..5).flat_map(|round| [format!("b{round}-before"), format!("b{round}-while")]).collect();
    let from_alice: Vec<_> = (0..5).map(|round| format!("a{round}-while")).collect();
    assert_eq!(ids(&alice, "line"), from_bob);
    assert_eq!(ids(&bob, "line"), from_alice);
    let acked = ids(&bob, "ack");
    assert_eq!(acked.len(), from_bob.len(), "{acked:?}");
    assert_eq!(acked.into_iter().collect::<BTreeSet<_>>(), from_bob.into_iter().collect());
}

#[test]
fn an_agent_that_speaks_records_says_on_standard_error_that_it_has_no_connection() {
    let mut scene = Scene::new(&[]);
    let alice = scene.listen(&["--json"]);
    scene.server.running.kill();
    let line = alice.stderr_line(|line| line.contains("trying again"));
    let error: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("unavailable")), "{line}");
}

#[test]
fn an_agent_that_is_killed_comes_back_to_where_it_was() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--json", "--answer"]);
    let mut bob = scene.open(&["--json"]);
    bob.frame("answered");
    let mut heard = Vec::new();
    for round in 0..5 {
        bob.say_frame(&json!({ "type": "line", "id": format!("{round}-before"), "text": "x" }));
        bob.frame("ack");
        alice.line(|line| line.contains(&format!("\"id\":\"{round}-before\"")));
        // It was shown; a moment later that is remembered.
        thread::sleep(Duration::from_millis(100));
        alice.kill();
        heard.extend(frames(&alice.stdout()));
        bob.say_frame(&json!({ "type": "line", "id": format!("{round}-while"), "text": "x" }));
        bob.frame("ack");
        alice = scene.listen(&["--json", "--answer"]);
        alice.line(|line| line.contains(&format!("\"id\":\"{round}-while\"")));
    }
    heard.extend(frames(&alice.stdout()));
    let positions: Vec<_> =
        of_type(&heard, "line").into_iter().map(|line| line["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_stream_of_lines_waits_for_the_server_and_arrives_whole_and_in_order() {
    const LINES: usize = 3000;
    let mut scene = Scene::new(&[]);
    let port = scene.server.port();
    let mut bob = scene.open(&["--json", "--until-on"]);
    bob.frame("welcome");
    let mut input = bob.stdin.take().unwrap();
    let writer = thread::spawn(move || {
        for n in 0..LINES {
            writeln!(input, "{{\"type\":\"line\",\"id\":\"n{n}\",\"text\":\"{}\"}}", "x".repeat(200))
                .unwrap();
        }
        input
    });
    until("some lines", || bob.stdout().contains("\"id\":\"n50\"").then_some(()));
    scene.server.running.kill();
    thread::sleep(Duration::from_millis(300));
    assert!(!writer.is_finished(), "the input is not read without end while there is no server");
    scene.server = scene.world.serve_on(port, &[]);
    let input = writer.join().unwrap();
    let last = format!("\"id\":\"n{}\"", LINES - 1);
    bob.line(|line| line.contains(&last));
    let acked = of_type(&frames(&bob.stdout()), "ack").len();
    assert_eq!(acked, LINES);
    let alice = scene.listen(&["--json"]);
    alice.line(|line| line.contains(&last) && line.contains("\"type\":\"line\""));
    let heard = frames(&alice.stdout());
    let ids: Vec<_> = of_type(&heard, "line").into_iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, (0..LINES).map(|n| json!(format!("n{n}"))).collect::<Vec<_>>());
    drop(input);
}

#[test]
fn a_guest_finds_the_conversation_again_and_not_what_it_has_heard() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--text", "--answer"]);
    let mut bob = scene.open(&["--text"]);
    bob.line(|line| line == "alice answered");
    alice.say("one");
    bob.line(|line| line == "alice: one");
    bob.say("/bye");
    bob.end_with_open_input().done();
    alice.line(|line| line.ends_with("is over"));
    alice.say("two, later");
    alice.line(|line| line.contains("finds this line later"));
    let again = scene.open(&["--text"]);
    again.line(|line| line == "alice: two, later");
    again.line(|line| line == "alice answered");
    let again = again.end().done();
    assert!(!again.stdout.contains("alice: one"), "{again:?}");
}

#[test]
fn a_call_that_rings_survives_a_server_that_is_killed() {
    let mut scene = Scene::new(&[]);
    let port = scene.server.port();
    let mut alice = scene.listen(&["--json"]);
    let bob = scene.open(&["--json"]);
    let ring = alice.frame("invite");
    scene.server.running.kill();
    scene.server = scene.world.serve_on(port, &[]);
    let again = alice.frame("invite");
    assert_eq!(again["call"], ring["call"], "the same call");
    alice.say_frame(&json!({ "type": "answer" }));
    bob.frame("answered");
    bob.end().done();
    assert_eq!(alice.frame("ended")["reason"], "bye");
}
