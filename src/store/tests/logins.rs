//! Logins, devices, codes, the first database.

use super::*;
use crate::wire::record::Presence;

#[tokio::test]
async fn the_same_registration_gets_the_same_answer() {
    let house = House::new();
    let again = || house.store.register(login("alice"), address("alice"), device("alice"), NOW);
    let Registered::New(first) = again().await.unwrap() else { panic!("not new") };
    assert_eq!(again().await.unwrap(), Registered::Same(first.clone()));
    let house = house.again().await;
    let after =
        house.store.register(login("alice"), " ALICE@example.org ".into(), device("alice"), NOW.plus(5));
    assert_eq!(after.await.unwrap(), Registered::Same(first.clone()));
    assert_eq!(house.store.login_by_row(first.row).await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_taken_name_stays_taken_also_when_its_login_is_deleted() {
    let house = House::new();
    let alice = house.person("alice").await;
    let take = || house.store.register(login("alice"), address("mallory"), device("mallory"), NOW);
    assert!(matches!(take().await, Err(StoreError::Taken)));
    house.store.delete_login(alice.clone(), NOW).await.unwrap();
    assert!(matches!(take().await, Err(StoreError::Taken)));
    let own = house.store.register(alice, address("alice"), device("alice"), NOW).await;
    assert!(matches!(own, Err(StoreError::Taken)));
}

#[tokio::test]
async fn a_token_belongs_to_one_login() {
    let house = House::new();
    house.person("alice").await;
    let other = house.store.register(login("bob"), address("bob"), device("alice"), NOW).await;
    assert!(matches!(other, Err(StoreError::Taken)));
    assert_eq!(house.store.login(login("bob")).await.unwrap(), None, "and nothing of it stays");
}

#[tokio::test]
async fn an_unconfirmed_address_can_be_corrected_by_its_own_device() {
    let house = House::new();
    let alice = house.person("alice").await;
    let correct = || house.store.register(alice.clone(), address("alice2"), device("alice"), NOW);
    assert!(matches!(correct().await.unwrap(), Registered::New(row) if row.mail == address("alice2")));
    assert!(house.store.confirm(alice.clone(), NOW).await.unwrap());
    assert_eq!(house.store.login_by_mail(address("alice2")).await.unwrap(), Some(alice.clone()));
    let later = house.store.register(alice.clone(), address("alice3"), device("alice"), NOW).await;
    assert!(matches!(later, Err(StoreError::Taken)), "a confirmed one cannot");
}

#[tokio::test]
async fn only_the_first_to_confirm_an_address_has_it() {
    let house = House::new();
    let (alice, mallory) = (house.person("alice").await, login("mallory"));
    house.store.register(mallory.clone(), "Alice@Example.org".into(), device("m"), NOW).await.unwrap();
    assert_eq!(house.store.login_by_mail(address("alice")).await.unwrap(), None);
    assert!(house.store.confirm(alice.clone(), NOW).await.unwrap());
    assert!(house.store.confirm(alice.clone(), NOW).await.unwrap(), "again is the same");
    assert!(!house.store.confirm(mallory.clone(), NOW).await.unwrap());
    assert_eq!(house.store.login_by_mail(" ALICE@example.org".into()).await.unwrap(), Some(alice.clone()));
    assert!(!house.store.login(mallory.clone()).await.unwrap().unwrap().verified);
    house.store.delete_login(alice, NOW).await.unwrap();
    assert!(house.store.confirm(mallory, NOW).await.unwrap(), "a deleted login holds no address");
    not_found(house.store.confirm(login("nobody"), NOW).await, "login");
}

#[tokio::test]
async fn a_revoked_device_is_nobody_at_once() {
    let house = House::new();
    let alice = house.person("alice").await;
    let found = house.store.device(token("alice")).await.unwrap().unwrap();
    assert_eq!((found.login.as_str(), found.name.as_str()), ("alice", "laptop of alice"));
    assert_eq!(house.store.device(token("alice")).await.unwrap().as_ref(), Some(&found), "from memory");
    not_found(house.store.revoke(house.person("bob").await, found.id.clone()).await, "device");
    house.store.revoke(alice.clone(), found.id.clone()).await.unwrap();
    assert_eq!(house.store.device(token("alice")).await.unwrap(), None);
    not_found(house.store.revoke(alice.clone(), found.id).await, "device");
    assert_eq!(house.store.devices(alice).await.unwrap(), []);
}

#[tokio::test]
async fn no_lookup_beside_a_revocation_brings_the_device_back() {
    for _ in 0..20 {
        let house = House::new();
        let alice = house.person("alice").await;
        let id = house.store.devices(alice.clone()).await.unwrap()[0].id.clone();
        let looks: Vec<_> = (0..8)
            .map(|_| {
                let store = house.store.clone();
                tokio::spawn(async move { store.device(token("alice")).await.unwrap() })
            })
            .collect();
        house.store.revoke(alice, id).await.unwrap();
        assert_eq!(house.store.device(token("alice")).await.unwrap(), None);
        for look in looks {
            look.await.unwrap();
        }
        assert_eq!(house.store.device(token("alice")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_device_says_when_it_was_seen() {
    let house = House::new();
    let alice = house.person("alice").await;
    let id = house.store.devices(alice.clone()).await.unwrap()[0].id.clone();
    for (after, seen) in [(0, 0), (59_999, 0), (60_000, 60_000), (60_001, 60_000)] {
        house.store.saw_device(id.clone(), NOW.plus(after)).await.unwrap();
        let devices = house.store.devices(alice.clone()).await.unwrap();
        assert_eq!(devices[0].seen, Some(NOW.plus(seen)), "after {after} ms");
    }
}

#[tokio::test]
async fn a_code_lets_one_device_in() {
    let house = House::new();
    let alice = house.person("alice").await;
    let code = SecretHash::of(b"a code");
    house.store.add_code(alice.clone(), code, NOW.plus(10 * MINUTE)).await.unwrap();
    let enter = |name: &str, at: i64| house.store.use_code(alice.clone(), code, device(name), NOW.plus(at));
    not_found(house.store.use_code(house.person("bob").await, code, device("x"), NOW).await, "code");
    not_found(house.store.use_code(login("nobody"), code, device("x"), NOW).await, "code");
    assert!(matches!(enter("late", 10 * MINUTE).await, Err(StoreError::Expired("code"))));
    let row = enter("second", 0).await.unwrap();
    assert_eq!(enter("second", 11 * MINUTE).await.unwrap(), row, "the answer was lost; asked again");
    not_found(enter("third", 0).await, "code");
    let another = SecretHash::of(b"another code");
    house.store.add_code(alice.clone(), another, NOW.plus(MINUTE)).await.unwrap();
    house.store.use_code(alice.clone(), another, device("second"), NOW).await.unwrap();
    house.store.add_code(login("bob"), SecretHash::of(b"bob's"), NOW.plus(MINUTE)).await.unwrap();
    let theirs = house.store.use_code(login("bob"), SecretHash::of(b"bob's"), device("alice"), NOW).await;
    assert!(matches!(theirs, Err(StoreError::Taken)));
    let devices = house.store.devices(alice.clone()).await.unwrap();
    assert_eq!(devices.len(), 2);
    house.store.revoke(alice.clone(), devices[1].id.clone()).await.unwrap();
    not_found(enter("second", 0).await, "code");
}

#[tokio::test]
async fn a_refresh_sets_host_and_state() {
    let house = House::new();
    let alice = house.person("alice").await;
    assert_eq!(house.store.presence(alice.clone()).await.unwrap().unwrap().state, Presence::Off);
    let refresh = |at: i64| house.store.refresh(alice.clone(), "192.0.2.7".into(), vec![], NOW.plus(at));
    let row = refresh(0).await.unwrap().presence;
    assert_eq!((row.state, row.refreshed, row.host.as_deref()), (Presence::On, Some(NOW), Some("192.0.2.7")));
    assert_eq!(house.store.presence(alice.clone()).await.unwrap(), Some(row));
    for held in [Presence::Online, Presence::Busy, Presence::Away] {
        house.store.set_state(alice.clone(), held, NOW).await.unwrap();
        assert_eq!(refresh(1).await.unwrap().presence.state, held, "an agent holds it");
        assert_eq!(house.store.with_agents().await.unwrap().len(), 1);
    }
    house.store.set_state(alice.clone(), Presence::Off, NOW).await.unwrap();
    assert_eq!(house.store.with_agents().await.unwrap(), []);
    assert_eq!(refresh(2).await.unwrap().presence.state, Presence::On);
    not_found(house.store.refresh(login("nobody"), String::new(), vec![], NOW).await, "login");
    not_found(house.store.set_state(login("nobody"), Presence::On, NOW).await, "login");
    assert_eq!(house.store.presence(login("nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn a_request_changes_the_host_at_once_and_nothing_else() {
    let house = House::new();
    let alice = house.person("alice").await;
    for host in ["192.0.2.7", "192.0.2.7", "2001:db8::1"] {
        house.store.touch(alice.clone(), host.into(), NOW).await.unwrap();
        let row = house.store.presence(alice.clone()).await.unwrap().unwrap();
        assert_eq!((row.host.as_deref(), row.refreshed, row.state), (Some(host), None, Presence::Off));
    }
    house.store.refresh(alice.clone(), "192.0.2.8".into(), vec![], NOW).await.unwrap();
    house.store.touch(alice.clone(), "2001:db8::1".into(), NOW.plus(1)).await.unwrap();
    let row = house.store.presence(alice).await.unwrap().unwrap();
    assert_eq!(row.host.as_deref(), Some("2001:db8::1"));
    not_found(house.store.touch(login("nobody"), "h".into(), NOW).await, "login");
}

#[tokio::test]
async fn a_name_that_the_person_set_stays_until_a_refresh_says_otherwise() {
    let house = House::new();
    let alice = house.person("alice").await;
    let host = async || house.store.presence(alice.clone()).await.unwrap().unwrap().host;
    house.store.refresh(alice.clone(), "alice.example.org".into(), vec![], NOW).await.unwrap();
    house.store.touch(alice.clone(), "192.0.2.7".into(), NOW).await.unwrap();
    assert_eq!(host().await.as_deref(), Some("alice.example.org"));
    house.store.refresh(alice.clone(), "192.0.2.7".into(), vec![], NOW).await.unwrap();
    house.store.touch(alice.clone(), "192.0.2.8".into(), NOW).await.unwrap();
    assert_eq!(host().await.as_deref(), Some("192.0.2.8"));
}

#[tokio::test]
async fn a_deleted_login_leaves_nothing_but_its_name() {
    let house = House::new();
    let (alice, bob) = (house.known("alice").await, house.known("bob").await);
    let (mail, port) = house.mail(&alice, &["bob"]).await;
    let press = house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await.unwrap();
    let id = press.conversation.id;
    house.say(&id, Side::Owner, "1", "alice's words").await;
    house.say(&id, Side::Peer, "1", "bob's words").await;
    let row = house.store.login(alice.clone()).await.unwrap().unwrap().row;
    house.store.add_letter(Letter::Confirm { login: alice.clone() }, NOW).await.unwrap();
    house.store.device(token("alice")).await.unwrap();

    house.store.delete_login(alice.clone(), NOW).await.unwrap();
    assert_eq!(house.store.login(alice.clone()).await.unwrap(), None);
    assert_eq!(house.store.login_by_row(row).await.unwrap(), None);
    assert_eq!(house.store.login_by_mail(address("alice")).await.unwrap(), None);
    assert_eq!(house.store.device(token("alice")).await.unwrap(), None);
    assert_eq!(house.store.presence(alice.clone()).await.unwrap(), None);
    assert_eq!(house.store.port(port).await.unwrap(), None);
    assert_eq!(house.store.mail(mail).await.unwrap(), None);
    assert_eq!(house.store.letters_due(NOW, 10).await.unwrap(), []);
    not_found(house.store.press(mail, 0, Party::Login(bob.clone()), NOW).await, "ticket");
    not_found(house.store.pair(bob.clone(), alice.clone(), NOW).await, "login");
    not_found(house.store.delete_login(alice, NOW).await, "login");
    let lines = house.store.lines_after(id.clone(), 0, 10).await.unwrap();
    let words: Vec<_> = lines.into_iter().map(|line| (line.position, line.body)).collect();
    assert_eq!(words, [(1, Body::Text(String::new())), (2, Body::Text("bob's words".into()))]);
    let left = house.store.conversation(id).await.unwrap().unwrap();
    assert_eq!((left.subject, left.mail, left.last), (None, Some((mail, 0)), 2));
    assert_eq!(house.store.conversations_of(bob, 10).await.unwrap()[0].with, "alice");
}
