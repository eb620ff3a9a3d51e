//! Which device of a side has the seat in a call. It is kept with the call: after a drop or a restart the seat is
//! that device's, and another device of the same login that merely looks at the conversation is not pulled in.

use serde::{Deserialize, Serialize};

use super::registry::Socket;
use crate::{
    call::{Call, Side},
    wire::{DeviceId, frame::Role},
};

/// Who sits, or sat last, on each side.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seated {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner_seat: Option<Holder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    peer_seat: Option<Holder>,
}

/// A device and what it was there as: on one machine, the agent that waits and the tool that called are two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    device: Option<DeviceId>,
    role: Role,
}

impl Seated {
    /// This connection takes the side's seat. True: it was another's, or nobody's.
    pub fn sit(&mut self, side: Side, socket: &Socket) -> bool {
        let holder = Some(Holder { device: socket.device.clone(), role: socket.role });
        let seat = self.seat(side);
        let is_new = *seat != holder;
        *seat = holder;
        is_new
    }

    /// Whether the side's seat is this connection's: it is the same device, or nobody ever had it.
    pub fn is_of(&self, side: Side, socket: &Socket) -> bool {
        let seat = if side == Side::Owner { &self.owner_seat } else { &self.peer_seat };
        seat.as_ref().is_none_or(|seat| seat.device == socket.device && seat.role == socket.role)
    }

    fn seat(&mut self, side: Side) -> &mut Option<Holder> {
        if side == Side::Owner { &mut self.owner_seat } else { &mut self.peer_seat }
    }
}

/// A call as it is written down. The call's own reader finds itself in it, too.
#[derive(Debug, Serialize)]
pub struct Kept<'a> {
    /// The machine.
    #[serde(flatten)]
    pub call: &'a Call,
    /// Who sits in it.
    #[serde(flatten)]
    pub seated: &'a Seated,
}
