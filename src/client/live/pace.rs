//! The times a live connection keeps, and how long it waits before it tries again.

use std::time::Duration;

/// Every time of a session, by name.
#[derive(Debug, Clone)]
pub struct Pace {
    /// Between two pings.
    pub ping: Duration,
    /// Without a sign of life for this long, the connection is dead.
    pub silence: Duration,
    /// How long `hello` may stay unanswered.
    pub greeting: Duration,
    /// For so long after a connection was lost, [`Pace::wait_soon`] is the longest wait between tries.
    pub soon: Duration,
    /// The longest wait at first.
    pub wait_soon: Duration,
    /// The longest wait later.
    pub wait_late: Duration,
    /// How long the first connection may take to come about, further tries included; `None`: for ever.
    pub first: Option<Duration>,
    /// How long a lost connection may stay lost; `None`: for ever.
    pub lost: Option<Duration>,
    /// A connection that held for this long was a success: the next loss is tried again at once.
    pub success: Duration,
    /// How long positions may be missing before the lines are asked for.
    pub gap: Duration,
}

/// The first wait; each further one doubles it.
const WAIT: Duration = Duration::from_millis(250);

impl Default for Pace {
    fn default() -> Self {
        Self {
            ping: Duration::from_secs(25),
            silence: Duration::from_secs(60),
            greeting: Duration::from_secs(20),
            soon: Duration::from_secs(180),
            wait_soon: Duration::from_secs(5),
            wait_late: Duration::from_secs(60),
            first: None,
            lost: None,
            success: Duration::from_secs(1),
            gap: Duration::from_secs(1),
        }
    }
}

impl Pace {
    /// How long to wait before try number `tries` (0: at once), `outage` after the connection was lost.
    /// `chance` picks a point between half of the wait and all of it, so that a thousand clients of a server
    /// that restarts do not come back in step.
    #[must_use]
    pub fn wait(&self, tries: u32, outage: Duration, chance: u32) -> Duration {
        let Some(doublings) = tries.checked_sub(1) else { return Duration::ZERO };
        let longest = if outage < self.soon { self.wait_soon } else { self.wait_late };
        let wait = WAIT.saturating_mul(1 << doublings.min(20)).min(longest);
        wait / 2 + (wait / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_first_try_is_at_once_and_the_next_ones_wait_longer() {
        let pace = Pace::default();
        assert_eq!(pace.wait(0, Duration::ZERO, u32::MAX), Duration::ZERO);
        assert_eq!(pace.wait(1, Duration::ZERO, u32::MAX), Duration::from_millis(250));
        assert_eq!(pace.wait(1, Duration::ZERO, 0), Duration::from_millis(125));
        assert_eq!(pace.wait(3, Duration::ZERO, u32::MAX), Duration::from_secs(1));
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_promised(tries: u32, outage in 0u64..100_000, chance: u32) {
            let wait = Pace::default().wait(tries, Duration::from_secs(outage), chance);
            let longest = Duration::from_secs(if outage < 180 { 5 } else { 60 });
            prop_assert!(wait <= longest);
            prop_assert!(tries == 0 || wait >= Duration::from_millis(125));
        }
    }
}
