//! Deliveries of which nobody can say what became: listed, and let go again.

use rusqlite::params;

use super::{
    super::{Result, Store, db::unsigned},
    State,
    ledger::Moves,
};
use crate::wire::{Time, promotion::CampaignState};

/// A delivery of which nobody can say what became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Whose.
    pub member: u32,
    /// The claim it was under.
    pub claim: u32,
    /// What its mail is called, without the domain.
    pub message_id: String,
    /// Their address; `None`: they are gone.
    pub mail: Option<String>,
    /// Since when.
    pub at: Time,
}

impl Store {
    /// Deliveries of which nobody can say what became, in order of their member, from the one after `after`.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn unsettled(&self, name: String, after: u32, limit: u32) -> Result<Vec<Unsettled>> {
        self.read(move |db| {
            let find = "SELECT member, coalesce(claim, 0), at FROM delivery
                        WHERE campaign = ?1 AND state = 6 AND member > ?2 ORDER BY member LIMIT ?3";
            let campaign = db.campaign_number(&name)?;
            db.all(find, params![campaign, after, limit], |row| {
                let member = row.get(0)?;
                Ok(Unsettled {
                    member,
                    claim: row.get(1)?,
                    message_id: db.delivery_id(unsigned(campaign), member),
                    mail: db.addressee(member)?.map(|addressee| addressee.mail),
                    at: Time(row.get(2)?),
                })
            })
        })
        .await
    }

    /// Lets unknown deliveries go again, those of `members` or all; how many.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn resend(&self, name: String, members: Option<Vec<u32>>, now: Time) -> Result<u64> {
        self.write(move |db| {
            let campaign = db.campaign_number(&name)?;
            let count = match &members {
                None => {
                    let set =
                        "UPDATE delivery SET state = 0, due = ?2, at = ?2 WHERE campaign = ?1 AND state = 6";
                    db.run(set, params![campaign, now.0])? as u64
                }
                Some(members) => {
                    let set = "UPDATE delivery SET state = 0, due = ?3, at = ?3
                               WHERE campaign = ?1 AND member = ?2 AND state = 6";
                    let mut count = 0;
                    for member in members {
                        count += db.run(set, params![campaign, member, now.0])? as u64;
                    }
                    count
                }
            };
            let mut moves = Moves::default();
            moves.add_many(State::Unknown, State::Planned, count);
            db.tally(campaign, &moves)?;
            if count > 0 && db.state_of(campaign)? == CampaignState::Finished {
                db.set_state(campaign, CampaignState::Running, now)?;
            }
            Ok(count)
        })
        .await
    }
}
