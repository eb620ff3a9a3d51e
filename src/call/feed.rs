//! What one connection has been told of one conversation, so that it is told every position once and in order,
//! whatever order the news arrives in.

use std::collections::BTreeSet;

/// Positions up to `sent` were delivered; `own` are positions beyond it that this connection said itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feed {
    sent: u64,
    own: BTreeSet<u64>,
}

/// What to do with news of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is the next one: deliver it.
    Next,
    /// It was delivered before.
    Old,
    /// Something is missing before it: fetch everything after `after` and offer each in turn.
    Gap {
        /// The last position delivered.
        after: u64,
    },
}

impl Feed {
    /// Begins after `sent`.
    #[must_use]
    pub fn after(sent: u64) -> Self {
        Self { sent, own: BTreeSet::new() }
    }

    /// The last position delivered.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// News of `position`; when it is [`News::Next`] it counts as delivered.
    pub fn offer(&mut self, position: u64) -> News {
        if position <= self.sent {
            return News::Old;
        }
        if position != self.sent + 1 {
            return News::Gap { after: self.sent };
        }
        self.sent = position;
        self.own.remove(&position);
        News::Next
    }

    /// This connection said `position` itself: it is told by an acknowledgement, not as a line.
    pub fn said(&mut self, position: u64) {
        if position > self.sent {
            self.own.insert(position);
        }
    }

    /// Whether `position` is this connection's own, not delivered yet.
    #[must_use]
    pub fn is_own(&self, position: u64) -> bool {
        self.own.contains(&position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_once_and_in_order() {
        let mut feed = Feed::after(3);
        assert_eq!(feed.offer(3), News::Old);
        assert_eq!(feed.offer(6), News::Gap { after: 3 });
        assert_eq!(feed.offer(4), News::Next);
        assert_eq!(feed.offer(5), News::Next);
        assert_eq!(feed.offer(6), News::Next);
        assert_eq!(feed.offer(5), News::Old);
        assert_eq!(feed.sent(), 6);
    }

    #[test]
    fn ones_own_line_is_known_until_it_is_delivered() {
        let mut feed = Feed::after(0);
        feed.said(2);
        assert!(feed.is_own(2) && !feed.is_own(1));
        assert_eq!(feed.offer(1), News::Next);
        assert_eq!(feed.offer(2), News::Next);
        assert!(!feed.is_own(2));
    }
}
