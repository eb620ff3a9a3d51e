//! A recipient domain that says "not now" again and again gets no further mail of what was handed out already: that goes
//! back to the ledger, which knows how long the domain is to be left alone. Pure.

use std::collections::HashMap;

use super::HandedOut;
use crate::wire::record::Status;

/// "Not now" in a row, from one domain: as the ledger counts.
const PATIENCE: u32 = 3;
/// Domains that are remembered.
const DOMAINS: usize = 20_000;

/// What domains said lately.
#[derive(Debug)]
pub struct Restraint {
    handed_out: HandedOut,
    /// Deliveries that came by on their way to a connection: in the order in which they were handed out.
    passed: u64,
    domains: HashMap<String, Said>,
}

/// "Not now".
#[derive(Debug, Default)]
struct Said {
    /// So often in a row.
    times: u32,
    /// So many deliveries were handed out when it said so last. Whatever is handed out later, the ledger wants tried.
    until: u64,
}

impl Restraint {
    /// For what a source is handed.
    #[must_use]
    pub fn new(handed_out: HandedOut) -> Self {
        Self { handed_out, passed: 0, domains: HashMap::new() }
    }

    /// A delivery that never got as far as a letter.
    pub fn passed(&mut self) {
        self.passed += 1;
    }

    /// Whether a letter is to be put off; each comes by once, and once more (`again`) for every connection that it lost.
    pub fn holds(&mut self, domain: &str, again: bool) -> bool {
        self.passed += u64::from(!again);
        let said = self.domains.get(domain).filter(|said| said.times >= PATIENCE);
        said.is_some_and(|said| again || self.passed <= said.until)
    }

    /// What became of a letter.
    pub fn heard(&mut self, domain: &str, status: Status, code: Option<u16>) {
        match status {
            Status::Accepted => drop(self.domains.remove(domain)),
            Status::Deferred if code.is_some() => {
                if self.domains.len() >= DOMAINS && !self.domains.contains_key(domain) {
                    self.domains.clear();
                }
                let said = self.domains.entry(domain.to_owned()).or_default();
                (said.times, said.until) = (said.times.saturating_add(1), self.handed_out.count());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_three_times_not_now_a_domain_gets_nothing_of_what_was_handed_out_before() {
        let handed_out = HandedOut::default();
        handed_out.more(10);
        let mut restraint = Restraint::new(handed_out.clone());
        for _ in 0..3 {
            assert!(!restraint.holds("a", false));
            restraint.heard("a", Status::Deferred, Some(451));
        }
        assert!(restraint.holds("a", false) && restraint.holds("a", true));
        assert!(!restraint.holds("b", false), "others go on");
        for _ in 5..10 {
            assert!(restraint.holds("a", false));
        }
        handed_out.more(2);
        assert!(!restraint.holds("a", false), "the ledger hands it out again: once more");
        restraint.heard("a", Status::Deferred, Some(451));
        assert!(restraint.holds("a", false));
        restraint.heard("a", Status::Accepted, Some(250));
        assert!(!restraint.holds("a", true));
    }

    #[test]
    fn what_is_no_word_of_the_domain_counts_for_nothing() {
        let mut restraint = Restraint::new(HandedOut::default());
        for _ in 0..9 {
            restraint.heard("a", Status::Deferred, None);
            restraint.heard("a", Status::Rejected, Some(550));
        }
        assert!(!restraint.holds("a", true));
    }
}
