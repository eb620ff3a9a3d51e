//! An invite that finds a call already open between the same two: one open call per pair.

use super::{
    Side,
    machine::Call,
    words::{Standing, State},
};

/// What the new invite is to the open call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// The same caller again, who has no connection in it any more: goes on with it.
    TakesUp,
    /// The same caller, still connected elsewhere: busy.
    Busy,
    /// The callee calls back: that answers it.
    Answers,
}

/// Decides for an invite by `side`. `same` says that it carries the open call's own id.
#[must_use]
pub fn cross(call: &Call, side: Side, same: bool) -> Crossing {
    if same || (call.is_gone(side) && call.state() == State::Answered) {
        return Crossing::TakesUp;
    }
    if side == call.caller() {
        return if call.is_gone(side) { Crossing::TakesUp } else { Crossing::Busy };
    }
    match (call.state(), call.standing()) {
        (State::Answered, _) | (_, Standing::Hidden(_)) => Crossing::Busy,
        _ => Crossing::Answers,
    }
}
