//! The pool of ports: which numbers there are, and a random choice among those that are free.

use super::StoreError;
use crate::wire::{Port, secret};

/// Random numbers tried before the free ones are counted.
const GUESSES: u32 = 32;

/// Inclusive ranges, in order, none touching another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    ranges: Vec<(u32, u32)>,
}

impl Pool {
    /// Ranges in any order, overlapping or not. Zero is never a port; a range that ends before it begins is
    /// none.
    pub(super) fn new(ranges: &[(u32, u32)]) -> Self {
        let mut sorted: Vec<_> =
            ranges.iter().map(|&(from, to)| (from.max(1), to)).filter(|(from, to)| from <= to).collect();
        sorted.sort_unstable();
        let mut merged: Vec<(u32, u32)> = Vec::new();
        for (from, to) in sorted {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => merged.push((from, to)),
            }
        }
        Self { ranges: merged }
    }

    /// How many numbers there are.
    pub(super) fn size(&self) -> u64 {
        self.ranges.iter().map(|&(from, to)| u64::from(to - from) + 1).sum()
    }

    /// Whether the number is one of them.
    pub(super) fn holds(&self, number: u32) -> bool {
        self.ranges.iter().any(|&(from, to)| (from..=to).contains(&number))
    }

    /// The number at `place`, from 0.
    fn at(&self, mut place: u64) -> Option<u32> {
        for &(from, to) in &self.ranges {
            let size = u64::from(to - from) + 1;
            if place < size {
                return u32::try_from(u64::from(from) + place).ok();
            }
            place -= size;
        }
        None
    }

    /// A random number for which `is_taken` says no; `taken`, asked only when the pool is rather full, gives
    /// every taken number in order.
    ///
    /// # Errors
    /// `NoPorts` when every number is taken; what the two ask; `File` without random bytes.
    pub(super) fn choose(
        &self,
        mut is_taken: impl FnMut(u32) -> Result<bool, StoreError>,
        taken: impl FnOnce() -> Result<Vec<u32>, StoreError>,
    ) -> Result<Port, StoreError> {
        let size = self.size();
        if size == 0 {
            return Err(StoreError::NoPorts);
        }
        for _ in 0..GUESSES {
            if let Some(number) = self.at(below(size)?)
                && !is_taken(number)?
            {
                return Ok(Port::at_least_one(number));
            }
        }
        let taken: Vec<u32> = taken()?.into_iter().filter(|&number| self.holds(number)).collect();
        let free = size.saturating_sub(taken.len() as u64);
        if free == 0 {
            return Err(StoreError::NoPorts);
        }
        // The place among all numbers of the n-th free one: n, and one more for each taken one before it.
        let mut place = below(free)?;
        for number in taken {
            match self.at(place) {
                Some(chosen) if number <= chosen => place += 1,
                _ => break,
            }
        }
        self.at(place).map(Port::at_least_one).ok_or(StoreError::NoPorts)
    }
}

/// A random number below `bound`, which is at most 2^32: the bias of 64 bits is far below notice.
fn below(bound: u64) -> Result<u64, StoreError> {
    let bytes = secret::random::<8>().map_err(|e| StoreError::File(e.to_string()))?;
    Ok(u64::from_be_bytes(bytes) % bound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_are_merged() {
        let pool = Pool::new(&[(30, 40), (0, 2), (5, 4), (35, 50), (51, 60)]);
        assert_eq!(pool, Pool { ranges: vec![(1, 2), (30, 60)] });
        assert_eq!(pool.size(), 33);
        assert!(pool.holds(60) && !pool.holds(0) && !pool.holds(3));
        assert_eq!(Pool::new(&[(1, u32::MAX)]).size(), u64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn only_free_numbers_are_chosen_to_the_last(
            ranges in prop::collection::vec((1u32..60, 1u32..60), 1..4),
        ) {
            let pool = Pool::new(&ranges);
            let mut taken = BTreeSet::new();
            for _ in 0..pool.size() {
                // Guesses always fail: the slow way alone must find each.
                let port = pool.choose(|_| Ok(true), || Ok(taken.iter().copied().collect())).unwrap();
                prop_assert!(pool.holds(port.get()));
                prop_assert!(taken.insert(port.get()));
            }
            let none = pool.choose(|_| Ok(true), || Ok(taken.iter().copied().collect()));
            prop_assert!(matches!(none, Err(StoreError::NoPorts)));
        }
    }

    #[test]
    fn taken_numbers_outside_the_pool_take_nothing_away() {
        let pool = Pool::new(&[(10, 10)]);
        assert_eq!(pool.choose(|_| Ok(true), || Ok(vec![1, 9, 11])).unwrap().get(), 10);
    }
}
