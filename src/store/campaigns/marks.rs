//! Marks: a delivery's message is about to end. From then on, if its sender dies, nobody can say what became of it.

use rusqlite::params;

use super::{
    super::{Db, Result, WhyNot, db::signed},
    State,
    ledger::Moves,
};
use crate::wire::{
    Time,
    promotion::{CampaignState, PROMOTION},
};

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

/// Marks of one campaign's deliveries, in one transaction.
#[derive(Debug)]
pub(in crate::store) struct Marking {
    campaign: i64,
    is_running: bool,
    /// Until when its ad is valid.
    until: Option<Time>,
    moves: Moves,
}

impl Db<'_> {
    /// The campaign of that row, whose deliveries are about to be marked; `None`: it is none.
    pub(in crate::store) fn marking(&self, row: u64) -> Result<Option<Marking>> {
        let campaign = signed(row);
        let find =
            "SELECT c.state, a.valid_until FROM campaign c JOIN ad a ON a.row = c.ad WHERE c.mail = ?1";
        let found = self.one(find, [campaign], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))?;
        Ok(found.map(|(state, until)| Marking {
            campaign,
            is_running: super::state(state) == CampaignState::Running,
            until: until.map(Time),
            moves: Moves::default(),
        }))
    }

    /// All of its are marked.
    pub(in crate::store) fn marked(&self, marking: &Marking, now: Time) -> Result<()> {
        self.tally(marking.campaign, &marking.moves)?;
        self.finish(marking.campaign, now)
    }

    /// A delivery's message is about to end: durable before it does.
    pub(in crate::store) fn mark_delivery(
        &self,
        marking: &mut Marking,
        member: u32,
        claim: u32,
        now: Time,
    ) -> Result<Marked> {
        let Marking { campaign, is_running, until, ref mut moves } = *marking;
        let is_over = until.is_some_and(|until| until <= now);
        // Nearly always it may: then one statement says so. With several keys, an address and its suppression may have been
        // indexed by different ones.
        if is_running && !is_over && self.keys.has_one_index() {
            let set = "UPDATE delivery SET state = 2, at = ?4
                       WHERE campaign = ?1 AND member = ?2 AND state = 1 AND claim = ?3
                       AND EXISTS (SELECT 1 FROM consent WHERE member = ?2 AND purpose = ?5 AND given = 1)
                       AND NOT EXISTS (SELECT 1 FROM member JOIN suppression USING (mail_index)
                                       WHERE member.row = ?2)";
            if self.changes(set, params![campaign, member, claim, now.0, PROMOTION])? {
                moves.add(State::Claimed, State::Attempting);
                return Ok(Marked::Begun(now, false));
            }
        }
        let Some((state, _, by, at)) = self.delivery(campaign, member)? else { return Ok(Marked::NotYours) };
        if by != Some(i64::from(claim)) {
            return Ok(Marked::NotYours);
        }
        match state {
            State::Skipped if is_over => return Ok(Marked::No(WhyNot::AdOver)),
            State::Attempting => return Ok(Marked::Begun(at, true)),
            State::Claimed => {}
            _ => return Ok(Marked::NotYours),
        }
        if !is_running {
            return Ok(Marked::Stopped);
        }
        let why = if is_over { Some(WhyNot::AdOver) } else { self.why_not_now(member)? };
        if let Some(why) = why {
            self.skip((campaign, member), state, why, now, moves)?;
            return Ok(Marked::No(why));
        }
        let set = "UPDATE delivery SET state = 2, at = ?3 WHERE campaign = ?1 AND member = ?2";
        self.run(set, params![campaign, member, now.0])?;
        moves.add(state, State::Attempting);
        Ok(Marked::Begun(now, false))
    }
}
