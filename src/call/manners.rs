//! Whether an attempt may ring, may only knock, or is refused before it starts (DESIGN §3, Manners).

use super::times::{Times, UNANSWERED_RINGS};
use crate::wire::{
    Time,
    frame::{Knock, Reason},
    record::Missed,
    time::SECOND,
};

/// What is known of the attempt.
#[derive(Debug, Clone, Default)]
pub struct Attempt {
    /// The caller has no right to ring, and why.
    pub knock: Option<Knock>,
    /// The callee blocked the caller.
    pub blocked: bool,
    /// The latest decline of the same ticket or pair.
    pub declined: Option<Time>,
    /// When the unanswered rings of the last day started, oldest first.
    pub unanswered: Vec<Time>,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Ring, if presence allows.
    Ring,
    /// List it silently.
    Knock(Knock),
    /// The caller sees a knock; the callee sees nothing.
    Hidden(Knock),
    /// No ring now.
    Refuse {
        /// What the caller is told.
        reason: Reason,
        /// What the callee finds.
        leave: Option<Missed>,
        /// Seconds until the same attempt may ring again.
        retry: u32,
    },
}

/// Decides.
#[must_use]
pub fn admit(attempt: &Attempt, now: Time, times: &Times) -> Admission {
    if attempt.blocked {
        return Admission::Hidden(attempt.knock.unwrap_or(Knock::Stranger));
    }
    if let Some(knock) = attempt.knock {
        return Admission::Knock(knock);
    }
    let left = |since: Time, span: i64| span - now.since(since);
    if let Some(wait) = attempt.declined.map(|at| left(at, times.after_decline)).filter(|wait| *wait > 0) {
        return Admission::Refuse { reason: Reason::Declined, leave: None, retry: secs(wait) };
    }
    let recent: Vec<_> =
        attempt.unanswered.iter().filter(|at| left(**at, times.unanswered_span) > 0).collect();
    if recent.len() >= UNANSWERED_RINGS {
        let frees = *recent[recent.len() - UNANSWERED_RINGS];
        return Admission::Refuse {
            reason: Reason::Expired,
            leave: Some(Missed::Expired),
            retry: secs(left(frees, times.unanswered_span)),
        };
    }
    Admission::Ring
}

fn secs(millis: i64) -> u32 {
    u32::try_from(millis.max(0).div_euclid(SECOND) + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::time::{DAY, MINUTE};

    const T: Time = Time(5_000_000_000);

    #[test]
    fn after_a_decline_the_same_ticket_cannot_ring_for_ten_minutes() {
        let times = Times::default();
        let attempt = Attempt { declined: Some(T), ..Attempt::default() };
        let refused = admit(&attempt, T.plus(9 * MINUTE), &times);
        assert_eq!(refused, Admission::Refuse { reason: Reason::Declined, leave: None, retry: 61 });
        assert_eq!(admit(&attempt, T.plus(10 * MINUTE), &times), Admission::Ring);
    }

    #[test]
    fn the_fourth_unanswered_ring_of_a_day_leaves_a_notice_and_does_not_ring() {
        let times = Times::default();
        let mut attempt = Attempt { unanswered: vec![T, T.plus(1)], ..Attempt::default() };
        assert_eq!(admit(&attempt, T.plus(2), &times), Admission::Ring);
        attempt.unanswered.push(T.plus(2));
        let Admission::Refuse { reason, leave, .. } = admit(&attempt, T.plus(3), &times) else {
            panic!("it rang");
        };
        assert_eq!((reason, leave), (Reason::Expired, Some(Missed::Expired)));
        assert_eq!(admit(&attempt, T.plus(DAY), &times), Admission::Ring);
    }

    #[test]
    fn a_blocked_caller_cannot_be_told_from_a_knocker() {
        let times = Times::default();
        let attempt = Attempt { blocked: true, declined: Some(T), ..Attempt::default() };
        assert_eq!(admit(&attempt, T, &times), Admission::Hidden(Knock::Stranger));
    }
}
