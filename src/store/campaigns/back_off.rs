//! Waiting for mail servers that say "not now": a delivery until its next try, a domain until mail to it goes on. What a
//! domain said outlives a restart and counts for every campaign.

use rusqlite::params;

use super::super::{Db, Result};
use crate::wire::{
    Time,
    time::{HOUR, MINUTE, SECOND},
};

/// Before a delivery's second try, unless its plan says otherwise; doubles with each.
const FIRST: i64 = 15 * MINUTE;
/// That many times the first wait is the longest.
const LONGEST: i64 = 16;
/// "Not now" in a row, from one domain, until mail to it waits.
const PATIENCE: u32 = 3;
/// A domain waits this part of what a delivery waits, first; doubles each time, up to an hour.
const PART: i64 = 30;

/// How long a campaign waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waits {
    /// Before the second try, in milliseconds.
    first: i64,
}

impl Waits {
    /// As a campaign's pace says: `retry`, in seconds.
    pub(super) fn of(pace: &serde_json::Value) -> Self {
        let retry = pace.get("retry").and_then(serde_json::Value::as_u64);
        let first =
            retry.map_or(FIRST, |secs| i64::try_from(secs).unwrap_or(i64::MAX).saturating_mul(SECOND));
        Self { first: first.clamp(SECOND, 24 * HOUR) }
    }

    /// After so many tries, in milliseconds.
    pub(super) fn delivery(self, tries: u32) -> i64 {
        let times = 1i64 << tries.saturating_sub(1).min(20);
        self.first.saturating_mul(times.min(LONGEST))
    }

    /// After so many times "not now" in a row from its domain; `None`: not yet.
    fn domain(self, fails: u32) -> Option<i64> {
        let times = 1i64 << fails.checked_sub(PATIENCE)?.min(20);
        Some((self.first / PART).saturating_mul(times).min(HOUR))
    }
}

/// A mail address's domain, in lower case.
pub(super) fn domain_of(mail: &str) -> String {
    mail.rsplit_once('@').map_or(mail, |(_, domain)| domain).to_lowercase()
}

impl Db<'_> {
    /// A domain said "not now". What it says of mail that was under way when it began to wait is the same word.
    pub(super) fn hold_back(&self, domain: &str, waits: Waits, now: Time) -> Result<()> {
        let (until, fails) = self.held_back(domain)?.unwrap_or((Time(0), 0));
        if until > now {
            return Ok(());
        }
        let fails = fails.saturating_add(1);
        let until = waits.domain(fails).map_or(Time(0), |wait| now.plus(wait));
        let put = "INSERT OR REPLACE INTO back_off (domain, until, fails) VALUES (?1, ?2, ?3)";
        self.run(put, params![self.keys.index("back_off.domain", domain), until.0, fails]).map(drop)
    }

    /// A domain took a mail.
    pub(super) fn come_round(&self, domain: &str) -> Result<()> {
        for index in self.keys.indexes("back_off.domain", domain) {
            self.run("DELETE FROM back_off WHERE domain = ?1", [index])?;
        }
        Ok(())
    }

    /// Whether any domain said "not now" last.
    pub(super) fn any_held_back(&self) -> Result<bool> {
        self.any("SELECT /* all */ 1 FROM back_off LIMIT 1", [])
    }

    /// Until when a domain waits, and how often in a row it said "not now".
    pub(super) fn held_back(&self, domain: &str) -> Result<Option<(Time, u32)>> {
        for index in self.keys.indexes("back_off.domain", domain) {
            let find = "SELECT until, fails FROM back_off WHERE domain = ?1";
            if let Some(found) = self.one(find, [index], |row| Ok((Time(row.get(0)?), row.get(1)?)))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let waits = Waits::of(&json!({}));
        let minutes: Vec<i64> = (1..8).map(|tries| waits.delivery(tries) / MINUTE).collect();
        assert_eq!(minutes, [15, 30, 60, 120, 240, 240, 240]);
        let domain: Vec<_> = (1..14).map(|fails| waits.domain(fails).map(|wait| wait / SECOND)).collect();
        assert_eq!(domain[..5], [None, None, Some(30), Some(60), Some(120)]);
        assert_eq!(domain[12], Some(3600));
        assert_eq!(Waits::of(&json!({ "retry": 2 })).delivery(9), 32 * SECOND);
        assert_eq!(Waits::of(&json!({ "retry": 0 })).delivery(1), SECOND);
        assert_eq!(Waits::of(&json!({ "retry": u64::MAX })).delivery(u32::MAX), 16 * 24 * HOUR);
    }

    #[test]
    fn a_domain_is_what_follows_the_last_at() {
        assert_eq!(domain_of("\"a@b\"@Example.ORG"), "example.org");
        assert_eq!(domain_of("nothing"), "nothing");
    }
}
