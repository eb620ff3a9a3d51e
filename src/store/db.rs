//! What the domain's questions are asked of: one connection in one transaction, with the keys.

use rusqlite::{CachedStatement, Connection, Params, Row};

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
    fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        #[cfg(test)]
        self.check_plan(sql);
        Ok(self.sql.prepare_cached(sql)?)
    }

    /// In tests, whatever is asked must be found by an index, unless the statement says `/* all */`.
    #[cfg(test)]
    fn check_plan(&self, sql: &str) {
        let Ok(mut explain) = self.sql.prepare_cached(&format!("EXPLAIN QUERY PLAN {sql}")) else { return };
        let mut steps = explain.raw_query();
        while let Ok(Some(step)) = steps.next() {
            let step: String = step.get(3).unwrap_or_default();
            let reads_all = step.starts_with("SCAN ")
                && !step.contains("CONSTANT ROW")
                && !step.contains("(subquery")
                && !sql.contains("/* all */");
            assert!(!reads_all, "{step}: {sql}");
        }
    }

    /// The first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.prepare(sql)?;
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
        self.prepare(sql)?.query_and_then(params, read)?.collect()
    }

    /// Whether there is a row.
    pub(super) fn any(&self, sql: &str, params: impl Params) -> Result<bool> {
        Ok(self.prepare(sql)?.exists(params)?)
    }

    /// Changes rows; how many.
    pub(super) fn run(&self, sql: &str, params: impl Params) -> Result<usize> {
        Ok(self.prepare(sql)?.execute(params)?)
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
