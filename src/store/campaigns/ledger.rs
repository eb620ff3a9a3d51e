//! The ledger: what became of each delivery. What may follow what is one table here.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Db, Delivery, Result, Store, StoreError,
        db::{signed, unsigned},
    },
    Marked, NO_CAMPAIGN,
    back_off::{Waits, domain_of},
};
use crate::{
    store::WhyNot,
    wire::{Time, promotion::CampaignState, record::Status},
};

/// Tries after which "not now" is "no".
pub(in crate::store) const TRIES: u32 = 12;
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

    /// What news of the sender that had it last make of it; `None`: nothing new. `has_code`: a mail server said so.
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

    /// What late news of a sender make of it that another one followed. That it went out counts, so that it does not go
    /// again; nothing else does: what is another's now is theirs to tell of.
    fn after_another(self, news: Status) -> Option<Self> {
        match (self, news) {
            (Self::Planned | Self::Claimed | Self::Deferred | Self::Unknown, Status::Accepted) => {
                Some(Self::Accepted)
            }
            _ => None,
        }
    }
}

/// What a sender says of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Under which claim.
    pub claim: u32,
    /// Whose.
    pub member: u32,
    /// The address it was sent to.
    pub recipient: String,
    /// What became of it.
    pub status: Status,
    /// The mail server's code.
    pub code: Option<u16>,
    /// Its words.
    pub reply: Option<String>,
}

/// Deliveries that went from one state to another, until the tally of their campaign is written: once for many.
#[derive(Debug, Default)]
pub(in crate::store) struct Moves([i64; State::COUNT]);

impl Moves {
    pub(super) fn add(&mut self, from: State, to: State) {
        self.add_many(from, to, 1);
    }

    pub(super) fn add_many(&mut self, from: State, to: State, count: u64) {
        for (state, by) in [(from, -signed(count)), (to, signed(count))] {
            if let Some(sum) = self.0.get_mut(state as usize) {
                *sum += by;
            }
        }
    }
}

/// The state a delivery is in, its tries, the claim that had it last, and since when.
pub(in crate::store) type Standing = (State, u32, Option<i64>, Time);

/// What is kept of a mail server's words.
#[derive(Debug, Serialize, Deserialize)]
struct Words {
    code: Option<u16>,
    reply: Option<String>,
}

/// Receipts for one campaign, in one transaction.
#[derive(Debug)]
struct Settling {
    campaign: i64,
    /// As its pace says: read for those only that are put off.
    waits: Option<Waits>,
    /// Some domain said "not now" last.
    any_held_back: bool,
    moves: Moves,
}

impl Store {
    /// Takes in what senders say, in one transaction; how many deliveries are another now. Nothing that is settled
    /// changes.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn settle(&self, name: String, news: Vec<News>, now: Time) -> Result<u64> {
        self.write(move |db| db.settle_all(&name, &news, now)).await
    }

    /// The same, and then marks the next deliveries, as [`Store::attempt`] does: all in one transaction.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn turn(
        &self,
        name: String,
        news: Vec<News>,
        next: Vec<Delivery>,
        now: Time,
    ) -> Result<(u64, Vec<Marked>)> {
        self.write(move |db| Ok((db.settle_all(&name, &news, now)?, db.attempt_all(&next, now)?))).await
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

    /// Writes what moved.
    pub(super) fn tally(&self, campaign: i64, moves: &Moves) -> Result<()> {
        State::ALL.into_iter().zip(moves.0).try_for_each(|(state, by)| self.count(campaign, state, by))
    }

    /// Where a delivery is.
    pub(in crate::store) fn delivery(&self, campaign: i64, member: u32) -> Result<Option<Standing>> {
        let find = "SELECT state, tries, claim, at FROM delivery WHERE campaign = ?1 AND member = ?2";
        self.one(find, params![campaign, member], |row| {
            Ok((State::of(row.get(0)?)?, row.get(1)?, row.get(2)?, Time(row.get(3)?)))
        })
    }

    fn settle_all(&self, name: &str, news: &[News], now: Time) -> Result<u64> {
        let mut settling = Settling {
            campaign: self.campaign_number(name)?,
            waits: None,
            any_held_back: self.any_held_back()?,
            moves: Moves::default(),
        };
        let mut changed = 0;
        for news in news {
            changed += u64::from(self.settle(name, &mut settling, news, now)?);
        }
        self.tally(settling.campaign, &settling.moves)?;
        self.finish(settling.campaign, now)?;
        Ok(changed)
    }

    fn settle(&self, name: &str, settling: &mut Settling, news: &News, now: Time) -> Result<bool> {
        let Settling { campaign, ref mut waits, ref mut any_held_back, ref mut moves } = *settling;
        let words = Words { code: news.code, reply: news.reply.clone() };
        // What nearly always becomes of a delivery that was marked.
        if news.status == Status::Accepted {
            let said = self.sealed((campaign, news.member), &words)?;
            let set = "UPDATE delivery SET state = 3, due = 0, at = ?4, said = ?5
                       WHERE campaign = ?1 AND member = ?2 AND state = 2 AND claim = ?3";
            if self.changes(set, params![campaign, news.member, news.claim, now.0, said])? {
                if *any_held_back {
                    self.come_round(&domain_of(&news.recipient))?;
                }
                moves.add(State::Attempting, State::Accepted);
                return Ok(true);
            }
        }
        let Some((from, tries, by, _)) = self.delivery(campaign, news.member)? else { return Ok(false) };
        let has_code = news.code.is_some();
        let after = match by == Some(i64::from(news.claim)) {
            true => from.after(news.status, has_code),
            false => from.after_another(news.status),
        };
        let Some(mut to) = after else { return Ok(false) };
        let mut due = 0;
        let mut tries = tries;
        match to {
            State::Accepted if *any_held_back => self.come_round(&domain_of(&news.recipient))?,
            State::Deferred => {
                *any_held_back = true;
                let waits = match *waits {
                    Some(waits) => waits,
                    None => {
                        let row = self.campaign(name)?.ok_or(NO_CAMPAIGN)?;
                        *waits.insert(Waits::of(&row.text.pace))
                    }
                };
                self.hold_back(&domain_of(&news.recipient), waits, now)?;
                tries += 1;
                due = now.plus(waits.delivery(tries)).0;
                if tries >= TRIES {
                    to = State::Rejected;
                }
            }
            State::Planned => due = now.plus(SOON).0,
            _ => {}
        }
        self.put_delivery((campaign, news.member), to, (tries, due), &words, now)?;
        moves.add(from, to);
        Ok(true)
    }

    /// Not mailed, and why.
    pub(super) fn skip(
        &self,
        (campaign, member): (i64, u32),
        from: State,
        why: WhyNot,
        now: Time,
        moves: &mut Moves,
    ) -> Result<()> {
        let reply = match why {
            WhyNot::Gone => "no member any more",
            WhyNot::NoConsent => "no consent",
            WhyNot::Suppressed => "suppressed",
            WhyNot::TooRecent => "mailed too recently",
            WhyNot::AdOver => "the ad is over",
        };
        let words = Words { code: None, reply: Some(reply.to_owned()) };
        moves.add(from, State::Skipped);
        self.put_delivery((campaign, member), State::Skipped, (0, 0), &words, now)
    }

    /// A member is gone: what was not begun is not mailed.
    pub(in crate::store) fn skip_gone(&self, campaign: i64, member: u32, now: Time) -> Result<()> {
        if let Some((from, ..)) = self.delivery(campaign, member)? {
            let mut moves = Moves::default();
            self.skip((campaign, member), from, WhyNot::Gone, now, &mut moves)?;
            self.tally(campaign, &moves)?;
            self.finish(campaign, now)?;
        }
        Ok(())
    }

    fn put_delivery(
        &self,
        (campaign, member): (i64, u32),
        to: State,
        (tries, due): (u32, i64),
        words: &Words,
        now: Time,
    ) -> Result<()> {
        let said = self.sealed((campaign, member), words)?;
        // The claim stays, so that late news of its sender are known to be that one's.
        let set = "UPDATE delivery SET state = ?3, tries = ?4, due = ?5, at = ?6, said = ?7
                   WHERE campaign = ?1 AND member = ?2";
        self.run(set, params![campaign, member, to as i64, tries, due, now.0, said]).map(drop)
    }

    fn sealed(&self, (campaign, member): (i64, u32), words: &Words) -> Result<Option<Vec<u8>>> {
        if words.code.is_none() && words.reply.is_none() {
            return Ok(None);
        }
        let json = serde_json::to_string(words)
            .map_err(|why| StoreError::File(format!("a reply has no JSON form: {why}")))?;
        self.keys.seal("delivery.said", &format!("{campaign}/{member}"), &json).map(Some)
    }

    /// How many wait, are under way, or are tried again later.
    pub(super) fn left(&self, campaign: i64) -> Result<u64> {
        let sum = "SELECT coalesce(sum(count), 0) FROM tally WHERE campaign = ?1 AND state IN (0, 1, 2, 4)";
        Ok(self.one(sum, [campaign], |row| Ok(unsigned(row.get(0)?)))?.unwrap_or(0))
    }

    /// A running campaign is finished when nothing is left that could be mailed.
    pub(super) fn finish(&self, campaign: i64, now: Time) -> Result<()> {
        if self.state_of(campaign)? != CampaignState::Running {
            return Ok(());
        }
        if self.left(campaign)? == 0 {
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

    #[test]
    fn a_sender_that_lost_a_delivery_can_only_say_that_it_went_out() {
        for state in State::ALL {
            for news in [Status::Deferred, Status::Rejected, Status::Unknown, Status::Queued] {
                assert_eq!(state.after_another(news), None, "{state:?} {news:?}");
            }
        }
        assert_eq!(State::Claimed.after_another(Status::Accepted), Some(State::Accepted));
        assert_eq!(State::Attempting.after_another(Status::Accepted), None, "it is under way again");
    }
}
