//! How fast a campaign goes: told the time, told what happened, it says whether a mail may go.

use std::collections::HashMap;

use jiff::{ToSpan, civil, tz::TimeZone};

use crate::wire::{Time, campaigns::Pace, time::MINUTE};

/// How long a mail to a domain is thought to be under way, in milliseconds, until it is known.
const FIRST_GUESS: i64 = 100;
/// How often those who wait for a domain that has enough under way are looked at while one of these goes: seldom leaves the
/// domain idle, often costs a row of the database each time.
const LOOKS: i64 = 4;
/// Between two of these looks, in microseconds, at least and at most.
const APART: (i64, i64) = (1_000, 50_000);
/// A mail under way of which nothing was heard so long is not counted any more.
const FORGOTTEN: i64 = 10 * MINUTE;

/// Whether a mail may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// Now.
    Go,
    /// Not before.
    Until(Time),
    /// None may before then.
    Shut(Time),
    /// They were mailed too recently.
    TooRecent,
}

/// Who is to be mailed.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// Their number.
    pub member: u32,
    /// The claim that it would be under.
    pub claim: u32,
    /// Their mail domain, in lower case.
    pub domain: &'a str,
    /// Their time zone.
    pub time_zone: Option<&'a str>,
    /// When they last got promotion.
    pub last: Option<Time>,
}

/// One campaign's pace.
#[derive(Debug, Default)]
pub struct Pacer {
    /// When the next mail may go, in microseconds.
    next: i64,
    domains: HashMap<String, Domain>,
    zones: HashMap<String, Option<TimeZone>>,
}

#[derive(Debug, Default)]
struct Domain {
    /// When the next mail may go, in microseconds.
    next: i64,
    /// When the last of those that must wait will be looked at, in microseconds. Each gets a moment of its own: if all were
    /// looked at again when the next one may go, a million of them would be moved for each mail.
    reserved: i64,
    /// Members whose mail is under way: since when, under which claim.
    under_way: HashMap<u32, (Time, u32)>,
    /// How long mails were under way lately, in milliseconds.
    takes: Option<i64>,
}

/// Whether a pace can be kept.
///
/// # Errors
/// What is wrong with it.
pub fn check(pace: &Pace) -> Result<(), String> {
    if [pace.rate, pace.domain_rate, pace.domain_at_once].contains(&Some(0)) {
        return Err("a rate of 0 mails nobody: leave it out, or plan later".to_owned());
    }
    if let Some(text) = &pace.quiet {
        quiet(text).ok_or("quiet hours are like 21:00-08:00")?;
    }
    if let Some(zone) = &pace.time_zone {
        TimeZone::get(zone).map_err(|_| format!("{zone}: no time zone of that name (like Asia/Seoul)"))?;
    }
    if pace.every.is_some_and(|span| span <= 0) {
        return Err("a span is like 7d".to_owned());
    }
    if pace.retry.is_some_and(|secs| secs == 0 || secs > 86_400) {
        return Err("a first retry comes after 1 to 86,400 seconds".to_owned());
    }
    Ok(())
}

fn quiet(text: &str) -> Option<(civil::Time, civil::Time)> {
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (time(from)?, time(to)?);
    (from != to).then_some((from, to))
}

impl Pacer {
    /// Whether a mail may go now; if so it counts as under way.
    pub fn ask(&mut self, pace: &Pace, to: To<'_>, now: Time) -> May {
        if let (Some(span), Some(last)) = (pace.every, to.last)
            && now.since(last) < span
        {
            return May::TooRecent;
        }
        if let Some(until) = self.quiet_until(pace, to.time_zone, now) {
            return May::Until(until);
        }
        let micros = now.0.saturating_mul(1000);
        if pace.rate.is_some() && self.next > micros {
            return May::Shut(later(self.next));
        }
        if pace.domain_rate.is_some() || pace.domain_at_once.is_some() {
            let domain = self.domains.entry(to.domain.to_owned()).or_default();
            if let Some(until) = domain.holds(pace, now) {
                return May::Until(until);
            }
            if let Some(rate) = pace.domain_rate {
                domain.next = domain.next.max(micros) + gap(rate);
            }
            if pace.domain_at_once.is_some() {
                domain.under_way.insert(to.member, (now, to.claim));
            }
        }
        if let Some(rate) = pace.rate {
            self.next = self.next.max(micros) + gap(rate);
        }
        May::Go
    }

    /// A mail is no longer under way.
    pub fn settled(&mut self, member: u32, domain: &str, now: Time) {
        let Some(domain) = self.domains.get_mut(domain) else { return };
        if let Some((since, _)) = domain.under_way.remove(&member) {
            let took = now.since(since).max(0);
            domain.takes = Some(domain.takes.map_or(took, |before| (before * 7 + took) / 8));
        }
    }

    /// A claim has ended: nothing is under way by it.
    pub fn ended(&mut self, claim: u32) {
        for domain in self.domains.values_mut() {
            domain.under_way.retain(|_, (_, by)| *by != claim);
        }
    }

    /// Until when it is quiet where they live.
    fn quiet_until(&mut self, pace: &Pace, zone: Option<&str>, now: Time) -> Option<Time> {
        let (from, to) = quiet(pace.quiet.as_deref()?)?;
        let zone = self.zone(zone).or_else(|| self.zone(pace.time_zone.as_deref())).unwrap_or(TimeZone::UTC);
        let local = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned_datetime(zone);
        let time = local.time();
        let is_quiet = if from < to { from <= time && time < to } else { from <= time || time < to };
        if !is_quiet {
            return None;
        }
        let day = if time < to { local.date() } else { local.date().checked_add(1.day()).ok()? };
        let end = day.to_datetime(to).to_zoned_datetime(local.time_zone().clone()).ok()?;
        Some(Time(end.timestamp().as_millisecond()))
    }

    fn zone(&mut self, name: Option<&str>) -> Option<TimeZone> {
        let name = name?;
        if let Some(zone) = self.zones.get(name) {
            return zone.clone();
        }
        let zone = TimeZone::get(name).ok();
        // Names come from members: not more of them than there are zones.
        if self.zones.len() < 1000 {
            self.zones.insert(name.to_owned(), zone.clone());
        }
        zone
    }
}

impl Domain {
    /// When a mail that may not go now is to be looked at again.
    fn holds(&mut self, pace: &Pace, now: Time) -> Option<Time> {
        let micros = now.0.saturating_mul(1000);
        let (mut held, mut apart) = (None, 0);
        if let Some(rate) = pace.domain_rate {
            apart = gap(rate);
            held = (self.next > micros).then_some(self.next);
        }
        if let Some(most) = pace.domain_at_once {
            if self.under_way.len() >= most as usize {
                self.under_way.retain(|_, (since, _)| now.since(*since) < FORGOTTEN);
            }
            let takes = self.takes.unwrap_or(FIRST_GUESS).saturating_mul(1000);
            apart = apart.max((takes / (LOOKS * i64::from(most.max(1)))).clamp(APART.0, APART.1));
            if self.under_way.len() >= most as usize {
                held = Some(held.unwrap_or(0).max(micros + apart));
            }
        }
        let first = held?;
        self.reserved = first.max(self.reserved.saturating_add(apart));
        Some(later(self.reserved))
    }
}

/// Microseconds between two mails.
fn gap(rate: u32) -> i64 {
    60_000_000 / i64::from(rate.max(1))
}

/// The millisecond after.
fn later(micros: i64) -> Time {
    Time(micros.div_euclid(1000) + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::wire::time::{HOUR, SECOND};

    const NOW: Time = Time(1_793_523_600_000); // 2026-11-01T09:00:00Z, 18:00 in Seoul

    fn to(member: u32, domain: &str) -> To<'_> {
        To { member, claim: member / 2, domain, time_zone: None, last: None }
    }

    #[test]
    fn without_settings_nothing_is_held_back() {
        let (pace, mut pacer) = (Pace::default(), Pacer::default());
        for member in 0..10_000 {
            assert_eq!(pacer.ask(&pace, to(member, "a.example"), NOW), May::Go);
        }
        assert!(pacer.domains.is_empty());
    }

    #[test]
    fn those_who_wait_for_a_domain_are_each_looked_at_when_it_is_their_turn() {
        let (pace, mut pacer) = (Pace { domain_rate: Some(60), ..Pace::default() }, Pacer::default());
        assert_eq!(pacer.ask(&pace, to(0, "a"), NOW), May::Go);
        let mut turns = std::collections::BTreeMap::new();
        for member in 1..1000 {
            let May::Until(turn) = pacer.ask(&pace, to(member, "a"), NOW) else { unreachable!() };
            assert!(turns.insert(turn, member).is_none(), "two at {turn}");
        }
        for (turn, member) in turns {
            assert_eq!(pacer.ask(&pace, to(member, "a"), turn), May::Go);
        }
    }

    #[test]
    fn a_domain_has_so_many_at_once() {
        let (pace, mut pacer) = (Pace { domain_at_once: Some(2), ..Pace::default() }, Pacer::default());
        assert_eq!(pacer.ask(&pace, to(1, "a"), NOW), May::Go);
        assert_eq!(pacer.ask(&pace, to(2, "a"), NOW), May::Go);
        assert!(matches!(pacer.ask(&pace, to(3, "a"), NOW), May::Until(until) if until > NOW));
        assert_eq!(pacer.ask(&pace, to(3, "b"), NOW), May::Go);
        pacer.settled(1, "a", NOW.plus(10 * SECOND));
        assert_eq!(pacer.ask(&pace, to(3, "a"), NOW), May::Go);
        let May::Until(until) = pacer.ask(&pace, to(4, "a"), NOW) else { unreachable!() };
        let wait = until.since(NOW);
        assert!((20..=100).contains(&wait), "{wait} ms: it may be shorter this time");
        assert_eq!(pacer.ask(&pace, to(4, "a"), NOW.plus(FORGOTTEN)), May::Go);
        assert_eq!(pacer.ask(&pace, to(5, "a"), NOW.plus(FORGOTTEN)), May::Go);
        assert!(matches!(pacer.ask(&pace, to(6, "a"), NOW.plus(FORGOTTEN)), May::Until(_)));
        pacer.ended(2);
        assert_eq!(pacer.ask(&pace, to(6, "a"), NOW.plus(FORGOTTEN)), May::Go);
    }

    #[test]
    fn it_is_quiet_by_the_members_clock() {
        let mut pacer = Pacer::default();
        let pace = Pace { quiet: Some("17:30-08:00".to_owned()), ..Pace::default() };
        let seoul = To { time_zone: Some("Asia/Seoul"), ..to(1, "a") };
        assert_eq!(pacer.ask(&pace, seoul, NOW), May::Until(NOW.plus(14 * HOUR)));
        assert_eq!(pacer.ask(&pace, to(1, "a"), NOW), May::Go);
        let theirs = Pace { time_zone: Some("Asia/Seoul".to_owned()), ..pace.clone() };
        assert_eq!(pacer.ask(&theirs, to(1, "a"), NOW), May::Until(NOW.plus(14 * HOUR)));
        let nonsense = To { time_zone: Some("../../etc/passwd"), ..to(1, "a") };
        assert_eq!(pacer.ask(&pace, nonsense, NOW), May::Go);
        let day = Pace { quiet: Some("08:00-10:00".to_owned()), ..Pace::default() };
        assert_eq!(pacer.ask(&day, to(1, "a"), NOW), May::Until(NOW.plus(HOUR)));
    }

    #[test]
    fn nobody_is_mailed_twice_within_the_span() {
        let pace = Pace { every: Some(HOUR), ..Pace::default() };
        let last = |span: i64| To { last: Some(NOW.plus(-span)), ..to(1, "a") };
        assert_eq!(Pacer::default().ask(&pace, last(HOUR - 1), NOW), May::TooRecent);
        assert_eq!(Pacer::default().ask(&pace, last(HOUR), NOW), May::Go);
    }

    #[test]
    fn a_pace_that_nobody_can_keep_is_refused() {
        for pace in [
            Pace { rate: Some(0), ..Pace::default() },
            Pace { quiet: Some("21-8".to_owned()), ..Pace::default() },
            Pace { quiet: Some("25:00-08:00".to_owned()), ..Pace::default() },
            Pace { time_zone: Some("Mars/Olympus".to_owned()), ..Pace::default() },
            Pace { every: Some(0), ..Pace::default() },
        ] {
            assert!(check(&pace).is_err(), "{pace:?}");
        }
    }

    proptest! {
        /// However it is asked, no minute has more mails than the rate, but for the one that begins it.
        #[test]
        fn the_rate_is_kept(rate in 1u32..600, steps in proptest::collection::vec(0i64..3000, 1..300)) {
            let pace = Pace { rate: Some(rate), ..Pace::default() };
            let (mut pacer, mut now, mut went) = (Pacer::default(), NOW, Vec::new());
            for step in steps {
                now = now.plus(step);
                match pacer.ask(&pace, to(1, "a"), now) {
                    May::Go => went.push(now),
                    May::Shut(until) => prop_assert!(until > now),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            for (at, first) in went.iter().enumerate() {
                let within = went[at..].iter().take_while(|time| time.since(*first) < MINUTE).count();
                prop_assert!(within <= rate as usize + 1, "{within} in a minute");
            }
        }
    }
}
