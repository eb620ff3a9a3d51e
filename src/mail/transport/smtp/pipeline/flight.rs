//! What is on its way: commands that wait for their replies, letters that wait for their end.

use super::{Fate, Letter};
use crate::{
    mail::{
        address::Address,
        transport::{Outcome, smtp::reply::Reply},
    },
    wire::record::Status,
};

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

impl<T> Flight<T> {
    /// What MAIL was refused with holds for everybody, whatever was said to what came behind it.
    pub(super) fn heed_refusal(&mut self) {
        let Some(reply) = &self.refused else { return };
        let status = reply.status().unwrap_or(Status::Deferred);
        let all = self.letter.envelope.recipients.iter();
        self.outcomes = all.map(|to| Outcome::new(to, status, Some(reply.code), reply.words())).collect();
    }

    /// Its connection was lost: another may try, but for those who were refused already.
    pub(super) fn again(mut self, code: Option<u16>, why: &str) -> Fate<T> {
        self.heed_refusal();
        let Self { mut letter, mut outcomes, .. } = self;
        outcomes.retain(|outcome| outcome.status != Status::Accepted);
        let answered = |to: &Address| outcomes.iter().any(|outcome| outcome.recipient == *to);
        if letter.envelope.recipients.iter().all(answered) {
            return Fate::Settled(letter, outcomes);
        }
        letter.envelope.recipients.retain(|to| !answered(to));
        Fate::Again(letter, outcomes, code, why.to_owned())
    }
}
