//! Hostile clients of `/v1/live`: forged tickets, wrong tokens, nonsense, foreign pages.

use serde_json::json;

use super::Boots;
use crate::world::{Server, World, peer::secret};

fn refused(server: &Server, hello: &serde_json::Value) -> String {
    let mut socket = server.open();
    socket.say(hello);
    let code = socket.wait("error")["code"].as_str().unwrap().to_owned();
    assert!(socket.next().is_none(), "it hangs up");
    code
}

#[test]
fn wrong_tokens_and_forged_bit_flipped_and_misused_tickets_open_nothing() {
    let boots = Boots::new();
    assert_eq!(refused(&boots.server, &json!({ "type": "hello", "token": secret() })), "unauthorized");
    assert_eq!(refused(&boots.server, &json!({ "type": "hello", "ticket": boots.ticket })), "unauthorized");
    assert_eq!(refused(&boots.server, &json!({ "type": "hello", "guest": secret() })), "unauthorized");
    let agent = json!({ "type": "hello", "ticket": boots.ticket, "guest": secret(), "role": "agent" });
    assert_eq!(refused(&boots.server, &agent), "unauthorized");
    assert_eq!(refused(&boots.server, &json!({ "type": "invite", "call": "c1" })), "bad_request");
    let letters: Vec<char> = boots.ticket.chars().collect();
    for place in (0..letters.len()).step_by(5) {
        let mut forged = letters.clone();
        forged[place] = if forged[place] == 'A' { 'B' } else { 'A' };
        let forged: String = forged.into_iter().collect();
        let code = refused(&boots.server, &json!({ "type": "hello", "ticket": forged, "guest": secret() }));
        assert!(["bad_ticket", "bad_request"].contains(&code.as_str()), "{code} for a flip at {place}");
    }
    let port =
        boots.server.http("POST", "/v1/ports", Some(&boots.alice.token), "{}").json()["port"].to_string();
    assert_eq!(
        boots.server.http("DELETE", &format!("/v1/ports/{port}"), Some(&boots.alice.token), "").status,
        204
    );
    assert_eq!(
        refused(&boots.server, &json!({ "type": "hello", "ticket": boots.ticket, "guest": secret() })),
        "withdrawn"
    );
}

#[test]
fn nonsense_is_answered_and_too_much_of_it_ends_the_connection() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = server.login("alice");
    let mut agent = server.agent(&alice);
    agent.say(&json!({ "type": "a frame of the future", "x": 1 }));
    agent.say(&json!({ "type": "answer", "call": "no such call" , "extra": {} }));
    assert_eq!(agent.wait("error")["code"], "bad_request", "an id has no spaces");
    agent.say(&json!({ "type": "answer", "call": "nope" }));
    assert_eq!(agent.wait("error")["code"], "not_found");
    let deep = "[".repeat(30_000);
    for text in ["", "{", "null", "[]", "{\"type\":\"line\"}", "\u{0}", &deep] {
        assert!(agent.say_text(text));
        assert_eq!(agent.wait("error")["code"], "bad_request", "{:.20}", text);
    }
    for _ in 0..100 {
        agent.say_text("nonsense");
    }
    while agent.next().is_some() {}
    let mut agent = server.agent(&alice);
    agent.say_text(&format!("{{\"type\":\"line\",\"text\":\"{}\"}}", "x".repeat(70_000)));
    while agent.next().is_some() {}
    server.agent(&alice);
}

#[test]
fn a_foreign_page_gets_no_socket_and_ours_none_without_a_press() {
    let boots = Boots::new();
    assert!(boots.server.try_open(&[("origin", "https://evil.example")]).is_err());
    let mut page = boots.server.try_open(&[("origin", &boots.server.url)]).unwrap();
    page.say(&json!({ "type": "hello", "ticket": boots.ticket, "guest": boots.guest }));
    assert_eq!(page.wait("error")["code"], "forbidden");
    let pressed = boots.server.http(
        "POST",
        "/v1/press",
        None,
        &json!({ "ticket": boots.ticket, "guest": boots.guest }).to_string(),
    );
    assert_eq!(pressed.status, 200, "{pressed:?}");
    let mut page = boots.server.try_open(&[("origin", &boots.server.url)]).unwrap();
    page.say(&json!({ "type": "hello", "ticket": pressed.json()["live"], "guest": boots.guest }));
    page.wait("welcome");
    let mut agent = boots.agent();
    // Welcomed first, online a moment later.
    agent.all();
    page.invite("c1");
    agent.wait("invite");
}
