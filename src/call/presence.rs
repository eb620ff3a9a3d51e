//! Whether somebody can be rung (S113): from what is connected, what was refreshed, and the time.

use super::times::{AWAY_AFTER, Times};
use crate::wire::{Time, record::Presence};

/// What is known of a login at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What a connected agent says of its person: `Online`, `Busy` or `Away`.
    pub agent: Option<Presence>,
    /// An agent dropped without a goodbye (or the server crashed under it): it counts until then, as this.
    pub grace: Option<(Time, Presence)>,
    /// The latest refresh, unless a goodbye came after it.
    pub refreshed: Option<Time>,
    /// Unanswered rings in a row.
    pub missed_in_row: u32,
}

impl Facts {
    /// Nothing is known: off.
    pub const NONE: Self = Self { agent: None, grace: None, refreshed: None, missed_in_row: 0 };

    /// The presence at `now`, and when it changes if nothing else happens.
    #[must_use]
    pub fn presence(&self, now: Time, times: &Times) -> (Presence, Option<Time>) {
        let grace = self.grace.filter(|(until, _)| *until > now);
        if let Some(said) = self.agent.or(grace.map(|(_, said)| said)) {
            let tired = self.missed_in_row >= AWAY_AFTER && said == Presence::Online;
            let shown = if tired { Presence::Away } else { said };
            let until = if self.agent.is_some() { None } else { grace.map(|(until, _)| until) };
            return (shown, until);
        }
        let until = self.refreshed.map(|at| at.plus(times.refresh_lasts)).filter(|until| *until > now);
        match until {
            Some(until) => (Presence::On, Some(until)),
            None => (Presence::Off, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::time::SECOND;

    const T: Time = Time(1_000_000_000);

    #[test]
    fn a_refresh_is_on_for_ten_minutes() {
        let times = Times::default();
        let facts = Facts { refreshed: Some(T), ..Facts::NONE };
        assert_eq!(facts.presence(T, &times), (Presence::On, Some(T.plus(600 * SECOND))));
        assert_eq!(facts.presence(T.plus(600 * SECOND), &times), (Presence::Off, None));
    }

    #[test]
    fn an_agent_that_dropped_counts_for_its_grace_and_then_not() {
        let times = Times::default();
        let facts = Facts { grace: Some((T.plus(60 * SECOND), Presence::Busy)), ..Facts::NONE };
        assert_eq!(facts.presence(T, &times), (Presence::Busy, Some(T.plus(60 * SECOND))));
        assert_eq!(facts.presence(T.plus(60 * SECOND), &times), (Presence::Off, None));
    }

    #[test]
    fn three_unanswered_rings_in_a_row_make_a_login_away_but_leave_busy_alone() {
        let times = Times::default();
        let of = |said, missed_in_row| {
            Facts { agent: Some(said), missed_in_row, ..Facts::NONE }.presence(T, &times).0
        };
        assert_eq!(of(Presence::Online, 2), Presence::Online);
        assert_eq!(of(Presence::Online, 3), Presence::Away);
        assert_eq!(of(Presence::Busy, 3), Presence::Busy);
    }
}
