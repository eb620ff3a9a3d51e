//! DKIM (RFC 6376, RFC 8463): signing what goes out, and the forms that signing and checking share.
//!
//! ```text
//! canonical   what is hashed            tags, der   what signatures and keys are written in
//! record      a domain's public key     key         our own, on disk
//! sign        a finished message gets its signatures
//! verify      those of somebody else's message are checked, with keys from a keyring or the dns
//! ```

pub mod canonical;
mod der;
pub mod dns;
pub mod key;
pub mod keyring;
pub mod record;
pub mod sign;
pub mod tags;
pub mod verify;

pub use canonical::Canon;
pub use key::{BadKey, SigningKey};
pub use record::{Algorithm, BadRecord, KeyRecord};
pub use sign::Signer;
pub use tags::Tags;
