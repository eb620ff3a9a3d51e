//! Deliveries that are about to be attempted: durable before the message's final dot.

use std::collections::{HashMap, hash_map::Entry};

use rusqlite::params;

use super::{Db, Marked, Marking, Result, Store, db::signed};
use crate::wire::Time;

/// Which delivery: a row and a recipient's place in it, as a `mark` ticket names them, and under which claim.
pub type Delivery = (u64, u32, u32);

impl Store {
    /// Marks deliveries, all in one transaction; what became of each, in order. Deliveries of a campaign are marked in
    /// its ledger, under its rules.
    pub async fn attempt(&self, deliveries: Vec<Delivery>, now: Time) -> Result<Vec<Marked>> {
        self.write(move |db| db.attempt_all(&deliveries, now)).await
    }

    /// When a delivery that is no campaign's was marked first.
    pub async fn attempted(&self, (row, place, _): Delivery) -> Result<Option<Time>> {
        self.read(move |db| db.attempted(row, place)).await
    }
}

impl Db<'_> {
    pub(super) fn attempt_all(&self, deliveries: &[Delivery], now: Time) -> Result<Vec<Marked>> {
        let mut markings = HashMap::new();
        let mut marks = Vec::with_capacity(deliveries.len());
        for delivery in deliveries {
            let marking = match markings.entry(delivery.0) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.marking(delivery.0)?),
            };
            marks.push(self.attempt(*delivery, marking.as_mut(), now)?);
        }
        for marking in markings.values().flatten() {
            self.marked(marking, now)?;
        }
        Ok(marks)
    }

    fn attempt(
        &self,
        (row, place, claim): Delivery,
        marking: Option<&mut Marking>,
        now: Time,
    ) -> Result<Marked> {
        if let Some(marking) = marking {
            return self.mark_delivery(marking, place, claim, now);
        }
        if let Some(first) = self.attempted(row, place)? {
            return Ok(Marked::At(first, true));
        }
        let add = "INSERT INTO attempt (delivery, place, at) VALUES (?1, ?2, ?3)";
        self.run(add, params![signed(row), place, now.0])?;
        Ok(Marked::At(now, false))
    }

    fn attempted(&self, row: u64, place: u32) -> Result<Option<Time>> {
        let find = "SELECT at FROM attempt WHERE delivery = ?1 AND place = ?2";
        self.one(find, params![signed(row), place], |row| Ok(Time(row.get(0)?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::Place;

    #[tokio::test]
    async fn a_mark_stays_and_the_same_again_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { data: dir.path().join("data"), keys: None, ports: vec![(10_000, 10_010)] };
        let store = Store::open(&place).unwrap();
        let marks = store.attempt(vec![(1, 0, 1), (1, 1, 1), (1, 0, 1)], Time(5)).await.unwrap();
        assert_eq!(marks, [(5, false), (5, false), (5, true)].map(|(at, again)| Marked::At(Time(at), again)));
        store.close().await;
        drop(store);
        let store = Store::open(&place).unwrap();
        assert_eq!(store.attempt(vec![(1, 1, 1)], Time(9)).await.unwrap(), [Marked::At(Time(5), true)]);
        assert_eq!(
            (store.attempted((1, 0, 1)).await.unwrap(), store.attempted((2, 0, 1)).await.unwrap()),
            (Some(Time(5)), None)
        );
    }
}
