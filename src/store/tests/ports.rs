//! The second database.

use super::*;
use crate::wire::ticket::{Action, Claims};

#[tokio::test]
async fn the_current_port_stays_and_is_renewed() {
    let house = House::new();
    let alice = house.known("alice").await;
    let first = house.store.assign_port(alice.clone(), false, NOW).await.unwrap();
    assert_eq!(first.until, NOW.plus(90 * DAY));
    let house = house.again().await;
    let later = house.store.assign_port(alice.clone(), false, NOW.plus(DAY)).await.unwrap();
    assert_eq!((later.port, later.until), (first.port, NOW.plus(91 * DAY)));
    let new = house.store.assign_port(alice.clone(), true, NOW).await.unwrap();
    assert!(new.port != first.port && new.current);
    let old = house.store.port(first.port).await.unwrap().unwrap();
    assert_eq!((old.current, old.login), (false, alice.clone()), "the old one stays valid");
    assert_eq!(house.store.assign_port(alice, false, NOW).await.unwrap().port, new.port);
    not_found(house.store.assign_port(login("nobody"), false, NOW).await, "login");
}

#[tokio::test]
async fn an_unconfirmed_login_keeps_its_port_a_day() {
    let house = House::new();
    let alice = house.person("alice").await;
    let port = house.store.assign_port(alice.clone(), false, NOW).await.unwrap();
    assert_eq!(port.until, NOW.plus(24 * HOUR));
    house.mail(&alice, &["bob"]).await;
    assert_eq!(house.store.port(port.port).await.unwrap().unwrap().until, NOW.plus(24 * HOUR));
    house.store.confirm(alice, NOW.plus(HOUR)).await.unwrap();
    let kept = house.store.port(port.port).await.unwrap().unwrap().until;
    assert_eq!(kept, NOW.plus(HOUR + 90 * DAY), "confirmed, it is kept like any other");
}

#[tokio::test]
async fn a_mail_renews_its_port() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (_, port) = house.mail(&alice, &["bob"]).await;
    let mail = NewMail { recipients: vec![address("bob")], ..NewMail::default() };
    house.store.add_mails(Some(alice), port, vec![mail.clone()], NOW.plus(DAY)).await.unwrap();
    assert_eq!(house.store.port(port).await.unwrap().unwrap().until, NOW.plus(91 * DAY));
    let bob = house.known("bob").await;
    not_found(house.store.add_mails(Some(bob), port, vec![mail], NOW).await, "port");
}

#[tokio::test]
async fn a_login_has_a_hundred_ports_at_a_time_and_what_it_released_counts_no_more() {
    let house = House::with_ports(&[(1000, 2000)]);
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let mut first = None;
    for _ in 0..100 {
        let row = house.store.assign_port(alice.clone(), true, NOW).await.unwrap();
        first.get_or_insert(row.port);
    }
    let refused = house.store.assign_port(alice.clone(), true, NOW).await;
    assert!(matches!(refused, Err(StoreError::Enough(_))), "{refused:?}");
    house.store.assign_port(alice.clone(), false, NOW).await.unwrap();
    house.store.assign_port(bob, true, NOW).await.unwrap();
    house.store.release_port(alice.clone(), first.unwrap(), NOW).await.unwrap();
    house.store.assign_port(alice.clone(), true, NOW).await.unwrap();
    assert!(matches!(house.store.assign_port(alice.clone(), true, NOW).await, Err(StoreError::Enough(_))));
    house.store.assign_port(alice, true, NOW.plus(91 * DAY)).await.unwrap();
}

#[tokio::test]
async fn every_number_of_the_pool_is_given_out_once() {
    let house = House::with_ports(&[(5, 9), (20, 24)]);
    let alice = house.known("alice").await;
    let mut ports = Vec::new();
    for _ in 0..10 {
        ports.push(house.store.assign_port(alice.clone(), true, NOW).await.unwrap().port.get());
    }
    assert_eq!(house.store.pool(NOW).await.unwrap(), (10, 10));
    let full = house.store.assign_port(alice.clone(), true, NOW).await;
    assert!(matches!(full, Err(StoreError::NoPorts)));
    ports.sort_unstable();
    assert_eq!(ports, [5, 6, 7, 8, 9, 20, 21, 22, 23, 24]);
    let bob = house.known("bob").await;
    let over = house.store.assign_port(bob, false, NOW.plus(90 * DAY)).await.unwrap();
    assert!(over.current, "ports past their time are free without a sweep");
}

#[tokio::test]
async fn a_released_number_rests() {
    let house = House::with_ports(&[(7, 7)]);
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let port = house.store.assign_port(alice.clone(), false, NOW).await.unwrap().port;
    not_found(house.store.release_port(bob.clone(), port, NOW).await, "port");
    house.store.release_port(alice.clone(), port, NOW).await.unwrap();
    not_found(house.store.release_port(alice.clone(), port, NOW).await, "port");
    assert_eq!(house.store.port(port).await.unwrap(), None);
    for rests in [0, 90 * DAY - 1] {
        house.store.sweep(NOW.plus(rests), 365 * DAY).await.unwrap();
        let early = house.store.assign_port(bob.clone(), false, NOW.plus(rests)).await;
        assert!(matches!(early, Err(StoreError::NoPorts)), "also for its former owner");
    }
    assert_eq!(house.store.assign_port(bob, false, NOW.plus(90 * DAY)).await.unwrap().port, port);
}

#[tokio::test]
async fn the_number_of_a_deleted_login_rests_too() {
    let house = House::with_ports(&[(7, 7)]);
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    house.store.assign_port(alice.clone(), false, NOW).await.unwrap();
    house.store.delete_login(alice, NOW).await.unwrap();
    let early = house.store.assign_port(bob.clone(), false, NOW.plus(90 * DAY - 1)).await;
    assert!(matches!(early, Err(StoreError::NoPorts)));
    house.store.assign_port(bob, false, NOW.plus(90 * DAY)).await.unwrap();
}

fn minted(port: Port, at: Time) -> Time {
    let expires = at.plus(Action::Chat.lifetime());
    let claims = Claims { action: Action::Chat, key: 0, expires, port, mail: 1, recipient: 0 };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[0; 32]);
    claims.sign(&key).claims().minted()
}

#[tokio::test]
async fn a_fresh_port_does_not_withdraw_the_first_tickets_minted_for_it() {
    let house = House::new();
    let alice = house.known("alice").await;
    let port = house.store.assign_port(alice, false, NOW).await.unwrap();
    assert!(minted(port.port, NOW) >= port.not_before, "tickets count in whole seconds");
}

#[tokio::test]
async fn a_number_given_to_somebody_else_withdraws_old_tickets() {
    let house = House::with_ports(&[(7, 7)]);
    let (alice, bob) = (house.person("alice").await, house.known("bob").await);
    house.store.assign_port(alice, false, NOW).await.unwrap();
    let port = house.store.assign_port(bob, false, NOW.plus(24 * HOUR)).await.unwrap();
    assert!(minted(port.port, NOW.plus(HOUR)) < port.not_before);
}

#[tokio::test]
async fn withdrawing_takes_tickets_and_leaves_the_port() {
    let house = House::new();
    let alice = house.known("alice").await;
    let port = house.store.assign_port(alice.clone(), false, NOW).await.unwrap().port;
    house.store.withdraw(alice.clone(), port, NOW).await.unwrap();
    let row = house.store.port(port).await.unwrap().unwrap();
    assert!(minted(port, NOW) < row.not_before && minted(port, NOW.plus(1000)) >= row.not_before);
    assert!(row.current);
    not_found(house.store.withdraw(house.person("bob").await, port, NOW).await, "port");
}
