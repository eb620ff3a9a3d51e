//! The chat client's own disk: `client.db` in `CH_HOME`. Guest secrets, servers used before, what was received.
//!
//! Several processes may use it at once (a listening agent, an open chat, a cron job): every method is one
//! durable transaction and waits up to ten seconds for the others.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, params};

use super::{StoreError, files};
use crate::wire::{ConversationId, Epoch, Secret, Time, limits};

type Result<T> = std::result::Result<T, StoreError>;

/// How long one process waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
CREATE TABLE server (
    url    TEXT PRIMARY KEY,
    guest  TEXT,                -- our secret there, base64url
    known  INTEGER,             -- since when a person trusts it
    epoch  TEXT                 -- of its database: what positions belong to
) STRICT;
CREATE TABLE conversation (
    server    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    received  INTEGER NOT NULL,
    turn      INTEGER NOT NULL, -- the higher, the later something was received
    PRIMARY KEY (server, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_turn ON conversation (server, turn);
PRAGMA user_version = 2;
";
/// From the version before.
const FROM_1: &str = "ALTER TABLE server ADD COLUMN epoch TEXT; PRAGMA user_version = 2;";

/// A handle on `client.db`. Methods block; share it behind an `Arc`.
#[derive(Debug)]
pub struct ClientStore {
    sql: Mutex<Connection>,
}

impl ClientStore {
    /// Opens `HOME/client.db`, making it (mode 0600, in a directory of mode 0700) if there is none.
    ///
    /// # Errors
    /// `File` when it cannot be made or others may read it, `Version` when a later chmail made it, `Disk`.
    pub fn open(home: &Path) -> Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(home)
            .map_err(|e| files::failed(home, &e))?;
        let path = home.join("client.db");
        let made = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .and_then(|file| file.metadata())
            .map_err(|e| files::failed(&path, &e))?;
        if made.permissions().mode() & 0o077 != 0 {
            let why = format!("{}: others can read it; run chmod 600 on it", path.display());
            return Err(StoreError::File(why));
        }
        if made.len() == 0 {
            files::sync_dir(home)?;
        }
        let sql = Connection::open_with_flags(
            &path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        sql.busy_timeout(PATIENCE)?;
        patiently(|| sql.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())))?;
        sql.pragma_update(None, "synchronous", "FULL")?;
        let store = Self { sql: Mutex::new(sql) };
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&self) -> Result<()> {
        let mut sql = self.sql();
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match version {
            0 => tx.execute_batch(SCHEMA)?,
            1 => tx.execute_batch(FROM_1)?,
            2 => {}
            _ => return Err(StoreError::Version("client.db was made by a later version of chmail".into())),
        }
        Ok(tx.commit()?)
    }

    fn sql(&self) -> MutexGuard<'_, Connection> {
        // A panic between two statements leaves at most a transaction, which its drop has rolled back.
        self.sql.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The guest secret for `server`: made once, the same ever after, durable before it is returned.
    ///
    /// # Errors
    /// `Disk`; `File` when the system gives no random bytes; `Damaged` when what is kept is no secret.
    pub fn guest(&self, server: &str) -> Result<Secret> {
        let mut sql = self.sql();
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let kept: Option<Option<String>> = tx
            .query_row("SELECT guest FROM server WHERE url = ?1", [key(server)], |row| row.get(0))
            .optional()?;
        if let Some(text) = kept.flatten() {
            return Secret::try_from(text).map_err(|_| StoreError::Damaged("a guest secret"));
        }
        let secret = Secret::generate().map_err(|e| StoreError::File(e.to_string()))?;
        tx.execute(
            "INSERT INTO server (url, guest) VALUES (?1, ?2) ON CONFLICT (url) DO UPDATE SET guest = ?2",
            params![key(server), String::from(secret.clone())],
        )?;
        tx.commit()?;
        Ok(secret)
    }

    /// Whether a person has said that `server` may be used.
    ///
    /// # Errors
    /// `Disk`.
    pub fn knows(&self, server: &str) -> Result<bool> {
        let known = "SELECT 1 FROM server WHERE url = ?1 AND known IS NOT NULL";
        Ok(self.sql().query_row(known, [key(server)], |_| Ok(())).optional()?.is_some())
    }

    /// Remembers that a person said so.
    ///
    /// # Errors
    /// `Disk`.
    pub fn learn(&self, server: &str, now: Time) -> Result<()> {
        self.sql().execute(
            "INSERT INTO server (url, known) VALUES (?1, ?2)
             ON CONFLICT (url) DO UPDATE SET known = coalesce(known, ?2)",
            params![key(server), now.0],
        )?;
        Ok(())
    }

    /// The last position received in a conversation; 0: nothing yet.
    ///
    /// # Errors
    /// `Disk`.
    pub fn received(&self, server: &str, conversation: &ConversationId) -> Result<u64> {
        let position: Option<i64> = self
            .sql()
            .query_row(
                "SELECT received FROM conversation WHERE server = ?1 AND id = ?2",
                params![key(server), conversation.as_str()],
                |row| row.get(0),
            )
            .optional()?;
        Ok(position.map_or(0, i64::cast_unsigned))
    }

    /// Remembers it; a lower position than the one kept changes nothing.
    ///
    /// # Errors
    /// `Disk`.
    pub fn set_received(&self, server: &str, conversation: &ConversationId, position: u64) -> Result<()> {
        self.sql().execute(
            "INSERT INTO conversation (server, id, received, turn)
             VALUES (?1, ?2, ?3, (SELECT coalesce(max(turn), 0) + 1 FROM conversation WHERE server = ?1))
             ON CONFLICT (server, id) DO UPDATE SET received = excluded.received, turn = excluded.turn
             WHERE excluded.received > received",
            params![key(server), conversation.as_str(), i64::try_from(position).unwrap_or(i64::MAX)],
        )?;
        Ok(())
    }

    /// Something happened there: it is among the newest, also when nothing was received.
    ///
    /// # Errors
    /// `Disk`.
    pub fn touch(&self, server: &str, conversation: &ConversationId) -> Result<()> {
        self.sql().execute(
            "INSERT INTO conversation (server, id, received, turn)
             VALUES (?1, ?2, 0, (SELECT coalesce(max(turn), 0) + 1 FROM conversation WHERE server = ?1))
             ON CONFLICT (server, id) DO UPDATE SET turn = excluded.turn",
            params![key(server), conversation.as_str()],
        )?;
        Ok(())
    }

    /// The epoch that what was received on `server` belongs to; `None`: not known.
    ///
    /// # Errors
    /// `Disk`; `Damaged` when what is kept is no epoch.
    pub fn epoch(&self, server: &str) -> Result<Option<Epoch>> {
        let find = "SELECT epoch FROM server WHERE url = ?1";
        let kept: Option<Option<String>> =
            self.sql().query_row(find, [key(server)], |row| row.get(0)).optional()?;
        kept.flatten()
            .map(|text| Epoch::try_from(text).map_err(|_| StoreError::Damaged("an epoch")))
            .transpose()
    }

    /// `server` is in this epoch. What was received in another one is forgotten: those positions mean nothing now.
    ///
    /// # Errors
    /// `Disk`.
    pub fn set_epoch(&self, server: &str, epoch: &Epoch) -> Result<()> {
        let mut sql = self.sql();
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let which = params![key(server), epoch.as_str()];
        let forget = "DELETE FROM conversation WHERE server = ?1
                      AND EXISTS (SELECT 1 FROM server WHERE url = ?1 AND epoch <> ?2)";
        tx.execute(forget, which)?;
        let keep =
            "INSERT INTO server (url, epoch) VALUES (?1, ?2) ON CONFLICT (url) DO UPDATE SET epoch = ?2";
        tx.execute(keep, which)?;
        Ok(tx.commit()?)
    }

    /// The conversations on `server` in which something happened last, the newest first; as many as one
    /// `hello` may resume.
    ///
    /// # Errors
    /// `Disk`; `Damaged` when what is kept is no id.
    pub fn conversations(&self, server: &str) -> Result<Vec<(ConversationId, u64)>> {
        let sql = self.sql();
        let mut newest = sql.prepare_cached(
            "SELECT id, received FROM conversation WHERE server = ?1 ORDER BY turn DESC LIMIT ?2",
        )?;
        newest
            .query_and_then(params![key(server), limits::RESUME.cast_signed()], |row| {
                let id = ConversationId::try_from(row.get::<_, String>(0)?)
                    .map_err(|_| StoreError::Damaged("a conversation's id"))?;
                Ok((id, row.get::<_, i64>(1)?.cast_unsigned()))
            })?
            .collect()
    }
}

/// One server, one key: a slash at the end makes no other server.
fn key(server: &str) -> &str {
    server.trim_end_matches('/')
}

/// SQLite does not ask its busy handler when two processes turn a fresh file to WAL at once.
fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> Result<T> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(e)
                if matches!(
                    e.sqlite_error_code(),
                    Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
                ) && started.elapsed() < PATIENCE =>
            {
                std::thread::sleep(Duration::from_millis(5));
            }
            done => return Ok(done?),
        }
    }
}

#[cfg(test)]
mod tests;
