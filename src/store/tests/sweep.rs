//! Keeping house.

use super::*;

const YEAR: i64 = 365 * DAY;

#[tokio::test]
async fn a_conversation_goes_a_year_after_its_last_line() {
    let house = House::new();
    let alice = house.known("alice").await;
    let quiet = house.conversation(&alice).await.id;
    let bob = house.known("bob").await;
    let pair = house.store.pair(alice.clone(), bob, NOW).await.unwrap().id;
    let say = Say {
        conversation: pair.clone(),
        side: Side::Owner,
        by: None,
        id: "1".parse().unwrap(),
        body: Body::Text("still here".into()),
        at: NOW.plus(DAY),
    };
    house.store.say(say).await.unwrap();
    house.store.sweep(NOW.plus(YEAR), YEAR).await.unwrap();
    assert!(house.store.conversation(quiet.clone()).await.unwrap().is_some(), "to the day");
    house.store.sweep(NOW.plus(YEAR + 1), YEAR).await.unwrap();
    assert!(house.store.conversation(quiet).await.unwrap().is_none());
    assert_eq!(house.store.lines_after(pair.clone(), 0, 10).await.unwrap().len(), 1);
    house.store.sweep(NOW.plus(YEAR + DAY + 1), YEAR).await.unwrap();
    assert_eq!(house.store.lines_after(pair, 0, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_conversation_with_a_call_that_goes_on_stays() {
    let house = House::new();
    let alice = house.known("alice").await;
    let id = house.conversation(&alice).await.id;
    house.store.put_call(call(&id, Side::Peer, CallState::Answered, NOW)).await.unwrap();
    house.store.sweep(NOW.plus(2 * YEAR), YEAR).await.unwrap();
    assert!(house.store.conversation(id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_mail_stays_as_long_as_its_tickets_live_however_short_the_rest_is_kept() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    house.store.sweep(NOW.plus(90 * DAY), DAY).await.unwrap();
    assert!(house.store.mail(mail).await.unwrap().is_some());
    house.store.sweep(NOW.plus(92 * DAY), DAY).await.unwrap();
    assert!(house.store.mail(mail).await.unwrap().is_none());
    assert_eq!(house.store.recipient(mail, 0).await.unwrap(), None);
    let (next, _) = house.mail(&alice, &["bob"]).await;
    assert!(next > mail, "an old ticket never comes to mean another mail");
}

#[tokio::test]
async fn a_mail_stays_as_long_as_its_conversation() {
    let house = House::new();
    let alice = house.known("alice").await;
    let talk = house.conversation(&alice).await;
    let row = talk.mail.unwrap().0;
    house.store.put_call(call(&talk.id, Side::Peer, CallState::Answered, NOW)).await.unwrap();
    house.store.sweep(NOW.plus(2 * YEAR), YEAR).await.unwrap();
    assert!(house.store.mail(row).await.unwrap().is_some());
}

#[tokio::test]
async fn a_sweep_says_how_many_rows_went_and_finds_all() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, _) = house.mail(&alice, &["bob"]).await;
    for n in 0..450 {
        house.store.press(mail, 0, guest(&n.to_string()), NOW).await.unwrap();
    }
    let swept = house.store.sweep(NOW.plus(2 * YEAR), YEAR).await.unwrap();
    assert_eq!(swept, 450 + 2, "and the port and the mail");
    assert_eq!(house.store.sweep(NOW.plus(2 * YEAR), YEAR).await.unwrap(), 0);
}
