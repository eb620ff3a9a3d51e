//! A moment in UTC, RFC 3339 on the wire.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A moment, RFC 3339 in UTC; kept as milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "date-time"))]
pub struct Time(pub i64);

/// A text that is no RFC 3339 time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time is RFC 3339, for example 2026-11-01T09:00:00Z")]
pub struct BadTime;

/// Milliseconds in common spans.
pub const SECOND: i64 = 1000;
/// Sixty seconds.
pub const MINUTE: i64 = 60 * SECOND;
/// Sixty minutes.
pub const HOUR: i64 = 60 * MINUTE;
/// Twenty-four hours.
pub const DAY: i64 = 24 * HOUR;

impl Time {
    /// The system's clock. The pure rooms (`call`) never call this: they are told the time.
    #[must_use]
    pub fn now() -> Self {
        Self(Timestamp::now().as_millisecond())
    }

    /// This moment and `millis` more, saturating.
    #[must_use]
    pub fn plus(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since 1970, zero before it, as a ticket's expiry is kept.
    #[must_use]
    pub fn unix_secs(self) -> u32 {
        u32::try_from(self.0.max(0) / SECOND).unwrap_or(u32::MAX)
    }

    /// The moment of whole seconds since 1970.
    #[must_use]
    pub fn from_unix_secs(secs: u32) -> Self {
        Self(i64::from(secs) * SECOND)
    }
}

impl FromStr for Time {
    type Err = BadTime;

    fn from_str(text: &str) -> Result<Self, BadTime> {
        text.parse::<Timestamp>().map(|at| Self(at.as_millisecond())).map_err(|_| BadTime)
    }
}

impl TryFrom<String> for Time {
    type Error = BadTime;

    fn try_from(text: String) -> Result<Self, BadTime> {
        text.parse()
    }
}

impl From<Time> for String {
    fn from(time: Time) -> Self {
        time.to_string()
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(at) => at.fmt(f),
            Err(_) => f.write_str("9999-12-30T22:00:00Z"),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
