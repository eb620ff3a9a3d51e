//! The first database: login → latest host, when seen, state.

use std::net::IpAddr;

use rusqlite::{Row, params};

use super::{Db, PresenceRow, Result, Standing, Store, StoreError, logins::NO_LOGIN, logins::read_login};
use crate::wire::{LoginId, NoticeId, Time, limits, record::Presence};

/// Notices told at once.
#[allow(clippy::cast_possible_truncation, reason = "a small constant")]
const NOTICES: u32 = limits::NOTICES as u32;

impl Store {
    /// Any authenticated request: the latest host, unless the last refresh set a name, which then stays. Writes
    /// only when the host changed or 60 s passed.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn touch(&self, login: LoginId, host: String, now: Time) -> Result<()> {
        if self.hosts.has(login.as_str(), &host, now) {
            return Ok(());
        }
        let sealed = self.keys.seal("presence.host", login.as_str(), &host)?;
        let (hosts, key) = (self.hosts.clone(), login.clone());
        self.writer
            .write_then(
                move |db| {
                    let touch =
                        "UPDATE presence SET host = iif(named, host, ?2), seen = max(coalesce(seen, 0), ?3)
                                 WHERE login = (SELECT row FROM login WHERE name = ?1)";
                    let there = db.changes(touch, params![login.as_str(), sealed, now.0])?;
                    if there { Ok(()) } else { Err(NO_LOGIN) }
                },
                move |()| hosts.put(key, host, now),
            )
            .await
    }

    /// `PUT /v1/presence`: one durable transaction. Clears `seen`, sets host, refreshed and (unless an agent
    /// holds it online) state On. Returns what it answers with, as it stands then: a read of its own would be one
    /// more way to another thread and back.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn refresh(
        &self,
        login: LoginId,
        host: String,
        seen: Vec<NoticeId>,
        now: Time,
    ) -> Result<Standing> {
        let sealed = self.keys.seal("presence.host", login.as_str(), &host)?;
        let (hosts, key, put) = (self.hosts.clone(), login.clone(), host.clone());
        self.writer
            .write_then(
                move |db| {
                    let presence = db.refresh(&login, &sealed, host, now)?;
                    if !seen.is_empty() {
                        db.seen(&login, &seen)?;
                    }
                    let row = db.login(&login)?.ok_or(NO_LOGIN)?;
                    Ok(Standing { login: row, presence, notices: db.notices(&login, NOTICES)? })
                },
                move |_| hosts.put(key, put, now),
            )
            .await
    }

    /// Records a change: Online, Busy or Away when an agent is there, On or Off when not.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn set_state(&self, login: LoginId, state: Presence, now: Time) -> Result<()> {
        self.write(move |db| {
            let set = "UPDATE presence SET state = ?2, seen = max(coalesce(seen, 0), ?3)
                       WHERE login = (SELECT row FROM login WHERE name = ?1)";
            let there = db.changes(set, params![login.as_str(), to_number(state), now.0])?;
            if there { Ok(()) } else { Err(NO_LOGIN) }
        })
        .await
    }

    /// As it stands; `None` for a login that is not there.
    pub async fn presence(&self, login: LoginId) -> Result<Option<PresenceRow>> {
        self.read(move |db| db.presence(&login)).await
    }

    /// The same without a refresh.
    pub async fn standing(&self, login: LoginId) -> Result<Option<Standing>> {
        self.read(move |db| {
            let (Some(row), Some(presence)) = (db.login(&login)?, db.presence(&login)?) else {
                return Ok(None);
            };
            Ok(Some(Standing { login: row, presence, notices: db.notices(&login, NOTICES)? }))
        })
        .await
    }

    /// Logins recorded as having an agent: what a server that starts counts as online for 60 s.
    pub async fn with_agents(&self) -> Result<Vec<PresenceRow>> {
        self.read(move |db| {
            let find = "SELECT l.name, p.host, p.refreshed, p.state, p.missed
                        FROM presence p JOIN login l ON l.row = p.login WHERE p.state >= 2 ORDER BY l.name";
            db.all(find, [], |row| db.presence_row(row))
        })
        .await
    }

    /// The person did something: unanswered rings in a row are 0 again.
    pub async fn is_awake(&self, login: LoginId) -> Result<()> {
        self.write(move |db| {
            let awake = "UPDATE presence SET missed = 0
                         WHERE login = (SELECT row FROM login WHERE name = ?1) AND missed > 0";
            db.run(awake, [login.as_str()]).map(drop)
        })
        .await
    }
}

impl Db<'_> {
    /// The hot path: one statement by primary key.
    fn refresh(&self, login: &LoginId, sealed: &[u8], host: String, now: Time) -> Result<PresenceRow> {
        let refresh = "UPDATE presence SET host = ?2, named = ?4, seen = max(coalesce(seen, 0), ?3),
                           refreshed = max(coalesce(refreshed, 0), ?3), state = max(state, 1)
                       WHERE login = (SELECT row FROM login WHERE name = ?1)
                       RETURNING refreshed, state, missed";
        let named = host.parse::<IpAddr>().is_err();
        self.one(refresh, params![login.as_str(), sealed, now.0, named], |row| {
            Ok(PresenceRow {
                login: login.clone(),
                host: Some(host),
                refreshed: Some(Time(row.get(0)?)),
                state: from_number(row.get(1)?)?,
                missed_in_row: row.get(2)?,
            })
        })?
        .ok_or(NO_LOGIN)
    }

    fn presence(&self, login: &LoginId) -> Result<Option<PresenceRow>> {
        let find = "SELECT l.name, p.host, p.refreshed, p.state, p.missed
                    FROM login l JOIN presence p ON p.login = l.row WHERE l.name = ?1";
        self.one(find, [login.as_str()], |row| self.presence_row(row))
    }

    fn presence_row(&self, row: &Row<'_>) -> Result<PresenceRow> {
        let name: String = row.get(0)?;
        let host: Option<Vec<u8>> = row.get(1)?;
        let host = host.map(|sealed| self.keys.unseal("presence.host", &name, &sealed)).transpose()?;
        Ok(PresenceRow {
            login: read_login(name)?,
            host,
            refreshed: row.get::<_, Option<i64>>(2)?.map(Time),
            state: from_number(row.get(3)?)?,
            missed_in_row: row.get(4)?,
        })
    }
}

/// On disk the states are in an order: at least 1 is on, at least 2 has an agent.
fn to_number(state: Presence) -> i64 {
    match state {
        Presence::Off | Presence::Unknown => 0,
        Presence::On => 1,
        Presence::Online => 2,
        Presence::Busy => 3,
        Presence::Away => 4,
    }
}

fn from_number(number: i64) -> Result<Presence> {
    Ok(match number {
        0 => Presence::Off,
        1 => Presence::On,
        2 => Presence::Online,
        3 => Presence::Busy,
        4 => Presence::Away,
        _ => return Err(StoreError::Damaged("presence.state")),
    })
}
