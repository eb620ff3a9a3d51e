//! Claims: a sender's hold on deliveries. One that ends gives back what was not begun; of what was, nobody can say what
//! became.

use rusqlite::params;

use super::{
    super::{Db, Result, Store, StoreError, db::signed},
    NO_CAMPAIGN, State,
    ledger::Moves,
};
use crate::wire::{DeviceId, Time};

impl Store {
    /// A claim of `device`'s on a campaign, and those that it had before, which end at once. A campaign that waits for nothing
    /// but a sender is running from then on.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn begin_claim(&self, name: String, device: DeviceId, now: Time) -> Result<(u32, Vec<u32>)> {
        self.write(move |db| {
            let row = db.campaign(&name)?.ok_or(NO_CAMPAIGN)?;
            let campaign = signed(row.mail);
            let open = "SELECT row FROM claim WHERE campaign = ?1 AND device = ?2 AND ended IS NULL";
            let before: Vec<u32> = db.all(open, params![campaign, device.as_str()], |row| Ok(row.get(0)?))?;
            for claim in &before {
                db.end_claim(*claim, now)?;
            }
            db.start(&row, now)?;
            let add = "INSERT INTO claim (campaign, device, began) VALUES (?1, ?2, ?3)";
            db.run(add, params![campaign, device.as_str(), now.0])?;
            let claim = u32::try_from(db.sql.last_insert_rowid())
                .map_err(|_| StoreError::Enough("4,294,967,295 claims"))?;
            Ok((claim, before))
        })
        .await
    }

    /// Claims that have not ended.
    pub async fn open_claims(&self) -> Result<Vec<u32>> {
        self.read(|db| {
            db.all("SELECT /* all */ row FROM claim WHERE ended IS NULL", [], |row| Ok(row.get(0)?))
        })
        .await
    }

    /// Ends claims: deliveries given back, deliveries whose fate nobody knows.
    pub async fn end_claims(&self, claims: Vec<u32>, now: Time) -> Result<(u64, u64)> {
        self.write(move |db| {
            let (mut back, mut unknown) = (0, 0);
            for claim in &claims {
                let ended = db.end_claim(*claim, now)?;
                (back, unknown) = (back + ended.0, unknown + ended.1);
            }
            Ok((back, unknown))
        })
        .await
    }

    /// A device's open claims on a campaign.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn claims_of(&self, name: String, device: DeviceId) -> Result<Vec<u32>> {
        self.read(move |db| {
            let find = "SELECT row FROM claim WHERE campaign = ?1 AND device = ?2 AND ended IS NULL";
            let campaign = db.campaign_number(&name)?;
            db.all(find, params![campaign, device.as_str()], |row| Ok(row.get(0)?))
        })
        .await
    }
}

impl Db<'_> {
    /// The campaign of a claim that has not ended.
    pub(super) fn claim(&self, claim: u32) -> Result<Option<i64>> {
        let find = "SELECT campaign FROM claim WHERE row = ?1 AND ended IS NULL";
        self.one(find, [claim], |row| Ok(row.get(0)?))
    }

    fn end_claim(&self, claim: u32, now: Time) -> Result<(u64, u64)> {
        let Some(campaign) = self.claim(claim)? else { return Ok((0, 0)) };
        let give_back = "UPDATE delivery SET state = 0, at = ?2 WHERE claim = ?1 AND state = 1";
        let back = self.run(give_back, params![claim, now.0])? as u64;
        let lose = "UPDATE delivery SET state = 6, at = ?2 WHERE claim = ?1 AND state = 2";
        let unknown = self.run(lose, params![claim, now.0])? as u64;
        let mut moves = Moves::default();
        moves.add_many(State::Claimed, State::Planned, back);
        moves.add_many(State::Attempting, State::Unknown, unknown);
        self.tally(campaign, &moves)?;
        self.run("UPDATE claim SET ended = ?2 WHERE row = ?1", params![claim, now.0])?;
        self.finish(campaign, now)?;
        Ok((back, unknown))
    }
}
