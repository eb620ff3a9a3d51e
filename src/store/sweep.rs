//! Keeping house: what has had its time goes, a little at a time so that the writer stays free for others.

use rusqlite::params;

use super::{Result, Store, ports};
use crate::wire::{Time, time::DAY};

/// Rows (conversations with all their lines) that go in one transaction.
const AT_ONCE: i64 = 200;

/// How long ended calls and used codes are kept: longer than the manners look back.
const AFTERGLOW: i64 = 7 * DAY;

/// A mail row is kept at least as long as its tickets live.
const TICKETS: i64 = 91 * DAY;

impl Store {
    /// Conversations `keep` milliseconds after their last line, seen notices, ended calls, used codes, ports
    /// past their time, mails that lead nowhere any more. Returns how many rows went.
    pub async fn sweep(&self, now: Time, keep: i64) -> Result<u64> {
        let before = |age: i64| now.plus(-age).0;
        let mut gone = 0;
        for (delete, time) in [
            (
                "DELETE FROM conversation WHERE row IN (SELECT c.row FROM conversation c WHERE c.touched < ?1
                 AND NOT EXISTS (SELECT 1 FROM call WHERE conversation = c.row AND state <= 1) LIMIT ?2)",
                before(keep),
            ),
            (
                "DELETE FROM notice WHERE row IN (SELECT row FROM notice WHERE seen = 1 AND at < ?1 LIMIT ?2)",
                before(DAY),
            ),
            (
                "DELETE FROM call WHERE row IN (SELECT row FROM call WHERE state > 1 AND changed < ?1 LIMIT ?2)",
                before(AFTERGLOW),
            ),
            (
                "DELETE FROM code WHERE hash IN (SELECT hash FROM code WHERE expires < ?1 LIMIT ?2)",
                before(AFTERGLOW),
            ),
            (
                "DELETE FROM notified WHERE pair IN (SELECT pair FROM notified WHERE at < ?1 LIMIT ?2)",
                before(DAY),
            ),
            (
                "DELETE FROM port WHERE port IN
                 (SELECT port FROM port WHERE released IS NULL AND until < ?1 LIMIT ?2)",
                now.0,
            ),
            (
                "DELETE FROM port WHERE port IN
                 (SELECT port FROM port WHERE released IS NOT NULL AND released < ?1 LIMIT ?2)",
                before(ports::RESTS),
            ),
            (
                "DELETE FROM mail WHERE row IN (SELECT m.row FROM mail m WHERE m.created < ?1
                 AND NOT EXISTS (SELECT 1 FROM conversation WHERE mail = m.row) LIMIT ?2)",
                before(keep.max(TICKETS)),
            ),
        ] {
            loop {
                let went = self.write(move |db| db.run(delete, params![time, AT_ONCE])).await?;
                gone += went as u64;
                if went < usize::try_from(AT_ONCE).unwrap_or(usize::MAX) {
                    break;
                }
            }
        }
        Ok(gone)
    }

    /// Writes and commits something of no meaning: whether the database can, for `/healthz`.
    pub async fn probe(&self, now: Time) -> Result<()> {
        self.write(move |db| {
            db.run("INSERT OR REPLACE INTO probe (row, at) VALUES (1, ?1)", [now.0]).map(drop)
        })
        .await
    }
}
