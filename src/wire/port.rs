//! The port: the number the CH server assigns to a login and that a mail names (S103).

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rendezvous on the CH server, not a socket of it. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32", extend("minimum" = 1))]
pub struct Port(u32);

/// Zero, or no number, where a port was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a port is a whole number from 1 to 4294967295")]
pub struct BadPort;

impl Port {
    /// `number`, or 1 for zero: for values that have no port but must hold one.
    #[must_use]
    pub fn at_least_one(number: u32) -> Self {
        Self(number.max(1))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Port {
    type Error = BadPort;

    fn try_from(number: u32) -> Result<Self, BadPort> {
        if number == 0 { Err(BadPort) } else { Ok(Self(number)) }
    }
}

impl From<Port> for u32 {
    fn from(port: Port) -> Self {
        port.0
    }
}

impl FromStr for Port {
    type Err = BadPort;

    fn from_str(text: &str) -> Result<Self, BadPort> {
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadPort);
        }
        text.parse::<u32>().map_err(|_| BadPort)?.try_into()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
