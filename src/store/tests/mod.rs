//! The store, asked as the house asks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browsers;
mod durable;
mod lines;
mod logins;
mod members;
mod missed;
mod opening;
mod ports;
mod press;
mod reading;
mod sealed;
mod sweep;

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::{
    call::{Party, Side},
    wire::{
        CallId, ConversationId, Port, Secret, SecretHash, Time,
        time::{DAY, HOUR, MINUTE},
    },
};

/// A store in a directory of its own, and a moment to begin with.
pub(super) struct House {
    pub store: Store,
    pub place: Place,
    _dir: tempfile::TempDir,
}

/// 2026-11-01T09:00:00.250Z
pub(super) const NOW: Time = Time(1_793_523_600_250);

impl House {
    pub fn new() -> Self {
        Self::with_ports(&[(10_000, 10_999)])
    }

    pub fn with_ports(ports: &[(u32, u32)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { data: dir.path().join("data"), keys: None, ports: ports.to_vec() };
        Self { store: Store::open(&place).unwrap(), place, _dir: dir }
    }

    /// Closed and opened again, as a server that restarts.
    pub async fn again(mut self) -> Self {
        self.store.close().await;
        self.store = Store::open(&self.place).unwrap();
        self
    }

    /// Registers `name` with `name@example.org`; its token is `token(name)`.
    pub async fn person(&self, name: &str) -> LoginId {
        let login = login(name);
        let made = self.store.register(login.clone(), address(name), device(name), NOW).await.unwrap();
        assert!(matches!(made, Registered::New(_)));
        login
    }

    /// The same, with the address confirmed.
    pub async fn known(&self, name: &str) -> LoginId {
        let login = self.person(name).await;
        assert!(self.store.confirm(login.clone(), NOW).await.unwrap());
        login
    }

    /// A mail of `owner` to `recipients`; its row and port.
    pub async fn mail(&self, owner: &LoginId, recipients: &[&str]) -> (u64, Port) {
        let port = self.store.assign_port(owner.clone(), false, NOW).await.unwrap().port;
        let mail = NewMail {
            recipients: recipients.iter().map(|name| address(name)).collect(),
            message_id: Some(format!("m1-{owner}@example.org")),
            subject: Some(format!("boots from {owner}")),
            ..NewMail::default()
        };
        (self.store.add_mails(Some(owner.clone()), port, vec![mail], NOW).await.unwrap()[0].row, port)
    }

    /// A conversation of `owner` and a guest who pressed first.
    pub async fn conversation(&self, owner: &LoginId) -> Conversation {
        let (mail, _) = self.mail(owner, &["guest"]).await;
        self.store.press(mail, 0, guest("guest"), NOW).await.unwrap().conversation
    }

    pub async fn say(&self, conversation: &ConversationId, side: Side, id: &str, text: &str) -> Said {
        let say = Say {
            conversation: conversation.clone(),
            side,
            by: None,
            id: id.parse().unwrap(),
            body: Body::Text(text.to_owned()),
            at: NOW,
        };
        self.store.say(say).await.unwrap()
    }
}

pub(super) fn login(name: &str) -> LoginId {
    name.parse().unwrap()
}

pub(super) fn address(name: &str) -> String {
    format!("{name}@example.org")
}

pub(super) fn token(name: &str) -> SecretHash {
    SecretHash::of(name.as_bytes())
}

pub(super) fn device(name: &str) -> NewDevice {
    NewDevice { token: token(name), name: format!("laptop of {name}") }
}

pub(super) fn guest(name: &str) -> Party {
    Party::Guest(SecretHash::of(name.as_bytes()))
}

pub(super) fn call_id() -> CallId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("call-{}", NEXT.fetch_add(1, Ordering::Relaxed)).parse().unwrap()
}

pub(super) fn call(conversation: &ConversationId, caller: Side, state: CallState, at: Time) -> CallRow {
    CallRow {
        id: call_id(),
        conversation: conversation.clone(),
        caller,
        state,
        rang: true,
        started: at,
        changed: at,
        snapshot: "a machine's words".to_owned(),
    }
}

pub(super) fn not_found<T: fmt::Debug>(result: Result<T>, what: &str) {
    assert!(matches!(&result, Err(StoreError::NotFound(found)) if *found == what), "{result:?}");
}
