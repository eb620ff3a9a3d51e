//! Calls (S109–S117): ring, answer, keep trying, on without an agent, off, notices, manners.

use serde_json::{Value, json};

use super::Boots;

#[test]
fn s109_an_invite_right_behind_hello_rings_and_welcome_comes_first() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.server.open();
    bob.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": boots.guest }));
    bob.invite("c1");
    assert_eq!(bob.next().unwrap()["type"], "welcome");
    assert_eq!(bob.wait("presence")["state"], "online");
    assert_eq!(agent.wait("invite")["from"], "bob@example.org");
    // Nobody rings behind a hello that is refused.
    let mut eve = boots.server.open();
    eve.say(&json!({ "type": "hello", "ticket": boots.ticket, "token": "x" }));
    eve.invite("c2");
    assert_eq!(eve.next().unwrap()["type"], "error");
    bob.say(&json!({ "type": "cancel", "call": "c1" }));
    agent.wait("ended");
    assert!(agent.all().iter().all(|frame| frame["type"] != "invite"), "it rang");
}

#[test]
fn s109_s111_a_press_rings_and_an_answer_opens_the_chat() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    bob.invite("c1");
    let presence = bob.wait("presence");
    assert_eq!((&presence["call"], &presence["state"]), (&json!("c1"), &json!("online")));
    let ring = agent.wait("invite");
    assert_eq!(ring["from"], "bob@example.org");
    assert_eq!(ring["subject"], "Boots");
    assert_eq!(ring["message_id"], "m@example.org");
    assert_eq!(
        (&ring["knock"], &ring["silent"], &ring["login"]),
        (&Value::Null, &json!(false), &Value::Null)
    );
    agent.say(&json!({ "type": "ringing", "call": ring["call"] }));
    assert_eq!(bob.wait("ringing")["call"], "c1");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    let (at_bob, at_alice) = (bob.wait("answered"), agent.wait("answered"));
    assert_eq!(
        (&at_bob["call"], &at_bob["peer"], &at_bob["path"]),
        (&json!("c1"), &json!("alice"), &json!("relay"))
    );
    assert_eq!((&at_alice["call"], &at_alice["peer"]), (&ring["call"], &json!("bob@example.org")));
    let conversation = at_bob["conversation"].clone();
    assert_eq!(bob.line(&conversation, "b1", "hello"), 1);
    let line = agent.wait("line");
    assert_eq!(
        (&line["position"], &line["from"], &line["text"]),
        (&json!(1), &json!("bob@example.org"), &json!("hello"))
    );
    assert_eq!(agent.line(&conversation, "a1", "hi"), 2);
    assert_eq!(bob.wait("line")["text"], "hi");
    bob.say(&json!({ "type": "bye", "conversation": conversation }));
    for (side, call) in [(&mut bob, json!("c1")), (&mut agent, ring["call"].clone())] {
        let ended = side.wait("ended");
        assert_eq!(
            (&ended["reason"], &ended["call"], &ended["notice"]),
            (&json!("bye"), &call, &Value::Null)
        );
    }
}

#[test]
fn s117_off_is_told_at_once_and_a_notice_waits_until_it_was_seen() {
    let boots = Boots::new();
    boots.refresh("{\"off\":true}");
    let mut bob = boots.bob();
    let conversation = {
        bob.invite("c1");
        assert_eq!(bob.wait("presence")["state"], "off");
        let ended = bob.wait("ended");
        assert_eq!(ended["reason"], "off");
        assert!(ended["notice"].is_string());
        ended["conversation"].clone()
    };
    bob.line(&conversation, "b1", "call me back");
    for _ in 0..2 {
        let refreshed = boots.refresh("{}");
        let notice = &refreshed["notices"][0];
        assert_eq!((&notice["reason"], &notice["from"]), (&json!("off"), &json!("bob@example.org")));
        assert_eq!((&notice["line"], &notice["count"]), (&json!("call me back"), &json!(1)));
    }
    let mut agent = boots.server.open();
    agent.say(&json!({ "type": "hello", "token": boots.alice.token, "role": "agent" }));
    let notice = agent.wait("welcome")["notices"][0]["id"].clone();
    agent.say(&json!({ "type": "seen", "notices": [notice] }));
    agent.all();
    let refreshed = boots.refresh("{}");
    assert_eq!(refreshed["notices"], json!([]));
}

#[test]
fn s115_on_without_an_agent_is_told_and_rings_the_moment_one_connects() {
    let boots = Boots::new();
    boots.server.http("PUT", "/v1/presence", Some(&boots.alice.token), "{}");
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "on");
    assert!(bob.all().iter().all(|frame| frame["type"] != "ringing" && frame["type"] != "ended"));
    let refreshed = boots.refresh("{}");
    assert_eq!(refreshed["notices"][0]["reason"], "on");
    assert_eq!(refreshed["calls"][0]["from"], "bob@example.org");
    let mut agent = boots.agent();
    let ring = agent.wait("invite");
    assert_eq!(bob.wait("presence")["state"], "online");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    bob.wait("answered");
    let refreshed = boots.refresh("{}");
    assert_eq!(refreshed["notices"], json!([]), "they talk: nothing was missed");
}

#[test]
fn s115_nobody_answers_the_same_call_rings_again_until_it_expires() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    bob.say(&json!({ "type": "invite", "call": "c1", "ring": 1, "give_up": 2 }));
    let first = agent.wait("invite");
    assert_eq!(agent.wait("invite")["call"], first["call"]);
    let ended = bob.wait("ended");
    assert_eq!(ended["reason"], "expired");
    assert!(ended["notice"].is_string());
    assert_eq!(agent.wait("ended")["reason"], "expired");
    assert_eq!(agent.wait("notice")["reason"], "expired");
}

#[test]
fn an_agent_that_says_goodbye_is_off_at_once_unless_another_is_there() {
    let boots = Boots::new();
    let (mut one, mut two) = (boots.agent(), boots.agent());
    one.say(&json!({ "type": "presence", "state": "off" }));
    one.all();
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "online");
    two.wait("invite");
    two.say(&json!({ "type": "presence", "state": "off" }));
    assert_eq!(bob.wait("ended")["reason"], "off");
}

#[test]
fn only_one_device_gets_the_call_and_the_others_are_told() {
    let boots = Boots::new();
    let (mut one, mut two) = (boots.agent(), boots.agent());
    let mut bob = boots.bob();
    bob.invite("c1");
    let call = one.wait("invite")["call"].clone();
    assert_eq!(two.wait("invite")["call"], call);
    two.say(&json!({ "type": "answer", "call": call }));
    two.wait("answered");
    assert_eq!(one.wait("ended")["reason"], "answered_elsewhere");
    one.say(&json!({ "type": "answer", "call": call }));
    assert_eq!(one.wait("ended")["reason"], "answered_elsewhere");
}

#[test]
fn declined_busy_and_away_as_the_manners_say() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.bob();

    agent.say(&json!({ "type": "presence", "state": "busy" }));
    agent.all();
    bob.invite("c1");
    let ended = bob.wait("ended");
    assert_eq!((&ended["reason"], ended["notice"].is_string()), (&json!("busy"), true));

    agent.say(&json!({ "type": "presence", "state": "away" }));
    agent.all();
    bob.say(&json!({ "type": "invite", "call": "c2", "ring": 1, "give_up": 1 }));
    let ring = agent.wait("invite");
    assert_eq!(ring["silent"], true);
    agent.say(&json!({ "type": "ringing", "call": ring["call"] }));
    assert_eq!(bob.wait("ended")["reason"], "expired");
    assert!(bob.all().iter().all(|frame| frame["type"] != "ringing"), "a silent invite never rings");

    agent.say(&json!({ "type": "presence", "state": "online" }));
    agent.all();
    bob.invite("c3");
    let ring = loop {
        let ring = agent.wait("invite");
        if ring["silent"] == false {
            break ring;
        }
    };
    agent.say(&json!({ "type": "decline", "call": ring["call"] }));
    let ended = bob.wait("ended");
    assert_eq!((&ended["reason"], &ended["notice"]), (&json!("declined"), &Value::Null));
    agent.all();
    bob.invite("c4");
    let ended = bob.wait("ended");
    assert_eq!(ended["reason"], "declined");
    assert!((500..=601).contains(&ended["retry"].as_u64().unwrap()), "{ended}");
    assert!(
        agent.all().iter().all(|frame| frame["type"] != "invite"),
        "the same boots.ticket cannot ring for 10 minutes"
    );
}

#[test]
fn a_ticket_has_three_unanswered_rings_a_day_and_then_leaves_notices() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    for call in ["c1", "c2", "c3"] {
        bob.say(&json!({ "type": "invite", "call": call, "ring": 1, "give_up": 1 }));
        agent.wait("invite");
        assert_eq!(bob.wait("ended")["reason"], "expired");
        agent.say(&json!({ "type": "presence", "state": "online" }));
    }
    agent.all();
    bob.invite("c4");
    let ended = bob.wait("ended");
    assert_eq!((&ended["reason"], ended["notice"].is_string()), (&json!("expired"), true));
    assert!(ended["retry"].as_u64().unwrap() > 80_000);
    assert!(agent.all().iter().all(|frame| frame["type"] != "invite"));
}

#[test]
fn one_open_call_per_pair_and_calls_that_cross_are_one() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let (mut bob, mut again) = (boots.bob(), boots.bob());
    bob.invite("c1");
    let ring = agent.wait("invite");
    again.invite("c2");
    let ended = again.wait("ended");
    assert_eq!((&ended["reason"], &ended["call"]), (&json!("busy"), &json!("c2")));
    agent.say(&json!({ "type": "invite", "call": "mine", "conversation": ring["conversation"] }));
    assert_eq!(bob.wait("answered")["call"], "c1");
    assert_eq!(agent.wait("answered")["call"], "mine");
}

#[test]
fn a_caller_whose_connection_drops_takes_the_call_up_again() {
    let boots = Boots::with(&["--times", "caller-keeps=1s"]);
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    bob.invite("c1");
    let ring = agent.wait("invite");
    drop(bob);
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "online");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    assert_eq!(bob.wait("answered")["call"], "c1");
    drop(bob);
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("answered")["conversation"], ring["conversation"], "a dropped socket ends no call");
    bob.say(&json!({ "type": "bye", "call": "c1" }));
    assert_eq!(agent.wait("ended")["reason"], "bye");
    bob.wait("ended");
    bob.invite("c2");
    agent.wait("invite");
    drop(bob);
    let ended = agent.wait("ended");
    assert_eq!(ended["reason"], "cancelled", "a caller that stays away gives up");
    assert_eq!(agent.wait("notice")["reason"], "cancelled");
}

#[test]
fn a_guest_is_called_back_while_their_page_is_open_and_told_by_mail_when_not() {
    let boots = Boots::with(&["--times", "notice-waits=0s"]);
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    bob.invite("c1");
    let ring = agent.wait("invite");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    bob.wait("answered");
    bob.say(&json!({ "type": "bye", "call": "c1" }));
    agent.wait("ended");
    let again = |call: &str| json!({ "type": "invite", "call": call, "conversation": ring["conversation"] });
    agent.say(&again("a1"));
    let back = bob.wait("invite");
    assert_eq!((&back["from"], &back["login"]), (&json!("alice"), &json!("alice")));
    drop(bob);
    assert_eq!(agent.wait("ended")["reason"], "off");
    let mail = std::fs::read_to_string(boots.world.mail_after("bob@example.org", 0)).unwrap();
    assert!(mail.contains("CH-Ticket: ") && mail.contains("alice"), "{mail}");
}

#[test]
fn an_agent_that_drops_before_it_hears_of_its_answer_answers_again() {
    let boots = Boots::new();
    let (mut agent, mut bob) = (boots.agent(), boots.bob());
    bob.invite("c1");
    let call = agent.wait("invite")["call"].clone();
    agent.say(&json!({ "type": "answer", "call": call }));
    bob.wait("answered");
    drop(agent);
    let mut agent = boots.agent();
    // The server learns of the drop by itself, before or after this; until then it is another device's call.
    let again = crate::world::until("the old connection to be gone", || {
        agent.say(&json!({ "type": "answer", "call": call }));
        agent.next().filter(|frame| frame["type"] == "answered")
    });
    assert_eq!(again["call"], call);
}

#[test]
fn hello_says_how_the_person_is_before_anybody_rings() {
    let boots = Boots::new();
    let mut agent = boots.server.open();
    agent.say(&json!({ "type": "hello", "token": boots.alice.token, "role": "agent", "presence": "busy" }));
    agent.wait("welcome");
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("ended")["reason"], "busy");
    assert!(agent.all().iter().all(|frame| frame["type"] != "invite"));
}

#[test]
fn a_refused_try_does_not_prolong_a_decline() {
    let boots = Boots::with(&["--times", "after-decline=2s"]);
    let (mut agent, mut bob) = (boots.agent(), boots.bob());
    bob.invite("c1");
    let call = agent.wait("invite")["call"].clone();
    agent.say(&json!({ "type": "decline", "call": call }));
    assert_eq!(bob.wait("ended")["reason"], "declined");
    let mut tries = 0;
    crate::world::until("the ten minutes, here two seconds, to be over", || {
        tries += 1;
        bob.invite(&format!("again{tries}"));
        std::thread::sleep(std::time::Duration::from_millis(150));
        agent.all().into_iter().find(|frame| frame["type"] == "invite")
    });
    assert!(tries < 25, "each try would have begun the time anew");
}

#[test]
fn a_call_that_waits_keeps_its_notice_over_a_restart_and_loses_it_by_an_answer() {
    let mut boots = Boots::new();
    boots.refresh("{}");
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "on");
    boots.kill_and_restart();
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "on");
    let mut agent = boots.agent();
    let ring = agent.wait("invite");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    bob.wait("answered");
    assert_eq!(boots.refresh("{}")["notices"], json!([]));
}
