//! `--reply`: an answer by mail leads into the conversation that is there already, whoever presses it.

use super::*;
use crate::world::Running;

/// An agent that answers by itself.
fn listens(who: &Person<'_>) -> Running {
    let agent = who.start("ch-chat", &["listen", "--json", "--answer"]);
    agent.frame("welcome");
    agent
}

/// Presses a mail's button while the other side listens: the conversation in which they talk, the same on both sides.
#[track_caller]
fn talk(presses: &Person<'_>, mail: &Path, other: &Person<'_>) -> Value {
    let agent = listens(other);
    let chat = presses.start("ch-chat", &["open", mail.to_str().unwrap(), "--json"]);
    let (answered, rung) = (chat.frame("answered"), agent.frame("invite"));
    assert_eq!((&rung["login"], &rung["knock"]), (&json!(presses.name), &Value::Null));
    assert_eq!((&answered["peer"], &answered["conversation"]), (&json!(other.name), &rung["conversation"]));
    chat.end().done();
    agent.frame("ended");
    answered["conversation"].clone()
}

#[test]
fn answers_by_mail_between_two_registered_people_lead_into_the_same_conversation_from_both_sides() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    for who in [&alice, &bob] {
        who.register();
        let confirm = world.mail_after(&who.mail(), 0);
        who.run("ch-register", &["--confirm", confirm.to_str().unwrap()]).done();
    }
    let reply = |who: &Person<'_>, to: &Person<'_>, mail: &Path| {
        let before = world.mails(&to.mail()).len();
        who.run_with("ch-send", &["--reply", mail.to_str().unwrap()], "An answer.\n").done();
        world.mail_after(&to.mail(), before)
    };
    let first = alice.send(&bob.mail(), "Boots", "New boots are in.\n");
    let conversation = talk(&bob, &first, &alice);
    // Bob answers with the ticket of alice's mail; alice presses his.
    let second = reply(&bob, &alice, &first);
    assert_eq!(talk(&alice, &second, &bob), conversation);
    // Alice answers the answer; bob presses hers.
    let third = reply(&alice, &bob, &second);
    assert_eq!(talk(&bob, &third, &alice), conversation);
    let ids: std::collections::HashSet<_> =
        [first, second, third].iter().map(|mail| one(&text(mail), "CH-Ticket")).collect();
    assert_eq!(ids.len(), 3, "each with a ticket of its own");
}
