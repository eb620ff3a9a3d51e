//! Quiet hours: `22:00-07:00`, in local time.

use std::{fmt, str::FromStr};

use jiff::civil::Time;

/// From when until when; over midnight if the second is not the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: Time,
    until: Time,
}

/// A text that names no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours are two times of day, for example 22:00-07:00")]
pub struct BadQuiet;

impl Quiet {
    /// Whether it is quiet at `time`: the first minute is, the last is not.
    #[must_use]
    pub fn holds(&self, time: Time) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

impl FromStr for Quiet {
    type Err = BadQuiet;

    fn from_str(text: &str) -> Result<Self, BadQuiet> {
        let (from, until) = text.split_once(['-', '–']).ok_or(BadQuiet)?;
        let whole_day = until.trim() == "24:00";
        let (from, until) = (time(from.trim())?, time(until.trim())?);
        if from == until && !whole_day { Err(BadQuiet) } else { Ok(Self { from, until }) }
    }
}

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())
    }
}

/// `H:MM`, `HH:MM`; `24:00` is midnight.
fn time(text: &str) -> Result<Time, BadQuiet> {
    let (hour, minute) = text.split_once(':').ok_or(BadQuiet)?;
    let digits = |text: &str, most: usize| {
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if fits { text.parse::<i8>().map_err(|_| BadQuiet) } else { Err(BadQuiet) }
    };
    let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
    if text == "24:00" {
        return Ok(Time::midnight());
    }
    Time::new(hour, minute, 0, 0).map_err(|_| BadQuiet)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(hour: i8, minute: i8) -> Time {
        Time::new(hour, minute, 0, 0).unwrap()
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night: Quiet = "22:00-07:00".parse().unwrap();
        let held: Vec<_> = [(21, 59), (22, 0), (0, 0), (6, 59), (7, 0), (12, 0)]
            .into_iter()
            .map(|(hour, minute)| night.holds(at(hour, minute)))
            .collect();
        assert_eq!(held, [false, true, true, true, false, false]);
        let lunch: Quiet = " 12:00 - 13:30 ".parse().unwrap();
        assert!(lunch.holds(at(13, 29)) && !lunch.holds(at(13, 30)) && !lunch.holds(at(0, 0)));
        let [evening, always] = ["20:00-24:00", "00:00-24:00"].map(|text| text.parse::<Quiet>().unwrap());
        assert!(evening.holds(at(23, 59)) && !evening.holds(at(0, 0)));
        assert!(always.holds(at(0, 0)) && always.holds(at(12, 0)) && always.holds(at(23, 59)));
        assert_eq!(night.to_string(), "22:00-07:00");
    }

    #[test]
    fn what_is_no_two_times_is_refused() {
        for text in
            ["", "22:00", "22-07", "25:00-07:00", "22:60-07:00", "7:00-7:00", "22:00-07:0x", "-1:00-2:00"]
        {
            assert_eq!(text.parse::<Quiet>(), Err(BadQuiet), "{text}");
        }
    }
}
