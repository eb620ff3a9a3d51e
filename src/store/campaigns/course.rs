//! A campaign's course: begun when its time has come, paused, resumed, cancelled; over with its ad.

use rusqlite::params;

use super::{
    super::{Db, Result, Store, WhyNot, db::signed},
    CampaignRow, NO_CAMPAIGN, State,
    ledger::Moves,
    state_number,
};
use crate::wire::{
    Time,
    promotion::{Campaign, CampaignState},
};

/// Deliveries that are skipped in one piece, so that nobody waits for a million of them.
const PIECE: u32 = 4000;

impl CampaignRow {
    /// When it begins, by its plan and by its ad; `None`: whenever somebody starts it.
    #[must_use]
    pub fn begins(&self) -> Option<Time> {
        self.at.max(self.ad.from)
    }

    /// When its ad ended, if it did.
    #[must_use]
    pub fn over(&self, now: Time) -> Option<Time> {
        self.ad.until.filter(|until| *until <= now)
    }
}

impl Store {
    /// Pauses, resumes, cancels; or why not, in words. One that nobody had started waits again when it is resumed.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn set_campaign_state(
        &self,
        name: String,
        to: CampaignState,
        now: Time,
    ) -> Result<std::result::Result<Campaign, &'static str>> {
        self.write(move |db| {
            let row = db.campaign(&name)?.ok_or(NO_CAMPAIGN)?;
            if row.record.state == to {
                return Ok(Ok(row.record));
            }
            if let Some(not) = why_not(to, &row) {
                return Ok(Err(not));
            }
            let starts = to != CampaignState::Running || db.was_started(&row, now)?;
            let to = if starts { to } else { CampaignState::Planned };
            db.set_state(signed(row.mail), to, now)?;
            db.finish(signed(row.mail), now)?;
            Ok(Ok(db.campaign(&name)?.ok_or(NO_CAMPAIGN)?.record))
        })
        .await
    }

    /// Campaigns that a sender without a name should mail now: those whose own time has come, and those that were started and
    /// have something that may go.
    pub async fn due_campaigns(&self, now: Time) -> Result<Vec<Campaign>> {
        self.read(move |db| {
            let find = "SELECT name FROM campaign c WHERE state IN (1, 2) AND (state = 1 OR EXISTS
                            (SELECT 1 FROM delivery WHERE campaign = c.mail AND state IN (0, 4) AND due <= ?1))";
            let names: Vec<String> = db.all(find, [now.0], |row| Ok(row.get(0)?))?;
            let mut due = Vec::new();
            for name in names {
                let Some(row) = db.campaign(&name)? else { continue };
                let waits = row.begins().is_some_and(|begins| begins > now);
                if !waits && (row.record.state == CampaignState::Running || row.at.is_some()) {
                    due.push(row.record);
                }
            }
            Ok(due)
        })
        .await
    }

    /// Skips what is left of a campaign whose ad is over, but for what was begun.
    pub(super) async fn skip_what_is_over(&self, name: &str, now: Time) -> Result<()> {
        loop {
            let name = name.to_owned();
            let asked = name.clone();
            if !self.read(move |db| db.has_left_over(&asked, now)).await? {
                return Ok(());
            }
            self.write(move |db| db.skip_some(&name, now)).await?;
        }
    }
}

fn why_not(to: CampaignState, row: &CampaignRow) -> Option<&'static str> {
    match (to, row.record.state) {
        (_, CampaignState::Planning) => Some("it is being planned"),
        (_, CampaignState::Finished) => Some("it is finished"),
        (_, CampaignState::Cancelled) => Some("it is cancelled"),
        (CampaignState::Running, CampaignState::Paused) => row.ad.retired.then_some("its ad is retired"),
        (CampaignState::Running, _) => Some("it is not paused"),
        _ => None,
    }
}

impl Db<'_> {
    /// A campaign whose time has come is running from now on; whether it has.
    pub(super) fn start(&self, row: &CampaignRow, now: Time) -> Result<bool> {
        let starts = row.record.state == CampaignState::Planned && row.begins().is_none_or(|at| at <= now);
        if starts {
            self.set_state(signed(row.mail), CampaignState::Running, now)?;
            self.finish(signed(row.mail), now)?;
        }
        Ok(starts)
    }

    /// Whether somebody has started it, or its time has.
    fn was_started(&self, row: &CampaignRow, now: Time) -> Result<bool> {
        if row.begins().is_some_and(|begins| begins > now) {
            return Ok(false);
        }
        let any = "SELECT /* all */ 1 FROM claim WHERE campaign = ?1 LIMIT 1";
        Ok(row.at.is_some() || self.any(any, [signed(row.mail)])?)
    }

    /// Pauses what an ad's campaigns would still mail; how many there were.
    pub(in crate::store) fn pause_all(&self, ad: &str, now: Time) -> Result<u64> {
        let set = "UPDATE /* all */ campaign SET state = ?2, changed = ?3
                   WHERE ad = (SELECT row FROM ad WHERE id = ?1) AND state IN (1, 2)";
        let paused = state_number(CampaignState::Paused);
        self.run(set, params![ad, paused, now.0]).map(|count| count as u64)
    }

    /// Asked whenever something is handed out: nothing is unsealed for it.
    fn has_left_over(&self, name: &str, now: Time) -> Result<bool> {
        let find = "SELECT 1 FROM campaign c JOIN ad a ON a.row = c.ad
                    WHERE c.name = ?1 AND c.state IN (1, 2) AND a.valid_until <= ?2 AND EXISTS
                        (SELECT 1 FROM tally WHERE campaign = c.mail AND state IN (0, 1, 4) AND count > 0)";
        self.any(find, params![name, now.0])
    }

    fn skip_some(&self, name: &str, now: Time) -> Result<()> {
        // It may have been paused, or its ad prolonged.
        if !self.has_left_over(name, now)? {
            return Ok(());
        }
        let campaign = self.campaign_number(name)?;
        let waiting = "SELECT member, state FROM delivery WHERE campaign = ?1 AND state IN (0, 4) LIMIT ?2";
        let claimed = "SELECT d.member, d.state FROM claim c JOIN delivery d ON d.claim = c.row
                       WHERE c.campaign = ?1 AND c.ended IS NULL AND d.campaign = ?1 AND d.state IN (1, 2)
                           AND d.state = 1 LIMIT ?2";
        let mut moves = Moves::default();
        for find in [waiting, claimed] {
            let some: Vec<(u32, u8)> =
                self.all(find, params![campaign, PIECE], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (member, state) in some {
                self.skip((campaign, member), State::of(state)?, WhyNot::AdOver, now, &mut moves)?;
            }
        }
        self.tally(campaign, &moves)?;
        self.finish(campaign, now)
    }
}
