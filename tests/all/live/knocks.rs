//! Who may ring and who may only knock: borrowed mails, expired tickets, strangers.

use serde_json::{Value, json};

use super::Boots;
use crate::world::{
    World,
    peer::{Socket, secret},
};

#[test]
fn who_presses_first_owns_the_ticket_and_a_second_holder_knocks_and_sees_nothing() {
    let boots = Boots::new();
    let mut agent = boots.agent();
    let mut bob = boots.bob();
    bob.invite("c1");
    let ring = agent.wait("invite");
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    bob.wait("answered");
    bob.line(&ring["conversation"], "b1", "my secret");
    agent.wait("line");

    let mut eve = boots.server.open();
    eve.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": secret() }));
    let own = eve.wait("welcome")["conversation"].clone();
    assert_ne!(own, ring["conversation"]);
    for frame in ["history", "ack", "typing"] {
        eve.say(&json!({ "type": frame, "conversation": ring["conversation"], "state": true }));
    }
    eve.say(&json!({ "type": "line", "conversation": ring["conversation"], "id": "e0", "text": "psst" }));
    eve.invite("c1");
    let listed = agent.wait("invite");
    assert_eq!((&listed["knock"], &listed["conversation"]), (&json!("not_first"), &own));
    agent.say(&json!({ "type": "ringing", "call": listed["call"] }));
    assert_eq!(eve.wait("presence")["state"], "unknown");
    eve.line(&own, "e1", "let me in");
    let told = eve.all();
    assert!(
        told.iter().all(|f| !["line", "ringing", "answered"].contains(&f["type"].as_str().unwrap())),
        "{told:?}"
    );
    assert!(agent.all().iter().all(|f| f["type"] != "line"), "a knocker is not heard before an answer");
    agent.say(&json!({ "type": "answer", "call": listed["call"] }));
    eve.wait("answered");
    let line = agent.wait("line");
    assert_eq!((&line["text"], &line["conversation"]), (&json!("let me in"), &own));
}

/// What a caller is told until its call ends, without what is its own.
fn told(socket: &mut Socket, login: &str) -> Vec<Value> {
    socket.say(&json!({ "type": "invite", "call": "c1", "login": login, "give_up": 1 }));
    let mut all = Vec::new();
    loop {
        let mut frame = socket.next().expect("hung up");
        let ended = frame["type"] == "ended";
        if let Some(conversation) = frame.get_mut("conversation") {
            *conversation = json!("…");
        }
        if let Some(login) = frame.get_mut("login") {
            *login = json!("…");
        }
        all.push(frame);
        if ended {
            return all;
        }
    }
}

#[test]
fn a_stranger_is_told_the_same_whether_or_not_the_login_exists_is_on_or_looked() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, _carol) = (server.login("alice"), server.login("carol"));
    let mut agent = server.agent(&alice);
    let eve = server.login("eve");
    let mut socket = server.open();
    socket.say(&json!({ "type": "hello", "token": eve.token }));
    socket.wait("welcome");
    let nobody = told(&mut socket, "nobody");
    assert_eq!(nobody.len(), 2, "{nobody:?}");
    assert_eq!((&nobody[0]["state"], &nobody[1]["reason"]), (&json!("unknown"), &json!("expired")));
    assert_eq!(told(&mut socket, "carol"), nobody, "off");
    assert_eq!(told(&mut socket, "alice"), nobody, "online, and listed there");
    let listed = agent.wait("invite");
    assert_eq!((&listed["knock"], &listed["login"]), (&json!("stranger"), &json!("eve")));
    server.http("POST", "/v1/rules", Some(&alice.token), &json!({ "block": "eve" }).to_string());
    assert_eq!(told(&mut socket, "alice"), nobody, "blocked");
    assert!(agent.all().iter().all(|frame| frame["type"] != "invite"));
    let mut again = server.open();
    again.say(&json!({ "type": "hello", "token": eve.token }));
    assert_eq!(again.wait("welcome")["conversations"], json!([]), "nor does the list of conversations tell");
}

#[test]
fn the_same_knock_with_a_mail_after_it_ended_gets_its_end_and_leaves_no_second_notice() {
    let boots = Boots::new();
    boots.bob().invite("first");
    let knock = json!({ "type": "invite", "call": "c1", "give_up": 1 });
    let guest = secret();
    let mut eve = boots.server.guest(&boots.ticket, &guest);
    eve.say(&knock);
    let ended = eve.wait("ended");
    assert_eq!(ended["reason"], "expired");
    drop(eve);
    let mut eve = boots.server.guest(&boots.ticket, &guest);
    eve.say(&knock);
    let told = eve.next().unwrap();
    assert_eq!((&told["type"], &told["reason"]), (&json!("ended"), &json!("expired")), "at once");
    let notices = boots.refresh("{}")["notices"].clone();
    let of_eve: Vec<_> = notices.as_array().unwrap().iter().filter(|n| n["reason"] == "knock").collect();
    assert_eq!((of_eve.len(), &of_eve[0]["count"]), (1, &json!(1)), "{notices}");
}

#[test]
fn a_strangers_knock_after_it_ended_begins_anew_whether_or_not_the_login_exists() {
    let world = World::new();
    let server = world.serve(&[]);
    let (_alice, eve) = (server.login("alice"), server.login("eve"));
    let again = |login: &str| {
        let mut socket = server.open();
        socket.say(&json!({ "type": "hello", "token": eve.token }));
        socket.wait("welcome");
        told(&mut socket, login)
    };
    for login in ["nobody", "alice"] {
        let first = again(login);
        assert_eq!(again(login), first, "{login}");
        assert_eq!(first[0]["type"], "presence");
    }
}

#[test]
fn who_was_allowed_rings() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = (server.login("alice"), server.login("bob"));
    let rule = server.http("POST", "/v1/rules", Some(&alice.token), &json!({ "allow": "bob" }).to_string());
    assert_eq!(rule.status, 204, "{rule:?}");
    let mut agent = server.agent(&alice);
    let mut caller = server.open();
    caller.say(&json!({ "type": "hello", "token": bob.token }));
    caller.wait("welcome");
    caller.say(&json!({ "type": "invite", "call": "c1", "login": "alice" }));
    let ring = agent.wait("invite");
    assert_eq!((&ring["knock"], &ring["from"]), (&Value::Null, &json!("bob")));
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    caller.wait("answered");
    caller.line(&ring["conversation"], "b1", "hello");
    assert_eq!(agent.wait("line")["from"], "bob");
}

#[test]
fn showing_a_ticket_is_no_press_who_opened_a_mail_and_left_owns_nothing() {
    let boots = Boots::new();
    drop(boots.server.guest(&boots.ticket, &secret()));
    let (mut agent, mut bob) = (boots.agent(), boots.bob());
    bob.invite("c1");
    assert_eq!(agent.wait("invite")["knock"], Value::Null);
}

#[test]
fn who_is_blocked_is_not_heard_and_not_listed() {
    let boots = Boots::new();
    let rule = json!({ "block": boots.ticket });
    assert_eq!(
        boots.server.http("POST", "/v1/rules", Some(&boots.alice.token), &rule.to_string()).status,
        204
    );
    let (mut agent, mut bob) = (boots.agent(), boots.bob());
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "unknown");
    let mut again = boots.server.open();
    again.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": boots.guest }));
    let conversation = again.wait("welcome")["conversation"].clone();
    again.line(&conversation, "b1", "hey");
    let told = agent.all();
    assert!(
        told.iter().all(|frame| !["invite", "line", "notice"].contains(&frame["type"].as_str().unwrap()))
    );
    agent.say(&json!({ "type": "history", "conversation": conversation }));
    agent.wait("complete");
    assert!(agent.all().iter().all(|frame| frame["type"] != "line"));
    let mut fresh = boots.server.open();
    fresh.say(&json!({ "type": "hello", "token": boots.alice.token }));
    assert_eq!(fresh.wait("welcome")["conversations"], json!([]));
}

#[test]
fn a_stranger_with_two_connections_learns_no_more_than_with_one() {
    let world = World::new();
    let server = world.serve(&[]);
    let _alice = server.login("alice");
    let eve = server.login("eve");
    let mut both = [server.open(), server.open()];
    for socket in &mut both {
        socket.say(&json!({ "type": "hello", "token": eve.token }));
        socket.wait("welcome");
    }
    for login in ["alice", "nobody"] {
        both[0].say(&json!({ "type": "invite", "call": format!("one-{login}"), "login": login }));
        both[0].wait("presence");
        both[1].say(&json!({ "type": "invite", "call": format!("two-{login}"), "login": login }));
        let ended = both[1].wait("ended");
        assert_eq!(ended["reason"], "busy");
        both[1].say(&json!({ "type": "history", "conversation": ended["conversation"] }));
        assert_eq!(both[1].wait("error")["code"], "not_found", "{login}");
    }
}
