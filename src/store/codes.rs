//! Codes: what lets one more device in, once.

use rusqlite::params;

use super::{Db, LoginRow, NewDevice, Result, Store, StoreError, logins::NO_LOGIN};
use crate::wire::{LoginId, SecretHash, Time};

const NO_CODE: StoreError = StoreError::NotFound("code");

impl Store {
    /// A code (hashed) that lets one more device in, once.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn add_code(&self, login: LoginId, code: SecretHash, expires: Time) -> Result<()> {
        self.write(move |db| {
            let add = "INSERT OR IGNORE INTO code (hash, login, expires) VALUES (?1, ?2, ?3)";
            db.run(add, params![code.0, db.login_number(&login)?, expires.0]).map(drop)
        })
        .await
    }

    /// Adds the device. The same code with the same token again gets the same answer, as long as the device
    /// is not revoked.
    ///
    /// # Errors
    /// `NotFound("code")` for one that is not this login's or was used by another device, `Expired("code")`,
    /// `Taken` when a device of another login has the token.
    pub async fn use_code(
        &self,
        login: LoginId,
        code: SecretHash,
        device: NewDevice,
        now: Time,
    ) -> Result<LoginRow> {
        self.write(move |db| db.use_code(&login, &code, &device, now)).await
    }
}

impl Db<'_> {
    fn use_code(
        &self,
        login: &LoginId,
        code: &SecretHash,
        device: &NewDevice,
        now: Time,
    ) -> Result<LoginRow> {
        // One answer for a login that is not there and a code that is not: names are no secret, but why tell.
        let number = self.login_number(login).map_err(|why| match why {
            StoreError::NotFound(_) => NO_CODE,
            other => other,
        })?;
        let find = "SELECT expires, used_by FROM code WHERE hash = ?1 AND login = ?2";
        let found = self.one(find, params![code.0, number], |row| {
            Ok((Time(row.get(0)?), row.get::<_, Option<[u8; 32]>>(1)?))
        })?;
        let (expires, used_by) = found.ok_or(NO_CODE)?;
        match used_by {
            Some(token) if token == device.token.0 => {
                let still = "SELECT 1 FROM device WHERE token = ?1 AND login = ?2";
                if !self.any(still, params![token, number])? {
                    return Err(NO_CODE);
                }
            }
            Some(_) => return Err(NO_CODE),
            None if expires <= now => return Err(StoreError::Expired("code")),
            None => {
                self.add_device(number, device, now)?;
                self.run("UPDATE code SET used_by = ?2 WHERE hash = ?1", params![code.0, device.token.0])?;
            }
        }
        self.login(login)?.ok_or(NO_LOGIN)
    }
}
