//! What happens to a session, and what it wants done.

use crate::{
    client::live::{LiveError, Permit},
    wire::{
        CallId, ConversationId,
        frame::{ClientFrame, ServerFrame},
    },
};

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The WebSocket is open.
    Connected,
    /// It could not be opened, or is gone.
    Lost(String),
    /// It could not be opened, and trying again would not help.
    Failed(LiveError),
    /// The server said something.
    Frame(Box<ServerFrame>),
    /// The server said something that is no frame.
    Garbage(String),
    /// A sign of life without words.
    Alive,
    /// The face wants something.
    Wish(Wish),
    /// A moment that [`Session::wake`](super::Session::wake) named has come.
    Tick,
}

/// What a face can want.
#[derive(Debug)]
pub enum Wish {
    /// Say or ask something. A `line` may carry its permit; `ack` marks only grow; `presence` is kept and said
    /// again on each connection; what is lost in a drop is said again until it is answered.
    Send(ClientFrame, Option<Permit>),
    /// End once everything said is acknowledged and everything asked is answered; an agent says goodbye.
    Finish,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Open a WebSocket.
    Connect,
    /// Send a frame.
    Send(ClientFrame),
    /// Send a ping.
    Ping,
    /// Close the WebSocket and forget it: no more of its events.
    Close,
    /// Show something to the face.
    Show(Shown),
    /// It is over.
    Stop(Result<(), LiveError>),
}

/// What a face is shown.
#[derive(Debug, PartialEq)]
pub enum Shown {
    /// A frame. With `received`: once this and everything before it was shown for good, everything up to that
    /// position of that conversation has been, and may be marked as received.
    Frame {
        /// The frame.
        frame: Box<ServerFrame>,
        /// Where the face is after it.
        received: Option<(ConversationId, u64)>,
    },
    /// The connection is lost, and why; it is tried again.
    Lost(String),
    /// It is back.
    Back,
    /// A call was given up before the server heard of it: nothing rang.
    NeverPlaced(CallId),
}
