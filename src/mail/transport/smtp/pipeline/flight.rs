//! What is on its way: commands that wait for their replies, letters that wait for their end.

use super::Letter;
use crate::mail::transport::{Outcome, smtp::reply::Reply};

/// A reply that is due, and where in all that is written its command ends.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) to: Command,
    pub(super) end: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Mail,
    Rcpt(usize),
    Data,
    /// The final dot of a message.
    Last,
    /// A dot for nobody (RFC 2920 §3.1): DATA was taken although no recipient was.
    Nobody,
    Rset,
}

/// A letter on its way.
#[derive(Debug)]
pub(super) struct Flight<T> {
    pub(super) letter: Letter<T>,
    /// For each recipient so far; `Accepted` until the message's own reply.
    pub(super) outcomes: Vec<Outcome>,
    /// What MAIL was refused with.
    pub(super) refused: Option<Reply>,
    /// Where in all that is written its final dot stands.
    pub(super) dot: u64,
}
