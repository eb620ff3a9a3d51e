//! Every span of time that decides something about a call, as named fields, so that tests and people can
//! shorten them.

use crate::wire::time::{DAY, MINUTE, SECOND};

/// Milliseconds, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// A refresh makes a login `on` for this long.
    pub refresh_lasts: i64,
    /// An agent that was not heard for this long is gone; the same after a server start.
    pub agent_gone: i64,
    /// A caller whose connection dropped keeps the call this long.
    pub caller_keeps: i64,
    /// An answered call ends when one side is away this long.
    pub absence: i64,
    /// After a decline the same ticket cannot ring for this long.
    pub after_decline: i64,
    /// Unanswered rings are counted over this span.
    pub unanswered_span: i64,
}

/// At most this many unanswered rings per ticket in [`Times::unanswered_span`].
pub const UNANSWERED_RINGS: usize = 3;
/// After this many unanswered rings in a row a login counts as away.
pub const AWAY_AFTER: u32 = 3;

impl Default for Times {
    fn default() -> Self {
        Self {
            refresh_lasts: 10 * MINUTE,
            agent_gone: 60 * SECOND,
            caller_keeps: 60 * SECOND,
            absence: 10 * MINUTE,
            after_decline: 10 * MINUTE,
            unanswered_span: DAY,
        }
    }
}
