//! The ledger: what became of each delivery. What may follow what is one table here.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{
    super::{Db, Result, Store, StoreError, db::signed},
    NO_CAMPAIGN,
};
use crate::{
    store::WhyNot,
    wire::{
        Time,
        promotion::CampaignState,
        record::Status,
        time::{HOUR, MINUTE},
    },
};

/// Tries after which "not now" is "no".
pub(in crate::store) const TRIES: u32 = 12;
/// Before the second try; doubles with each, up to [`LONGEST`].
const FIRST_WAIT: i64 = 15 * MINUTE;
/// Between two tries at most.
const LONGEST: i64 = 4 * HOUR;
/// Before a delivery that never reached a mail server is handed out again.
const SOON: i64 = 5_000;

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits to be claimed.
    Planned,
    /// A sender has it.
    Claimed,
    /// Its message may be under way.
    Attempting,
    /// A mail server took it.
    Accepted,
    /// Not now.
    Deferred,
    /// Never.
    Rejected,
    /// Nobody can say.
    Unknown,
    /// It is not mailed.
    Skipped,
}

impl State {
    /// How many there are.
    pub(super) const COUNT: usize = 8;

    const ALL: [Self; Self::COUNT] = [
        Self::Planned,
        Self::Claimed,
        Self::Attempting,
        Self::Accepted,
        Self::Deferred,
        Self::Rejected,
        Self::Unknown,
        Self::Skipped,
    ];

    pub(super) fn of(number: u8) -> Result<Self> {
        Self::ALL.get(usize::from(number)).copied().ok_or(StoreError::Damaged("delivery"))
    }

    /// What news of a sender make of it; `None`: nothing new. `has_code`: a mail server said so.
    fn after(self, news: Status, has_code: bool) -> Option<Self> {
        match (self, news) {
            // What is settled stays.
            (Self::Accepted | Self::Rejected | Self::Skipped, _) => None,
            (_, Status::Accepted) => Some(Self::Accepted),
            (_, Status::Rejected) => Some(Self::Rejected),
            // It waits again already: its claim ended before its sender knew that it never went out.
            (Self::Planned | Self::Deferred, _) => None,
            (_, Status::Deferred) if has_code => Some(Self::Deferred),
            (_, Status::Deferred) => Some(Self::Planned),
            (Self::Unknown, _) => None,
            (Self::Claimed | Self::Attempting, Status::Unknown | Status::Queued) => Some(Self::Unknown),
        }
    }
}

/// What a sender says of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Whose.
    pub member: u32,
    /// What became of it.
    pub status: Status,
    /// The mail server's code.
    pub code: Option<u16>,
    /// Its words.
    pub reply: Option<String>,
}

/// What became of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// Attempting, since then; and whether it was before.
    At(Time, bool),
    /// The claim has ended, or somebody else's is on it.
    NotYours,
    /// The campaign is paused, cancelled or over.
    Stopped,
    /// They get no promotion any more; the delivery is skipped.
    No(WhyNot),
}

/// A delivery of which nobody can say what became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// Whose.
    pub member: u32,
    /// Their address; `None`: they are gone.
    pub mail: Option<String>,
    /// Since when.
    pub at: Time,
}

/// What is kept of a mail server's words.
#[derive(Debug, Serialize, Deserialize)]
struct Words {
    code: Option<u16>,
    reply: Option<String>,
}

impl Store {
    /// Takes in what senders say, in one transaction; how many deliveries are another now. Nothing that is settled
    /// changes.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn settle(&self, name: String, news: Vec<News>, now: Time) -> Result<u64> {
        self.write(move |db| {
            let campaign = db.campaign_number(&name)?;
            let mut changed = 0;
            for news in &news {
                changed += u64::from(db.settle(campaign, news, now)?);
            }
            db.finish(campaign, now)?;
            Ok(changed)
        })
        .await
    }

    /// Deliveries of which nobody can say what became, in order of their member, from the one after `after`.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn unsettled(&self, name: String, after: u32, limit: u32) -> Result<Vec<Unsettled>> {
        self.read(move |db| {
            let find = "SELECT member, at FROM delivery WHERE campaign = ?1 AND state = 6 AND member > ?2
                        ORDER BY member LIMIT ?3";
            let campaign = db.campaign_number(&name)?;
            let rows: Vec<(u32, i64)> =
                db.all(find, params![campaign, after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.into_iter()
                .map(|(member, at)| {
                    let mail = db.addressee(member)?.map(|addressee| addressee.mail);
                    Ok(Unsettled { member, mail, at: Time(at) })
                })
                .collect()
        })
        .await
    }

    /// Lets every unknown delivery go again; how many.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn resend(&self, name: String, now: Time) -> Result<u64> {
        self.write(move |db| {
            let campaign = db.campaign_number(&name)?;
            let set = "UPDATE delivery SET state = 0, claim = NULL, due = ?2, at = ?2 WHERE campaign = ?1 AND state = 6";
            let count = db.run(set, params![campaign, now.0])? as u64;
            db.count(campaign, State::Unknown, -signed(count))?;
            db.count(campaign, State::Planned, signed(count))?;
            if count > 0 && db.state_of(campaign)? == CampaignState::Finished {
                db.set_state(campaign, CampaignState::Running, now)?;
            }
            Ok(count)
        })
        .await
    }
}

impl Db<'_> {
    pub(super) fn campaign_number(&self, name: &str) -> Result<i64> {
        let find = "SELECT mail FROM campaign WHERE name = ?1";
        self.one(find, [name], |row| Ok(row.get(0)?))?.ok_or(NO_CAMPAIGN)
    }

    pub(super) fn state_of(&self, campaign: i64) -> Result<CampaignState> {
        let find = "SELECT state FROM campaign WHERE mail = ?1";
        let state = self.one(find, [campaign], |row| Ok(row.get(0)?))?.ok_or(NO_CAMPAIGN)?;
        Ok(super::state(state))
    }

    /// So many more, or fewer, deliveries are in a state.
    pub(super) fn count(&self, campaign: i64, state: State, by: i64) -> Result<()> {
        if by == 0 {
            return Ok(());
        }
        let add = "INSERT INTO tally (campaign, state, count) VALUES (?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET count = count + excluded.count";
        self.run(add, params![campaign, state as i64, by]).map(drop)
    }

    /// The state a delivery is in, its tries and its claim.
    pub(in crate::store) fn delivery(
        &self,
        campaign: i64,
        member: u32,
    ) -> Result<Option<(State, u32, Option<i64>, Time)>> {
        let find = "SELECT state, tries, claim, at FROM delivery WHERE campaign = ?1 AND member = ?2";
        self.one(find, params![campaign, member], |row| {
            Ok((State::of(row.get(0)?)?, row.get(1)?, row.get(2)?, Time(row.get(3)?)))
        })
    }

    fn settle(&self, campaign: i64, news: &News, now: Time) -> Result<bool> {
        let Some((from, tries, _, _)) = self.delivery(campaign, news.member)? else { return Ok(false) };
        let Some(mut to) = from.after(news.status, news.code.is_some()) else { return Ok(false) };
        let mut due = 0;
        let mut tries = tries;
        match to {
            State::Deferred => {
                tries += 1;
                due = now.plus(FIRST_WAIT.saturating_mul(1 << (tries - 1).min(20)).min(LONGEST)).0;
                if tries >= TRIES {
                    to = State::Rejected;
                }
            }
            State::Planned => due = now.plus(SOON).0,
            _ => {}
        }
        let words = Words { code: news.code, reply: news.reply.clone() };
        self.put_delivery(campaign, news.member, from, to, (tries, due), Some(&words), now)?;
        Ok(true)
    }

    /// Not mailed, and why.
    pub(super) fn skip(&self, campaign: i64, member: u32, from: State, why: WhyNot, now: Time) -> Result<()> {
        let reply = match why {
            WhyNot::Gone => "no member any more",
            WhyNot::NoConsent => "no consent",
            WhyNot::Suppressed => "suppressed",
            WhyNot::TooRecent => "mailed too recently",
        };
        let words = Words { code: None, reply: Some(reply.to_owned()) };
        self.put_delivery(campaign, member, from, State::Skipped, (0, 0), Some(&words), now)
    }

    /// A member is gone: what was not begun is not mailed.
    pub(in crate::store) fn skip_gone(&self, campaign: i64, member: u32, now: Time) -> Result<()> {
        if let Some((from, ..)) = self.delivery(campaign, member)? {
            self.skip(campaign, member, from, WhyNot::Gone, now)?;
            self.finish(campaign, now)?;
        }
        Ok(())
    }

    #[allow(clippy::too_many_arguments, reason = "a row")]
    fn put_delivery(
        &self,
        campaign: i64,
        member: u32,
        from: State,
        to: State,
        (tries, due): (u32, i64),
        words: Option<&Words>,
        now: Time,
    ) -> Result<()> {
        let said = match words {
            Some(words) if words.code.is_some() || words.reply.is_some() => {
                let json = serde_json::to_string(words)
                    .map_err(|why| StoreError::File(format!("a reply has no JSON form: {why}")))?;
                Some(self.keys.seal("delivery.said", &format!("{campaign}/{member}"), &json)?)
            }
            _ => None,
        };
        let set = "UPDATE delivery SET state = ?3, tries = ?4, due = ?5, claim = NULL, at = ?6, said = ?7
                   WHERE campaign = ?1 AND member = ?2";
        self.run(set, params![campaign, member, to as i64, tries, due, now.0, said])?;
        self.count(campaign, from, -1)?;
        self.count(campaign, to, 1)
    }

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
            State::Attempting => return Ok(Marked::At(at, true)),
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
        Ok(Marked::At(now, false))
    }

    /// A running campaign is finished when nothing is left that could be mailed.
    pub(super) fn finish(&self, campaign: i64, now: Time) -> Result<()> {
        if self.state_of(campaign)? != CampaignState::Running {
            return Ok(());
        }
        let left = "SELECT 1 FROM tally WHERE campaign = ?1 AND state IN (0, 1, 2, 4) AND count > 0";
        if !self.any(left, [campaign])? {
            self.set_state(campaign, CampaignState::Finished, now)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_settled_stays_and_what_nobody_knew_may_be_learnt() {
        for settled in [State::Accepted, State::Rejected, State::Skipped] {
            for news in [Status::Accepted, Status::Deferred, Status::Rejected, Status::Unknown] {
                assert_eq!(settled.after(news, true), None, "{settled:?} {news:?}");
            }
        }
        assert_eq!(State::Unknown.after(Status::Accepted, true), Some(State::Accepted));
        assert_eq!(State::Unknown.after(Status::Deferred, true), Some(State::Deferred));
        assert_eq!(State::Unknown.after(Status::Unknown, false), None);
        assert_eq!(State::Attempting.after(Status::Unknown, false), Some(State::Unknown));
        assert_eq!(State::Claimed.after(Status::Deferred, false), Some(State::Planned));
        assert_eq!(State::Planned.after(Status::Deferred, true), None);
        assert_eq!(State::Planned.after(Status::Accepted, true), Some(State::Accepted));
    }
}
