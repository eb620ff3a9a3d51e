//! A campaign's way as a bar: on standard error, where somebody looks at it.

use std::cell::{Cell, RefCell};

use indicatif::{ProgressBar, ProgressStyle};

use crate::{
    cli::{args::Face, progress},
    wire::promotion::Campaign,
};

/// While mails go.
const MOVING: &str = "{wide_bar} {pos}/{len} {per_sec} {eta}  {msg}";
/// While none does: a rate and a time would be made of nothing.
const STILL: &str = "{wide_bar} {pos}/{len}  {msg}";
/// Looks in a row at which nothing had moved, until it is still.
const PATIENCE: u32 = 3;

/// Accepted, and what became of the others; while it moves, with the rate and what remains.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
    pace: RefCell<Pace>,
    shown: Cell<bool>,
}

/// Whether it moves.
#[derive(Debug, Default)]
struct Pace {
    settled: Option<u64>,
    looks: u32,
    moves: bool,
}

impl Pace {
    /// What is settled now; whether it moves, if that is news.
    fn look(&mut self, settled: u64) -> Option<bool> {
        let before = self.settled.replace(settled);
        // What was settled when somebody began to look says nothing of how fast it goes.
        let moved = before.is_some_and(|before| before < settled);
        self.looks = if moved { 0 } else { self.looks.saturating_add(1) };
        let moves = moved || (self.moves && self.looks < PATIENCE);
        (std::mem::replace(&mut self.moves, moves) != moves).then_some(moves)
    }
}

impl Bar {
    /// Hidden unless standard error is a terminal and neither `-q` nor `--json` was given.
    #[must_use]
    pub fn new(face: &Face) -> Self {
        Self { bar: progress::bar(face, STILL), pace: RefCell::default(), shown: Cell::new(false) }
    }

    /// Where it is.
    pub fn show(&self, campaign: &Campaign) {
        let Campaign { planned, claimed, attempting, accepted, deferred, rejected, unknown, skipped, .. } =
            campaign;
        let settled = accepted + rejected + unknown + skipped;
        self.bar.set_length(settled + planned + claimed + attempting + deferred);
        let others =
            [("rejected", rejected), ("unknown", unknown), ("skipped", skipped), ("deferred", deferred)];
        let words: Vec<String> = others
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        self.bar.set_message(words.join(", "));
        self.at(settled);
    }

    /// One more is settled.
    pub fn one(&self) {
        self.at(self.bar.position() + 1);
    }

    fn at(&self, settled: u64) {
        let news = self.pace.borrow_mut().look(settled);
        self.bar.set_position(settled);
        if !self.shown.replace(true) {
            self.bar.reset_eta();
        }
        if let Some(moves) = news
            && let Ok(style) = ProgressStyle::with_template(if moves { MOVING } else { STILL })
        {
            self.bar.set_style(style);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_that_waits_shows_no_rate_and_one_that_moves_does() {
        let mut pace = Pace::default();
        assert_eq!([0, 0, 0].map(|settled| pace.look(settled)), [None; 3]);
        let mut late = Pace::default();
        assert_eq!(late.look(500), None, "what was there when it began is no rate");
        assert_eq!([pace.look(1), pace.look(2), pace.look(2)], [Some(true), None, None]);
        assert_eq!([pace.look(2), pace.look(2), pace.look(2)], [None, Some(false), None]);
        assert_eq!(pace.look(3), Some(true));
    }
}
