//! The first database: login → latest host, when seen, state.

use std::net::IpAddr;

use rusqlite::{Row, params};

use super::{
    Db, LoginRow, PresenceRow, Result, Standing, Store, StoreError, db::unsigned, logins::NO_LOGIN,
    logins::read_login,
};
use crate::wire::{LoginId, NoticeId, Time, limits, record::Presence};

/// Notices told at once.
#[allow(clippy::cast_possible_truncation, reason = "a small constant")]
const NOTICES: u32 = limits::NOTICES as u32;

/// What a refresh reads on its way.
struct RefreshedRow {
    number: i64,
    mail: Vec<u8>,
    verified: bool,
    created: Time,
    refreshed: Time,
    state: Presence,
    missed: u32,
}

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
        // Sealed and opened here, not by the writer: it has enough to do.
        let sealed = self.keys.seal("presence.host", login.as_str(), &host)?;
        let named = host.parse::<IpAddr>().is_err();
        let (hosts, key, put) = (self.hosts.clone(), login.clone(), host.clone());
        let work = move |db: Db<'_>| {
            let refreshed = db.refresh(&key, &sealed, named, now)?;
            if !seen.is_empty() {
                db.seen(&key, &seen)?;
            }
            let notices = db.notices(&key, NOTICES)?;
            Ok((key, refreshed, notices))
        };
        let (login, refreshed, notices) =
            self.writer.write_then(work, move |(login, ..)| hosts.put(login.clone(), put, now)).await?;
        Ok(Standing {
            login: LoginRow {
                row: unsigned(refreshed.number),
                mail: self.keys.unseal("login.mail", login.as_str(), &refreshed.mail)?,
                login: login.clone(),
                verified: refreshed.verified,
                created: refreshed.created,
            },
            presence: PresenceRow {
                login,
                host: Some(host),
                refreshed: Some(refreshed.refreshed),
                state: refreshed.state,
                missed_in_row: refreshed.missed,
            },
            notices,
        })
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
    /// The hot path. No RETURNING: SQLite builds a table for it each time.
    fn refresh(&self, login: &LoginId, sealed: &[u8], named: bool, now: Time) -> Result<RefreshedRow> {
        let find = "SELECT l.row, l.mail, l.verified, l.created, p.refreshed, p.state, p.missed
                    FROM login l JOIN presence p ON p.login = l.row WHERE l.name = ?1";
        let row = self.one(find, [login.as_str()], |row| {
            Ok(RefreshedRow {
                number: row.get(0)?,
                mail: row.get(1)?,
                verified: row.get(2)?,
                created: Time(row.get(3)?),
                refreshed: row.get::<_, Option<i64>>(4)?.map_or(now, |was| Time(was).max(now)),
                state: from_number(row.get::<_, i64>(5)?.max(1))?,
                missed: row.get(6)?,
            })
        })?;
        let row = row.ok_or(NO_LOGIN)?;
        let refresh =
            "UPDATE presence SET host = ?2, named = ?3, seen = max(coalesce(seen, 0), ?4), refreshed = ?5,
                           state = max(state, 1)
                       WHERE login = ?1";
        self.run(refresh, params![row.number, sealed, named, now.0, row.refreshed.0])?;
        Ok(row)
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
