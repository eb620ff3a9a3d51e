//! Deliveries that are about to be attempted: durable before the message's final dot.

use rusqlite::params;

use super::{Db, Result, Store, db::signed};
use crate::wire::Time;

/// Which delivery: a row and a recipient's place in it, as a `mark` ticket names them.
pub type Delivery = (u64, u32);

impl Store {
    /// Marks deliveries, all in one transaction. For each, in order: when it was marked first, and whether that was
    /// before this time. The same again changes nothing.
    pub async fn attempt(&self, deliveries: Vec<Delivery>, now: Time) -> Result<Vec<(Time, bool)>> {
        self.write(move |db| deliveries.iter().map(|delivery| db.attempt(*delivery, now)).collect()).await
    }

    /// When a delivery was marked first.
    pub async fn attempted(&self, delivery: Delivery) -> Result<Option<Time>> {
        self.read(move |db| db.attempted(delivery)).await
    }
}

impl Db<'_> {
    fn attempt(&self, (row, place): Delivery, now: Time) -> Result<(Time, bool)> {
        if let Some(first) = self.attempted((row, place))? {
            return Ok((first, true));
        }
        let add = "INSERT INTO attempt (delivery, place, at) VALUES (?1, ?2, ?3)";
        self.run(add, params![signed(row), place, now.0])?;
        Ok((now, false))
    }

    fn attempted(&self, (row, place): Delivery) -> Result<Option<Time>> {
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
        let marks = store.attempt(vec![(1, 0), (1, 1), (1, 0)], Time(5)).await.unwrap();
        assert_eq!(marks, [(Time(5), false), (Time(5), false), (Time(5), true)]);
        store.close().await;
        drop(store);
        let store = Store::open(&place).unwrap();
        assert_eq!(store.attempt(vec![(1, 1)], Time(9)).await.unwrap(), [(Time(5), true)]);
        assert_eq!(
            (store.attempted((1, 0)).await.unwrap(), store.attempted((2, 0)).await.unwrap()),
            (Some(Time(5)), None)
        );
    }
}
