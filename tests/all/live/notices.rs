//! Notices (S117): shown until they were seen, and never seen before they were shown.

use std::fs;

use serde_json::json;

use super::Boots;

impl Boots {
    /// Alice's address is confirmed and she is off.
    #[track_caller]
    fn confirmed_and_off(self) -> Self {
        let mail = fs::read_to_string(self.world.mail_after("alice@example.org", 0)).unwrap();
        let ticket = mail.split_once("/confirm?t=").unwrap().1.split_whitespace().next().unwrap();
        let confirmed =
            self.server.http("POST", "/v1/confirm", None, &json!({ "ticket": ticket }).to_string());
        assert!(confirmed.status < 300, "{confirmed:?}");
        self.refresh("{\"off\":true}");
        self
    }

    #[track_caller]
    fn notice(&self) -> String {
        fs::read_to_string(self.world.mail_after("alice@example.org", 1)).unwrap()
    }
}

#[test]
fn s117_the_line_a_caller_leaves_goes_with_the_mail_which_goes_when_the_caller_is_gone() {
    let boots = Boots::new().confirmed_and_off();
    let mut bob = boots.bob();
    bob.invite("c1");
    let conversation = bob.wait("ended")["conversation"].clone();
    bob.line(&conversation, "b1", "Do you have them in 43?");
    assert_eq!(boots.world.mails("alice@example.org").len(), 1, "the mail waits for what is left");
    drop(bob);
    let notice = boots.notice();
    assert!(notice.contains("> Do you have them in 43?"), "{notice}");
}

#[test]
fn s117_the_mail_of_a_notice_does_not_wait_for_ever_nor_forget_itself_in_a_crash() {
    let mut boots = Boots::with(&["--times", "notice-waits=2s"]).confirmed_and_off();
    let mut bob = boots.bob();
    bob.invite("c1");
    bob.wait("ended");
    boots.kill_and_restart();
    // Bob is connected again, and stays.
    let _bob = boots.bob();
    assert!(boots.notice().contains("bob@example.org called you"));
}

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
