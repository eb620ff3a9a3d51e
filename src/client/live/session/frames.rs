//! What the server's frames do to a session.

use std::time::Duration;

use super::{Action, Link, Session, Shown};
use crate::{
    client::live::{LiveError, follow::Filled},
    wire::{
        CallId, Code, ConversationId, ErrorRecord,
        frame::{Line, ServerFrame, Welcome},
    },
};

/// An invite that the server would not take now is tried again if the wait is at most this.
const INVITE_RETRY_SECS: u32 = 5;
/// Calls that ring at a time; beyond it the place of one is forgotten.
const RINGS: usize = 1000;
/// No server makes a client wait longer than this with a line.
const LONGEST_RETRY_SECS: u32 = 60;

impl Session {
    pub(super) fn frame(&mut self, frame: ServerFrame, now: Duration) {
        match (self.link, frame) {
            (Link::Greeting(_), ServerFrame::Welcome(welcome)) => self.welcome(welcome, now),
            (Link::Greeting(_), ServerFrame::Error(error)) => self.unwelcome(error, now),
            (Link::Up, frame) => self.serve(frame, now),
            _ => {}
        }
    }

    fn welcome(&mut self, welcome: Welcome, now: Duration) {
        self.link = Link::Up;
        (self.welcomed, self.outage) = (true, None);
        (self.up_since, self.heard, self.next_ping) = (now, now, now + self.pace.ping);
        if std::mem::take(&mut self.told) {
            self.show(Shown::Back);
        }
        self.me = welcome
            .login
            .as_ref()
            .map(ToString::to_string)
            .into_iter()
            .chain(welcome.guest.clone())
            .collect();
        if welcome.epoch.is_some() && welcome.epoch != self.hello.epoch {
            if self.hello.epoch.is_some() {
                self.follow.begin_anew();
                self.marks.clear();
            }
            self.hello.epoch.clone_from(&welcome.epoch);
        }
        if let Some(conversation) = &welcome.conversation {
            self.follow.start(conversation);
        }
        for summary in &welcome.conversations {
            // The same, of a database that was brought back without anybody telling it.
            if self.follow.is_beyond(&summary.conversation, summary.last) {
                self.follow.forget(&summary.conversation);
                self.marks.remove(&summary.conversation);
            }
        }
        let asks = welcome.conversations.iter().filter_map(|summary| self.follow.summary(summary, now));
        self.actions.extend(asks.map(Action::Send));
        self.show(Shown::Frame { frame: Box::new(ServerFrame::Welcome(welcome)), received: None });
    }

    /// An error instead of `welcome`.
    fn unwelcome(&mut self, error: ErrorRecord, now: Duration) {
        if error.code.is_transient() {
            self.actions.push_back(Action::Close);
            let retry = Duration::from_secs(error.retry.unwrap_or(0).min(LONGEST_RETRY_SECS).into());
            self.lost(error.message, retry, now);
        } else {
            self.stop(Err(LiveError::Refused(error)));
        }
    }

    fn serve(&mut self, frame: ServerFrame, now: Duration) {
        match frame {
            ServerFrame::Line(line) => self.line(line, now),
            ServerFrame::Ack { conversation, id: Some(id), position, received, read } => {
                // Said twice, acknowledged twice: the face hears it once.
                let news = self.outbox.done(&conversation, &id);
                if let Some(position) = position {
                    self.take(&conversation, position, None, now);
                }
                let upto = position.and_then(|position| self.follow.upto_from(&conversation, position));
                if news {
                    let ack = ServerFrame::Ack {
                        conversation: conversation.clone(),
                        id: Some(id),
                        position,
                        received,
                        read,
                    };
                    let received = upto.map(|upto| (conversation, upto));
                    self.show(Shown::Frame { frame: Box::new(ack), received });
                }
            }
            ServerFrame::Invite(ref ring) => {
                if self.rings.len() >= RINGS {
                    self.rings.pop_first();
                }
                self.rings.insert(ring.call.clone(), ring.conversation.clone());
                self.show_plain(frame);
            }
            ServerFrame::Answered { ref call, ref conversation, .. } => {
                if self.takes_part(call) {
                    self.follow.start(conversation);
                }
                self.follow.talks(conversation, true);
                self.asks.answered(call);
                self.show_plain(frame);
            }
            ServerFrame::Ended { ref call, ref conversation, .. } => {
                // What was said meanwhile, or is said because nobody answered, belongs there.
                if self.takes_part(call) {
                    self.follow.start(conversation);
                }
                self.follow.talks(conversation, false);
                self.asks.ended(call, Some(conversation));
                self.rings.remove(call);
                self.show_plain(frame);
            }
            ServerFrame::Complete { ref conversation } => match self.follow.completed(conversation, now) {
                Some(filled) => self.filled(conversation, filled),
                None if self.asks.completed(conversation) => self.show_plain(frame),
                None => {}
            },
            ServerFrame::Error(error) => self.error(error, now),
            ServerFrame::Welcome(_) | ServerFrame::Unknown => {}
            frame => self.show_plain(frame),
        }
    }

    /// Whether the call was placed here, or rings or was answered here. Nothing else makes us follow a conversation
    /// for the server's word alone.
    fn takes_part(&self, call: &CallId) -> bool {
        self.rings.contains_key(call) || self.asks.knows(call)
    }

    fn line(&mut self, line: Line, now: Duration) {
        let conversation = line.conversation.clone();
        if self.follow.is_old(&conversation, line.position) {
            if self.asks.wants_history(&conversation) {
                self.show_plain(ServerFrame::Line(line));
            }
            return;
        }
        // One's own line that is still waiting for its acknowledgement: that one will be shown instead.
        let own = self.me.contains(&line.from) && self.outbox.holds(&conversation, &line.id);
        let position = line.position;
        self.take(&conversation, position, (!own).then(|| Box::new(line)), now);
    }

    /// Takes a position and shows the lines that are now in order.
    fn take(&mut self, conversation: &ConversationId, position: u64, line: Option<Box<Line>>, now: Duration) {
        let (lines, upto) = self.follow.take(conversation, position, line, now);
        self.show_lines(conversation, lines, upto);
    }

    fn show_lines(&mut self, conversation: &ConversationId, lines: Vec<Line>, upto: Option<u64>) {
        let last = lines.len().checked_sub(1);
        for (at, line) in lines.into_iter().enumerate() {
            let upto = if Some(at) == last { upto } else { upto.map(|_| line.position) };
            let received = upto.map(|upto| (conversation.clone(), upto));
            self.show(Shown::Frame { frame: Box::new(ServerFrame::Line(line)), received });
        }
    }

    pub(super) fn fill_gaps(&mut self, now: Duration) {
        for (conversation, filled) in self.follow.due(now) {
            self.filled(&conversation, filled);
        }
    }

    fn filled(&mut self, conversation: &ConversationId, filled: Filled) {
        self.show_lines(conversation, filled.lines, filled.upto);
        self.actions.extend(filled.ask.map(Action::Send));
    }

    fn error(&mut self, mut error: ErrorRecord, now: Duration) {
        if error.code == Code::Unauthorized {
            return self.stop(Err(LiveError::Refused(error)));
        }
        let retry = error.retry.unwrap_or(1).clamp(1, LONGEST_RETRY_SECS);
        let later = now + Duration::from_secs(retry.into());
        if let Some(id) = error.id.clone()
            && let Some(conversation) =
                error.conversation.clone().or_else(|| self.outbox.conversation_of(&id))
            && self.outbox.holds(&conversation, &id)
        {
            if error.code.is_transient() {
                return self.outbox.delay(&conversation, &id, later);
            }
            self.outbox.done(&conversation, &id);
            error.conversation = Some(conversation);
        } else if let Some(call) = &error.call {
            let soon = error.code != Code::TooMany || retry <= INVITE_RETRY_SECS;
            if error.code.is_transient() && soon {
                return self.asks.delay(call, later);
            }
            self.asks.ended(call, error.conversation.as_ref());
        } else if let Some(conversation) = error.conversation.clone() {
            let ours = self.follow.is_asking(&conversation);
            if ours {
                let filled = self.follow.give_up(&conversation, now);
                self.filled(&conversation, filled);
            }
            let asked = self.asks.refused(&conversation);
            let not_ours = error.code == Code::NotFound && self.follow.is_followed(&conversation);
            if not_ours {
                self.follow.forget(&conversation);
            }
            if !asked && (ours || not_ours) {
                return;
            }
        }
        self.show_plain(ServerFrame::Error(error));
    }

    fn show_plain(&mut self, frame: ServerFrame) {
        self.show(Shown::Frame { frame: Box::new(frame), received: None });
    }
}
