//! What a client's disk remembers, for whom, and across versions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use super::*;

const SERVER: &str = "https://ch.example.org";

fn id(text: &str) -> ConversationId {
    text.parse().unwrap()
}

#[test]
fn a_guest_secret_is_made_once_for_each_server() {
    let home = tempfile::tempdir().unwrap();
    let first = ClientStore::open(home.path()).unwrap().guest(SERVER).unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    assert!(store.guest("https://ch.example.org/").unwrap() == first);
    assert!(store.guest("https://other.example.org").unwrap() != first);
    assert!(!store.knows(SERVER).unwrap(), "having a secret there is not trust");
}

#[test]
fn a_server_is_known_once_learnt() {
    let home = tempfile::tempdir().unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    store.learn(SERVER, Time(5)).unwrap();
    store.guest(SERVER).unwrap();
    store.learn(SERVER, Time(9)).unwrap();
    assert!(store.knows(SERVER).unwrap());
    assert!(!store.knows("http://ch.example.org").unwrap());
}

#[test]
fn what_was_received_only_grows() {
    let home = tempfile::tempdir().unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    assert_eq!(store.received(SERVER, &id("a")).unwrap(), 0);
    for position in [3, 7, 5, 0] {
        store.set_received(SERVER, &id("a"), position).unwrap();
    }
    store.set_received(SERVER, &id("b"), 1).unwrap();
    store.set_received("https://other.example.org", &id("a"), 2).unwrap();
    assert_eq!(store.received(SERVER, &id("a")).unwrap(), 7);
    assert_eq!(store.conversations(SERVER).unwrap(), [(id("b"), 1), (id("a"), 7)]);
    store.set_received(SERVER, &id("a"), 8).unwrap();
    assert_eq!(store.conversations(SERVER).unwrap(), [(id("a"), 8), (id("b"), 1)]);
}

#[test]
fn an_answered_call_is_among_the_newest_before_a_word_is_said() {
    let home = tempfile::tempdir().unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    store.set_received(SERVER, &id("a"), 7).unwrap();
    store.set_received(SERVER, &id("b"), 3).unwrap();
    store.touch(SERVER, &id("a")).unwrap();
    store.touch(SERVER, &id("c")).unwrap();
    assert_eq!(store.conversations(SERVER).unwrap(), [(id("c"), 0), (id("a"), 7), (id("b"), 3)]);
}

#[test]
fn another_epoch_of_a_server_makes_positions_there_worthless_and_those_elsewhere_not() {
    let home = tempfile::tempdir().unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    let (old, new) = ("old".parse().unwrap(), "new".parse().unwrap());
    let elsewhere = "https://other.example.org";
    store.set_received(SERVER, &id("a"), 7).unwrap();
    store.set_epoch(SERVER, &old).unwrap();
    store.set_epoch(SERVER, &old).unwrap();
    store.set_epoch(elsewhere, &old).unwrap();
    store.set_received(elsewhere, &id("a"), 2).unwrap();
    assert_eq!(store.conversations(SERVER).unwrap(), [(id("a"), 7)], "known before there were epochs");
    store.set_epoch(SERVER, &new).unwrap();
    assert_eq!(store.conversations(SERVER).unwrap(), []);
    assert_eq!(store.epoch(SERVER).unwrap(), Some(new));
    assert_eq!(store.conversations(elsewhere).unwrap(), [(id("a"), 2)]);
    store.set_received(SERVER, &id("a"), 5).unwrap();
    assert_eq!(store.received(SERVER, &id("a")).unwrap(), 5, "lower than before");
}

#[test]
fn one_of_the_first_version_is_brought_up_to_date() {
    let home = tempfile::tempdir().unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    store.set_received(SERVER, &id("a"), 7).unwrap();
    let back = "ALTER TABLE server DROP COLUMN epoch; PRAGMA user_version = 1";
    store.sql().execute_batch(back).unwrap();
    let store = ClientStore::open(home.path()).unwrap();
    assert_eq!((store.epoch(SERVER).unwrap(), store.received(SERVER, &id("a")).unwrap()), (None, 7));
}

#[test]
fn many_processes_at_once_agree() {
    let home = Arc::new(tempfile::tempdir().unwrap());
    let others: Vec<_> = (1..=8)
        .map(|n| {
            let home = Arc::clone(&home);
            std::thread::spawn(move || {
                let store = ClientStore::open(home.path()).unwrap();
                for step in 0..5 {
                    store.set_received(SERVER, &id("a"), step * 8 + n).unwrap();
                }
                String::from(store.guest(SERVER).unwrap())
            })
        })
        .collect();
    let mut secrets: Vec<_> = others.into_iter().map(|thread| thread.join().unwrap()).collect();
    secrets.dedup();
    assert_eq!(secrets.len(), 1);
    assert_eq!(ClientStore::open(home.path()).unwrap().received(SERVER, &id("a")).unwrap(), 40);
}

#[test]
fn it_is_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let inside = home.path().join("ch");
    drop(ClientStore::open(&inside).unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&inside), mode(&inside.join("client.db"))), (0o700, 0o600));
    fs::set_permissions(inside.join("client.db"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(ClientStore::open(&inside), Err(StoreError::File(why)) if why.contains("chmod 600")));
}

#[test]
fn one_made_by_a_later_version_is_refused() {
    let home = tempfile::tempdir().unwrap();
    ClientStore::open(home.path()).unwrap().sql().pragma_update(None, "user_version", 3).unwrap();
    assert!(matches!(ClientStore::open(home.path()), Err(StoreError::Version(_))));
}

#[test]
fn a_home_that_cannot_be_made_is_a_clear_error() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("file"), "").unwrap();
    let refused = ClientStore::open(&home.path().join("file/ch"));
    assert!(matches!(refused, Err(StoreError::File(why)) if why.contains("file/ch")));
}
