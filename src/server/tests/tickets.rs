//! S105 and S107: tickets minted, looked at, pressed, withdrawn.

use super::*;
use crate::{
    call::Party,
    store::MailRow,
    wire::ask::{Looked, Pressed},
};

const TO_BOB: &str =
    "{\"ref\":\"1\",\"to\":[\"bob@example.org\"],\"subject\":\"Boots\",\"message_id\":\"a@b\"}";

impl House {
    async fn look(&self, ticket: &Ticket, from: Option<&str>) -> Answer {
        let body = serde_json::json!({"ticket": ticket, "from": from}).to_string();
        self.ask("POST", "/v1/tickets/look", &body).await
    }

    async fn press(&self, ticket: &Ticket, guest: &Secret) -> Answer {
        let body = serde_json::json!({"ticket": ticket, "guest": guest}).to_string();
        self.ask("POST", "/v1/press", &body).await
    }

    async fn mail_of(&self, ticket: &Ticket) -> MailRow {
        self.store.mail(ticket.claims().mail).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn each_recipient_gets_a_ticket_and_a_bad_line_an_error_in_its_place() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let many = format!("{{\"to\":[{}]}}", vec!["\"a@b\""; 1001].join(","));
    let body =
        [TO_BOB, "{", "", "{\"to\":[\"a@b\",\"c@d\"]}", "{\"to\":[\"nobody\"]}", &many, "{\"to\":[\"e@f\"]}"]
            .join("\n");
    let answer = house.ask_as(&token, "POST", "/v1/tickets", &body).await;
    let shapes: Vec<_> = answer
        .records()
        .iter()
        .map(|record| match record {
            Record::Ticket(ticket) => ticket.to.clone(),
            Record::Error(error) => format!("{:?}", error.code),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shapes, ["bob@example.org", "BadRequest", "a@b", "c@d", "BadRequest", "BadRequest", "e@f"]);
    let Record::Ticket(first) = &answer.records()[0] else { panic!() };
    assert_eq!(first.reference.as_deref(), Some("1"));
    assert_eq!(first.url, format!("{}/c#{}", house.public(), first.ticket));
    assert!(house.store.is_ours(&first.ticket));
    let mail = house.mail_of(&first.ticket).await;
    assert_eq!((mail.owner, mail.subject.as_deref()), (Some(login("alice")), Some("Boots")));
    assert_eq!(house.ask("POST", "/v1/tickets", TO_BOB).await.code(), Code::Unauthorized);
}

#[tokio::test]
async fn tickets_come_while_the_asker_still_speaks() {
    let house = House::new().await;
    let token = String::from(house.person("alice").await);
    let mut stream = house.connect().await;
    let head = format!(
        "POST /v1/tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut heard = String::new();
    for round in 1..=3 {
        stream.write_all(format!("{:x}\r\n{TO_BOB}\n\r\n", TO_BOB.len() + 1).as_bytes()).await.unwrap();
        while heard.matches("\"ticket\":").count() < round {
            let mut bytes = [0; 4096];
            let read = timeout(PATIENCE, stream.read(&mut bytes)).await.expect("a ticket at once").unwrap();
            assert!(read > 0, "{heard}");
            heard.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
        }
    }
}

#[tokio::test]
async fn a_stream_of_thousands_is_answered_in_order() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let body: String =
        (0..3000).map(|n| format!("{{\"ref\":\"{n}\",\"to\":[\"u{n}@example.org\"]}}\n")).collect();
    let answer = house.ask_as(&token, "POST", "/v1/tickets", &body).await;
    let refs = answer.records().into_iter().map(|record| match record {
        Record::Ticket(ticket) => ticket.reference.unwrap(),
        other => panic!("{other:?}"),
    });
    assert!(refs.eq((0..3000).map(|n| n.to_string())));
}

#[tokio::test]
async fn a_look_tells_what_a_button_is_worth_and_no_more() {
    let house = House::new().await;
    let token = house.known("alice").await;
    let ticket = house.mint(&token, TO_BOB).await.remove(0);
    let looked = async |ticket: &Ticket, from| -> Looked {
        serde_json::from_str(&house.look(ticket, from).await.body).unwrap()
    };
    let found = looked(&ticket, None).await;
    assert_eq!((found.login, found.subject.as_deref()), (login("alice"), Some("Boots")));
    assert_eq!((found.confirmed, found.from_matches, found.withdrawn), (true, None, false));
    assert_eq!(looked(&ticket, Some("Alice@Example.org")).await.from_matches, Some(true));
    assert_eq!(looked(&ticket, Some("mallory@example.org")).await.from_matches, Some(false));
    let expired = house.signed(&ticket, |claims| claims.expires = Time::now().plus(-5000));
    assert!(looked(&expired, None).await.expires < Time::now());

    assert_eq!(house.look(&forged(&ticket), None).await.code(), Code::BadTicket);
    let other = house.signed(&ticket, |claims| claims.action = Action::Unsubscribe);
    assert_eq!(house.look(&other, None).await.code(), Code::BadTicket);

    let path = format!("/v1/ports/{}", ticket.claims().port);
    assert_eq!(house.ask_as(&token, "DELETE", &path, "").await.status, 204);
    let withdrawn = looked(&ticket, None).await;
    assert!(withdrawn.withdrawn);
    assert_eq!(withdrawn.login, login("alice"));
}

#[tokio::test]
async fn a_flipped_bit_makes_a_ticket_worthless() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let text = house.mint(&token, TO_BOB).await.remove(0).to_string();
    for at in [0, 3, 9, 13, 20, 30, 40, 53] {
        let flipped: String = text
            .char_indices()
            .map(|(n, c)| match (n == at, c) {
                (true, 'A') => 'Q',
                (true, _) => 'A',
                (false, c) => c,
            })
            .collect();
        let answer = house.ask("POST", "/v1/tickets/look", &format!("{{\"ticket\":\"{flipped}\"}}")).await;
        assert!([400, 403].contains(&answer.status), "{at}: {answer:?}");
    }
}

#[tokio::test]
async fn a_press_leads_into_one_conversation_for_each_guest() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let ticket = house.mint(&token, TO_BOB).await.remove(0);
    let (bob, eve) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    let pressed = async |guest: &Secret| -> Pressed {
        serde_json::from_str(&house.press(&ticket, guest).await.body).unwrap()
    };
    let first = pressed(&bob).await;
    assert_eq!(first.live.claims().action, Action::Live);
    assert_eq!(first.conversation, pressed(&bob).await.conversation);
    let second = pressed(&eve).await;
    assert_ne!(first.conversation, second.conversation);
    let found = house.store.conversation(first.conversation).await.unwrap().unwrap();
    assert!(found.first && found.peer == Party::Guest(bob.hash()));
    assert!(!house.store.conversation(second.conversation).await.unwrap().unwrap().first);
}

#[tokio::test]
async fn an_expired_button_may_be_pressed_a_forged_or_withdrawn_one_not() {
    let house = House::new().await;
    let token = house.person("alice").await;
    let ticket = house.mint(&token, TO_BOB).await.remove(0);
    let guest = Secret::generate().unwrap();
    let expired = house.signed(&ticket, |claims| claims.expires = Time::now().plus(-1000));
    // Minted long before its port was given to anybody: whose it was then is not its owner's now.
    assert_eq!(house.press(&expired, &guest).await.code(), Code::Withdrawn);
    assert_eq!(house.press(&forged(&ticket), &guest).await.code(), Code::BadTicket);
    let path = format!("/v1/ports/{}", ticket.claims().port);
    house.ask_as(&token, "DELETE", &path, "").await;
    assert_eq!(house.press(&ticket, &guest).await.code(), Code::Withdrawn);
}

#[tokio::test]
async fn an_answer_by_mail_leads_into_the_same_conversation() {
    let house = House::new().await;
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let ticket = house.mint(&alice, TO_BOB).await.remove(0);
    let reply = serde_json::json!({"to": ["alice@example.org"], "reply_ticket": ticket}).to_string();
    let button = house.mint(&bob, &reply).await.remove(0);
    let into = house.mail_of(&button).await.into.expect("a conversation");
    let conversation = house.store.conversation(into.clone()).await.unwrap().unwrap();
    assert_eq!((conversation.owner, conversation.peer), (login("alice"), Party::Login(login("bob"))));

    // And back: the answer to the answer.
    let back = serde_json::json!({"to": ["bob@example.org"], "reply_ticket": button}).to_string();
    let back = house.mint(&alice, &back).await.remove(0);
    assert_eq!(house.mail_of(&back).await.into, Some(into.clone()));
    // An answer to one's own mail, known by its Message-ID.
    let own = serde_json::json!({"to": ["bob@example.org"], "in_reply_to": ["x@y", "a@b"]}).to_string();
    let own = house.mint(&alice, &own).await.remove(0);
    assert_eq!(house.mail_of(&own).await.into, Some(into));
}

#[tokio::test]
async fn a_mail_without_a_message_id_is_named_and_an_answer_to_that_name_leads_into_its_conversation() {
    let house = House::new().await;
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let unnamed = "{\"to\":[\"bob@example.org\",\"c@d\"],\"unnamed\":true}";
    // It has one, which its sender cannot read.
    let unreadable = "{\"to\":[\"e@f\"]}";
    let body = [unnamed, TO_BOB, unreadable].join("\n");
    let answer = house.ask_as(&alice, "POST", "/v1/tickets", &body).await;
    let named: Vec<_> = answer
        .records()
        .iter()
        .map(|record| match record {
            Record::Ticket(ticket) => (ticket.message_id.clone(), ticket.ticket.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let [(Some(first), ticket), (Some(second), _), (Some(own), _), (None, _)] = &named[..] else {
        panic!("{named:?}")
    };
    assert!(first.ends_with(&format!("@{}", house.public().mail_domain())), "{first}");
    assert_eq!((first, own.as_str()), (second, "a@b"), "a mail has one Message-ID");
    let pressed = house.store.press(ticket.claims().mail, 0, Party::Login(login("bob")), Time::now()).await;
    let reply = serde_json::json!({"to": ["alice@example.org"], "in_reply_to": [first]}).to_string();
    let button = house.mint(&bob, &reply).await.remove(0);
    assert_eq!(house.mail_of(&button).await.into, Some(pressed.unwrap().conversation.id));
}

#[tokio::test]
async fn somebody_elses_ticket_leads_nobody_into_their_conversation() {
    let house = House::new().await;
    let (alice, eve) = (house.known("alice").await, house.known("eve").await);
    house.known("bob").await;
    let ticket = house.mint(&alice, TO_BOB).await.remove(0);
    let reply = serde_json::json!({"to": ["alice@example.org"], "reply_ticket": ticket}).to_string();
    let button = house.mint(&eve, &reply).await.remove(0);
    assert_eq!(house.mail_of(&button).await.into, None);
    let reply = serde_json::json!({"to": ["alice@example.org"], "reply_ticket": forged(&ticket)}).to_string();
    let answer = house.ask_as(&eve, "POST", "/v1/tickets", &reply).await;
    assert!(matches!(answer.record(), Record::Error(error) if error.code == Code::BadTicket), "{answer:?}");
}

#[tokio::test]
async fn a_rule_names_a_login_an_address_or_an_own_button() {
    let house = House::new().await;
    let (alice, eve) = (house.person("alice").await, house.person("eve").await);
    let ticket = house.mint(&alice, TO_BOB).await.remove(0);
    let block = |what: &str| serde_json::json!({"block": what}).to_string();
    let button = block(&ticket.to_string());
    for body in ["{\"allow\":\"bob\"}", &block("eve"), &block("eve@example.org"), &button] {
        assert_eq!(house.ask_as(&alice, "POST", "/v1/rules", body).await.status, 204, "{body}");
    }
    for body in ["", "{\"allow\":\"a\",\"block\":\"b\"}", &block("a b"), &block("@")] {
        assert_eq!(house.ask_as(&alice, "POST", "/v1/rules", body).await.code(), Code::BadRequest, "{body}");
    }
    assert_eq!(house.ask_as(&eve, "POST", "/v1/rules", &button).await.code(), Code::Forbidden);
    let wrong = block(&forged(&ticket).to_string());
    assert_eq!(house.ask_as(&alice, "POST", "/v1/rules", &wrong).await.code(), Code::BadTicket);
}
