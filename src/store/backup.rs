//! `backup` and `restore`: one consistent file, keys apart.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rusqlite::{ErrorCode, OpenFlags, backup::Backup};

use super::{Place, Result, Store, StoreError, files, open};

impl Store {
    /// `backup FILE`: a consistent copy beside a running server, without the keys; mode 0600, whole or not
    /// there, durable. Replaces an earlier backup of the same name. Needs neither the lock nor the keys.
    ///
    /// # Errors
    /// `Absent` without a database, `Create` when the file cannot be made or is no file, `Version`, `File`, `Disk`.
    pub fn backup(place: &Place, file: &Path) -> Result<()> {
        if !place.has_database() {
            return Err(StoreError::Absent(format!("{}: there is no database", place.data.display())));
        }
        if is_same(file, &place.database()) {
            return Err(StoreError::Create(format!("{}: that is the database itself", file.display())));
        }
        let file = replaced(file)?;
        let new = files::beside(&file);
        let made = files::make_private(&new).map_err(|why| match files::parent(&file).is_dir() {
            true => why,
            false => StoreError::Create(format!("{}: its directory is not there", file.display())),
        });
        drop(made?);
        let copied = copy_database(&place.database(), &new);
        finish(copied, &new, &file)
    }

    /// `restore FILE` into a data directory that has no database yet. The keys are to be put there apart.
    ///
    /// # Errors
    /// `Absent` when the file cannot be opened, `NoBackup` when it is none, `Locked` while a server runs there, `Create` when
    /// there is a database, `File`.
    pub fn restore(place: &Place, file: &Path) -> Result<()> {
        let mut from = File::open(file)
            .map_err(|error| StoreError::Absent(format!("{}: {}", file.display(), plain(&error))))?;
        let _lock = place.lock()?;
        let database = place.database();
        if place.has_database() {
            return Err(StoreError::Create(format!("{}: there is a database already", database.display())));
        }
        let new = files::beside(&database);
        let mut made = files::make_private(&new)?;
        let copied = io::copy(&mut from, &mut made)
            .and_then(|_| made.sync_all())
            .map_err(|e| files::failed(file, &e))
            .and_then(|()| check_whole(&new).map_err(|why| none_of_ours(file, why)))
            .and_then(|()| place.end_epoch());
        finish(copied, &new, &database)
    }
}

/// What a backup replaces: a file, or nothing yet; of a link, what it leads to.
fn replaced(file: &Path) -> Result<PathBuf> {
    let refused = |why: &str| Err(StoreError::Create(format!("{}: {why}", file.display())));
    match (fs::symlink_metadata(file), fs::canonicalize(file)) {
        (Err(_), _) => Ok(file.to_owned()),
        (Ok(_), Err(_)) => refused("it is a link that leads nowhere"),
        (Ok(_), Ok(real)) => match fs::metadata(&real) {
            Ok(about) if about.is_file() => Ok(real),
            _ => refused("it is there and no file: a backup would replace it"),
        },
    }
}

fn none_of_ours(file: &Path, why: StoreError) -> StoreError {
    let code = match &why {
        StoreError::Disk(error) => error.sqlite_error_code(),
        _ => None,
    };
    match (code, why) {
        (Some(ErrorCode::NotADatabase), _) => {
            StoreError::NoBackup(format!("{}: it is no backup of chmail", file.display()))
        }
        (Some(ErrorCode::DatabaseCorrupt), _) | (_, StoreError::Damaged(_)) => {
            StoreError::NoBackup(format!("{}: the backup is damaged", file.display()))
        }
        (_, StoreError::Version(why)) => StoreError::NoBackup(format!("{}: {why}", file.display())),
        (_, why) => why,
    }
}

fn plain(error: &io::Error) -> String {
    let words = error.to_string();
    words.split_once(" (os error").map_or(words.clone(), |(words, _)| words.to_lowercase())
}

fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|about| (about.dev(), about.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

/// Puts the copy in place, or takes it away again.
fn finish(copied: Result<()>, new: &Path, place: &Path) -> Result<()> {
    let put = copied.and_then(|()| {
        File::open(new).and_then(|file| file.sync_all()).map_err(|e| files::failed(new, &e))?;
        fs::rename(new, place).map_err(|e| files::failed(place, &e))?;
        files::sync_dir(files::parent(place))
    });
    if put.is_err() {
        // What failed is told; a copy that cannot even be removed adds nothing to it.
        let _ = fs::remove_file(new);
    }
    put
}

fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let from = open::connect(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    open::check(&from)?;
    let mut copy = open::connect(to, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // In one step: one moment of the database. The server goes on writing beside it.
    Backup::new(&from, &mut copy)?.step(-1)?;
    // A single file: no log beside it that could be forgotten when it is carried away.
    copy.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    copy.close().map_err(|(_, why)| why)?;
    Ok(())
}

fn check_whole(file: &Path) -> Result<()> {
    // To be written only if it is no backup but a copy of a stopped server's file, which has a log.
    let sql = open::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    if open::check(&sql)? == 0 {
        return Err(StoreError::Version("this is no backup of chmail: it is empty".to_owned()));
    }
    let word: String = sql.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
    if word != "ok" {
        return Err(StoreError::Damaged("the backup fails SQLite's integrity check"));
    }
    sql.close().map_err(|(_, why)| why)?;
    Ok(())
}
