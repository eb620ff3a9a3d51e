//! Why fetching stopped. What was delivered before it is safe, and known.

use std::{io, path::PathBuf};

use crate::mail::{pop3::Pop3Error, source::SourceError};

/// Why fetching stopped.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The POP3 server.
    #[error(transparent)]
    Pop3(#[from] Pop3Error),
    /// The Maildir that mails are taken from.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Another run fetches the same mailbox to the same place.
    #[error("{}: another ch-fetch is at it", path.display())]
    Locked {
        /// The state.
        path: PathBuf,
    },
    /// The state is another mailbox's, or none.
    #[error("{}: {why}", path.display())]
    State {
        /// The state.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What is there is no Maildir.
    #[error("{}: it is no Maildir (no new and cur) and not empty either", .0.display())]
    NoMaildir(PathBuf),
    /// A directory or file can't be made.
    #[error("create {}: {why}", path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// Reading or writing failed.
    #[error("{doing} {}: {why}", path.display())]
    File {
        /// What was done to it.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}

impl FetchError {
    /// Names the file in an error.
    pub(super) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |why| Self::File { doing, path, why }
    }

    pub(super) fn create(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |why| Self::Create { path, why }
    }
}
