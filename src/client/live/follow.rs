//! Which conversations a session follows, where it is in each, and what it does about a gap: waits a moment,
//! asks for `history`, and gives up what nobody has.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{places::Places, reading::Reading};
use crate::wire::{
    ConversationId,
    frame::{ClientFrame, ConversationSummary, Line, Resume},
    limits,
};

/// Conversations that are followed; lines of others beyond it are shown as they come.
const CONVERSATIONS: usize = 10_000;
/// Of these, conversations of which an agent heard by a line alone: nobody here asked for them or was rung in them.
/// Somebody who only says a line presses a button, too, so there are such; but a server can make them up.
const UNASKED: usize = 1_000;
/// Bytes of lines that are held back for the sake of order, in all conversations together.
const HELD: usize = 4 << 20;
/// How long an answer to `history` may take, in gaps' times.
const PATIENCE: u32 = 20;

/// A `history` that is out.
#[derive(Debug)]
struct Filling {
    /// How much was missing when it was asked.
    missing: u64,
    since: Duration,
}

/// The conversations of one session.
#[derive(Debug)]
pub struct Follow {
    /// Every conversation is followed (an agent), not only those that were started here.
    all: bool,
    gap: Duration,
    /// What earlier runs received.
    known: BTreeMap<ConversationId, u64>,
    readings: Places,
    /// How many of them nobody asked for.
    unasked: usize,
    /// Those where something may be missing.
    open: BTreeSet<ConversationId>,
    filling: BTreeMap<ConversationId, Filling>,
    /// A `history` stayed unanswered; the next one that does is given up.
    stuck: bool,
}

impl Follow {
    /// `known`: positions received in earlier runs, the latest first. `all`: follow whatever comes.
    pub fn new(known: impl IntoIterator<Item = (ConversationId, u64)>, all: bool, gap: Duration) -> Self {
        let known: Vec<_> = known.into_iter().collect();
        let mut readings = Places::default();
        for (id, upto) in known.iter().rev().filter(|_| all) {
            readings.put(id, Reading::at(*upto));
        }
        let known = known.into_iter().collect();
        let (open, filling) = (BTreeSet::new(), BTreeMap::new());
        Self { all, gap, known, readings, unasked: 0, open, filling, stuck: false }
    }

    /// Where it is in each, for `hello`: first those with a call, then the latest; as many as fit.
    #[must_use]
    pub fn resume(&self) -> Vec<Resume> {
        // An agent's answered call is taken up again by its conversation's place, even before a line.
        self.readings.resume(self.all.then_some(0))
    }

    /// Follows a conversation from where earlier runs were; where none was, from where the server says.
    pub fn start(&mut self, conversation: &ConversationId) {
        if self.readings.get(conversation).is_some() {
            self.readings.touch(conversation);
        } else if self.readings.number() < CONVERSATIONS {
            let reading =
                self.known.get(conversation).map_or_else(Reading::default, |upto| Reading::at(*upto));
            self.readings.put(conversation, reading);
        }
    }

    /// There is a call in it that was answered, or no longer.
    pub fn talks(&mut self, conversation: &ConversationId, answered: bool) {
        self.readings.talks(conversation, answered);
    }

    /// The server knows no such conversation of ours: it is another identity's of the same home.
    pub fn forget(&mut self, conversation: &ConversationId) {
        self.known.remove(conversation);
        self.readings.remove(conversation);
        self.open.remove(conversation);
        self.filling.remove(conversation);
    }

    /// The server's positions are others than those we know: its database is an older one now. Where each
    /// conversation goes on is for the server to say.
    pub fn begin_anew(&mut self) {
        self.known.clear();
        self.readings.begin_anew();
        self.open.clear();
        self.filling.clear();
    }

    /// One of a login's conversations as `welcome` tells it.
    pub fn summary(&mut self, summary: &ConversationSummary, now: Duration) -> Option<ClientFrame> {
        let id = &summary.conversation;
        if let Some(reading) = self.readings.get_mut(id) {
            reading.expect(summary.last, now);
            self.note(id);
            return None;
        }
        if !self.all || self.readings.number() >= CONVERSATIONS {
            return None;
        }
        // New to this machine: what the login has read elsewhere is not shown again.
        let read = summary.read.min(summary.last);
        let mut reading = Reading::at(read);
        reading.expect(summary.last, now);
        let is_more = reading.missing() > 0;
        self.readings.put(id, reading);
        self.note(id);
        if is_more { self.ask(id, now) } else { None }
    }

    /// Whether the conversation is followed, and a line at `position` was shown before.
    #[must_use]
    pub fn is_old(&self, conversation: &ConversationId, position: u64) -> bool {
        self.readings.get(conversation).is_some_and(|reading| position <= reading.upto())
    }

    /// Whether it is further than there is to be.
    #[must_use]
    pub fn is_beyond(&self, conversation: &ConversationId, last: u64) -> bool {
        self.readings.get(conversation).is_some_and(|reading| reading.upto() > last)
    }

    /// How far it is, if that is `position` or further.
    #[must_use]
    pub fn upto_from(&self, conversation: &ConversationId, position: u64) -> Option<u64> {
        let upto = self.readings.get(conversation)?.upto();
        (upto >= position).then_some(upto)
    }

    /// Bytes of lines that are held back.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.readings.held()
    }

    /// Whether it is followed.
    #[must_use]
    pub fn is_followed(&self, conversation: &ConversationId) -> bool {
        self.readings.get(conversation).is_some()
    }

    /// Whether a `history` of our own is out.
    #[must_use]
    pub fn is_asking(&self, conversation: &ConversationId) -> bool {
        self.filling.contains_key(conversation)
    }

    /// Takes a position; see [`Reading::take`]. Returns the lines to show and how far they lead.
    pub fn take(
        &mut self,
        conversation: &ConversationId,
        position: u64,
        line: Option<Box<Line>>,
        now: Duration,
    ) -> (Vec<Line>, Option<u64>) {
        if self.all && !self.is_followed(conversation) && self.unasked < UNASKED {
            self.unasked += 1;
            self.start(conversation);
        }
        let held = self.readings.held();
        let Some(reading) = self.readings.get_mut(conversation) else {
            // Too many to follow, or (not an agent) somebody else's business.
            let lines = line.filter(|_| self.all).map(|line| *line);
            return (lines.into_iter().collect(), None);
        };
        let before = reading.upto();
        let room = HELD.saturating_sub(held - reading.held());
        let lines = reading.take(position, line, room, now);
        let upto = reading.upto();
        self.readings.count(conversation);
        self.readings.touch(conversation);
        self.note(conversation);
        (lines, (upto > before).then_some(upto))
    }

    /// `complete`: an answer to a `history` of our own ends. `None`: it was none of ours.
    pub fn completed(&mut self, conversation: &ConversationId, now: Duration) -> Option<Filled> {
        let filling = self.filling.remove(conversation)?;
        self.stuck = false;
        let missing = self.readings.get(conversation).map_or(0, Reading::missing);
        if missing == 0 {
            return Some(Filled::default());
        }
        if missing < filling.missing {
            // More than one answer holds: page on.
            return Some(Filled { ask: self.ask(conversation, now), ..Filled::default() });
        }
        Some(self.give_up(conversation, now))
    }

    /// What is missing in `conversation` and is not coming is given up.
    pub fn give_up(&mut self, conversation: &ConversationId, now: Duration) -> Filled {
        self.filling.remove(conversation);
        let Some(reading) = self.readings.get_mut(conversation) else { return Filled::default() };
        let lines = reading.give_up(now);
        let upto = reading.upto();
        self.readings.count(conversation);
        self.note(conversation);
        Filled { ask: None, lines, upto: Some(upto) }
    }

    /// Whether a `history` stays unanswered: a new connection, which resumes, may do better. Said once; after
    /// that what is missing is given up.
    pub fn gets_stuck(&mut self, now: Duration) -> bool {
        let overdue = |filling: &Filling| now >= filling.since + self.gap * PATIENCE;
        let gets_stuck = !self.stuck && self.filling.values().any(overdue);
        self.stuck |= gets_stuck;
        gets_stuck
    }

    /// What is due about gaps.
    pub fn due(&mut self, now: Duration) -> Vec<(ConversationId, Filled)> {
        let mut due = Vec::new();
        let open: BTreeSet<_> = self.open.iter().chain(self.filling.keys()).cloned().collect();
        for id in open {
            if let Some(filling) = self.filling.get(&id) {
                if now >= filling.since + self.gap * PATIENCE {
                    due.push((id.clone(), self.give_up(&id, now)));
                }
            } else if let Some(reading) = self.readings.get(&id)
                && reading.missing_since().is_some_and(|since| now >= since + self.gap)
            {
                let ask = self.ask(&id, now);
                due.push((id, Filled { ask, ..Filled::default() }));
            }
        }
        due
    }

    /// When something is due about gaps.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        let due = |id: &ConversationId| match self.filling.get(id) {
            Some(filling) => Some(filling.since + self.gap * PATIENCE),
            None => self.readings.get(id)?.missing_since().map(|since| since + self.gap),
        };
        self.open.iter().filter_map(due).chain(self.filling.keys().filter_map(due)).min()
    }

    /// The connection is gone: no answer to `history` comes any more.
    pub fn lost(&mut self) {
        self.filling.clear();
    }

    /// Asks for the oldest that are missing: they can be shown as they come, and nothing has to be held back.
    fn ask(&mut self, conversation: &ConversationId, now: Duration) -> Option<ClientFrame> {
        let reading = self.readings.get(conversation)?;
        let missing = reading.missing();
        let limit = u32::try_from(missing).unwrap_or(limits::HISTORY).min(limits::HISTORY);
        let before = Some(reading.upto().saturating_add(limit.into()).saturating_add(1));
        self.filling.insert(conversation.clone(), Filling { missing, since: now });
        Some(ClientFrame::History { conversation: conversation.clone(), before, limit: Some(limit) })
    }

    fn note(&mut self, conversation: &ConversationId) {
        let missing = self.readings.get(conversation).is_some_and(|reading| reading.missing() > 0);
        if missing {
            self.open.insert(conversation.clone());
        } else {
            self.open.remove(conversation);
        }
    }
}

/// What came of a gap.
#[derive(Debug, Default)]
pub struct Filled {
    /// Ask for more.
    pub ask: Option<ClientFrame>,
    /// Lines that are now in order.
    pub lines: Vec<Line>,
    /// How far they lead.
    pub upto: Option<u64>,
}
