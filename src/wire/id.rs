//! Ids: short, printable, opaque. Clients make call and line ids, the server makes the others.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    limits,
    secret::{self, NoRandom, SecretHash},
};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1-64 of A-Z a-z 0-9 . _ - :")]
pub struct BadId;

fn check(text: &str) -> Result<(), BadId> {
    let fits = (1..=limits::ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b));
    if fits { Ok(()) } else { Err(BadId) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9._:-]{1,64}$"))]
        pub struct $name(String);

        impl $name {
            /// The id as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// 127 random bits as 22 characters of base64url, the first of them a letter.
            ///
            /// # Errors
            /// [`NoRandom`] when the system gives none.
            pub fn random() -> Result<Self, NoRandom> {
                secret::random_name().map(Self)
            }

            /// 127 bits of the text's SHA-256: the same text, the same id. It begins with a letter too.
            #[must_use]
            pub fn of(text: &str) -> Self {
                let mut hash = SecretHash::of(text.as_bytes()).0;
                hash[0] &= 0x7f;
                Self(URL_SAFE_NO_PAD.encode(&hash[..16]))
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A conversation: random, made by the server.
    ConversationId,
    /// One attempt to chat. The caller's own; the callee is given one made by the server.
    CallId,
    /// One line, unique per conversation and speaker; made by the speaker's client.
    LineId,
    /// A notice, made by the server.
    NoticeId,
    /// A device of a login, made by the server.
    DeviceId,
    /// One life of a server's database: positions of another one mean nothing in it. Made by the server.
    Epoch,
}
