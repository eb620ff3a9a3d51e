//! What one connection has been told of one conversation, so that it is told every position once and in order,
//! whatever order the news arrives in.

/// Positions up to `sent` were delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Feed {
    sent: u64,
}

/// What to do with news of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is the next one: deliver it.
    Next,
    /// It was delivered before.
    Old,
    /// Something is missing before it: fetch what comes after [`Feed::sent`] and offer each in turn.
    Gap,
}

impl Feed {
    /// Begins after `sent`.
    #[must_use]
    pub fn after(sent: u64) -> Self {
        Self { sent }
    }

    /// The last position delivered.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// News of `position`; when it is [`News::Next`] it counts as delivered.
    pub fn offer(&mut self, position: u64) -> News {
        if position <= self.sent {
            News::Old
        } else if position == self.sent + 1 {
            self.sent = position;
            News::Next
        } else {
            News::Gap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_come_once_and_in_order() {
        let mut feed = Feed::after(3);
        assert_eq!(feed.offer(3), News::Old);
        assert_eq!(feed.offer(6), News::Gap);
        assert_eq!(feed.offer(4), News::Next);
        assert_eq!(feed.offer(5), News::Next);
        assert_eq!(feed.offer(6), News::Next);
        assert_eq!(feed.offer(5), News::Old);
        assert_eq!(feed.sent(), 6);
    }
}
