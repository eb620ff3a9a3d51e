//! The live connection: one WebSocket to a CH server that comes back after every drop and loses nothing.
//!
//! [`session`] decides (pure: events in, actions out, the time comes with the event); [`drive`] does
//! (sockets, timers, one thread of its own); [`connect`] opens the socket to a checked address.

pub mod asks;
pub mod connect;
pub mod drive;

pub mod follow;
pub mod gate;
pub mod outbox;
pub mod pace;
pub mod places;
pub mod reading;
pub mod session;
#[cfg(test)]
mod tests;

pub use connect::Target;
pub use drive::{Happening, Live};
pub use gate::{Gate, Permit};
pub use pace::Pace;
pub use session::{Session, Shown, Wish};

use crate::{client::trust::Refusal, wire::ErrorRecord};

/// Why a live connection ended for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// No connection within the time that was given to it. Trying again later may help.
    #[error("cannot reach {server}: {why}")]
    Unreachable {
        /// The server, as [`crate::client::trust::name`] says it.
        server: String,
        /// The last failure.
        why: String,
    },
    /// The server's certificate is not to be trusted.
    #[error("{server} is not who it says it is: {why}")]
    Tls {
        /// The server.
        server: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// The server refused, in its own words (to be cleaned before a terminal sees them).
    #[error("{}", .0.message)]
    Refused(ErrorRecord),
    /// What answers is no CH server, or one of another version.
    #[error("{server}: {why}")]
    Protocol {
        /// The server.
        server: String,
        /// What it did.
        why: String,
    },
    /// The rules of the press forbid it.
    #[error(transparent)]
    Untrusted(#[from] Refusal),
    /// The `ca` file is not one.
    #[error("{0}")]
    Config(String),
}

impl LiveError {
    /// Whether the same may go well later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(error) => error.code.is_transient(),
            Self::Tls { .. } | Self::Protocol { .. } | Self::Untrusted(_) | Self::Config(_) => false,
        }
    }
}
