//! Logins: registered, found, confirmed, deleted.

use rusqlite::{Row, params};

use super::{
    Db, LoginRow, NewDevice, Registered, Result, Store, StoreError,
    db::{signed, unsigned},
    ports,
};
use crate::wire::{LoginId, Time};

pub(super) const NO_LOGIN: StoreError = StoreError::NotFound("login");

impl Store {
    /// A new login, or the same registration (login, token, address) as before, answered the same. The
    /// device that has the login may correct an address that is not confirmed yet: that is `New` again.
    ///
    /// # Errors
    /// `Taken` when the name is somebody else's, or was (a deleted login's name stays taken).
    pub async fn register(
        &self,
        login: LoginId,
        mail: String,
        device: NewDevice,
        now: Time,
    ) -> Result<Registered> {
        self.write(move |db| db.register(&login, mail.trim(), &device, now)).await
    }

    /// By name; `None` also for a deleted one.
    pub async fn login(&self, login: LoginId) -> Result<Option<LoginRow>> {
        self.read(move |db| db.login(&login)).await
    }

    /// By the row number that a `confirm` or `sign-in` ticket names.
    pub async fn login_by_row(&self, row: u64) -> Result<Option<LoginRow>> {
        self.read(move |db| db.login_by_row(row)).await
    }

    /// The login whose *confirmed* address this is.
    pub async fn login_by_mail(&self, address: String) -> Result<Option<LoginId>> {
        self.read(move |db| db.verified_login(&address)).await
    }

    /// The address is confirmed, unless another login confirmed it first (then false). Ports that were kept
    /// 24 hours are kept 90 days from now. Confirming again is true again.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn confirm(&self, login: LoginId, now: Time) -> Result<bool> {
        self.write(move |db| db.confirm(&login, now)).await
    }

    /// The login, its devices, ports, presence, rules, notices and mail rows; its side of conversations is
    /// emptied. The name stays taken (a tombstone), so that nobody inherits its mails' buttons.
    ///
    /// # Errors
    /// `NotFound("login")`.
    pub async fn delete_login(&self, login: LoginId, now: Time) -> Result<()> {
        let (devices, gone) = (self.devices.clone(), login.clone());
        self.writer
            .write_then(move |db| db.delete_login(&login, now), move |()| devices.forget_login(&gone))
            .await
    }
}

impl Db<'_> {
    /// The row number of a login that is not deleted.
    pub(super) fn login_number(&self, login: &LoginId) -> Result<i64> {
        let find = "SELECT row FROM login WHERE name = ?1 AND deleted IS NULL";
        self.one(find, [login.as_str()], |row| Ok(row.get(0)?))?.ok_or(NO_LOGIN)
    }

    pub(super) fn login(&self, login: &LoginId) -> Result<Option<LoginRow>> {
        let find = "SELECT row, name, mail, verified, created FROM login WHERE name = ?1 AND deleted IS NULL";
        self.one(find, [login.as_str()], |row| self.login_row(row))
    }

    pub(super) fn login_by_row(&self, row: u64) -> Result<Option<LoginRow>> {
        let find = "SELECT row, name, mail, verified, created FROM login WHERE row = ?1 AND deleted IS NULL";
        self.one(find, [signed(row)], |row| self.login_row(row))
    }

    fn login_row(&self, row: &Row<'_>) -> Result<LoginRow> {
        let name: String = row.get(1)?;
        let mail =
            self.keys.unseal("login.mail", &name, row.get_ref(2)?.as_blob().map_err(|_| damaged())?)?;
        Ok(LoginRow {
            row: unsigned(row.get(0)?),
            login: read_login(name)?,
            mail,
            verified: row.get(3)?,
            created: Time(row.get(4)?),
        })
    }

    /// Who confirmed this address.
    pub(super) fn verified_login(&self, address: &str) -> Result<Option<LoginId>> {
        for index in self.keys.indexes("login.mail", address) {
            let find = "SELECT name FROM login WHERE mail_index = ?1 AND verified = 1";
            if let Some(login) = self.one(find, [index], |row| read_login(row.get(0)?))? {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }

    fn register(&self, login: &LoginId, mail: &str, device: &NewDevice, now: Time) -> Result<Registered> {
        let name = login.as_str();
        let index = self.keys.index("login.mail", mail);
        if self.any("SELECT 1 FROM login WHERE name = ?1", [name])? {
            let theirs =
                "SELECT 1 FROM device d JOIN login l ON l.row = d.login WHERE l.name = ?1 AND d.token = ?2";
            let row = match self.login(login)? {
                Some(row) if self.any(theirs, params![name, device.token.0])? => row,
                _ => return Err(StoreError::Taken),
            };
            if row.mail.to_lowercase() == mail.to_lowercase() {
                return Ok(Registered::Same(row));
            }
            if row.verified {
                return Err(StoreError::Taken);
            }
            let sealed = self.keys.seal("login.mail", name, mail)?;
            let correct = "UPDATE login SET mail = ?2, mail_index = ?3 WHERE name = ?1";
            self.run(correct, params![name, sealed, index])?;
            return Ok(Registered::New(LoginRow { mail: mail.to_owned(), ..row }));
        }
        let sealed = self.keys.seal("login.mail", name, mail)?;
        let add = "INSERT INTO login (name, mail, mail_index, created) VALUES (?1, ?2, ?3, ?4)";
        self.run(add, params![name, sealed, index, now.0])?;
        let row = self.sql.last_insert_rowid();
        self.run("INSERT INTO presence (login) VALUES (?1)", [row])?;
        self.add_device(row, device, now)?;
        Ok(Registered::New(LoginRow {
            row: unsigned(row),
            login: login.clone(),
            mail: mail.to_owned(),
            verified: false,
            created: now,
        }))
    }

    fn confirm(&self, login: &LoginId, now: Time) -> Result<bool> {
        let row = self.login(login)?.ok_or(NO_LOGIN)?;
        match self.verified_login(&row.mail)? {
            Some(first) if first == *login => return Ok(true),
            Some(_) => return Ok(false),
            None => {}
        }
        // Indexed by the newest key from now on: the unique index then holds for all that confirm later.
        let index = self.keys.index("login.mail", &row.mail);
        self.run(
            "UPDATE login SET verified = 1, mail_index = ?2 WHERE name = ?1",
            params![login.as_str(), index],
        )?;
        let keep = "UPDATE port SET until = max(until, ?2) WHERE login = ?1 AND released IS NULL";
        self.run(keep, params![signed(row.row), now.plus(ports::KEPT).0])?;
        Ok(true)
    }

    fn delete_login(&self, login: &LoginId, now: Time) -> Result<()> {
        let row = self.login_number(login)?;
        for delete in [
            "DELETE FROM device WHERE login = ?1",
            "DELETE FROM code WHERE login = ?1",
            "DELETE FROM presence WHERE login = ?1",
            "DELETE FROM rule WHERE login = ?1",
            "DELETE FROM letter WHERE login = ?1",
            "DELETE FROM notice WHERE login = ?1",
            "DELETE FROM role WHERE login = ?1",
            "UPDATE ad SET owner = NULL WHERE owner = ?1",
            // A campaign's ledger stays; its buttons lead nowhere.
            "UPDATE campaign SET owner = NULL WHERE owner = ?1",
            "DELETE FROM mail WHERE owner = ?1 AND NOT EXISTS (SELECT 1 FROM campaign WHERE mail = mail.row)",
            "UPDATE mail SET owner = NULL WHERE owner = ?1",
            // Positions stay, so that the other side's history has no gap; the words go.
            "UPDATE line SET body = x'', kind = 0, by_login = NULL
             WHERE side = 0 AND conversation IN (SELECT row FROM conversation WHERE owner = ?1)",
            "UPDATE line SET body = x'', kind = 0, by_login = NULL
             WHERE side = 1 AND conversation IN (SELECT row FROM conversation WHERE peer_login = ?1)",
        ] {
            self.run(delete, [row])?;
        }
        let rest = "UPDATE port SET login = NULL, current = 0, not_before = max(not_before, ?2),
                    released = coalesce(released, ?3) WHERE login = ?1";
        self.run(rest, params![row, ports::end_of_second(now).0, now.0])?;
        let bury =
            "UPDATE login SET mail = NULL, mail_index = NULL, verified = 0, deleted = ?2 WHERE row = ?1";
        self.run(bury, params![row, now.0])?;
        Ok(())
    }
}

/// A name as it stands in a row.
pub(super) fn read_login(name: String) -> Result<LoginId> {
    LoginId::try_from(name).map_err(|_| damaged())
}

fn damaged() -> StoreError {
    StoreError::Damaged("login")
}
