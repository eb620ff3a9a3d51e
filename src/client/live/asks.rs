//! What was asked of the server besides lines, until it is answered: a drop in between asks again.
//!
//! An `invite` stands until its call has ended, so that each new connection takes the call up again.

use std::time::Duration;

use crate::wire::{CallId, ConversationId, frame::ClientFrame};

/// One thing asked.
#[derive(Debug)]
struct Ask {
    frame: ClientFrame,
    sent: bool,
    /// Asked at least once, on whatever connection.
    ever: bool,
    /// Not again before then.
    hold: Duration,
}

/// Everything asked and not answered, in order.
#[derive(Debug, Default)]
pub struct Asks(Vec<Ask>);

fn call_of(frame: &ClientFrame) -> Option<&CallId> {
    match frame {
        ClientFrame::Invite(invite) => Some(&invite.call),
        ClientFrame::Answer { call }
        | ClientFrame::Decline { call }
        | ClientFrame::Cancel { call }
        | ClientFrame::Bye { call: Some(call), .. } => Some(call),
        _ => None,
    }
}

impl Asks {
    /// Asks. Giving up a call (`cancel`, `bye`) takes its `invite` back, so that no later connection rings
    /// again. False: the invite was never sent, so there is nothing to give up at the server.
    pub fn ask(&mut self, frame: ClientFrame) -> bool {
        let mut unheard = false;
        if let ClientFrame::Cancel { call } | ClientFrame::Bye { call: Some(call), .. } = &frame {
            self.0.retain(|ask| {
                let given_up = matches!(&ask.frame, ClientFrame::Invite(invite) if invite.call == *call);
                unheard |= given_up && !ask.ever;
                !given_up
            });
        }
        if !unheard && !self.0.iter().any(|ask| ask.frame == frame) {
            self.0.push(Ask { frame, sent: false, ever: false, hold: Duration::ZERO });
        }
        !unheard
    }

    /// Whether anything was asked about that call and is not over.
    #[must_use]
    pub fn knows(&self, call: &CallId) -> bool {
        self.0.iter().any(|ask| call_of(&ask.frame) == Some(call))
    }

    /// `answered`: the call's `answer` was heard. Its invite stands.
    pub fn answered(&mut self, call: &CallId) {
        self.0.retain(|ask| !matches!(&ask.frame, ClientFrame::Answer { call: c } if c == call));
    }

    /// `ended`, or an error that names the call: nothing about it is asked any more.
    pub fn ended(&mut self, call: &CallId, conversation: Option<&ConversationId>) {
        self.0.retain(|ask| {
            let by_conversation = matches!(&ask.frame, ClientFrame::Bye { call: None, conversation: Some(c) }
                if Some(c) == conversation);
            call_of(&ask.frame) != Some(call) && !by_conversation
        });
    }

    /// An error that names a conversation and no call: its `bye` and `history` are not asked any more.
    /// True: one was waiting.
    pub fn refused(&mut self, conversation: &ConversationId) -> bool {
        let before = self.0.len();
        self.0.retain(|ask| match &ask.frame {
            ClientFrame::Bye { call: None, conversation: Some(c) } => c != conversation,
            ClientFrame::History { conversation: c, .. } => c != conversation,
            _ => true,
        });
        self.0.len() < before
    }

    /// `complete`: the oldest `history` of that conversation is answered. False: none was asked for.
    pub fn completed(&mut self, conversation: &ConversationId) -> bool {
        let asked = self.0.iter().position(
            |ask| matches!(&ask.frame, ClientFrame::History { conversation: c, .. } if c == conversation),
        );
        asked.map(|at| self.0.remove(at)).is_some()
    }

    /// Whether `history` of that conversation is being asked for.
    #[must_use]
    pub fn wants_history(&self, conversation: &ConversationId) -> bool {
        self.0.iter().any(
            |ask| matches!(&ask.frame, ClientFrame::History { conversation: c, .. } if c == conversation),
        )
    }

    /// The server cannot do it now: what was asked about the call is asked again from `until` on.
    pub fn delay(&mut self, call: &CallId, until: Duration) {
        for ask in self.0.iter_mut().filter(|ask| call_of(&ask.frame) == Some(call)) {
            (ask.sent, ask.hold) = (false, until);
        }
    }

    /// The connection is gone: everything is asked again.
    pub fn lost(&mut self) {
        for ask in &mut self.0 {
            ask.sent = false;
        }
    }

    /// What to ask now, in order. `all_said`: every line was acknowledged; before that nobody hangs up.
    pub fn to_send(&mut self, now: Duration, all_said: bool) -> impl Iterator<Item = ClientFrame> {
        let due = move |ask: &&mut Ask| {
            !ask.sent && ask.hold <= now && (all_said || !matches!(ask.frame, ClientFrame::Bye { .. }))
        };
        self.0.iter_mut().filter(due).map(|ask| {
            (ask.sent, ask.ever) = (true, true);
            ask.frame.clone()
        })
    }

    /// When something that was held back may go.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        self.0.iter().filter(|ask| !ask.sent && ask.hold > now).map(|ask| ask.hold).min()
    }

    /// Nothing is waited for but calls that go on.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.0.iter().all(|ask| matches!(ask.frame, ClientFrame::Invite(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::Invite;

    fn call() -> CallId {
        "k".parse().unwrap()
    }

    fn invite() -> ClientFrame {
        ClientFrame::Invite(Invite::new(call()))
    }

    fn sent(asks: &mut Asks, all_said: bool) -> Vec<ClientFrame> {
        asks.to_send(Duration::ZERO, all_said).collect()
    }

    #[test]
    fn a_call_is_taken_up_again_until_it_ended() {
        let mut asks = Asks::default();
        assert!(asks.ask(invite()));
        assert_eq!(sent(&mut asks, true), [invite()]);
        asks.answered(&call());
        asks.lost();
        assert_eq!(sent(&mut asks, true), [invite()], "answered calls too");
        asks.ended(&call(), None);
        asks.lost();
        assert!(sent(&mut asks, true).is_empty());
    }

    #[test]
    fn a_call_that_was_given_up_does_not_ring_again() {
        let cancel = ClientFrame::Cancel { call: call() };
        let mut asks = Asks::default();
        asks.ask(invite());
        sent(&mut asks, true);
        asks.lost();
        assert!(asks.ask(cancel.clone()));
        assert_eq!(sent(&mut asks, true), std::slice::from_ref(&cancel));
        assert!(!asks.is_settled());
        let mut asks = Asks::default();
        asks.ask(invite());
        assert!(!asks.ask(cancel), "never placed");
        assert!(sent(&mut asks, true).is_empty() && asks.is_settled());
    }

    #[test]
    fn nobody_hangs_up_before_everything_said_is_acknowledged() {
        let bye = ClientFrame::Bye { call: Some(call()), conversation: None };
        let mut asks = Asks::default();
        asks.ask(bye.clone());
        assert!(sent(&mut asks, false).is_empty());
        assert_eq!(sent(&mut asks, true), [bye]);
    }

    #[test]
    fn what_cannot_be_done_now_is_asked_again_later() {
        let mut asks = Asks::default();
        asks.ask(invite());
        sent(&mut asks, true);
        asks.delay(&call(), Duration::from_secs(3));
        assert!(sent(&mut asks, true).is_empty());
        assert_eq!(asks.wake(Duration::ZERO), Some(Duration::from_secs(3)));
        assert_eq!(asks.to_send(Duration::from_secs(3), true).count(), 1);
    }
}
