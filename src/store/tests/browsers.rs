//! Browsers that sign in: once for each ticket, for as long as they come back.

use super::*;
use crate::wire::time::SECOND;

impl House {
    /// Signs a browser in as `login` with the ticket called `ticket`.
    async fn sign_in(&self, login: &LoginId, ticket: &str, browser: &str) -> Result<LoginRow> {
        let row = self.store.login(login.clone()).await?.map_or(99, |row| row.row);
        let ticket = SecretHash::of(ticket.as_bytes());
        self.store.sign_in(row, ticket, NOW.plus(15 * MINUTE), device(browser), NOW).await
    }
}

#[tokio::test]
async fn a_ticket_signs_one_browser_in_once_also_after_a_restart() {
    let house = House::new();
    let alice = house.known("alice").await;
    assert_eq!(house.sign_in(&alice, "t", "phone").await.unwrap().login, alice);
    not_found(house.sign_in(&alice, "t", "phone").await, "ticket");
    let house = house.again().await;
    not_found(house.sign_in(&alice, "t", "thief").await, "ticket");
    assert!(house.store.browser(token("thief"), NOW).await.unwrap().is_none());
    let phone = house.store.browser(token("phone"), NOW).await.unwrap().unwrap();
    assert_eq!((phone.login, phone.name.as_str()), (alice.clone(), "laptop of phone"));
    assert_eq!(house.store.devices(alice).await.unwrap().len(), 2, "it is one of the login's devices");
}

#[tokio::test]
async fn a_browser_is_no_device_with_a_token_and_a_token_no_browser() {
    let house = House::new();
    let alice = house.known("alice").await;
    house.sign_in(&alice, "t", "phone").await.unwrap();
    assert!(house.store.device(token("phone")).await.unwrap().is_none());
    assert!(house.store.browser(token("alice"), NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn nobody_signs_in_to_an_address_that_is_not_confirmed_and_a_refusal_uses_nothing_up() {
    let house = House::new();
    let carol = house.person("carol").await;
    not_found(house.sign_in(&carol, "t", "phone").await, "login");
    assert!(house.store.confirm(carol.clone(), NOW).await.unwrap());
    house.sign_in(&carol, "t", "phone").await.unwrap();
    house.store.delete_login(carol.clone(), NOW).await.unwrap();
    not_found(house.sign_in(&carol, "u", "tablet").await, "login");
    assert!(house.store.browser(token("phone"), NOW).await.unwrap().is_none());
}

#[tokio::test]
async fn a_browser_that_does_not_come_back_is_signed_out_and_swept() {
    let house = House::new();
    let alice = house.known("alice").await;
    house.sign_in(&alice, "t", "phone").await.unwrap();
    let browser = async |at: Time| house.store.browser(token("phone"), at).await.unwrap();
    let later = NOW.plus(20 * DAY);
    let id = browser(later).await.unwrap().id;
    house.store.saw_device(id, later).await.unwrap();
    assert!(
        browser(later.plus(BROWSER_KEPT - SECOND)).await.is_some(),
        "counted from when it was last there"
    );
    assert!(browser(later.plus(BROWSER_KEPT)).await.is_none());
    house.store.sweep(later.plus(BROWSER_KEPT - SECOND), 365 * DAY).await.unwrap();
    assert_eq!(house.store.devices(alice.clone()).await.unwrap().len(), 2);
    house.store.sweep(later.plus(BROWSER_KEPT + SECOND), 365 * DAY).await.unwrap();
    let left = house.store.devices(alice).await.unwrap();
    assert_eq!(left.len(), 1, "and a machine with a token stays: {left:?}");
}

#[tokio::test]
async fn a_browser_that_is_revoked_is_signed_out_at_once() {
    let house = House::new();
    let alice = house.known("alice").await;
    house.sign_in(&alice, "t", "phone").await.unwrap();
    let id = house.store.browser(token("phone"), NOW).await.unwrap().unwrap().id;
    house.store.revoke(alice, id).await.unwrap();
    assert!(house.store.browser(token("phone"), NOW).await.unwrap().is_none());
}
