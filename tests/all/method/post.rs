//! The whole way with real mail servers between: out by SMTP, home over POP3, and a press.

use serde_json::json;

use crate::{
    fetch,
    world::{World, dovecot::Dovecot, postfix::Postfix},
};

#[test]
fn s107_a_mail_goes_through_postfix_and_its_button_is_pressed_after_pop3() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob"]);
    let dovecot = Dovecot::start(&world);
    let server = world.serve(&["--via", &postfix.url()]);
    let mut alice = world.person("alice", &server);
    alice.via = postfix.url();
    alice.register();
    let agent = alice.start("ch-chat", &["listen", "--json", "--answer"]);
    agent.frame("welcome");

    let sent = alice
        .run_with(
            "ch-send",
            &["--to", "bob@example.org", "--subject", "Boots", "--json"],
            "New boots are in.\n",
        )
        .done()
        .record();
    assert_eq!((&sent["status"], &sent["recipient"]), (&json!("accepted"), &json!("bob@example.org")));
    world.mail_after("bob@example.org", 0);

    // Bob has a mailbox, and no login.
    let bob = world.person("bob", &server);
    fetch::password(&bob.home());
    let url = dovecot.url("bob@example.org");
    let record = bob.run("ch-fetch", &[&url]).done();
    assert_eq!(record.record()["message_id"], sent["message_id"]);

    let mut press = bob.start("ch-chat", &["open", "-", "--json"]);
    press.say(record.stdout.trim_end());
    let answered = press.frame("answered");
    assert_eq!((&answered["peer"], &answered["path"]), (&json!("alice"), &json!("relay")));
    press.say_frame(&json!({"type": "line", "conversation": answered["conversation"], "text": "In 43?"}));
    assert_eq!(agent.frame("invite")["subject"], "Boots");
    let line = agent.frame("line");
    assert_eq!((&line["text"], &line["from"]), (&json!("In 43?"), &json!("bob@example.org")));
    press.end().done();
}
