//! What goes over a connection that is kept busy, and what becomes of it.

use crate::{
    mail::transport::{Envelope, Outcome},
    wire::record::Status,
};

/// A message that is ready for the wire.
#[derive(Debug)]
pub struct Letter<T> {
    /// From whom, for whom. Not more recipients than [`RECIPIENTS`].
    pub envelope: Envelope,
    /// The message, [stuffed](super::super::stuffed).
    pub wire: Vec<u8>,
    /// Its final dot waits for [`Pipeline::release`](super::Pipeline::release).
    pub held: bool,
    /// How often a connection was lost before anything of it counted.
    pub tries: u8,
    /// The caller's own.
    pub tag: T,
}

/// Recipients of one letter: their replies must fit into the sockets' buffers while we still write.
pub const RECIPIENTS: usize = 100;

/// What happened to a letter.
#[derive(Debug)]
pub enum Fate<T> {
    /// Every recipient's outcome is known, or known to be unknown.
    Settled(Letter<T>, Vec<Outcome>),
    /// Nothing of it was handed over: another connection may try, for the recipients that are left in it. With the outcomes
    /// of the others, whom the server had answered, and the reason.
    Again(Letter<T>, Vec<Outcome>, Option<u16>, String),
}

/// What a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Nothing: it can have a letter.
    Letter,
    /// The server takes what we write.
    Writing,
    /// The reply to a command.
    Reply,
    /// The reply to a whole message.
    Last,
    /// Its letter is held.
    Release,
}

/// Gives those that were taken at RCPT their final outcome.
pub(super) fn settle(outcomes: &mut [Outcome], status: Status, code: Option<u16>, words: &str) {
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.status == Status::Accepted) {
        outcome.status = status;
        outcome.code = code;
        outcome.reply = Some(words.to_owned()).filter(|words| !words.is_empty());
    }
}
