//! The report of a campaign: presses, answers, lines, and when.

use super::*;
use crate::{
    call::{Party, Side},
    store::{Body, CallRow, CallState, Say},
    wire::{CallId, ConversationId, promotion::CampaignState, report::Report, time::HOUR},
};

async fn rings(house: &House, id: &str, conversation: &ConversationId, state: CallState, at: Time) {
    let call = CallRow {
        id: CallId::try_from(id.to_owned()).unwrap(),
        conversation: conversation.clone(),
        caller: Side::Peer,
        state,
        rang: true,
        started: at,
        changed: at,
        snapshot: "{}".to_owned(),
    };
    house.store.put_call(call).await.unwrap();
}

async fn says(house: &House, id: &str, conversation: &ConversationId, side: Side, at: Time) {
    let say = Say {
        conversation: conversation.clone(),
        side,
        by: None,
        id: id.to_owned().try_into().unwrap(),
        body: Body::Text("Do they come in 42?".to_owned()),
        at,
    };
    house.store.say(say).await.unwrap();
}

async fn report(house: &House, token: &Secret) -> Report {
    let answer = house.ask_as(token, "GET", "/v1/campaigns/spring/report", "").await;
    let Record::Report(report) = answer.record() else { panic!("{answer:?}") };
    *report
}

#[tokio::test]
async fn a_report_counts_presses_answers_and_lines_by_when_they_came_after_the_mail() {
    let house = House::new().await;
    let token = house.manager().await;
    let mut members = Vec::new();
    for name in ["bob", "carol", "dave", "erin"] {
        members.push(house.member(&format!("{name}@example.org")).await);
    }
    let plan = r#"{"name":"spring","ad":"boots","to":"all"}"#;
    assert!(house.ask_as(&token, "POST", "/v1/campaigns", plan).await.status < 300);
    let claim = house.ask_as(&token, "POST", "/v1/campaigns/spring/claims", "").await.json();
    let take = format!("{{\"claim\":{},\"count\":10}}", claim["claim"]);
    let taken = house.ask_as(&token, "POST", "/v1/campaigns/spring/take", &take).await.json();
    let mut receipts = String::new();
    for delivery in taken["deliveries"].as_array().unwrap() {
        let mark = format!("{{\"ticket\":{}}}\n", delivery["mark"]);
        house.ask_as(&token, "POST", "/v1/marks", &mark).await;
        let sent = serde_json::json!({
            "v": 1, "type": "sent", "ref": delivery["ref"], "recipient": delivery["to"],
            "message_id": delivery["message_id"], "status": "accepted", "code": 250, "reply": "ok",
            "at": Time::now(),
        });
        receipts.push_str(&format!("{sent}\n"));
    }
    let news = house.ask_as(&token, "POST", "/v1/campaigns/spring/outcomes", &receipts).await.json();
    assert_eq!(news["news"], 4, "{news}");

    // Bob's is answered within the minute, Carol's hours later after a miss; Dave's mail is sent on and both knock.
    let chat = |at: usize| -> Ticket { taken["deliveries"][at]["chat"].as_str().unwrap().parse().unwrap() };
    let now = Time::now();
    let pressed = async |at: usize| {
        let claims = chat(at).claims();
        let presser = Party::Guest(Secret::generate().unwrap().hash());
        house.store.press(claims.mail, claims.recipient, presser, now).await.unwrap().conversation.id
    };
    let (bob, carol) = (pressed(0).await, pressed(1).await);
    pressed(2).await;
    pressed(2).await;
    rings(&house, "call-1", &bob, CallState::Ended, now.plus(5_000)).await;
    says(&house, "l1", &bob, Side::Peer, now.plus(6_000)).await;
    says(&house, "l2", &bob, Side::Owner, now.plus(7_000)).await;
    rings(&house, "call-2", &carol, CallState::Missed, now.plus(2 * HOUR)).await;
    rings(&house, "call-3", &carol, CallState::Answered, now.plus(3 * HOUR)).await;
    says(&house, "l3", &carol, Side::Peer, now.plus(3 * HOUR)).await;
    house.ask("POST", &house.unsubscribe(members[3]), "").await;

    let found = report(&house, &token).await;
    assert_eq!((found.campaign.as_deref(), found.ad.as_str()), (Some("spring"), "boots"));
    assert_eq!((found.state, found.accepted), (Some(CampaignState::Finished), 4));
    assert_eq!((found.pressed, found.conversations, found.answered, found.missed), (3, 4, 2, 0));
    assert_eq!((found.lines_theirs, found.lines_ours, found.unsubscribed), (2, 1, 1));
    let course: Vec<_> = found
        .course
        .iter()
        .map(|span| (span.until, span.pressed, span.answered, span.missed, span.lines))
        .collect();
    assert_eq!(course, [(Some(60), 2, 1, 0, 2), (Some(14_400), 1, 1, 1, 1)]);

    // Calls are swept after a week, but not those that a report counts.
    house.store.sweep(now.plus(30 * 24 * HOUR), 365 * 24 * HOUR).await.unwrap();
    assert_eq!(report(&house, &token).await, found);
}

#[tokio::test]
async fn a_report_is_the_managers_and_of_a_campaign_that_is_there() {
    let house = House::new().await;
    let token = house.manager().await;
    let eve = house.known("eve").await;
    for who in [&token, &eve] {
        let answer = house.ask_as(who, "GET", "/v1/campaigns/spring/report", "").await;
        assert_eq!(answer.code(), Code::NotFound);
    }
}
