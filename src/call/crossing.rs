//! An invite that finds a call already open between the same two: one open call per pair.

use super::{Side, machine::Call, words::State};

/// What the new invite is to the open call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// The same side again, which has no connection in it any more: goes on with it.
    TakesUp,
    /// The same side, still connected elsewhere, or about another mail: busy.
    Busy,
    /// The callee calls back: that answers it, even a knock that was dismissed.
    Answers,
}

/// Who invites, as the open call sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inviter {
    /// Its side in the open call.
    pub side: Side,
    /// It carries the open call's own id.
    pub same_call: bool,
    /// It is in the open call's conversation, not in another one of the two.
    pub same_conversation: bool,
}

/// Decides.
#[must_use]
pub fn cross(call: &Call, inviter: Inviter) -> Crossing {
    let Inviter { side, same_call, same_conversation } = inviter;
    let is_caller = side == call.caller();
    if same_call
        || (same_conversation && call.is_gone(side) && (is_caller || call.state() == State::Answered))
    {
        Crossing::TakesUp
    } else if is_caller || call.state() == State::Answered {
        Crossing::Busy
    } else {
        Crossing::Answers
    }
}
