//! Why a POP3 server gave nothing, by what can be done about it.

use std::io;

use super::{listing::BadListing, reply::Reply};

/// Why it went no further. Whatever was taken before it is whole.
#[derive(Debug, thiserror::Error)]
pub enum Pop3Error {
    /// No connection, or a lost one, or no answer in time.
    #[error("{server}: {why}")]
    Connection {
        /// Host and port.
        server: String,
        /// Why.
        why: io::Error,
    },
    /// The server said no.
    #[error("{server} refused {what}: {words}")]
    Refused {
        /// Host and port.
        server: String,
        /// What it did not do.
        what: &'static str,
        /// Its words.
        words: String,
        /// Whether the same may go well later.
        transient: bool,
    },
    /// User and password, or the token, are wrong.
    #[error("{server} does not let {user} in: {words}")]
    SignIn {
        /// Host and port.
        server: String,
        /// Who.
        user: String,
        /// Its words.
        words: String,
    },
    /// The server's certificate, or TLS as such.
    #[error("{server}: TLS: {why}")]
    Tls {
        /// Host and port.
        server: String,
        /// Why.
        why: String,
    },
    /// The server does not speak POP3 as it should.
    #[error("{server} {why}")]
    Protocol {
        /// Host and port.
        server: String,
        /// What it did: a sentence without its subject.
        why: String,
    },
    /// The settings do not fit the server.
    #[error("{0}")]
    Config(String),
}

impl Pop3Error {
    /// Whether the same may go well later, with nothing changed here.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Connection { .. } | Self::Refused { transient: true, .. })
    }

    pub(super) fn protocol(server: &impl ToString, why: impl Into<String>) -> Self {
        Self::Protocol { server: server.to_string(), why: why.into() }
    }

    pub(super) fn listing(server: &impl ToString, bad: &BadListing) -> Self {
        Self::protocol(server, bad.to_string())
    }

    pub(super) fn refused(server: &impl ToString, what: &'static str, reply: &Reply) -> Self {
        let (words, transient) = (reply.words(), reply.is_transient());
        Self::Refused { server: server.to_string(), what, words, transient }
    }
}
