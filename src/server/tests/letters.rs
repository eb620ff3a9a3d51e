//! S117 by mail: the notice with a fresh chat button.

use super::*;
use crate::{
    call::{Party, Side},
    mail::button,
    server::letters,
    store::{Body, NewNotice, Say},
    wire::{
        ConversationId,
        ask::{Looked, Pressed},
        record::Missed,
    },
};

impl House {
    /// Leaves a notice for one side of a conversation, and has it mailed.
    async fn missed(&self, conversation: &ConversationId, to: Side) {
        let now = Time::now();
        let notice = NewNotice { conversation: conversation.clone(), to, reason: Missed::Off, at: now };
        let notice = self.store.leave_notice(notice).await.unwrap();
        let shared = self.shared();
        letters::owe_notice(&shared, notice, now).await.unwrap();
        // This shared state is not the running server's: do once what its outbox does.
        letters::outbox::once(&shared).await;
    }
}

/// The fields of a mail, as the button is looked for.
fn fields(mail: &str) -> Vec<(&str, &str)> {
    mail.split("\n\n").next().unwrap().lines().filter_map(|line| line.split_once(": ")).collect()
}

#[tokio::test]
async fn a_notice_carries_a_button_into_the_same_conversation() {
    let house = House::new().await;
    let (alice, _bob) = (house.known("alice").await, house.known("bob").await);
    let to_bob = "{\"to\":[\"bob@example.org\"],\"subject\":\"Boots\",\"message_id\":\"m1@example.org\"}";
    let ticket = house.mint(&alice, to_bob).await.remove(0);
    let claims = ticket.claims();
    let now = Time::now();
    let pressed = house.store.press(claims.mail, 0, Party::Login(login("bob")), now).await.unwrap();
    let conversation = pressed.conversation.id;
    let say = Say {
        conversation: conversation.clone(),
        side: Side::Peer,
        by: None,
        id: "1".parse().unwrap(),
        body: Body::Text("are they\u{202e} warm?".to_owned()),
        at: now,
    };
    house.store.say(say).await.unwrap();
    house.missed(&conversation, Side::Owner).await;

    let mail = house.mail("alice@example.org", 1).await;
    let (button, problems) = button::find(fields(&mail));
    let button = button.unwrap_or_else(|| panic!("{problems:?} in {mail}"));
    assert_eq!((button.login, button.port), (login("alice"), claims.port));
    let row = house.store.mail(button.ticket.claims().mail).await.unwrap().unwrap();
    assert_eq!((row.owner, row.into), (None, Some(conversation.clone())));
    for text in [
        "\nReply-To: bob@example.org\n",
        "\nIn-Reply-To: <m1@example.org>\n",
        "\nAuto-Submitted: auto-generated\n",
        "\nReturn-Path: <>\n",
        "Boots",
        "> are they warm?",
        button.url.as_str(),
    ] {
        assert!(format!("\n{mail}").contains(text), "{text:?} in {mail}");
    }
    // Pressed by either side, it leads where they were.
    let by_alice =
        house.store.press(button.ticket.claims().mail, 0, Party::Login(login("alice")), now).await.unwrap();
    assert_eq!(by_alice.conversation.id, conversation);
}

#[tokio::test]
async fn a_guest_gets_a_notice_at_the_address_whose_mail_they_pressed_if_they_were_first() {
    let house = House::new().await;
    let alice = house.known("alice").await;
    let ticket = house.mint(&alice, "{\"to\":[\"guest@example.net\"],\"subject\":\"신발\"}").await.remove(0);
    let press = async |guest: u8| {
        let guest = Party::Guest(crate::wire::SecretHash([guest; 32]));
        house.store.press(ticket.claims().mail, 0, guest, Time::now()).await.unwrap().conversation.id
    };
    let (first, second) = (press(1).await, press(2).await);
    house.missed(&second, Side::Peer).await;
    assert_eq!(house.mails("guest@example.net"), 0);
    house.missed(&first, Side::Peer).await;
    let mail = house.mail("guest@example.net", 0).await;
    assert!(mail.contains("Reply-To: alice@example.org"), "{mail}");
    assert!(button::find(fields(&mail)).0.is_some(), "{mail}");
    assert!(!mail.contains("Chat with me now"), "a Korean mail is answered in Korean: {mail}");
}

#[tokio::test]
async fn nobody_is_mailed_at_an_address_that_is_not_confirmed() {
    let house = House::new().await;
    let alice = house.person("alice").await;
    house.mail("alice@example.org", 0).await;
    let ticket = house.mint(&alice, "{\"to\":[\"bob@example.org\"]}").await.remove(0);
    let guest = Party::Guest(crate::wire::SecretHash([1; 32]));
    let pressed = house.store.press(ticket.claims().mail, 0, guest, Time::now()).await.unwrap();
    house.missed(&pressed.conversation.id, Side::Owner).await;
    assert_eq!(house.store.letters_waiting().await.unwrap(), 0);
    assert_eq!(house.mails("alice@example.org"), 1);
}

#[tokio::test]
async fn a_notices_link_tells_whose_it_is_and_rings_nobody_for_others() {
    let house = House::new().await;
    let alice = house.known("alice").await;
    let ticket = house.mint(&alice, "{\"to\":[\"guest@example.net\"],\"subject\":\"Boots\"}").await.remove(0);
    let guest = Party::Guest(crate::wire::SecretHash([1; 32]));
    let pressed = house.store.press(ticket.claims().mail, 0, guest, Time::now()).await.unwrap();
    let conversation = pressed.conversation.id;
    let button = async |to: &str, sent: usize| {
        let mail = house.mail(to, sent).await;
        button::find(fields(&mail)).0.unwrap().ticket
    };
    let ask = async |path: &str, ticket: &Ticket| {
        let body = serde_json::json!({"ticket": ticket, "guest": Secret::generate().unwrap()}).to_string();
        house.ask("POST", path, &body).await
    };
    let looked = async |ticket: &Ticket| -> Looked {
        serde_json::from_str(&ask("/v1/tickets/look", ticket).await.body).unwrap()
    };

    // To alice, who was called: hers, and it is no button that rings herself.
    house.missed(&conversation, Side::Owner).await;
    let notice = button("alice@example.org", 1).await;
    let found = looked(&notice).await;
    assert_eq!((found.into.as_ref(), found.addressee), (Some(&conversation), Some(login("alice"))));
    assert_eq!(
        (found.login, found.caller),
        (login("alice"), None),
        "a guest's address is nobody else's business"
    );
    assert!(!ask("/v1/tickets/look", &notice).await.body.contains("guest@example.net"));
    assert_eq!(ask("/v1/press", &notice).await.code(), Code::Forbidden);

    // To the guest, who opens it where the secret is not: a knock, in a conversation of its own.
    house.missed(&conversation, Side::Peer).await;
    let answer = button("guest@example.net", 0).await;
    let found = looked(&answer).await;
    assert_eq!(
        (found.into.as_ref(), found.addressee, found.login),
        (Some(&conversation), None, login("alice"))
    );
    let pressed: Pressed = serde_json::from_str(&ask("/v1/press", &answer).await.body).unwrap();
    assert_ne!(pressed.conversation, conversation);
    assert!(!house.store.conversation(pressed.conversation).await.unwrap().unwrap().first);
}
