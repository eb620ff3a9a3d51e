//! What the domain's questions are asked of: one connection in one transaction, with the keys.

use rusqlite::{Connection, Params, Row};

use super::{StoreError, keys::Keys, pool::Pool};

type Result<T> = std::result::Result<T, StoreError>;

/// The database inside one transaction, the writer's or a reader's.
#[derive(Clone, Copy)]
pub(super) struct Db<'a> {
    pub(super) sql: &'a Connection,
    pub(super) keys: &'a Keys,
    pub(super) pool: &'a Pool,
}

impl Db<'_> {
    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    /// Every row.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.sql.prepare_cached(sql)?.query_and_then(params, read)?.collect()
    }

    /// Whether there is a row.
    pub(super) fn any(&self, sql: &str, params: impl Params) -> Result<bool> {
        Ok(self.sql.prepare_cached(sql)?.exists(params)?)
    }

    /// Changes rows; how many.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.sql.prepare_cached(sql)?.execute(params)?)
    }

    /// Changes rows; whether there was one.
    pub(super) fn changes(&self, sql: &str, params: impl Params) -> Result<bool> {
        Ok(self.run(sql, params)? > 0)
    }
}

/// SQLite's whole numbers are signed; ours that go there never reach the upper half.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// And back.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
