//! Keeping house: what has had its time goes. Readers look for it, so that the writer only deletes, a little at
//! a time.

use rusqlite::{params, types::Value};

use super::{BROWSER_KEPT, Result, Store, ports};
use crate::wire::{Time, time::DAY};

/// Rows looked for at a time.
const FOUND: usize = 5000;

/// Rows (conversations with all their lines) that go in one job of the writer's.
const AT_ONCE: usize = 100;

/// How long ended calls and used codes are kept: longer than the manners look back.
const AFTERGLOW: i64 = 7 * DAY;

/// A mail row is kept at least as long as its tickets live.
const TICKETS: i64 = 91 * DAY;

/// A table, its key, and which of its rows (`t`) have had their time at the moment `?1`.
macro_rules! past {
    ($table:literal, $key:literal, $when:literal) => {
        (
            concat!("SELECT /* all */ t.", $key, " FROM ", $table, " t WHERE ", $when, " LIMIT ?2"),
            // Asked again: since it was found, somebody may have said a line in it.
            concat!("DELETE FROM ", $table, " AS t WHERE t.", $key, " = ?2 AND ", $when),
        )
    };
}

impl Store {
    /// Conversations `keep` milliseconds after their last line, seen notices, ended calls, used codes and sign-in
    /// tickets, browsers that stay away, ports past their time, mails that lead nowhere any more. Returns how many
    /// rows went.
    pub async fn sweep(&self, now: Time, keep: i64) -> Result<u64> {
        let before = |age: i64| now.plus(-age).0;
        let open = past!(
            "conversation",
            "row",
            "t.touched < ?1 AND NOT EXISTS (SELECT 1 FROM call WHERE conversation = t.row AND state <= 1)"
        );
        // A campaign's report counts calls as long as their conversations are there.
        let rung = past!(
            "call",
            "row",
            "t.state > 1 AND t.changed < ?1 AND NOT EXISTS (SELECT 1 FROM conversation c
             JOIN campaign g ON g.mail = c.mail WHERE c.row = t.conversation)"
        );
        let idle = past!(
            "mail",
            "row",
            "t.created < ?1 AND NOT EXISTS (SELECT 1 FROM conversation WHERE mail = t.row)
             AND NOT EXISTS (SELECT 1 FROM campaign WHERE mail = t.row)"
        );
        let mut gone = 0;
        for ((find, delete), time) in [
            (open, before(keep)),
            (past!("notice", "row", "t.seen = 1 AND t.at < ?1"), before(DAY)),
            (rung, before(AFTERGLOW)),
            (past!("code", "hash", "t.expires < ?1"), before(AFTERGLOW)),
            (past!("joining", "row", "t.expires < ?1"), before(DAY)),
            (past!("used", "ticket", "t.expires < ?1"), before(DAY)),
            (
                past!("device", "row", "t.browser = 1 AND coalesce(t.seen, t.created) < ?1"),
                before(BROWSER_KEPT),
            ),
            (past!("attempt", "delivery", "t.at < ?1"), before(AFTERGLOW)),
            (past!("claim", "row", "t.ended < ?1"), before(AFTERGLOW)),
            (past!("notified", "pair", "t.at < ?1"), before(DAY)),
            (past!("port", "port", "t.released IS NULL AND t.until < ?1"), now.0),
            (past!("port", "port", "t.released < ?1"), before(ports::RESTS)),
            (idle, before(keep.max(TICKETS))),
        ] {
            gone += self.sweep_rows(find, delete, time).await?;
        }
        Ok(gone)
    }

    async fn sweep_rows(&self, find: &'static str, delete: &'static str, time: i64) -> Result<u64> {
        let mut gone = 0;
        loop {
            let found: Vec<Value> = self
                .read(move |db| db.all(find, params![time, FOUND.cast_signed()], |row| Ok(row.get(0)?)))
                .await?;
            for some in found.chunks(AT_ONCE) {
                let some = some.to_vec();
                gone += self
                    .write(move |db| {
                        some.iter().map(|key| db.run(delete, params![time, key])).sum::<Result<usize>>()
                    })
                    .await? as u64;
            }
            if found.len() < FOUND {
                return Ok(gone);
            }
        }
    }

    /// Writes and commits something of no meaning: whether the database can, for `/healthz`.
    pub async fn probe(&self, now: Time) -> Result<()> {
        self.write(move |db| {
            db.run("INSERT OR REPLACE INTO probe (row, at) VALUES (1, ?1)", [now.0]).map(drop)
        })
        .await
    }
}
