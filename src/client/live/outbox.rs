//! What was said and is not acknowledged yet: kept in order, said again after a drop, with the same id.

use std::{collections::VecDeque, time::Duration};

use super::gate::Permit;
use crate::wire::{ConversationId, LineId, frame::ClientFrame};

/// A line on its way.
#[derive(Debug)]
struct Said {
    conversation: ConversationId,
    id: LineId,
    frame: ClientFrame,
    sent: bool,
    /// Held so that no more than the gate allows is on its way.
    _permit: Option<Permit>,
}

/// The lines on their way, in the order in which they were said.
#[derive(Debug, Default)]
pub struct Outbox {
    lines: VecDeque<Said>,
    /// The server asked to slow down until then.
    hold: Duration,
}

impl Outbox {
    /// Keeps a `line` frame. The same id in the same conversation while the first is on its way is the same
    /// line: it is not kept twice. Other frames are not for here and are ignored.
    pub fn say(&mut self, frame: ClientFrame, permit: Option<Permit>) {
        let ClientFrame::Line { conversation, id, .. } = &frame else { return };
        if !self.holds(conversation, id) {
            let (conversation, id) = (conversation.clone(), id.clone());
            self.lines.push_back(Said { conversation, id, frame, sent: false, _permit: permit });
        }
    }

    /// Whether this line is on its way.
    #[must_use]
    pub fn holds(&self, conversation: &ConversationId, id: &LineId) -> bool {
        self.lines.iter().any(|said| said.id == *id && said.conversation == *conversation)
    }

    /// The line is durable, or was refused for good. False: it was not on its way.
    pub fn done(&mut self, conversation: &ConversationId, id: &LineId) -> bool {
        let found = self.lines.iter().position(|said| said.id == *id && said.conversation == *conversation);
        found.and_then(|at| self.lines.remove(at)).is_some()
    }

    /// The conversation of a line that an error names by its id alone.
    #[must_use]
    pub fn conversation_of(&self, id: &LineId) -> Option<ConversationId> {
        self.lines.iter().find(|said| said.id == *id).map(|said| said.conversation.clone())
    }

    /// The server would not take this line now: it and those of its conversation that were said after it are
    /// said again from `until` on, in order.
    pub fn delay(&mut self, conversation: &ConversationId, id: &LineId, until: Duration) {
        let refused = self.lines.iter().position(|said| said.id == *id && said.conversation == *conversation);
        if let Some(at) = refused {
            self.hold = self.hold.max(until);
            for said in self.lines.range_mut(at..).filter(|said| said.conversation == *conversation) {
                said.sent = false;
            }
        }
    }

    /// The connection is gone: whatever was not acknowledged is said again.
    pub fn lost(&mut self) {
        for said in &mut self.lines {
            said.sent = false;
        }
    }

    /// What to send now, in order; each frame once until [`Outbox::lost`] or [`Outbox::delay`].
    pub fn to_send(&mut self, now: Duration) -> impl Iterator<Item = ClientFrame> {
        let held = now < self.hold;
        self.lines.iter_mut().filter(move |said| !held && !said.sent).map(|said| {
            said.sent = true;
            said.frame.clone()
        })
    }

    /// When something that was held back may go.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        (now < self.hold && self.lines.iter().any(|said| !said.sent)).then_some(self.hold)
    }

    /// Everything said was acknowledged or refused.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::gate::Gate, *};

    fn frame(id: &str) -> ClientFrame {
        ClientFrame::Line {
            conversation: "c".parse().unwrap(),
            id: id.parse().unwrap(),
            text: Some(id.into()),
            sealed: None,
        }
    }

    fn sent(outbox: &mut Outbox, now: u64) -> Vec<String> {
        let ids = outbox.to_send(Duration::from_secs(now)).map(|frame| match frame {
            ClientFrame::Line { id, .. } => id.to_string(),
            _ => unreachable!(),
        });
        ids.collect()
    }

    #[test]
    fn what_was_not_acknowledged_is_said_again_in_order() {
        let (mut outbox, c) = (Outbox::default(), "c".parse().unwrap());
        for id in ["1", "2", "3"] {
            outbox.say(frame(id), None);
        }
        assert_eq!(sent(&mut outbox, 0), ["1", "2", "3"]);
        assert!(sent(&mut outbox, 0).is_empty(), "once");
        assert!(outbox.done(&c, &"2".parse().unwrap()));
        assert!(!outbox.done(&c, &"2".parse().unwrap()), "acknowledged once");
        outbox.say(frame("4"), None);
        outbox.lost();
        assert_eq!(sent(&mut outbox, 0), ["1", "3", "4"]);
    }

    #[test]
    fn a_line_the_server_would_not_take_now_is_delayed_with_those_after_it() {
        let (mut outbox, c) = (Outbox::default(), "c".parse().unwrap());
        for id in ["1", "2", "3"] {
            outbox.say(frame(id), None);
        }
        assert_eq!(sent(&mut outbox, 0).len(), 3);
        outbox.delay(&c, &"2".parse().unwrap(), Duration::from_secs(5));
        assert!(sent(&mut outbox, 4).is_empty());
        assert_eq!(outbox.wake(Duration::from_secs(4)), Some(Duration::from_secs(5)));
        assert_eq!(sent(&mut outbox, 5), ["2", "3"]);
        assert_eq!(outbox.wake(Duration::from_secs(5)), None);
    }

    #[test]
    fn a_permit_comes_back_with_the_acknowledgement() {
        let gate = Gate::new(1);
        let mut outbox = Outbox::default();
        outbox.say(frame("1"), Some(gate.pass()));
        assert!(outbox.done(&"c".parse().unwrap(), &"1".parse().unwrap()));
        let again = gate.pass();
        outbox.say(frame("2"), Some(again));
        outbox.say(frame("2"), None);
        assert!(outbox.done(&"c".parse().unwrap(), &"2".parse().unwrap()));
        assert!(outbox.is_empty());
        drop(gate.pass());
    }
}
