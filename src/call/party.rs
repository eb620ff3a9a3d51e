//! Who takes part: parties, and the two sides of a conversation.

use crate::wire::{LoginId, SecretHash};

/// Somebody the CH server can tell apart from everybody else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    /// A registered person.
    Login(LoginId),
    /// A person with only a ticket: the hash of the secret their client made.
    Guest(SecretHash),
}

impl Party {
    /// The login, if there is one.
    #[must_use]
    pub fn login(&self) -> Option<&LoginId> {
        match self {
            Self::Login(login) => Some(login),
            Self::Guest(_) => None,
        }
    }
}

/// The two sides of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Who sent the mail (of a pair of logins: the one whose name sorts first).
    Owner,
    /// Who pressed its button.
    Peer,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Owner => Self::Peer,
            Self::Peer => Self::Owner,
        }
    }
}
