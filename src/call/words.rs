//! The words of a call: what it is told, what it says to do, where it stands.

use serde::{Deserialize, Serialize};

use super::Side;
use crate::wire::{
    Time,
    frame::{Knock, Reason},
    record::{Missed, Presence},
};

/// The caller's right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// May ring.
    Ring,
    /// Is listed silently.
    Knock(Knock),
    /// Is not shown: blocked, dismissed, or there is nobody of that name.
    Hidden(Knock),
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Nobody there to ring yet.
    Waiting,
    /// Invited; no device has said that it alerts. Until then, it is invited again.
    Inviting { until: Time },
    /// A device alerts.
    Ringing { until: Time },
    /// Both talk.
    Answered,
    /// Over.
    Ended(Reason),
}

/// What a caller asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// One invite's life, milliseconds.
    pub ring: i64,
    /// How long to keep trying, milliseconds.
    pub give_up: i64,
    /// Stay when the other computer is off.
    pub until_on: bool,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The callee's presence changed.
    Presence(Presence),
    /// A device of the callee connected; its login is now this.
    DeviceCame(Presence),
    /// A device of the callee alerts.
    Ringing,
    /// The callee takes it.
    Answer,
    /// A device of the callee refuses it.
    Decline,
    /// The caller gives up.
    Cancel,
    /// A side hangs up.
    Bye(Side),
    /// A side has no connection in this call any more.
    Gone(Side),
    /// A side is back.
    Back(Side),
    /// The time of [`Call::deadline`](super::Call::deadline) came, or may have come.
    Tick,
}

/// What to do about it, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make the snapshot durable.
    Save,
    /// Tell the caller.
    Presence(Presence),
    /// Invite every device of the callee.
    Ring(Alert),
    /// Invite the device that came.
    RingNew(Alert),
    /// Tell the caller that a device alerts.
    Ringing,
    /// Tell both; the callee's other devices: answered elsewhere.
    Answered,
    /// Tell the side that came back where the call stands.
    AnsweredAgain(Side),
    /// Leave a notice now; the call goes on.
    Notice(Missed),
    /// The notice that was left is no longer true: they talk, or the callee was there and declined.
    ClearNotice,
    /// Tell the callee's devices that the knock is off the list.
    Dismiss,
    /// Tell both, and leave a notice if it says so. The last action of every call.
    End { reason: Reason, leave: Option<Missed>, retry: Option<u32> },
}

/// How an invite is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alert {
    /// Set: listed, not alerted.
    pub knock: Option<Knock>,
    /// The person is away: listed, not alerted.
    pub silent: bool,
    /// Whole seconds it lives.
    pub secs: u32,
}
