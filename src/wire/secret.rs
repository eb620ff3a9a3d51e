//! Secrets of 256 bits that clients make: device tokens and guest secrets.

use std::{cell::RefCell, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{digest, rand};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Bytes in a secret.
pub const LENGTH: usize = 32;

/// Bytes that [`drawn`] asks the system for at once.
const DRAWN: usize = 1024;

thread_local! {
    /// Drawn, and not yet used.
    static FRESH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A token or guest secret; base64url without padding on the wire (43 characters). Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[A-Za-z0-9_-]{43}$"))]
pub struct Secret([u8; LENGTH]);

/// What the server keeps of a secret: its SHA-256. 256 random bits need no slow hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SecretHash(pub [u8; 32]);

/// A text that is not 32 bytes of base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a token is 43 characters of base64url")]
pub struct BadSecret;

/// The system gave no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no random bytes")]
pub struct NoRandom;

impl Secret {
    /// A fresh one from the system's generator.
    ///
    /// # Errors
    /// [`NoRandom`] when the system refuses.
    pub fn generate() -> Result<Self, NoRandom> {
        random().map(Self)
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }
}

impl SecretHash {
    /// SHA-256 of anything that has at least 80 bits of chance in it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(hash)
    }
}

/// `N` bytes from the system's generator.
///
/// # Errors
/// [`NoRandom`] when the system refuses.
pub fn random<const N: usize>() -> Result<[u8; N], NoRandom> {
    let mut bytes = [0; N];
    rand::SecureRandom::fill(&rand::SystemRandom::new(), &mut bytes).map_err(|_| NoRandom)?;
    Ok(bytes)
}

/// The same, of many that are drawn at once: to ask the system each time takes longer than most of what the bytes are
/// for. For names and nonces; what opens something is drawn alone.
///
/// # Errors
/// [`NoRandom`] when the system refuses.
pub fn drawn<const N: usize>() -> Result<[u8; N], NoRandom> {
    const { assert!(N <= DRAWN) };
    FRESH.with_borrow_mut(|fresh| {
        if fresh.len() < N {
            fresh.clear();
            fresh.extend(random::<DRAWN>()?);
        }
        let rest = fresh.len() - N;
        let bytes = fresh[rest..].try_into().map_err(|_| NoRandom);
        fresh.truncate(rest);
        bytes
    })
}

/// 127 random bits as 22 characters of base64url: how the server names conversations, notices and calls. It begins
/// with a letter, so that on a command line it is never taken for a flag.
///
/// # Errors
/// [`NoRandom`] when the system refuses.
pub fn random_name() -> Result<String, NoRandom> {
    let mut bytes = drawn::<16>()?;
    bytes[0] &= 0x7f;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

impl TryFrom<String> for Secret {
    type Error = BadSecret;

    fn try_from(text: String) -> Result<Self, BadSecret> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_ascii()).map_err(|_| BadSecret)?;
        bytes.try_into().map(Self).map_err(|_| BadSecret)
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        URL_SAFE_NO_PAD.encode(secret.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}
