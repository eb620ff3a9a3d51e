//! What is personal does not show on disk.

use std::{fs, path::Path};

use super::*;
use crate::wire::record::Missed;

/// Everything in the data directory but the keys: the database, its log, the lock.
fn bytes_on_disk(data: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            bytes.extend(fs::read(path).unwrap());
        }
    }
    bytes
}

fn shows(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|part| part.eq_ignore_ascii_case(secret.as_bytes()))
}

#[tokio::test]
async fn addresses_subjects_hosts_and_lines_are_nowhere_on_disk() {
    let house = House::new();
    let alice = house.known("alice").await;
    let (mail, port) = house.mail(&alice, &["bob-the-recipient"]).await;
    let talk = house.store.press(mail, 0, guest("bob"), NOW).await.unwrap().conversation.id;
    house.say(&talk, Side::Owner, "1", "a line that nobody else may read").await;
    house.store.touch(alice.clone(), "host-of-alice.example.net".into(), NOW).await.unwrap();
    house.store.refresh(alice.clone(), "198.51.100.77".into(), vec![], NOW).await.unwrap();
    let rule = RuleTarget::BlockAddress("blocked-one@example.net".into());
    house.store.set_rule(alice.clone(), rule, false).await.unwrap();
    let letter = Letter::Recover { login: alice.clone(), code: "open-sesame".into() };
    house.store.add_letter(letter, NOW).await.unwrap();
    let row =
        CallRow { snapshot: "snapshot of a call".into(), ..call(&talk, Side::Peer, CallState::Missed, NOW) };
    let notice = NewNotice { conversation: talk, to: Side::Owner, reason: Missed::Off, at: NOW };
    house.store.miss_call(row, Some(notice)).await.unwrap();
    let again = NewMail { subject: Some("another subject".into()), ..NewMail::default() };
    house.store.add_mails(Some(alice), port, vec![again], NOW).await.unwrap();

    let secrets = [
        "alice@example.org",
        "bob-the-recipient",
        "boots from",
        "another subject",
        "m1-alice",
        "a line that nobody",
        "host-of-alice",
        "198.51.100.77",
        "blocked-one",
        "open-sesame",
        "laptop of",
        "snapshot of a call",
        "example.org",
        "example.net",
    ];
    let open = bytes_on_disk(&house.place.data);
    assert!(shows(&open, "conversation_first"), "the files are read at all");
    house.store.close().await;
    let closed = bytes_on_disk(&house.place.data);
    for secret in secrets {
        assert!(!shows(&open, secret), "{secret} is in the log");
        assert!(!shows(&closed, secret), "{secret} is in the database");
    }
}

#[tokio::test]
async fn what_was_sealed_and_indexed_with_an_old_key_is_found_after_the_keys_change() {
    let house = House::new();
    let alice = house.known("alice").await;
    let talk = house.conversation(&alice).await.id;
    let rule = RuleTarget::BlockAddress(address("guest"));
    house.store.set_rule(alice.clone(), rule.clone(), false).await.unwrap();
    for name in ["ticket", "seal", "index"] {
        let path = house.place.key_dir().join(name);
        let old = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            format!("{old}2 2999-01-01T00:00:00Z {}\n", String::from(Secret::generate().unwrap())),
        )
        .unwrap();
    }
    let house = house.again().await;
    assert_eq!(house.store.login_by_mail(address("alice")).await.unwrap(), Some(alice.clone()));
    assert!(house.store.manners(talk, Side::Peer, NOW).await.unwrap().blocked);
    let mallory = login("mallory");
    house.store.register(mallory.clone(), address("alice"), device("m"), NOW).await.unwrap();
    assert!(
        !house.store.confirm(mallory, NOW).await.unwrap(),
        "still alice's, whatever key it is indexed by"
    );
    house.store.set_rule(alice, rule, true).await.unwrap();
}
