//! Joining by oneself: only the mail's answer makes a member, and nobody learns who is one.

use super::*;
use crate::{
    store::Proof,
    wire::promotion::{MEMBERSHIP, PROMOTION, Role},
};

async fn shop() -> House {
    let house = House::new().await;
    house.known("alice").await;
    Store::grant(&house.place, &login("alice"), Role::Manager, None, Time::now()).unwrap();
    house
}

#[tokio::test]
async fn where_there_is_no_shop_there_is_nothing_to_join() {
    let house = House::new().await;
    assert_eq!(house.ask("GET", "/join", "").await.status, 404);
    assert_eq!(house.ask("POST", "/join", "mail=bob%40example.org").await.status, 404);
}

#[tokio::test]
async fn who_asks_is_a_member_when_they_confirm_and_gets_promotion_only_if_they_ticked_it() {
    let house = shop().await;
    let page = house.ask("GET", "/join", "").await;
    assert!(page.status == 200 && page.body.contains("type=\"checkbox\""), "{page:?}");
    for (form, promotion) in
        [("mail=bob%40example.org&name=Bob&promotion=yes", true), ("mail=carol%40example.org&name=", false)]
    {
        let mail = if promotion { "bob@example.org" } else { "carol@example.org" };
        let member = async || house.store.member(mail.to_owned()).await.unwrap();
        let asked = house.ask_with("POST", "/join", &[("Accept-Language", "ko")], form).await;
        assert!(asked.status == 202 && asked.body.contains("메일함을 확인하세요"), "{asked:?}");
        // Korean goes as quoted-printable (RFC 2045 §6.7).
        let letter = house.mail(mail, 0).await.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
        let ticket = after(&letter, "/join?t=").to_owned();
        assert_eq!(house.ask("GET", &format!("/join?t={ticket}"), "").await.status, 200);
        assert_eq!(member().await, None, "neither asking nor looking makes a member");

        assert_eq!(house.ask("POST", "/join", &format!("t={ticket}")).await.status, 200);
        let joined = member().await.unwrap();
        let purposes: &[&str] = if promotion { &[MEMBERSHIP, PROMOTION] } else { &[MEMBERSHIP] };
        assert_eq!(
            (joined.consent, joined.locale.as_deref()),
            (purposes.iter().map(|&p| p.to_owned()).collect(), Some("ko"))
        );
        let held = house.store.held(mail.to_owned()).await.unwrap().unwrap();
        let proof = held.entries.last().unwrap().proof.clone().unwrap();
        assert_eq!(proof.how, "double opt-in");
        assert!(proof.from.unwrap().ends_with("confirmed from 127.0.0.1"));
        assert!(proof.text.unwrap().contains("동의"), "in the words that they read");

        // The same link once more undoes no later no.
        let said = Proof::default();
        house.store.withdraw_consent(joined.member, PROMOTION.to_owned(), said, Time::now()).await.unwrap();
        let again = house.ask("POST", "/join", &format!("t={ticket}")).await;
        assert!(again.status == 200 && again.body.contains("nothing was changed"), "{again:?}");
        assert_eq!(member().await.unwrap().consent, [MEMBERSHIP]);
    }
}

#[tokio::test]
async fn nobody_learns_who_is_a_member_or_is_suppressed() {
    let house = shop().await;
    house.member("bob@example.org").await;
    let now = Time::now();
    house.store.suppress("dave@example.org".to_owned(), true, Proof::default(), now).await.unwrap();
    let mut answers = Vec::new();
    for name in ["bob", "carol", "dave"] {
        answers.push(house.ask("POST", "/join", &format!("mail={name}%40example.org")).await);
    }
    let told = |answer: &Answer| (answer.status, answer.body.clone());
    assert_eq!(told(&answers[0]), told(&answers[1]));
    assert_eq!(told(&answers[0]), told(&answers[2]));
    house.mail("bob@example.org", 0).await;
    house.mail("carol@example.org", 0).await;
    assert_eq!(house.mails("dave@example.org"), 0, "who wants no mail gets none");
    // A mailbox is not filled by whoever types it, and nothing tells that it would be.
    for _ in 0..10 {
        assert_eq!(told(&house.ask("POST", "/join", "mail=carol%40example.org").await), told(&answers[0]));
    }
    house.ask("POST", "/join", "mail=erin%40example.org").await;
    house.mail("erin@example.org", 0).await;
    assert_eq!(house.mails("carol@example.org"), 5);
}

#[tokio::test]
async fn a_ticket_of_joining_confirms_no_login_and_a_logins_ticket_joins_nobody() {
    let house = shop().await;
    house.person("mallory").await;
    let theirs = after(&house.mail("mallory@example.org", 0).await, "/confirm?t=").to_owned();
    assert_eq!(house.ask("POST", "/join", &format!("t={theirs}")).await.status, 403);
    house.ask("POST", "/join", "mail=bob%40example.org").await;
    let ticket = after(&house.mail("bob@example.org", 0).await, "/join?t=").to_owned();
    assert_eq!(house.ask("POST", "/confirm", &format!("t={ticket}")).await.status, 403);
    let parsed: Ticket = ticket.parse().unwrap();
    let old = house.signed(&parsed, |claims| claims.expires = Time::now().plus(-1000));
    assert_eq!(house.ask("POST", "/join", &format!("t={old}")).await.status, 410);
    assert_eq!(house.ask("POST", "/join", &format!("t={}", forged(&parsed))).await.status, 403);
    let elsewhere = [("Origin", "https://evil.example")];
    let foreign = house.ask_with("POST", "/join", &elsewhere, "mail=carol%40example.org").await;
    assert_eq!(foreign.status, 403);
    for bad in ["mail=x", "mail=", &format!("mail=a%40b.example&name={}", "x".repeat(300))] {
        assert_eq!(house.ask("POST", "/join", bad).await.status, 400, "{bad}");
    }
    // What was typed goes when its time is over, or its person is erased.
    house.store.sweep(Time::now().plus(9 * 24 * 3_600_000), 365 * 24 * 3_600_000).await.unwrap();
    assert_eq!(house.ask("POST", "/join", &format!("t={ticket}")).await.status, 410);
    assert_eq!(house.store.member("bob@example.org".to_owned()).await.unwrap(), None);
}
