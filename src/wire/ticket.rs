//! The ticket: what makes a chat button unforgeable. Readable without the key, valid only with it.
//!
//! ```text
//! byte  0        1       2..4     4..8                   8..12  12..20    20..24     24..40
//!       version  action  key id   expiry, seconds 1970   port   mail row  recipient  HMAC-SHA256 cut to 16
//! ```
//! All numbers big-endian; base64url without padding makes 54 characters of the 40 bytes.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Port, Time,
    time::{DAY, MINUTE, SECOND},
};

/// The layout's version, the first byte.
pub const VERSION: u8 = 1;
/// Bytes that the HMAC covers.
const SIGNED: usize = 24;
/// Bytes of a ticket.
const LENGTH: usize = SIGNED + 16;

/// What a ticket is good for. One action each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Action {
    /// Press the chat button.
    Chat = 1,
    /// Say no to promotion.
    Unsubscribe = 2,
    /// Confirm a mail address.
    Confirm = 3,
    /// Sign a browser in.
    SignIn = 4,
    /// Let a page open the WebSocket.
    Live = 5,
    /// Make a delivery durable before a message's final dot.
    Mark = 6,
}

impl Action {
    /// Milliseconds from minting to expiry.
    #[must_use]
    pub fn lifetime(self) -> i64 {
        match self {
            Self::Chat => 90 * DAY,
            Self::Unsubscribe => 730 * DAY,
            Self::Confirm => 7 * DAY,
            Self::SignIn => 15 * MINUTE,
            Self::Live => 60 * SECOND,
            Self::Mark => DAY,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Chat, Self::Unsubscribe, Self::Confirm, Self::SignIn, Self::Live, Self::Mark]
            .into_iter()
            .find(|action| *action as u8 == byte)
    }
}

/// What a ticket says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// What it is good for.
    pub action: Action,
    /// Which ticket key signed it.
    pub key: u16,
    /// When it stops being good (whole seconds).
    pub expires: Time,
    /// The port whose owner it rings; for actions without a port, the number 1.
    pub port: Port,
    /// The mail row (for `confirm`, `sign-in` and `live`: the login's or press's row).
    pub mail: u64,
    /// The recipient's place in the mail row, from 0.
    pub recipient: u32,
}

/// A well-formed ticket, not necessarily a valid one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9_-]{54}$"))]
pub struct Ticket([u8; LENGTH]);

/// A text that is no ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a ticket")]
pub struct BadTicket;

impl Claims {
    /// When the ticket was minted: its expiry less its action's lifetime.
    #[must_use]
    pub fn minted(&self) -> Time {
        self.expires.plus(-self.action.lifetime())
    }

    /// Signs the claims.
    #[must_use]
    pub fn sign(&self, key: &hmac::Key) -> Ticket {
        let mut bytes = [0; LENGTH];
        bytes[0] = VERSION;
        bytes[1] = self.action as u8;
        bytes[2..4].copy_from_slice(&self.key.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.expires.unix_secs().to_be_bytes());
        bytes[8..12].copy_from_slice(&self.port.get().to_be_bytes());
        bytes[12..20].copy_from_slice(&self.mail.to_be_bytes());
        bytes[20..24].copy_from_slice(&self.recipient.to_be_bytes());
        let tag = hmac::sign(key, &bytes[..SIGNED]);
        bytes[SIGNED..].copy_from_slice(&tag.as_ref()[..LENGTH - SIGNED]);
        Ticket(bytes)
    }
}

impl Ticket {
    /// What the ticket says, believed or not.
    #[must_use]
    pub fn claims(&self) -> Claims {
        let number = |from: usize| {
            u32::from_be_bytes([self.0[from], self.0[from + 1], self.0[from + 2], self.0[from + 3]])
        };
        Claims {
            // Both were checked when the ticket was parsed or made.
            action: Action::from_byte(self.0[1]).unwrap_or(Action::Mark),
            key: u16::from_be_bytes([self.0[2], self.0[3]]),
            expires: Time::from_unix_secs(number(4)),
            port: Port::at_least_one(number(8)),
            mail: (u64::from(number(12)) << 32) | u64::from(number(16)),
            recipient: number(20),
        }
    }

    /// Whether `key` signed it, in constant time.
    #[must_use]
    pub fn signed_by(&self, key: &hmac::Key) -> bool {
        let tag = hmac::sign(key, &self.0[..SIGNED]);
        tag.as_ref()
            .iter()
            .zip(&self.0[SIGNED..])
            .fold(0u8, |difference, (ours, theirs)| difference | (ours ^ theirs))
            == 0
    }
}

impl FromStr for Ticket {
    type Err = BadTicket;

    fn from_str(text: &str) -> Result<Self, BadTicket> {
        if text.len() != LENGTH.div_ceil(3) * 4 - 2 {
            return Err(BadTicket);
        }
        let bytes: [u8; LENGTH] =
            URL_SAFE_NO_PAD.decode(text).map_err(|_| BadTicket)?.try_into().map_err(|_| BadTicket)?;
        let known =
            bytes[0] == VERSION && Action::from_byte(bytes[1]).is_some() && bytes[8..12] != [0, 0, 0, 0];
        if known { Ok(Self(bytes)) } else { Err(BadTicket) }
    }
}

impl TryFrom<String> for Ticket {
    type Error = BadTicket;

    fn try_from(text: String) -> Result<Self, BadTicket> {
        text.parse()
    }
}

impl From<Ticket> for String {
    fn from(ticket: Ticket) -> Self {
        ticket.to_string()
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// A `mark` ticket that no server made.
#[cfg(test)]
pub(crate) fn a_mark() -> Ticket {
    let claims = Claims {
        action: Action::Mark,
        key: 0,
        expires: Time(0),
        port: Port::at_least_one(1),
        mail: 1,
        recipient: 1,
    };
    claims.sign(&hmac::Key::new(hmac::HMAC_SHA256, &[0; 32]))
}
