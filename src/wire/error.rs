//! What went wrong, in words both ends share: a code for programs, a sentence for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CallId, ConversationId, LineId};

/// One code per thing a caller can do about it. The HTTP status is the code's, everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The request or frame is not understood (400).
    BadRequest,
    /// No token, or one the server does not know (401).
    Unauthorized,
    /// The ticket is forged, damaged, or not for this (403).
    BadTicket,
    /// The caller may not do this (403).
    Forbidden,
    /// No such thing, or not yours (404).
    NotFound,
    /// The login is somebody else's (409).
    Taken,
    /// The ticket's time is over (410).
    Expired,
    /// The sender withdrew the button (410).
    Withdrawn,
    /// A size or count limit (413).
    TooLarge,
    /// Slow down; `retry` says how long (429).
    TooMany,
    /// A bug of ours (500).
    Internal,
    /// The server cannot do it now; try again (503).
    Unavailable,
    /// Every port of the pool is in use (503).
    NoPorts,
    /// A code this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

impl Code {
    /// The HTTP status that carries it.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::BadTicket | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Taken => 409,
            Self::Expired | Self::Withdrawn => 410,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Internal | Self::Other => 500,
            Self::Unavailable | Self::NoPorts => 503,
        }
    }

    /// Whether the same request may go through later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::TooMany | Self::Internal | Self::Unavailable)
    }
}

/// The `error` record: the body of every HTTP answer that is not a success, and a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorRecord {
    /// For programs.
    pub code: Code,
    /// For people: what failed and what to do, one line.
    pub message: String,
    /// Seconds after which trying again makes sense, if that is known.
    pub retry: Option<u32>,
    /// The call it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// The line it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<LineId>,
    /// The conversation it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
}

impl ErrorRecord {
    /// An error that answers no call or line in particular.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), retry: None, call: None, id: None, conversation: None }
    }

    /// The same, with the seconds after which to try again.
    #[must_use]
    pub fn retry(mut self, secs: u32) -> Self {
        self.retry = Some(secs);
        self
    }
}
