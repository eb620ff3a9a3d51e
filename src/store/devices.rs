//! Devices: the machines of a login, found by the hash of their token, with a map in memory in front.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use rusqlite::{Row, params};

use super::{Db, DeviceRow, NewDevice, Result, Store, StoreError, logins::read_login};
use crate::wire::{DeviceId, LoginId, SecretHash, Time, secret};

/// Devices in the map; beyond that it begins anew.
const REMEMBERED: usize = 100_000;

/// What the table says, as long as nothing that was said has changed.
#[derive(Debug, Default)]
pub(super) struct Devices {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    by_token: HashMap<SecretHash, DeviceRow>,
    /// Raised by whatever takes a device away: an answer that was read before does not go in after.
    age: u64,
}

impl Devices {
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, token: &SecretHash) -> (Option<DeviceRow>, u64) {
        let known = self.known();
        (known.by_token.get(token).cloned(), known.age)
    }

    fn remember(&self, token: SecretHash, device: DeviceRow, age: u64) {
        let mut known = self.change();
        if known.age == age {
            if known.by_token.len() >= REMEMBERED {
                known.by_token.clear();
            }
            known.by_token.insert(token, device);
        }
    }

    fn forget(&self, gone: impl Fn(&DeviceRow) -> bool) {
        let mut known = self.change();
        known.age += 1;
        known.by_token.retain(|_, device| !gone(device));
    }

    /// Called between COMMIT and the answer.
    pub(super) fn forget_login(&self, login: &LoginId) {
        self.forget(|device| device.login == *login);
    }
}

impl Store {
    /// Who has this token; never a browser, whose secret is no token. From memory when it was asked before.
    pub async fn device(&self, token: SecretHash) -> Result<Option<DeviceRow>> {
        let (known, age) = self.devices.get(&token);
        if known.is_some() {
            return Ok(known);
        }
        let found = self.read(move |db| db.device(&token)).await?;
        if let Some(device) = &found {
            self.devices.remember(token, device.clone(), age);
        }
        Ok(found)
    }

    /// A login's devices, the oldest first.
    pub async fn devices(&self, login: LoginId) -> Result<Vec<DeviceRow>> {
        self.read(move |db| {
            let find =
                "SELECT d.id, l.name, d.name, d.created, d.seen FROM device d JOIN login l ON l.row = d.login
                        WHERE l.name = ?1 ORDER BY d.created, d.row";
            db.all(find, [login.as_str()], |row| db.device_row(row))
        })
        .await
    }

    /// This device made an authenticated request. Writes at most once in 60 s a device.
    pub async fn saw_device(&self, device: DeviceId, now: Time) -> Result<()> {
        if self.seen.has(&device, &(), now) {
            return Ok(());
        }
        let (seen, id) = (self.seen.clone(), device.clone());
        self.writer
            .write_then(
                move |db| {
                    let saw = "UPDATE device SET seen = ?2 WHERE id = ?1";
                    db.run(saw, params![device.as_str(), now.0]).map(drop)
                },
                move |()| seen.put(id, (), now),
            )
            .await
    }

    /// The device's token is worth nothing from now on.
    ///
    /// # Errors
    /// `NotFound("device")` when the login has none with this id.
    pub async fn revoke(&self, login: LoginId, device: DeviceId) -> Result<()> {
        let (devices, id) = (self.devices.clone(), device.clone());
        self.writer
            .write_then(
                move |db| {
                    let revoke = "DELETE FROM device WHERE id = ?1 AND login = ?2";
                    let gone = db.changes(revoke, params![device.as_str(), db.login_number(&login)?])?;
                    if gone { Ok(()) } else { Err(StoreError::NotFound("device")) }
                },
                move |()| devices.forget(|device| device.id == id),
            )
            .await
    }
}

impl Db<'_> {
    fn device(&self, token: &SecretHash) -> Result<Option<DeviceRow>> {
        let find =
            "SELECT d.id, l.name, d.name, d.created, d.seen FROM device d JOIN login l ON l.row = d.login
                    WHERE d.token = ?1 AND d.browser = 0";
        self.one(find, [token.0], |row| self.device_row(row))
    }

    pub(super) fn device_row(&self, row: &Row<'_>) -> Result<DeviceRow> {
        let damaged = || StoreError::Damaged("device");
        let id: String = row.get(0)?;
        let name = self.keys.unseal("device.name", &id, row.get_ref(2)?.as_blob().map_err(|_| damaged())?)?;
        Ok(DeviceRow {
            id: DeviceId::try_from(id).map_err(|_| damaged())?,
            login: read_login(row.get(1)?)?,
            name,
            created: Time(row.get(3)?),
            seen: row.get::<_, Option<i64>>(4)?.map(Time),
        })
    }

    /// One more machine of the login with this row number, or one that it has already.
    ///
    /// # Errors
    /// `Taken` when a device of another login has the token.
    pub(super) fn add_device(&self, login: i64, device: &NewDevice, now: Time) -> Result<()> {
        let whose = "SELECT login FROM device WHERE token = ?1";
        match self.one(whose, [device.token.0], |row| Ok(row.get::<_, i64>(0)?))? {
            Some(owner) if owner == login => return Ok(()),
            Some(_) => return Err(StoreError::Taken),
            None => {}
        }
        let id = random_name()?;
        let name = self.keys.seal("device.name", &id, &device.name)?;
        let add = "INSERT INTO device (id, login, token, name, created) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(add, params![id, login, device.token.0, name, now.0])?;
        Ok(())
    }
}

/// A name for something the server makes.
pub(super) fn random_name() -> Result<String> {
    secret::random_name().map_err(|e| StoreError::File(e.to_string()))
}
