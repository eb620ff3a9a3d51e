//! Mail servers: where they are, when they are encrypted, whom to trust, and a stream that none can hang or flood.
//! SMTP and POP3 stand on it.

#[cfg(test)]
pub(crate) mod peer;
pub mod sasl;
mod server;
mod stream;
mod trust;

pub use sasl::Auth;
pub use server::{BadServer, Security, Server};
pub(super) use stream::{LineError, Stream};
pub(super) use trust::trust;
