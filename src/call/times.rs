//! Every span of time that decides something about a call, or about a sender's claim, as named fields, so that tests and
//! people can shorten them.

use std::str::FromStr;

use jiff::SignedDuration;

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
    /// The mail of a notice waits this long for the line that is left with it, while its caller is connected.
    pub notice_waits: i64,
    /// An answered call ends when one side is away this long.
    pub absence: i64,
    /// After a decline the same ticket cannot ring for this long.
    pub after_decline: i64,
    /// Unanswered rings are counted over this span.
    pub unanswered_span: i64,
    /// A sender's claim on a campaign's deliveries lives this long after its last word; the same after a server start.
    pub claim_lasts: i64,
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
            notice_waits: 60 * SECOND,
            absence: 10 * MINUTE,
            after_decline: 10 * MINUTE,
            unanswered_span: DAY,
            claim_lasts: 60 * SECOND,
        }
    }
}

/// A text that is not `name=span,…`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}': times are NAME=SPAN with commas between, for example agent-gone=60s,absence=10m; the names are {NAMES}"
)]
pub struct BadTimes(String);

const NAMES: &str = "refresh-lasts, agent-gone, caller-keeps, notice-waits, absence, after-decline, unanswered-span, claim-lasts";

impl FromStr for Times {
    type Err = BadTimes;

    /// Reads the ones to change; the others keep their defaults.
    fn from_str(text: &str) -> Result<Self, BadTimes> {
        let mut times = Self::default();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let bad = || BadTimes(pair.trim().to_owned());
            let (name, span) = pair.split_once('=').ok_or_else(bad)?;
            let span: SignedDuration = span.trim().parse().map_err(|_| bad())?;
            let millis =
                i64::try_from(span.as_millis()).ok().filter(|millis| *millis >= 0).ok_or_else(bad)?;
            *match name.trim() {
                "refresh-lasts" => &mut times.refresh_lasts,
                "agent-gone" => &mut times.agent_gone,
                "caller-keeps" => &mut times.caller_keeps,
                "notice-waits" => &mut times.notice_waits,
                "absence" => &mut times.absence,
                "after-decline" => &mut times.after_decline,
                "unanswered-span" => &mut times.unanswered_span,
                "claim-lasts" => &mut times.claim_lasts,
                _ => return Err(bad()),
            } = millis;
        }
        Ok(times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_set_by_name_and_the_others_stay() {
        let times: Times = "agent-gone=2s, absence=1m".parse().unwrap();
        assert_eq!((times.agent_gone, times.absence), (2_000, 60_000));
        assert_eq!(times.caller_keeps, Times::default().caller_keeps);
        assert_eq!("".parse::<Times>(), Ok(Times::default()));
        for bad in ["agent-gone", "agent-gone=2", "agent-gone=-1s", "lunch=1h"] {
            bad.parse::<Times>().unwrap_err();
        }
    }
}
