//! Browsers that signed in by a mailed link: devices whose secret is in a cookie.

use rusqlite::params;

use super::{Db, DeviceRow, LoginRow, NewDevice, Result, Store, StoreError, db::signed, logins::NO_LOGIN};
use crate::wire::{SecretHash, Time, time::DAY};

/// Milliseconds after which a browser that did not come back is signed out.
pub const BROWSER_KEPT: i64 = 30 * DAY;

impl Store {
    /// Uses a `sign-in` ticket (hashed, good until `until`) up and makes `browser` a device of the login with the
    /// row number that the ticket names. One transaction: a ticket signs one browser in, once.
    ///
    /// # Errors
    /// `NotFound("ticket")` for one that was used, `NotFound("login")` for a login that is gone or whose address is
    /// not confirmed, `Taken` when another device has the secret.
    pub async fn sign_in(
        &self,
        login: u64,
        ticket: SecretHash,
        until: Time,
        browser: NewDevice,
        now: Time,
    ) -> Result<LoginRow> {
        self.write(move |db| db.sign_in(login, &ticket, until, &browser, now)).await
    }

    /// The browser whose cookie holds this secret, unless it was not used for [`BROWSER_KEPT`]. Never from memory.
    pub async fn browser(&self, secret: SecretHash, now: Time) -> Result<Option<DeviceRow>> {
        self.read(move |db| {
            let find = "SELECT d.id, l.name, d.name, d.created, d.seen
                        FROM device d JOIN login l ON l.row = d.login
                        WHERE d.token = ?1 AND d.browser = 1 AND coalesce(d.seen, d.created) > ?2";
            db.one(find, params![secret.0, now.plus(-BROWSER_KEPT).0], |row| db.device_row(row))
        })
        .await
    }
}

impl Db<'_> {
    fn sign_in(
        &self,
        login: u64,
        ticket: &SecretHash,
        until: Time,
        browser: &NewDevice,
        now: Time,
    ) -> Result<LoginRow> {
        let found = self.login_by_row(login)?.filter(|row| row.verified).ok_or(NO_LOGIN)?;
        let used = "INSERT OR IGNORE INTO used (ticket, expires) VALUES (?1, ?2)";
        if !self.changes(used, params![ticket.0, until.0])? {
            return Err(StoreError::NotFound("ticket"));
        }
        self.add_device(signed(login), browser, now)?;
        self.run("UPDATE device SET browser = 1 WHERE token = ?1", [browser.token.0])?;
        Ok(found)
    }
}
