//! Notices (S117): shown until they were seen, and never seen before they were shown.

use serde_json::json;

use super::Boots;

#[test]
fn an_attempt_or_a_line_between_showing_a_notice_and_saying_so_is_told_next() {
    let boots = Boots::new();
    boots.refresh("{\"off\":true}");
    let mut bob = boots.bob();
    let mut missed = |call: &str| {
        bob.invite(call);
        assert_eq!(bob.wait("ended")["reason"], "off");
    };
    missed("c1");
    let first = boots.refresh("{}")["notices"][0].clone();
    boots.refresh("{\"off\":true}");
    missed("c2");
    let seen = |notice: &serde_json::Value| {
        boots.refresh(&json!({ "seen": [notice["id"]] }).to_string())["notices"].clone()
    };
    let second = seen(&first)[0].clone();
    assert_eq!((&second["count"], second["id"] == first["id"]), (&json!(2), false));
    let mut bob = boots.bob();
    bob.line(&second["conversation"], "b1", "call me back");

    // The same over the socket.
    let mut agent = boots.server.open();
    agent.say(&json!({ "type": "hello", "token": boots.alice.token, "role": "agent" }));
    let third = agent.wait("welcome")["notices"][0].clone();
    assert_eq!(third["line"], "call me back");
    bob.line(&second["conversation"], "b2", "at once");
    agent.say(&json!({ "type": "seen", "notices": [third["id"]] }));
    agent.all();
    let last = boots.refresh("{}")["notices"][0].clone();
    assert_eq!(last["line"], "at once");
    assert_eq!(seen(&last), json!([]));
}
