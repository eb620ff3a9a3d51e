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
use crate::wire::{ConversationId, Secret, Time, limits};

type Result<T> = std::result::Result<T, StoreError>;

/// How long one process waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
CREATE TABLE server (
    url    TEXT PRIMARY KEY,
    guest  TEXT,                -- our secret there, base64url
    known  INTEGER              -- since when a person trusts it
) STRICT;
CREATE TABLE conversation (
    server    TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    received  INTEGER NOT NULL,
    turn      INTEGER NOT NULL, -- the higher, the later something was received
    PRIMARY KEY (server, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversation_turn ON conversation (server, turn);
PRAGMA user_version = 1;
";

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
            1 => {}
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

    /// The conversations on `server` in which something was received last, the newest first; as many as one
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
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::Arc;

    use super::*;

    const SERVER: &str = "https://ch.example.org";

    fn id(text: &str) -> ConversationId {
        text.parse().unwrap()
    }

    #[test]
    fn a_guest_secret_is_made_once_for_each_server() {
        let home = tempfile::tempdir().unwrap();
        let first = ClientStore::open(home.path()).unwrap().guest(SERVER).unwrap();
        let store = ClientStore::open(home.path()).unwrap();
        assert!(store.guest("https://ch.example.org/").unwrap() == first);
        assert!(store.guest("https://other.example.org").unwrap() != first);
        assert!(!store.knows(SERVER).unwrap(), "having a secret there is not trust");
    }

    #[test]
    fn a_server_is_known_once_learnt() {
        let home = tempfile::tempdir().unwrap();
        let store = ClientStore::open(home.path()).unwrap();
        store.learn(SERVER, Time(5)).unwrap();
        store.guest(SERVER).unwrap();
        store.learn(SERVER, Time(9)).unwrap();
        assert!(store.knows(SERVER).unwrap());
        assert!(!store.knows("http://ch.example.org").unwrap());
    }

    #[test]
    fn what_was_received_only_grows() {
        let home = tempfile::tempdir().unwrap();
        let store = ClientStore::open(home.path()).unwrap();
        assert_eq!(store.received(SERVER, &id("a")).unwrap(), 0);
        for position in [3, 7, 5, 0] {
            store.set_received(SERVER, &id("a"), position).unwrap();
        }
        store.set_received(SERVER, &id("b"), 1).unwrap();
        store.set_received("https://other.example.org", &id("a"), 2).unwrap();
        assert_eq!(store.received(SERVER, &id("a")).unwrap(), 7);
        assert_eq!(store.conversations(SERVER).unwrap(), [(id("b"), 1), (id("a"), 7)]);
        store.set_received(SERVER, &id("a"), 8).unwrap();
        assert_eq!(store.conversations(SERVER).unwrap(), [(id("a"), 8), (id("b"), 1)]);
    }

    #[test]
    fn many_processes_at_once_agree() {
        let home = Arc::new(tempfile::tempdir().unwrap());
        let others: Vec<_> = (1..=8)
            .map(|n| {
                let home = Arc::clone(&home);
                std::thread::spawn(move || {
                    let store = ClientStore::open(home.path()).unwrap();
                    for step in 0..5 {
                        store.set_received(SERVER, &id("a"), step * 8 + n).unwrap();
                    }
                    String::from(store.guest(SERVER).unwrap())
                })
            })
            .collect();
        let mut secrets: Vec<_> = others.into_iter().map(|thread| thread.join().unwrap()).collect();
        secrets.dedup();
        assert_eq!(secrets.len(), 1);
        assert_eq!(ClientStore::open(home.path()).unwrap().received(SERVER, &id("a")).unwrap(), 40);
    }

    #[test]
    fn it_is_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("ch");
        drop(ClientStore::open(&inside).unwrap());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inside), mode(&inside.join("client.db"))), (0o700, 0o600));
        fs::set_permissions(inside.join("client.db"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(
            matches!(ClientStore::open(&inside), Err(StoreError::File(why)) if why.contains("chmod 600"))
        );
    }

    #[test]
    fn one_made_by_a_later_version_is_refused() {
        let home = tempfile::tempdir().unwrap();
        ClientStore::open(home.path()).unwrap().sql().pragma_update(None, "user_version", 2).unwrap();
        assert!(matches!(ClientStore::open(home.path()), Err(StoreError::Version(_))));
    }

    #[test]
    fn a_home_that_cannot_be_made_is_a_clear_error() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("file"), "").unwrap();
        let refused = ClientStore::open(&home.path().join("file/ch"));
        assert!(matches!(refused, Err(StoreError::File(why)) if why.contains("file/ch")));
    }
}
