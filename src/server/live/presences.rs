//! Which logins have an agent, and what their presence is (S113).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    call::{Times, presence::Facts},
    store::{Store, StoreError},
    wire::{LoginId, Time, record::Presence},
};

/// Logins with an agent, or one that dropped a moment ago.
#[derive(Debug, Default)]
pub struct Presences(Mutex<HashMap<LoginId, Agents>>);

#[derive(Debug, Default)]
struct Agents {
    /// What each connected agent says of its person, by connection.
    said: Vec<(u64, Presence)>,
    grace: Option<(Time, Presence)>,
}

impl Agents {
    /// The most willing of them: one agent that is online makes the login online.
    fn together(&self) -> Option<Presence> {
        let rank = |presence: &Presence| match presence {
            Presence::Online => 0,
            Presence::Away => 1,
            _ => 2,
        };
        self.said.iter().map(|(_, said)| *said).min_by_key(rank)
    }
}

impl Presences {
    fn table(&self) -> MutexGuard<'_, HashMap<LoginId, Agents>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent connected, or says something else of its person. Returns what the login is now.
    pub fn says(&self, login: &LoginId, socket: u64, said: Presence) -> Presence {
        let mut table = self.table();
        let agents = table.entry(login.clone()).or_default();
        agents.grace = None;
        agents.said.retain(|(id, _)| *id != socket);
        agents.said.push((socket, said));
        agents.together().unwrap_or(said)
    }

    /// An agent is gone. `until` is set when it dropped without a goodbye. Returns what the login is now among
    /// its agents: `None` when that was the last and it said goodbye.
    pub fn leaves(&self, login: &LoginId, socket: u64, until: Option<Time>) -> Option<Presence> {
        let mut table = self.table();
        let agents = table.get_mut(login)?;
        let said = agents.said.iter().find(|(id, _)| *id == socket).map(|(_, said)| *said)?;
        agents.said.retain(|(id, _)| *id != socket);
        if let Some(left) = agents.together() {
            return Some(left);
        }
        agents.grace = until.map(|until| (until, said));
        if until.is_none() {
            table.remove(login);
        }
        until.map(|_| said)
    }

    /// A server that starts: an agent was there when it stopped.
    pub fn recall(&self, login: &LoginId, until: Time, said: Presence) {
        self.table().entry(login.clone()).or_default().grace = Some((until, said));
    }

    /// The grace of a login may be over. Returns whether it is, and no agent came.
    pub fn lapse(&self, login: &LoginId, now: Time) -> bool {
        let mut table = self.table();
        let over = table.get(login).is_some_and(|agents| {
            agents.said.is_empty() && agents.grace.is_none_or(|(until, _)| until <= now)
        });
        if over {
            table.remove(login);
        }
        over
    }

    /// A tool says goodbye: whether an agent that is connected keeps the login online. The grace of one that dropped
    /// is over.
    pub fn keeps_online(&self, login: &LoginId) -> bool {
        let mut table = self.table();
        let connected = table.get(login).is_some_and(|agents| !agents.said.is_empty());
        if !connected {
            table.remove(login);
        }
        connected
    }

    /// Everything that decides the presence of a login.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn facts(&self, store: &Store, login: &LoginId) -> Result<Facts, StoreError> {
        let row = store.presence(login.clone()).await?;
        let table = self.table();
        let agents = table.get(login);
        Ok(Facts {
            agent: agents.and_then(Agents::together),
            grace: agents.and_then(|agents| agents.grace),
            refreshed: row.as_ref().filter(|row| row.state != Presence::Off).and_then(|row| row.refreshed),
            missed_in_row: row.map_or(0, |row| row.missed_in_row),
        })
    }

    /// The presence of a login at `now`, and when it changes by itself.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(
        &self,
        store: &Store,
        login: &LoginId,
        now: Time,
        times: &Times,
    ) -> Result<(Presence, Option<Time>), StoreError> {
        Ok(self.facts(store, login).await?.presence(now, times))
    }
}
