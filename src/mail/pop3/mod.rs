//! POP3 (RFC 1939): a client that no server can hang, flood or lead astray.
//!
//! What only reads bytes stands in files of its own and knows no connection: [replies](reply), [capabilities](capa),
//! [listings](listing), the bytes of a mail ([`text`]). [`Pop3`] is the connection, [`Retrieval`] many mails in one go.

pub mod capa;
mod error;
pub mod listing;
pub mod reply;
mod retrieve;
mod session;
mod sign_in;
pub mod text;

pub use error::Pop3Error;
pub use retrieve::{Answer, Ask, Retrieval, What};
pub use session::{Access, Pop3};

/// Bytes of a reply's line or a listing's; RFC 2449 §4 allows 512.
pub const LINE: usize = 2048;
/// Mails in a mailbox.
pub const MAILS: usize = 1_000_000;
/// Bytes of one mail, as the server sends it.
pub const MAIL: u64 = 1 << 30;
/// Commands that may wait for their replies, where the server offers PIPELINING (RFC 2449 §6.6).
pub const IN_FLIGHT: usize = 64;
/// Bytes of mail that may be asked for ahead of the first that is awaited, by the server's own figures.
pub const BYTES_IN_FLIGHT: u64 = 8 << 20;

#[cfg(test)]
mod tests;
