//! A guest whose page is gone is told of the answer (S117).

use serde_json::json;

use super::Boots;

#[test]
fn s117_a_line_to_a_guest_who_is_gone_waits_as_a_notice_until_it_is_seen() {
    let boots = Boots::new();
    let (mut agent, bob, conversation) = boots.talking();
    drop(bob);
    agent.line(&conversation, "a1", "Yes, in 43.");
    let mut bob = boots.server.open();
    bob.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": boots.guest }));
    let notices = bob.wait("welcome")["notices"].clone();
    assert_eq!(
        (&notices[0]["reason"], &notices[0]["line"]),
        (&json!("line"), &json!("Yes, in 43.")),
        "{notices}"
    );
    bob.say(&json!({ "type": "seen", "notices": [notices[0]["id"]] }));
    bob.all();
    agent.line(&conversation, "a2", "While you are here.");
    drop(bob);
    let mut bob = boots.server.open();
    bob.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": boots.guest }));
    assert_eq!(bob.wait("welcome")["notices"], json!([]));
}

#[test]
fn s117_the_answer_goes_by_mail_to_who_stays_away_and_to_nobody_else() {
    let boots = Boots::with(&["--times", "caller-keeps=1s"]);
    let (mut agent, bob, conversation) = boots.talking();
    drop(bob);
    agent.line(&conversation, "a1", "Yes, in 43.");
    let letter = std::fs::read_to_string(boots.world.mail_after("bob@example.org", 0)).unwrap();
    assert!(letter.contains("> Yes, in 43.") && letter.contains("CH-Ticket:"), "{letter}");
}

#[test]
fn history_tells_how_far_the_other_side_is() {
    let boots = Boots::new();
    let (mut agent, mut bob, conversation) = boots.talking();
    bob.line(&conversation, "b1", "one");
    bob.line(&conversation, "b2", "two");
    agent.say(&json!({ "type": "ack", "conversation": conversation, "received": 2, "read": 1 }));
    bob.wait("ack");
    bob.say(&json!({ "type": "history", "conversation": conversation }));
    let frames = bob.all();
    let [.., ack, complete] = &frames[..] else { panic!("{frames:?}") };
    assert_eq!(
        (&ack["received"], &ack["read"], &complete["type"]),
        (&json!(2), &json!(1), &json!("complete"))
    );
}
