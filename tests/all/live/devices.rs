//! Several devices of one login: the call is the one's that answered it.

use serde_json::{Value, json};

use super::Boots;
use crate::world::peer::{Login, Socket, secret};

impl Boots {
    /// Another device of alice's.
    #[track_caller]
    fn second_device(&self) -> Login {
        let code = self.server.http("POST", "/v1/codes", Some(&self.alice.token), "").json()["code"].clone();
        let token = secret();
        let body = json!({ "login": "alice", "token": token, "code": code, "device": "desk" });
        let answer = self.server.http("POST", "/v1/logins", None, &body.to_string());
        assert_eq!(answer.status, 201, "{answer:?}");
        Login { name: "alice".to_owned(), token }
    }

    /// An agent that was in the conversation before.
    #[track_caller]
    fn back(&self, device: &Login, conversation: &Value) -> Socket {
        let mut socket = self.server.open();
        socket.say(&json!({ "type": "hello", "token": device.token, "role": "agent",
            "resume": [{ "conversation": conversation, "received": 1 }] }));
        socket.wait("welcome");
        socket
    }
}

/// Everything up to the line with this id.
#[track_caller]
fn until_line(socket: &mut Socket, id: &str) -> Vec<Value> {
    let mut before = Vec::new();
    loop {
        let frame = socket.next().expect("hung up");
        if frame["type"] == "line" && frame["id"] == id {
            return before;
        }
        before.push(frame);
    }
}

fn kinds(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect()
}

/// Two devices of alice's, the first of which talks with bob; one line was said.
#[track_caller]
fn talking(boots: &Boots, second: &Login) -> (Socket, Socket, Socket, Value) {
    let (mut one, mut two, mut bob) = (boots.agent(), boots.server.agent(second), boots.bob());
    bob.invite("c1");
    let ring = one.wait("invite");
    two.wait("invite");
    one.say(&json!({ "type": "answer", "call": ring["call"] }));
    one.wait("answered");
    bob.wait("answered");
    assert_eq!(two.wait("ended")["reason"], "answered_elsewhere");
    let conversation = ring["conversation"].clone();
    bob.line(&conversation, "b1", "hello");
    (one, two, bob, conversation)
}

#[test]
fn after_a_restart_the_device_that_answered_gets_its_call_back_and_no_other_is_pulled_in() {
    let mut boots = Boots::new();
    let second = boots.second_device();
    let (one, two, bob, conversation) = talking(&boots, &second);
    boots.kill_and_restart();
    drop((one, two, bob));
    // The other one is quicker.
    let mut two = boots.back(&second, &conversation);
    two.all();
    let mut bob = boots.bob();
    bob.invite("c1");
    assert_eq!(bob.wait("answered")["call"], "c1");
    let mut one = boots.back(&boots.alice, &conversation);
    one.wait("answered");
    bob.line(&conversation, "b2", "still there?");
    assert_eq!(kinds(&until_line(&mut two, "b2")), [""; 0], "the line alone");
    // It hangs up nothing by going.
    drop(two);
    one.line(&conversation, "a1", "yes");
    until_line(&mut bob, "a1");
}

#[test]
fn while_the_device_that_answered_is_away_another_one_is_told_that_the_call_is_elsewhere() {
    let boots = Boots::new();
    let second = boots.second_device();
    let (one, mut two, mut bob, conversation) = talking(&boots, &second);
    let call = {
        drop(one);
        drop(two);
        two = boots.back(&second, &conversation);
        bob.line(&conversation, "b2", "still there?");
        assert!(!kinds(&until_line(&mut two, "b2")).contains(&"answered"));
        let again = boots.back(&boots.alice, &conversation).wait("answered");
        again["call"].clone()
    };
    two.say(&json!({ "type": "answer", "call": call }));
    assert_eq!(two.wait("ended")["reason"], "answered_elsewhere", "it answered too, a moment later");
    // Who means it takes the call over by calling, once nobody else is in it.
    let answered = crate::world::until("the first device to be gone", || {
        two.say(&json!({ "type": "invite", "call": "mine", "conversation": conversation }));
        let frame = std::iter::from_fn(|| two.next())
            .find(|frame| ["answered", "ended"].contains(&frame["type"].as_str().unwrap()))?;
        (frame["type"] == "answered").then_some(frame)
    });
    assert_eq!(answered["call"], "mine");
}
