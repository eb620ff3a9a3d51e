//! The second database: port → login, until when (S103).

use rusqlite::{Row, params};

use super::{
    Db, PortRow, Result, Store, StoreError,
    logins::{NO_LOGIN, read_login},
};
use crate::wire::{
    LoginId, Port, Time,
    time::{DAY, HOUR, SECOND},
};

/// How long a port is kept after its last use.
pub(super) const KEPT: i64 = 90 * DAY;
/// The same while its login's address is unconfirmed.
const KEPT_UNCONFIRMED: i64 = 24 * HOUR;
/// How long a released number rests before it is given out again: as long as a chat ticket lives.
pub(super) const RESTS: i64 = 90 * DAY;

/// Ports that one login has at a time, in use: each is good for all its mails, so that few need a second.
const ONE_LOGINS: i64 = 100;
const ENOUGH: StoreError = StoreError::Enough("100 ports");

const NO_PORT: StoreError = StoreError::NotFound("port");

/// Numbers that nobody can be given at the time `?1`.
const TAKEN: &str = "SELECT /* all */ port FROM port
    WHERE (released IS NULL AND until > ?1) OR (released IS NOT NULL AND released + ?2 > ?1) ORDER BY port";

impl Store {
    /// The current port, renewed; or another made current, at random (the old one stays valid). Kept until
    /// 90 days from now, 24 hours while the address is unconfirmed.
    ///
    /// # Errors
    /// `NotFound("login")`, `NoPorts`, `Enough` for another one when the login has a hundred that are neither
    /// released nor past their time.
    pub async fn assign_port(&self, login: LoginId, new: bool, now: Time) -> Result<PortRow> {
        self.write(move |db| db.assign_port(&login, new, now)).await
    }

    /// A port that was assigned and neither released nor swept.
    pub async fn port(&self, port: Port) -> Result<Option<PortRow>> {
        self.read(move |db| db.port(port)).await
    }

    /// Releasing withdraws the port's buttons; the number is not given out again for 90 days.
    ///
    /// # Errors
    /// `NotFound("port")` when it is not this login's.
    pub async fn release_port(&self, login: LoginId, port: Port, now: Time) -> Result<()> {
        self.write(move |db| {
            let release = "UPDATE port SET released = ?3, current = 0, not_before = max(not_before, ?4)
                           WHERE port = ?1 AND login = ?2 AND released IS NULL";
            let number = db.login_number(&login)?;
            let end = end_of_second(now).0;
            let gone = db.changes(release, params![port.get(), number, now.0, end])?;
            if gone { Ok(()) } else { Err(NO_PORT) }
        })
        .await
    }

    /// Tickets minted before `now` are withdrawn; the port stays. Tickets count in whole seconds, so those of
    /// the rest of this second are withdrawn too.
    ///
    /// # Errors
    /// `NotFound("port")` when it is not this login's.
    pub async fn withdraw(&self, login: LoginId, port: Port, now: Time) -> Result<()> {
        self.write(move |db| {
            let withdraw = "UPDATE port SET not_before = max(not_before, ?3)
                            WHERE port = ?1 AND login = ?2 AND released IS NULL";
            let number = db.login_number(&login)?;
            let there = db.changes(withdraw, params![port.get(), number, end_of_second(now).0])?;
            if there { Ok(()) } else { Err(NO_PORT) }
        })
        .await
    }

    /// How many ports there are.
    #[must_use]
    pub fn pool_size(&self) -> u64 {
        self.readers.pool_size()
    }

    /// (in use or resting, size of the pool): for the warning at 90 % and the metrics.
    pub async fn pool(&self, now: Time) -> Result<(u64, u64)> {
        self.read(move |db| {
            let taken = db.taken_ports(now)?;
            let used = taken.iter().filter(|&&number| db.pool.holds(number)).count();
            Ok((used as u64, db.pool.size()))
        })
        .await
    }
}

impl Db<'_> {
    fn assign_port(&self, login: &LoginId, new: bool, now: Time) -> Result<PortRow> {
        let find = "SELECT row, verified FROM login WHERE name = ?1 AND deleted IS NULL";
        let (number, verified): (i64, bool) =
            self.one(find, [login.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?.ok_or(NO_LOGIN)?;
        let until = now.plus(if verified { KEPT } else { KEPT_UNCONFIRMED }).0;
        if !new {
            let renew = "UPDATE port SET until = max(until, ?2) WHERE login = ?1 AND current = 1
                         RETURNING port, until, current, not_before";
            if let Some(port) = self.one(renew, params![number, until], |row| port_row(row, login.clone()))? {
                return Ok(port);
            }
        }
        if new && self.own_ports(number, now)? >= ONE_LOGINS {
            return Err(ENOUGH);
        }
        let is_taken = "SELECT 1 FROM port WHERE port = ?3
            AND ((released IS NULL AND until > ?1) OR (released IS NOT NULL AND released + ?2 > ?1))";
        let port = self
            .pool
            .choose(|number| self.any(is_taken, params![now.0, RESTS, number]), || self.taken_ports(now))?;
        self.run("UPDATE port SET current = 0 WHERE login = ?1 AND current = 1", [number])?;
        // Whoever had the number before: their tickets are from before this second, and withdrawn.
        let add =
            "INSERT OR REPLACE INTO port (port, login, until, current, not_before) VALUES (?1, ?2, ?3, 1, ?4)
                   RETURNING port, until, current, not_before";
        let begin = now.0 - now.0.rem_euclid(SECOND);
        self.one(add, params![port.get(), number, until, begin], |row| port_row(row, login.clone()))?
            .ok_or(NO_PORT)
    }

    /// How many a login has, neither released nor past their time.
    fn own_ports(&self, login: i64, now: Time) -> Result<i64> {
        let count = "SELECT count(*) FROM port WHERE login = ?1 AND released IS NULL AND until > ?2";
        Ok(self.one(count, params![login, now.0], |row| Ok(row.get(0)?))?.unwrap_or(0))
    }

    fn taken_ports(&self, now: Time) -> Result<Vec<u32>> {
        self.all(TAKEN, params![now.0, RESTS], |row| Ok(row.get(0)?))
    }

    fn port(&self, port: Port) -> Result<Option<PortRow>> {
        let find = "SELECT p.port, p.until, p.current, p.not_before, l.name FROM port p JOIN login l ON l.row = p.login
                    WHERE p.port = ?1 AND p.released IS NULL";
        self.one(find, [port.get()], |row| port_row(row, read_login(row.get(4)?)?))
    }

    /// A mail with a button was made: its port is in use.
    ///
    /// # Errors
    /// `NotFound("port")` when it is not the owner's.
    pub(super) fn renew_port(&self, port: Port, owner: i64, now: Time) -> Result<()> {
        let renew = "UPDATE port SET until = max(until, CASE (SELECT verified FROM login WHERE row = ?2)
                         WHEN 1 THEN ?3 ELSE ?4 END)
                     WHERE port = ?1 AND login = ?2 AND released IS NULL";
        let ahead = params![port.get(), owner, now.plus(KEPT).0, now.plus(KEPT_UNCONFIRMED).0];
        if self.changes(renew, ahead)? { Ok(()) } else { Err(NO_PORT) }
    }
}

fn port_row(row: &Row<'_>, login: LoginId) -> Result<PortRow> {
    Ok(PortRow {
        port: Port::try_from(row.get::<_, u32>(0)?).map_err(|_| StoreError::Damaged("port.port"))?,
        login,
        until: Time(row.get(1)?),
        current: row.get(2)?,
        not_before: Time(row.get(3)?),
    })
}

/// The first whole second not before `time`: nothing minted until then counts as minted later.
pub(super) fn end_of_second(time: Time) -> Time {
    Time(time.0.saturating_add(SECOND - 1).div_euclid(SECOND).saturating_mul(SECOND))
}
