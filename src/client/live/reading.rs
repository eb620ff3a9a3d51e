//! Where one is in a conversation: every position is shown once, in order, however often and in whatever order
//! the server says it.

use std::{collections::BTreeMap, time::Duration};

use crate::wire::frame::Line;

/// Positions of one conversation that are held back for the sake of order, at most.
const AHEAD: usize = 4096;

/// One conversation's positions.
#[derive(Debug, Default)]
pub struct Reading {
    /// Whether `upto` means something. Until then the first position that comes is the next one: the server
    /// knows what this side has received elsewhere.
    placed: bool,
    /// Everything up to here was released.
    upto: u64,
    /// What came early; `None`: one's own line, which takes a position but is not shown.
    ahead: BTreeMap<u64, Option<Box<Line>>>,
    /// Bytes of the lines in `ahead`.
    held: usize,
    /// The last position that is known to exist.
    last: u64,
    /// Since when something up to `last` has been missing.
    missing_since: Option<Duration>,
}

impl Reading {
    /// A conversation of which everything up to `upto` is known.
    #[must_use]
    pub fn at(upto: u64) -> Self {
        Self { placed: true, upto, last: upto, ..Self::default() }
    }

    /// Where it is, once that is known.
    #[must_use]
    pub fn place(&self) -> Option<u64> {
        self.placed.then_some(self.upto)
    }

    /// Everything up to here was released.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.upto
    }

    /// The server says that there is a position `last`.
    pub fn expect(&mut self, last: u64, now: Duration) {
        if self.placed {
            self.last = self.last.max(last);
            self.note_missing(now);
        }
    }

    /// Bytes of the lines that are held back.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Takes a position, with its line or (`None`) as one's own. Returns the lines that are now in order,
    /// oldest first. What is held back afterwards is at most `room` bytes: the lines furthest ahead are let go of,
    /// and count as missing, so that they are asked for again when it is their turn.
    pub fn take(&mut self, position: u64, line: Option<Box<Line>>, room: usize, now: Duration) -> Vec<Line> {
        if !self.placed {
            *self = Self::at(position.saturating_sub(1));
        }
        if position <= self.upto || self.ahead.contains_key(&position) {
            return Vec::new();
        }
        self.held += line.as_deref().map_or(0, weight);
        self.ahead.insert(position, line);
        self.last = self.last.max(position);
        let lines = self.release(now);
        while self.held > room || self.ahead.len() > AHEAD {
            // One's own lines are kept as long as that frees bytes: nobody says them to us again as ours.
            let furthest = self.ahead.iter().rev().find(|(_, line)| line.is_some()).map(|(at, _)| *at);
            let Some(at) = furthest.or_else(|| self.ahead.keys().next_back().copied()) else { break };
            self.let_go(at);
        }
        lines
    }

    fn let_go(&mut self, position: u64) -> Option<Box<Line>> {
        let line = self.ahead.remove(&position).flatten();
        self.held -= line.as_deref().map_or(0, weight);
        line
    }

    /// The first position that came early, if one did.
    #[must_use]
    pub fn first_ahead(&self) -> Option<u64> {
        self.ahead.keys().next().copied()
    }

    /// How many positions are missing before the next one that is there.
    #[must_use]
    pub fn missing(&self) -> u64 {
        match self.first_ahead() {
            Some(first) => first - self.upto - 1,
            None => self.last - self.upto,
        }
    }

    /// Since when something has been missing without any progress.
    #[must_use]
    pub fn missing_since(&self) -> Option<Duration> {
        self.missing_since
    }

    /// What is missing up to the next position that is there does not exist, or not for us.
    pub fn give_up(&mut self, now: Duration) -> Vec<Line> {
        self.upto = match self.first_ahead() {
            Some(first) => first - 1,
            None => self.last,
        };
        self.release(now)
    }

    fn release(&mut self, now: Duration) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(next) = self.first_ahead()
            && next - 1 == self.upto
        {
            self.upto = next;
            self.missing_since = None;
            lines.extend(self.let_go(next).map(|line| *line));
        }
        self.note_missing(now);
        lines
    }

    fn note_missing(&mut self, now: Duration) {
        if self.upto >= self.last {
            self.missing_since = None;
        } else if self.missing_since.is_none() {
            self.missing_since = Some(now);
        }
    }
}

/// Bytes that a line takes while it is held back, about.
fn weight(line: &Line) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let ids = line.conversation.as_str().len() + line.id.as_str().len() + line.from.len();
    size_of::<Line>() + ids + text(&line.text) + text(&line.sealed)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Time;

    pub(crate) fn line(position: u64) -> Line {
        Line {
            conversation: "c".parse().unwrap(),
            position,
            id: format!("l{position}").parse().unwrap(),
            from: "alice".into(),
            by: None,
            text: Some(position.to_string()),
            sealed: None,
            at: Time(0),
        }
    }

    fn positions(lines: &[Line]) -> Vec<u64> {
        lines.iter().map(|line| line.position).collect()
    }

    const NOW: Duration = Duration::ZERO;
    const ROOM: usize = 1 << 20;

    #[test]
    fn where_one_is_new_the_server_says_what_comes_next() {
        let mut reading = Reading::default();
        reading.expect(9, NOW);
        assert_eq!((reading.place(), reading.missing()), (None, 0));
        assert_eq!(positions(&reading.take(7, Some(Box::new(line(7))), ROOM, NOW)), [7]);
        assert_eq!(reading.place(), Some(7));
    }

    #[test]
    fn a_line_that_comes_early_waits_for_the_ones_before_it() {
        let mut reading = Reading::at(3);
        assert!(reading.take(5, Some(Box::new(line(5))), ROOM, NOW).is_empty());
        assert_eq!((reading.missing(), reading.missing_since()), (1, Some(NOW)));
        assert!(reading.take(3, Some(Box::new(line(3))), ROOM, NOW).is_empty(), "known before");
        assert_eq!(positions(&reading.take(4, None, ROOM, NOW)), [5], "one's own line fills the gap");
        assert_eq!((reading.upto(), reading.missing(), reading.missing_since()), (5, 0, None));
    }

    #[test]
    fn a_gap_that_nobody_fills_is_given_up() {
        let mut reading = Reading::at(0);
        assert!(reading.take(u64::MAX, Some(Box::new(line(u64::MAX))), ROOM, NOW).is_empty());
        assert_eq!(positions(&reading.give_up(NOW)), [u64::MAX]);
        assert!(reading.take(u64::MAX, None, ROOM, NOW).is_empty());
        let mut reading = Reading::at(2);
        reading.expect(9, NOW);
        assert_eq!(reading.missing(), 7);
        assert!(reading.give_up(NOW).is_empty());
        assert_eq!(reading.upto(), 9);
    }

    #[test]
    fn what_is_held_back_is_bounded_in_number_and_bytes_and_the_rest_counts_as_missing() {
        let long = |position| {
            let mut line = line(position);
            line.text = Some("x".repeat(16_000));
            Some(Box::new(line))
        };
        let mut reading = Reading::at(0);
        for position in 2..10_000 {
            assert!(reading.take(position, long(position), ROOM, NOW).is_empty());
            assert!(reading.held() <= ROOM);
        }
        let shown = positions(&reading.take(1, long(1), ROOM, NOW));
        assert!(
            shown.len() > 60 && shown.iter().copied().eq(1..=shown.len() as u64),
            "the nearest were kept"
        );
        assert_eq!((reading.held(), reading.missing()), (0, 9_999 - shown.len() as u64));

        let mut reading = Reading::at(0);
        for position in 2..10_000 {
            reading.take(position, None, ROOM, NOW);
        }
        assert_eq!(reading.take(1, None, ROOM, NOW).len(), 0);
        assert_eq!(reading.upto(), 1 + AHEAD as u64);
    }

    proptest! {
        #[test]
        fn every_position_is_shown_once_and_in_order(order in prop::collection::vec(1u64..40, 0..200)) {
            let mut reading = Reading::at(0);
            let mut shown = Vec::new();
            for position in order.iter().copied().chain(1..40) {
                shown.extend(positions(&reading.take(position, Some(Box::new(line(position))), ROOM, NOW)));
            }
            prop_assert_eq!(shown, (1..40).collect::<Vec<_>>());
        }
    }
}
