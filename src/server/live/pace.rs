//! How fast one connection may speak. Too fast is delayed by not reading on, never refused or dropped.

use std::time::Duration;

use tokio::time::Instant;

/// Frames a second that a connection may keep up.
pub const FRAMES_PER_SECOND: u32 = 2_000;
/// Frames it may say at once.
pub const BURST: u32 = 4_000;

/// A bucket of frames.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    /// A full one.
    pub fn new(now: Instant) -> Self {
        Self { left: f64::from(BURST), at: now }
    }

    /// One frame was read. `Some`: read no more until then.
    pub fn frame(&mut self, now: Instant) -> Option<Instant> {
        let rate = f64::from(FRAMES_PER_SECOND);
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * rate;
        self.left = (self.left + gained).min(f64::from(BURST)) - 1.0;
        self.at = now;
        (self.left < 0.0).then(|| now + Duration::from_secs_f64(-self.left / rate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_speaks_too_fast_waits_and_is_not_refused() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        assert!((0..BURST).all(|_| pace.frame(now).is_none()));
        let wait = pace.frame(now).unwrap() - now;
        assert!(wait > Duration::ZERO && wait <= Duration::from_millis(1), "{wait:?}");
        assert!(pace.frame(now + Duration::from_secs(1)).is_none());
    }
}
