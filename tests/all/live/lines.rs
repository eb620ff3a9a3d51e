//! Lines: acknowledged means durable, every position once and in order, across drops and kills.

use serde_json::{Value, json};

use super::Boots;

#[test]
fn a_client_that_reconnects_says_where_it_was_and_gets_the_rest() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    for number in 1..=5 {
        bob.line(&conversation, &format!("b{number}"), &format!("line {number}"));
    }
    for position in 1..=3 {
        assert_eq!(agent.wait("line")["position"], position);
    }
    drop(agent);
    bob.line(&conversation, "b6", "while you were away");
    let mut agent = boots.server.open();
    agent.say(&json!({ "type": "hello", "token": boots.alice.token, "role": "agent",
        "resume": [{ "conversation": conversation, "received": 3 }] }));
    agent.wait("welcome");
    let lines: Vec<_> = agent.all().into_iter().filter(|frame| frame["type"] == "line").collect();
    let positions: Vec<_> = lines.iter().map(|line| line["position"].as_u64().unwrap()).collect();
    assert_eq!(positions, [4, 5, 6]);
    bob.line(&conversation, "b7", "and now");
    assert_eq!(agent.wait("line")["position"], 7);
}

#[test]
fn the_same_line_said_again_after_a_drop_has_the_same_position() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    assert_eq!(bob.line(&conversation, "b1", "once"), 1);
    drop(bob);
    let mut bob = boots.bob();
    assert_eq!(bob.line(&conversation, "b1", "once"), 1);
    assert_eq!(bob.line(&conversation, "b2", "twice"), 2);
    for text in ["once", "twice"] {
        assert_eq!(agent.wait("line")["text"], text);
    }
    assert!(agent.all().iter().all(|frame| frame["type"] != "line"));
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_the_call_goes_on() {
    let mut boots = Boots::new();
    let (agent, mut bob, conversation) = boots.talking();
    bob.line(&conversation, "b1", "before");
    boots.kill_and_restart();
    drop((agent, bob));
    let mut agent = boots.server.open();
    agent.say(&json!({ "type": "hello", "token": boots.alice.token, "role": "agent",
        "resume": [{ "conversation": conversation, "received": 0 }] }));
    assert_eq!(agent.wait("welcome")["conversations"][0]["last"], 1);
    assert_eq!(agent.wait("line")["text"], "before");
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("answered")["call"], "c1", "an answered call is not ended by a restart");
    assert_eq!(bob.line(&conversation, "b2", "after"), 2);
    assert_eq!(agent.wait("line")["text"], "after");
}

#[test]
fn a_ring_survives_a_restart_too() {
    let mut boots = Boots::new();
    let (mut agent, mut bob) = (boots.agent(), boots.bob());
    bob.invite("c1");
    let call = agent.wait("invite")["call"].clone();
    boots.kill_and_restart();
    let mut bob = boots.bob();
    bob.invite("c1");
    bob.all();
    let mut agent = boots.agent();
    assert_eq!(agent.wait("invite")["call"], call, "the same call rings again");
    agent.say(&json!({ "type": "answer", "call": call }));
    assert_eq!(bob.wait("answered")["call"], "c1");
}

#[test]
fn marks_and_typing_reach_the_other_side_and_marks_only_grow() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    bob.line(&conversation, "b1", "one");
    bob.line(&conversation, "b2", "two");
    agent.wait("line");
    agent.say(&json!({ "type": "ack", "conversation": conversation, "received": 2, "read": 1 }));
    let ack = bob.wait("ack");
    assert_eq!((&ack["received"], &ack["read"]), (&json!(2), &json!(1)));
    agent.say(&json!({ "type": "ack", "conversation": conversation, "received": 1, "read": 999 }));
    let ack = bob.wait("ack");
    assert_eq!(
        (&ack["received"], &ack["read"]),
        (&json!(2), &json!(2)),
        "never back, never past what was said"
    );
    agent.say(&json!({ "type": "typing", "conversation": conversation, "state": true }));
    assert_eq!(bob.wait("typing")["state"], true);
}

#[test]
fn what_was_there_for_a_client_before_its_frame_is_told_before_the_answer() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    for round in 0..200 {
        bob.say(&json!({ "type": "typing", "conversation": conversation, "state": round % 2 == 0 }));
        // Answered after the typing was handed on: from here on it waits for alice.
        bob.all();
        let told = agent.all();
        assert!(told.iter().any(|frame| frame["type"] == "typing"), "round {round}: {told:?}");
    }
}

#[test]
fn history_is_told_oldest_first_and_then_complete() {
    let boots = Boots::new();
    let (_agent, mut bob, conversation) = boots.talking();
    for number in 1..=6 {
        bob.line(&conversation, &format!("b{number}"), &number.to_string());
    }
    let mut ask = |frame: Value| {
        bob.say(&frame);
        bob.wait("complete");
        bob.all().iter().map(|line| line["position"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ask(json!({ "type": "history", "conversation": conversation, "limit": 2 })), [5, 6]);
    assert_eq!(ask(json!({ "type": "history", "conversation": conversation, "before": 3 })), [1, 2]);
}

#[test]
fn a_burst_from_both_sides_arrives_whole_and_in_order() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    let count = 1_000;
    for number in 0..count {
        for (side, name) in [(&mut agent, "a"), (&mut bob, "b")] {
            side.say(&json!({ "type": "line", "conversation": conversation,
                "id": format!("{name}{number}"), "text": format!("{name} {number}") }));
        }
    }
    for (side, mine, theirs) in [(&mut agent, "a", "b"), (&mut bob, "b", "a")] {
        let (mut acks, mut lines, mut last) = (0, 0, 0);
        while acks < count || lines < count {
            let frame = side.next().expect("hung up");
            let position = frame["position"].as_u64().unwrap_or(0);
            match frame["type"].as_str() {
                Some("ack") if frame["id"] == format!("{mine}{acks}") => acks += 1,
                Some("line") if frame["text"] == format!("{theirs} {lines}") => lines += 1,
                _ => panic!("after {acks} acks and {lines} lines: {frame}"),
            }
            assert!(position > last, "{position} after {last}");
            last = position;
        }
        assert_eq!(last, 2 * count);
    }
}

#[test]
fn a_line_whose_speaker_dropped_before_the_ack_still_reaches_the_other_side() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    let say = json!({ "type": "line", "conversation": conversation, "id": "b1", "text": "and gone" });
    bob.say(&say);
    drop(bob);
    let mut bob = boots.bob();
    bob.say(&say);
    assert_eq!(bob.wait("ack")["position"], 1);
    assert_eq!(agent.wait("line")["text"], "and gone");
    assert!(agent.all().iter().all(|frame| frame["type"] != "line"), "and only once");
}

#[test]
fn the_same_id_in_two_conversations_is_two_lines() {
    let boots = Boots::new();
    let (mut agent, _bob, first) = boots.talking();
    let ticket = boots.server.ticket(&boots.alice, "carol@example.org", "Hats");
    let mut carol = boots.server.guest(&ticket, &crate::world::peer::secret());
    carol.invite("c1");
    let second = agent.wait("invite")["conversation"].clone();
    for conversation in [&first, &second] {
        agent.say(&json!({ "type": "line", "conversation": conversation, "id": "1", "text": "hi" }));
    }
    let acked = [agent.wait("ack")["conversation"].clone(), agent.wait("ack")["conversation"].clone()];
    assert_eq!(acked, [first, second]);
}

#[test]
fn a_line_that_would_not_fit_into_a_frame_is_refused_and_the_connection_goes_on() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    let long = "\u{1}".repeat(10_600);
    bob.say(&json!({ "type": "line", "conversation": conversation, "id": "b1", "text": long }));
    let error = bob.wait("error");
    assert_eq!((&error["code"], &error["id"]), (&json!("too_large"), &json!("b1")));
    bob.line(&conversation, "b2", "short");
    assert_eq!(agent.wait("line")["text"], "short");
}
