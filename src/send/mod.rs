//! From a mail to receipts: buttons from the CH server, one transaction and one ticket per recipient.
//!
//! `ch-send` drives this for one mail. A [`Mailing`] (a draft, or what a mail program finished) gets its buttons, or
//! does not, and becomes a [`Ready`] one, which hands itself over and tells what became of each recipient.

pub mod answer;
pub mod batch;
pub mod button;
pub mod content;
pub mod mailing;
pub mod pattern;
pub mod queue;
pub mod spool;

pub use answer::Answer;
pub use batch::Batch;
pub use button::{Answers, ButtonWish, HostWish, Issuer};
pub use content::Content;
pub use mailing::{Mailing, Ready};
pub use pattern::Pattern;
pub use queue::Queue;
pub use spool::{Spool, SpoolError};

use crate::{
    client::ClientError,
    mail::{compose::ComposeError, dkim::sign::SignError, transport::TransportError},
};

/// Why a mail did not go out. What became of a single recipient is a receipt, not an error.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The CH server gave no port or ticket.
    #[error("get a chat button")]
    Button(#[from] ClientError),
    /// The CH server gave something that is no button.
    #[error("get a chat button: {0}")]
    NoButton(String),
    /// The mail cannot be written.
    #[error("write the mail")]
    Compose(#[from] ComposeError),
    /// The mail cannot be signed.
    #[error("sign the mail")]
    Sign(#[from] SignError),
    /// Nobody got it.
    #[error("hand the mail over")]
    Transport(#[from] TransportError),
    /// A button that nobody who gets the mail could press.
    #[error(
        "the chat button would lead to {0}, which nobody elsewhere can open: \
         start ch-serve with --url, send without a button (--button never), or try it with --via maildir:DIR"
    )]
    Private(String),
}

impl SendError {
    /// Whether the same mail may go out later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Button(error) => error.is_transient(),
            Self::Transport(error) => error.is_transient(),
            Self::NoButton(_) | Self::Compose(_) | Self::Sign(_) | Self::Private(_) => false,
        }
    }
}
