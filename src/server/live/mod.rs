//! The live room: who is connected, calls between them, and the lines they say (S107–S117).
//!
//! `socket` takes a WebSocket in and `welcome` says who it is; `connection` is one client's loop, with `lines`, `marks`,
//! `absent`, `seats` and `attendance`; `press` is what a ticket opens, `invite` turns it into a call, `board` knows the
//! open calls, and each runs in an `actor` around the pure machine of the `call` room; `seated` says which device has
//! the seat in one. `registry` and `presences` know who is there.

mod absent;
mod actor;
mod attendance;
mod board;
mod connection;
mod doing;
mod frames;
mod invite;
mod lines;
mod marks;
mod pace;
mod presences;
mod press;
mod registry;
mod seated;
mod seats;
mod socket;
mod welcome;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, routing::get};

use self::{board::Board, presences::Presences, registry::Registry};
use super::Shared;
use crate::{
    call::{Party, Times},
    store::{Store, StoreError},
    wire::{DeviceId, LoginId, Time, ask, record::Presence},
};

/// Who is connected, and what goes on between them.
#[derive(Debug, Clone)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    times: Times,
    /// Shared, so that what tells of a line need not hold the store that runs it.
    registry: Arc<Registry>,
    presences: Presences,
    board: Board,
    closing: AtomicBool,
}

impl Live {
    /// Nobody is connected yet.
    #[must_use]
    pub fn new(store: Store, times: Times) -> Self {
        Self(Arc::new(Inner {
            store,
            times,
            registry: Arc::default(),
            presences: Presences::default(),
            board: Board::default(),
            closing: AtomicBool::new(false),
        }))
    }

    /// Takes up what a server before this one left: open calls, and agents that count as online for a while.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn restore(&self, shared: &Shared, now: Time) -> Result<(), StoreError> {
        for row in self.0.store.with_agents().await? {
            let until = now.plus(self.0.times.agent_gone);
            self.0.presences.recall(&row.login, until, row.state);
            self.lapse_later(row.login, until);
        }
        board::restore(shared, now).await
    }

    /// Calls that wait for an agent of this login.
    pub async fn waiting(&self, login: &LoginId) -> Vec<ask::Waiting> {
        self.0.board.waiting(login)
    }

    /// The login refreshed its presence: it is at least `on`.
    pub async fn refreshed(&self, login: &LoginId, now: Time) {
        self.presence_changed(login, now).await;
    }

    /// The login said goodbye (`off`), by a tool. An agent that is connected keeps it online.
    ///
    /// # Errors
    /// When it cannot be made durable.
    pub async fn goodbye(&self, login: &LoginId, now: Time) -> Result<(), StoreError> {
        // An agent that dropped without a goodbye is no reason to stay online after one.
        if !self.0.presences.keeps_online(login) {
            self.0.store.set_state(login.clone(), Presence::Off, now).await?;
        }
        self.presence_changed(login, now).await;
        Ok(())
    }

    /// These devices of a login (`None`: all) are no longer its devices: their connections end.
    pub fn revoked(&self, login: &LoginId, device: Option<&DeviceId>) {
        for socket in self.0.registry.of(&Party::Login(login.clone())) {
            if device.is_none() || socket.device.as_ref() == device {
                socket.push(registry::Push::Close("this device was revoked"));
            }
        }
    }

    /// Whether a login can be rung (S113).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn presence(&self, login: &LoginId, now: Time) -> Result<Presence, StoreError> {
        Ok(self.0.presences.of(&self.0.store, login, now, &self.0.times).await?.0)
    }

    /// The server stops: tells everybody and waits a moment for the sockets to close.
    pub async fn close(&self) {
        self.0.closing.store(true, Ordering::Release);
        let rounds = 50;
        for _ in 0..rounds {
            if self.0.registry.push_all(&registry::Push::Close("the server is restarting")) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Says a presence to the database. A failure is logged: presence heals with the next refresh.
    async fn set_state(&self, login: &LoginId, state: Presence, now: Time) {
        if let Err(error) = self.0.store.set_state(login.clone(), state, now).await {
            tracing::warn!("presence of a login was not written: {error}");
        }
    }

    /// Tells the open calls to this login.
    async fn presence_changed(&self, login: &LoginId, now: Time) {
        let calls = self.0.board.to(&Party::Login(login.clone()));
        if calls.is_empty() {
            return;
        }
        match self.0.presences.of(&self.0.store, login, now, &self.0.times).await {
            Ok((presence, _)) => calls.iter().for_each(|call| call.presence(presence)),
            Err(error) => tracing::warn!("presence of a login was not read: {error}"),
        }
    }

    /// When an agent's grace is over and none came back, the login is no longer online.
    fn lapse_later(&self, login: LoginId, until: Time) {
        let live = self.clone();
        tokio::spawn(async move {
            let wait = u64::try_from(until.since(Time::now())).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let now = Time::now();
            if !live.0.closing.load(Ordering::Acquire) && live.0.presences.lapse(&login, now.plus(1)) {
                live.set_state(&login, Presence::On, now).await;
                live.presence_changed(&login, now).await;
            }
        });
    }
}

/// `/v1/live`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/v1/live", get(socket::upgrade))
}
