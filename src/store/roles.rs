//! Roles: who is a company, a manager, an operator.

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::{
    Db, Place, Result, Store, StoreError,
    logins::{NO_LOGIN, read_login},
    open,
};
use crate::wire::{
    LoginId, Time,
    promotion::{Granted, Role},
};

impl Store {
    /// What a login may do beyond its own. Asked anew each time, so that a grant counts at once.
    pub async fn roles(&self, login: LoginId) -> Result<Vec<Role>> {
        self.read(move |db| db.roles(&login)).await
    }

    /// `grant`: gives a role, beside a running server, durable when it returns. Again changes nothing but `shop`, the
    /// login for whose port it is rung. Needs neither the lock nor the keys (blocking).
    ///
    /// # Errors
    /// `NotFound("database")`, `NotFound("login")` for either login, `Version`, `Disk`.
    pub fn grant(
        place: &Place,
        login: &LoginId,
        role: Role,
        shop: Option<&LoginId>,
        now: Time,
    ) -> Result<()> {
        let mut sql = beside(place)?;
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let find = |login: &LoginId| {
            let find = "SELECT row FROM login WHERE name = ?1 AND deleted IS NULL";
            tx.query_row(find, [login.as_str()], |row| row.get::<_, i64>(0)).optional()
        };
        let row = find(login)?.ok_or(NO_LOGIN)?;
        if let Some(shop) = shop {
            find(shop)?.ok_or(NO_LOGIN)?;
        }
        let add = "INSERT INTO role (login, role, shop, at) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET shop = excluded.shop";
        tx.execute(add, params![row, number(role), shop.map_or("", LoginId::as_str), now.0])?;
        Ok(tx.commit()?)
    }

    /// `grant --revoke`: takes a role away, like [`Store::grant`]; whether the login had it.
    ///
    /// # Errors
    /// As [`Store::grant`].
    pub fn revoke_role(place: &Place, login: &LoginId, role: Role) -> Result<bool> {
        let sql = beside(place)?;
        let find = "SELECT row FROM login WHERE name = ?1 AND deleted IS NULL";
        let row: Option<i64> = sql.query_row(find, [login.as_str()], |row| row.get(0)).optional()?;
        let row = row.ok_or(NO_LOGIN)?;
        Ok(sql.execute("DELETE FROM role WHERE login = ?1 AND role = ?2", params![row, number(role)])? > 0)
    }

    /// `grant --list`: who has which role, by name.
    ///
    /// # Errors
    /// As [`Store::grant`].
    pub fn granted(place: &Place) -> Result<Vec<Granted>> {
        let sql = beside(place)?;
        let find = "SELECT l.name, r.role, r.shop, r.at FROM role r JOIN login l ON l.row = r.login
                    WHERE l.deleted IS NULL ORDER BY l.name, r.role";
        let mut found = sql.prepare(find)?;
        let rows = found.query_and_then([], |row| {
            let shop: String = row.get(2)?;
            Ok(Granted {
                login: read_login(row.get(0)?)?,
                role: role(row.get(1)?).ok_or(StoreError::Damaged("role"))?,
                shop: Some(shop).filter(|shop| !shop.is_empty()).map(read_login).transpose()?,
                at: Time(row.get(3)?),
            })
        })?;
        rows.collect()
    }
}

/// The database of a server that may be running, neither locked nor opened with its keys.
fn beside(place: &Place) -> Result<Connection> {
    if !place.has_database() {
        return Err(StoreError::NotFound("database"));
    }
    let sql = open::connect(&place.database(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if open::check(&sql)? < open::MIGRATIONS.len() {
        return Err(StoreError::Version("start ch-serve once: it brings the database up to date".to_owned()));
    }
    sql.pragma_update(None, "synchronous", "FULL")?;
    sql.pragma_update(None, "foreign_keys", true)?;
    Ok(sql)
}

impl Db<'_> {
    fn roles(&self, login: &LoginId) -> Result<Vec<Role>> {
        let find = "SELECT r.role FROM role r JOIN login l ON l.row = r.login
                    WHERE l.name = ?1 AND l.deleted IS NULL ORDER BY r.role";
        let numbers: Vec<i64> = self.all(find, [login.as_str()], |row| Ok(row.get(0)?))?;
        Ok(numbers.into_iter().filter_map(role).collect())
    }
}

fn number(role: Role) -> i64 {
    match role {
        Role::Company => 0,
        Role::Manager => 1,
        Role::Operator => 2,
    }
}

fn role(number: i64) -> Option<Role> {
    [Role::Company, Role::Manager, Role::Operator].into_iter().find(|role| self::number(*role) == number)
}
