//! Opening: the lock on the data directory, the connections and their settings, the migrations.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::{Place, StoreError, files};

type Result<T> = std::result::Result<T, StoreError>;

/// The schema, one file a version. What stands here once never changes.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
];

/// `PRAGMA application_id`: "chml".
const APPLICATION: i64 = 0x6368_6d6c;

/// How long a connection waits for another process (`backup` and `grant` work beside a running server).
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Distinct statements of the whole house; all stay prepared.
const STATEMENTS: usize = 300;

/// Bytes in a page. A group of small rows all over the tables is what the writer commits; with small pages it
/// writes a third of what SQLite's 4,096 would cost.
const PAGE: i64 = 1024;

/// Each connection's pages in memory: 4 MiB.
const CACHE: i64 = -4 * 1024;

/// Pages in the write-ahead log before the writer checkpoints: 32 MiB, mostly the same pages again and again.
const CHECKPOINT: i64 = 32 * 1024;

impl Place {
    /// The database's file.
    pub(super) fn database(&self) -> PathBuf {
        self.data.join("ch.db")
    }

    /// The directory of the keys.
    pub(super) fn key_dir(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }

    /// Whether there is something that only the keys can read. An empty file is what a crash left before the
    /// first page was written; a log without its database is a database that lost its file.
    pub(super) fn has_database(&self) -> bool {
        let holds = |path: &Path| fs::metadata(path).is_ok_and(|about| about.len() > 0);
        holds(&self.database()) || holds(&self.data.join("ch.db-wal"))
    }

    /// Makes the data directory if need be and takes its lock.
    ///
    /// # Errors
    /// `Locked` while another server has it, `File`.
    pub(super) fn lock(&self) -> Result<File> {
        files::make_dir(&self.data)?;
        let path = self.data.join("lock");
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|e| files::failed(&path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(self.data.display().to_string())),
            Err(TryLockError::Error(e)) => Err(files::failed(&path, &e)),
        }
    }
}

/// The writer's connection, made if there is no database, with every migration done.
pub(super) fn writer(database: &Path) -> Result<Connection> {
    // Made by us first, so that it never exists with a wider mode; SQLite gives its log the same.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(database)
        .map_err(|e| files::failed(database, &e))?;
    files::sync_dir(files::parent(database))?;
    let mut sql = connect(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    check(&sql)?;
    // Heeded only while there is no page yet.
    sql.pragma_update(None, "page_size", PAGE)?;
    sql.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    // NORMAL loses acknowledged rows when the power goes.
    sql.pragma_update(None, "synchronous", "FULL")?;
    sql.pragma_update(None, "foreign_keys", true)?;
    sql.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
    // What is deleted is overwritten.
    sql.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    sql.pragma_update(None, "journal_size_limit", 64 << 20)?;
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    // After most groups SQLite looks at every page in it.
    sql.pragma_update(None, "cache_size", CACHE)?;
    migrate(&mut sql)?;
    Ok(sql)
}

/// One more reader's connection.
pub(super) fn reader(database: &Path) -> Result<Connection> {
    let sql = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    sql.pragma_update(None, "cache_size", CACHE)?;
    Ok(sql)
}

/// A connection with nothing set but how patient it is.
pub(super) fn connect(database: &Path, how: OpenFlags) -> Result<Connection> {
    let sql = Connection::open_with_flags(database, how | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    sql.busy_timeout(PATIENCE)?;
    // Without it SQLite looks at the value of every `LIMIT ?` and prepares the statement anew each time.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(sql)
}

/// Whether it is a database of ours that this version knows; its schema's version.
///
/// # Errors
/// `Version` when it is not, `Disk` when it cannot be read (also when it is no SQLite database).
pub(super) fn check(sql: &Connection) -> Result<usize> {
    let version: i64 = sql.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i64 = sql.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = sql.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let fresh = tables == 0 && version == 0 && application == 0;
    if !fresh && application != APPLICATION {
        return Err(StoreError::Version("this is a database of some other program".to_owned()));
    }
    let known = MIGRATIONS.len();
    match usize::try_from(version) {
        Ok(version) if version <= known => Ok(version),
        _ => Err(StoreError::Version(format!(
            "the database has schema {version} of a later chmail; this one knows up to {known}"
        ))),
    }
}

/// Brings the schema up to date, each version in one transaction.
fn migrate(sql: &mut Connection) -> Result<()> {
    let mut version = check(sql)?;
    while let Some(schema) = MIGRATIONS.get(version) {
        let tx = sql.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(schema)?;
        version += 1;
        tx.pragma_update(None, "application_id", APPLICATION)?;
        tx.pragma_update(None, "user_version", i64::try_from(version).unwrap_or(i64::MAX))?;
        tx.commit()?;
    }
    Ok(())
}
