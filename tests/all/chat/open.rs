//! `ch-chat open` and `call`: the outcome decides the exit status.

use rustix::process::Signal;
use serde_json::json;

use super::Scene;
use crate::world::until;

#[test]
fn s107_s109_s111_a_press_rings_is_answered_and_carries_lines_both_ways() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--answer", "--text"]);
    let mut bob = scene.open(&["--text"]);
    bob.line(|line| line == "alice answered");
    alice.line(|line| line.starts_with("[1] bob@example.org calls about \"Boots\""));
    alice.line(|line| line == "you talk with bob@example.org");
    bob.say("Do you have them in 43?");
    alice.line(|line| line == "bob@example.org: Do you have them in 43?");
    alice.say("Yes.");
    bob.line(|line| line == "alice: Yes.");
    bob.say("/bye");
    let bob = bob.end_with_open_input().done();
    assert_eq!(bob.stdout, "calling alice…\nalice answered\nalice: Yes.\nthe chat is over\n");
    assert_eq!(bob.stderr, "");
    alice.line(|line| line == "the chat with bob@example.org is over");
    alice.terminate();
    assert_eq!(alice.end_with_open_input().done().stderr, "");
}

#[test]
fn s117_off_is_told_at_once_and_what_was_said_is_left_with_the_notice() {
    let scene = Scene::new(&[]);
    scene.off();
    let said = scene.open(&["--text", "--leave", "call me\u{1b}[2J back"]).end().ends(1);
    assert_eq!(said.stdout, "alice is off; alice will be told\n");
    let notice = scene.person("alice").run("ch-register", &["--json"]).done();
    let notice = notice.records().into_iter().find(|record| record["type"] == "notice").unwrap();
    assert_eq!((&notice["reason"], &notice["from"]), (&json!("off"), &json!("bob@example.org")));
    assert_eq!(notice["line"], "call me\u{1b}[2J back");
}

#[test]
fn s115_on_and_nobody_listening_is_not_ringing_and_rings_when_somebody_listens() {
    let scene = Scene::new(&[]);
    let bob = scene.open(&["--text"]);
    bob.line(|line| line.starts_with("alice is on, nobody is listening"));
    let _alice = scene.listen(&["--answer", "--text"]);
    bob.line(|line| line == "alice answered");
    bob.end().done();
}

#[test]
fn until_on_waits_until_the_other_computer_is_on() {
    let scene = Scene::new(&[]);
    scene.off();
    let bob = scene.open(&["--text", "--until-on"]);
    bob.line(|line| line.starts_with("alice is off and will be told; waiting"));
    let _alice = scene.listen(&["--answer", "--text"]);
    bob.line(|line| line == "alice answered");
    bob.end().done();
}

#[test]
fn a_decline_busy_and_no_answer_are_a_clean_no() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--text"]);
    let bob = scene.open(&["--text"]);
    alice.line(|line| line.starts_with("[1]"));
    alice.say("/decline 1");
    let bob = bob.end().ends(1);
    assert!(bob.stdout.contains("alice declined"), "{bob:?}");
    let again = scene.open_to_the_end(&["--text"]).ends(1);
    assert!(again.stdout.contains("alice declined; the next call can ring in 10 minutes"), "{again:?}");
    alice.terminate();
    alice.end_with_open_input().done();

    let scene = Scene::new(&[]);
    let _alice = scene.listen(&["--text", "--busy"]);
    let busy = scene.open_to_the_end(&["--text"]).ends(1);
    assert_eq!(busy.stdout.lines().last(), Some("alice is busy; alice will be told"));

    let scene = Scene::new(&[]);
    let _alice = scene.listen(&["--text"]);
    let expired = scene.open_to_the_end(&["--text", "--ring", "1", "--give-up", "1"]).ends(1);
    assert_eq!(expired.stdout, "calling alice…\nno answer from alice; alice will be told\n");
}

#[test]
fn ctrl_c_gives_a_call_up_and_the_other_side_is_told() {
    let scene = Scene::new(&[]);
    let alice = scene.listen(&["--text"]);
    let bob = scene.open(&["--text"]);
    alice.line(|line| line.starts_with("[1]"));
    bob.signal(Signal::INT);
    let bob = bob.end_with_open_input().ends(1);
    assert!(bob.stdout.contains("cancelled"), "{bob:?}");
    alice.line(|line| line == "bob@example.org gave up");
}

#[test]
fn the_end_of_input_waits_for_the_outcome_and_hangs_up_only_what_was_answered() {
    let scene = Scene::new(&[]);
    let alice = scene.listen(&["--text", "--on-ring", "sleep 1"]);
    let mut bob = scene.open(&["--text"]);
    bob.say("one");
    bob.say("two");
    bob.close();
    bob.line(|line| line == "ringing…");
    let mut alice = alice;
    alice.say("/answer");
    bob.end_with_open_input().done();
    let said = until("both lines", || {
        let said = alice.stdout();
        said.contains("is over").then_some(said)
    });
    assert!(said.contains("bob@example.org: one\nbob@example.org: two\n"), "{said}");
}

#[test]
fn frames_go_in_and_out_and_what_is_no_frame_is_reported_and_ends_with_65() {
    let scene = Scene::new(&[]);
    let mut alice = scene.listen(&["--json"]);
    let mut bob = scene.open(&["--json"]);
    let welcome = bob.frame("welcome");
    assert_eq!(welcome["guest"], "bob@example.org");
    bob.say("hello?");
    let error: serde_json::Value = serde_json::from_str(&bob.stderr_line(|_| true)).unwrap();
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("bad_request")));
    let ring = alice.frame("invite");
    alice.say_frame(&json!({ "type": "ringing" }));
    assert_eq!(bob.frame("ringing")["type"], "ringing");
    alice.say_frame(&json!({ "type": "answer", "call": ring["call"] }));
    let answered = bob.frame("answered");
    assert_eq!((&answered["path"], &answered["peer"]), (&json!("relay"), &json!("alice")));
    assert_eq!(answered["conversation"], welcome["conversation"]);
    bob.say_frame(&json!({ "type": "line", "id": "b1", "text": "hello" }));
    let ack = bob.frame("ack");
    assert_eq!((&ack["id"], &ack["position"]), (&json!("b1"), &json!(1)));
    assert_eq!(alice.frame("line")["text"], "hello");
    alice.say_frame(&json!({ "type": "line", "conversation": ring["conversation"], "text": "hi" }));
    assert_eq!(bob.frame("line")["text"], "hi");
    alice.say_frame(&json!({ "type": "typing", "state": true }));
    assert_eq!(bob.frame("typing")["state"], true);
    bob.say_frame(&json!({ "type": "bye" }));
    assert_eq!(bob.frame("ended")["reason"], "bye");
    assert_eq!(alice.frame("ended")["reason"], "bye");
    bob.end_with_open_input().ends(65);
}

#[test]
fn a_cancel_frame_needs_no_call() {
    let scene = Scene::new(&[]);
    let _alice = scene.listen(&["--json"]);
    let mut bob = scene.open(&["--json"]);
    assert_eq!(bob.frame("presence")["state"], "online");
    bob.say("{\"type\":\"cancel\"}");
    assert_eq!(bob.frame("ended")["reason"], "cancelled");
    bob.end_with_open_input().ends(1);
}

#[test]
fn a_login_calls_a_login_that_allowed_it_and_only_knocks_at_others() {
    let scene = Scene::new(&[]);
    let (alice, carol) = (scene.person("alice"), scene.person("carol"));
    carol.register();
    let mut agent = scene.listen(&["--text"]);
    let knock = carol.start("ch-chat", &["call", "alice", "--text", "--give-up", "2"]);
    agent.line(|line| line == "[1] carol knocks: a stranger; /answer 1 talks");
    knock.end().ends(1);
    alice.run("ch-chat", &["allow", "carol"]).done();
    let call = carol.start("ch-chat", &["call", "alice", "--text"]);
    agent.line(|line| line.contains("carol calls"));
    agent.say("/answer");
    call.line(|line| line == "alice answered");
    call.end().done();
    alice.run("ch-chat", &["allow", "carol", "--remove"]).done();
    // Blocked: not even listed, and the caller sees no difference.
    alice.run("ch-chat", &["block", "carol"]).done();
    let blocked = carol.run("ch-chat", &["call", "alice", "--text", "--give-up", "1"]).ends(1);
    assert!(blocked.stdout.starts_with("calling alice…\n"), "{blocked:?}");
    assert!(!agent.stdout().contains("[3]"), "{}", agent.stdout());
    // Nobody of that name looks the same.
    let nobody = carol.run("ch-chat", &["call", "nobody", "--text", "--give-up", "1"]).ends(1);
    assert_eq!(nobody.stdout.replace("nobody", "alice"), blocked.stdout);
    // Nor do words get anywhere, which is said once.
    for name in ["alice", "nobody"] {
        let call = ["call", name, "--text", "--give-up", "1", "--leave", "one"];
        let words = carol.run_with("ch-chat", &call, "two\n").ends(1);
        assert_eq!(words.stderr.lines().count(), 1, "{words:?}");
        assert!(words.stderr.starts_with("ch-chat: nothing was left: "), "{words:?}");
    }
}
