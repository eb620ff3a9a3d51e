//! What can go wrong between a tool, its own disk and the CH server, named for what can be done about it.

use std::{io, path::PathBuf};

use super::{live::LiveError, trust::Refusal};
use crate::wire::{Code, ErrorRecord, display};

/// What the network says when nobody listens on a port.
const REFUSED: &str = "connection refused";

/// An asking that failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it broke, or it took too long. Trying again later may help.
    #[error("no answer from {server}: {why}{}", if why == REFUSED { " (is ch-serve running there?)" } else { "" })]
    Unreachable {
        /// The server's URL.
        server: String,
        /// What the network said.
        why: String,
        /// Whether the request may have reached the server.
        sent: bool,
    },
    /// The server said no, in its own words.
    #[error("{}", refusal(.0))]
    Refused(ErrorRecord),
    /// The server's certificate, or ours to check it with, is not good enough.
    #[error("no trust in {server}: {why}")]
    Tls {
        /// The server's URL.
        server: String,
        /// What is wrong.
        why: String,
    },
    /// The answer is not the protocol's.
    #[error("{server} does not answer like a CH server: {why}")]
    Protocol {
        /// The server's URL.
        server: String,
        /// What came instead.
        why: String,
        /// The status, if there was one.
        status: Option<u16>,
    },
    /// A token would have gone to a server that it is not for.
    #[error("the credentials are for {own}, not for {server}; use another CH_HOME for another server")]
    OtherServer {
        /// The server that was asked for.
        server: String,
        /// The server that the token is for.
        own: String,
    },
    /// The rules of the press forbid it.
    #[error(transparent)]
    Untrusted(#[from] Refusal),
    /// A setting of ours is wrong.
    #[error("{0}")]
    Config(String),
    /// Our own disk.
    #[error(transparent)]
    Home(#[from] HomeError),
}

impl ClientError {
    /// Whether the same asking may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(record) => record.code.is_transient(),
            // A proxy in front of a server that is down has no error record for us.
            Self::Protocol { status, .. } => matches!(status, Some(408 | 429 | 500 | 502 | 503 | 504)),
            Self::Home(home) => matches!(home, HomeError::Locked { .. }),
            Self::Tls { .. } | Self::OtherServer { .. } | Self::Untrusted(_) | Self::Config(_) => false,
        }
    }

    /// Whether the server surely did nothing: it said no for good, or was never reached.
    #[must_use]
    pub fn nothing_happened(&self) -> bool {
        match self {
            Self::Unreachable { sent, .. } => !sent,
            Self::Refused(record) => record.code == Code::TooMany || !record.code.is_transient(),
            Self::Tls { .. } | Self::OtherServer { .. } | Self::Untrusted(_) | Self::Config(_) => true,
            Self::Protocol { .. } | Self::Home(_) => false,
        }
    }
}

impl From<LiveError> for ClientError {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Unreachable { server, why } => Self::Unreachable { server, why, sent: true },
            LiveError::Tls { server, why } => Self::Tls { server, why },
            LiveError::Refused(record) => Self::Refused(record),
            LiveError::Protocol { server, why } => Self::Protocol { server, why, status: None },
            LiveError::Untrusted(refusal) => Self::Untrusted(refusal),
            LiveError::Config(why) => Self::Config(why),
        }
    }
}

/// The server's words are other people's text: an error line is shown as it stands.
fn refusal(record: &ErrorRecord) -> String {
    let message = display::clean(&record.message);
    match record.retry {
        Some(secs) => format!("{message} (try again in {secs} s)"),
        None => message,
    }
}

/// A file in `CH_HOME` that failed us.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Others can read a secret.
    #[error("{} can be read by others (mode {mode:04o}): chmod 600 {}", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not what we wrote.
    #[error("{}: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another run holds the lock. Trying again later may help.
    #[error("another run holds {}", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A directory or file can't be made.
    #[error("create {}: {source}", path.display())]
    Create {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Reading or writing failed.
    #[error("{doing} {}: {source}", path.display())]
    File {
        /// Reading, writing, syncing …
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}
