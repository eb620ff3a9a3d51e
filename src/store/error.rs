//! What can go wrong in the store.

use rusqlite::ErrorCode;

/// What can go wrong, named for what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The login is somebody else's.
    #[error("the login is taken")]
    Taken,
    /// No such row.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// Its time is over.
    #[error("the {0} has expired")]
    Expired(&'static str),
    /// Every port of the pool is in use.
    #[error("every port of the pool is in use")]
    NoPorts,
    /// So many of these belong to one login, and no more are given.
    #[error("{0} is all that one login gets")]
    Enough(&'static str),
    /// A database without its key files, or key files that are not what they should be.
    #[error("{0}")]
    Keys(String),
    /// The disk is full or fails; trying again later may help.
    #[error("database: {0}")]
    Disk(#[from] rusqlite::Error),
    /// A file could not be read or written.
    #[error("{0}")]
    File(String),
    /// A file or directory could not be made.
    #[error("{0}")]
    Create(String),
    /// A file that was named could not be opened.
    #[error("{0}")]
    Absent(String),
    /// A file that was named is no backup of ours, or a damaged one.
    #[error("{0}")]
    NoBackup(String),
    /// Another server holds this data directory; when it has stopped, trying again helps.
    #[error("another ch-serve is using {0}")]
    Locked(String),
    /// The database was made by a later version, or is no database of ours.
    #[error("{0}")]
    Version(String),
    /// A row does not open with its key: somebody changed it, or the disk did.
    #[error("the database is damaged: {0}")]
    Damaged(&'static str),
    /// The writer has stopped: the server is shutting down.
    #[error("the database is closing")]
    Closed,
}

impl StoreError {
    /// Whether the same again later may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Disk(why) => !matches!(
                why.sqlite_error_code(),
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::ApiMisuse)
            ),
            Self::Locked(_) | Self::Closed | Self::NoPorts => true,
            _ => false,
        }
    }
}
