//! Marks: a delivery's message is about to end. From then on, if its sender dies, nobody can say what became of it.

use rusqlite::params;

use super::{
    super::{Db, Result, WhyNot, db::signed},
    State,
};
use crate::wire::{Time, promotion::CampaignState};

/// What became of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// Marked, since then; and whether it was before.
    At(Time, bool),
    /// The same of a campaign's delivery: attempting.
    Begun(Time, bool),
    /// The claim has ended, or somebody else's is on it.
    NotYours,
    /// The campaign is paused, cancelled or over.
    Stopped,
    /// They get no promotion any more; the delivery is skipped.
    No(WhyNot),
}

impl Db<'_> {
    /// A delivery's message is about to end: durable before it does.
    pub(in crate::store) fn mark_delivery(
        &self,
        campaign: u64,
        member: u32,
        claim: u32,
        now: Time,
    ) -> Result<Marked> {
        let campaign = signed(campaign);
        let Some((state, _, by, at)) = self.delivery(campaign, member)? else { return Ok(Marked::NotYours) };
        if by != Some(i64::from(claim)) {
            return Ok(Marked::NotYours);
        }
        match state {
            State::Attempting => return Ok(Marked::Begun(at, true)),
            State::Claimed => {}
            _ => return Ok(Marked::NotYours),
        }
        if self.state_of(campaign)? != CampaignState::Running {
            return Ok(Marked::Stopped);
        }
        let mail = self.addressee(member)?.map(|addressee| addressee.mail).unwrap_or_default();
        if let Some(why) = self.why_not(member, &mail)? {
            self.skip(campaign, member, state, why, now)?;
            self.finish(campaign, now)?;
            return Ok(Marked::No(why));
        }
        let set = "UPDATE delivery SET state = 2, at = ?3 WHERE campaign = ?1 AND member = ?2";
        self.run(set, params![campaign, member, now.0])?;
        self.count(campaign, State::Claimed, -1)?;
        self.count(campaign, State::Attempting, 1)?;
        Ok(Marked::Begun(now, false))
    }
}
