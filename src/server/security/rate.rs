//! How often somebody may do something: one bucket per key, in bounded memory.

use std::{fmt, hash::Hash, num::NonZeroU32};

use governor::{Quota, RateLimiter, clock::Clock, clock::DefaultClock, state::keyed::DashMapStateStore};

use crate::{
    server::Problem,
    wire::{Code, ErrorRecord},
};

/// Keys remembered at once. When as many are busy, somebody tries to fill the memory, and nobody new is let in.
const KEYS: usize = 100_000;

/// A rate per key.
pub struct Rate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock>,
    clock: DefaultClock,
}

impl<K: Hash + Eq + Clone> Rate<K> {
    /// At most `count` at once, and `count` an hour from then on.
    #[must_use]
    pub fn per_hour(count: u32) -> Self {
        Self::new(Quota::per_hour(at_least_one(count)))
    }

    /// At most `count` at once, and `count` a minute from then on.
    #[must_use]
    pub fn per_minute(count: u32) -> Self {
        Self::new(Quota::per_minute(at_least_one(count)))
    }

    fn new(quota: Quota) -> Self {
        let clock = DefaultClock::default();
        Self { limiter: RateLimiter::dashmap_with_clock(quota, clock.clone()), clock }
    }

    /// Counts one more for `key`.
    ///
    /// # Errors
    /// `too_many` with the seconds to wait.
    pub fn take(&self, key: &K) -> Result<(), Problem> {
        if self.limiter.len() >= KEYS {
            self.limiter.retain_recent();
            if self.limiter.len() >= KEYS {
                return Err(too_many(60));
            }
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            too_many(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
        })
    }

    /// Forgets who has not done anything for a while.
    pub fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

fn too_many(secs: u32) -> Problem {
    Problem(ErrorRecord::new(Code::TooMany, "too many of these from here; wait a little").retry(secs))
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

impl<K: Hash + Eq + Clone> fmt::Debug for Rate<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rate").field("keys", &self.limiter.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ten_an_hour_are_let_through_and_the_eleventh_is_told_when() {
        let rate = Rate::per_hour(10);
        for _ in 0..10 {
            rate.take(&"here").unwrap();
        }
        let problem = rate.take(&"here").unwrap_err();
        assert_eq!(problem.code(), Code::TooMany);
        assert!((1..=361).contains(&problem.0.retry.unwrap()), "{problem:?}");
        rate.take(&"there").unwrap();
    }
}
