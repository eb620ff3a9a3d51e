//! Handing out: the next deliveries that may go, to one claim each.

use rusqlite::params;

use super::{
    super::{Addressee, Db, Result, Store, StoreError, WhyNot, members::SealedAddressee},
    NO_CAMPAIGN, State,
    back_off::domain_of,
    ledger::Moves,
};
use crate::wire::{
    Port, Time,
    promotion::{CampaignState, PROMOTION},
};

/// What a delivery may do now, as its pace says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go.
    Open,
    /// Not before.
    Until(Time),
    /// Nothing further goes now; ask again then.
    Shut(Time),
    /// Not at all: they were mailed too recently.
    TooRecent,
}

/// A delivery that was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// To whom.
    pub addressee: Addressee,
    /// What its mail is called, without the domain.
    pub message_id: String,
}

/// What a claim was handed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where the campaign is.
    pub state: CampaignState,
    /// Its mail row.
    pub mail: u64,
    /// The port its buttons name.
    pub port: Port,
    /// What was handed out.
    pub handed: Vec<Handed>,
    /// When there may be more, if not now.
    pub next: Option<Time>,
    /// Deliveries that wait, are under way, or are tried again later.
    pub left: u64,
    /// When its ad ended, if it did: nobody further is mailed.
    pub over: Option<Time>,
}

/// A delivery that is due, to whom, or why not.
struct Waiting {
    member: u32,
    state: State,
    to: std::result::Result<SealedAddressee, WhyNot>,
}

impl Store {
    /// Hands `count` deliveries at most to a claim. `gate` says of each whether it may go. A campaign whose time has come
    /// begins; one whose ad is over is skipped.
    ///
    /// # Errors
    /// `NotFound("campaign")`; `Expired("claim")` when it has ended.
    pub async fn take(
        &self,
        name: String,
        claim: u32,
        count: u32,
        now: Time,
        mut gate: impl FnMut(&Addressee, Option<Time>) -> Gate + Send + 'static,
    ) -> Result<Taken> {
        self.skip_what_is_over(&name, now).await?;
        self.write(move |db| db.take(&name, claim, count, now, &mut gate)).await
    }
}

impl Db<'_> {
    fn take(
        &self,
        name: &str,
        claim: u32,
        count: u32,
        now: Time,
        gate: &mut dyn FnMut(&Addressee, Option<Time>) -> Gate,
    ) -> Result<Taken> {
        let row = self.campaign(name)?.ok_or(NO_CAMPAIGN)?;
        let campaign = super::signed(row.mail);
        if self.claim(claim)? != Some(campaign) {
            return Err(StoreError::Expired("claim"));
        }
        let state = if self.start(&row, now)? { CampaignState::Running } else { row.record.state };
        let mut taken = Taken {
            state,
            mail: row.mail,
            port: row.port,
            handed: Vec::new(),
            next: None,
            left: 0,
            over: row.over(now),
        };
        let later = row.begins().filter(|begins| *begins > now);
        match state {
            CampaignState::Planned => taken.next = later,
            CampaignState::Running if taken.over.is_some() => {}
            CampaignState::Running if later.is_some() => taken.next = later,
            CampaignState::Running => {
                // Looked up for those campaigns only that keep a distance from the last promotion.
                let every = row.text.pace.get("every").is_some_and(|every| !every.is_null());
                let mut gate = |db: &Self, addressee: &Addressee| {
                    let last = if every { db.last_promotion(addressee.member)? } else { None };
                    Ok(gate(addressee, last))
                };
                self.hand_out((campaign, claim), count, now, &mut gate, &mut taken)?;
                self.finish(campaign, now)?;
            }
            _ => {}
        }
        taken.state = self.state_of(campaign)?;
        taken.left = self.left(campaign)?;
        if taken.handed.is_empty() && taken.next.is_none() && taken.state == CampaignState::Running {
            let next =
                "SELECT due FROM delivery WHERE campaign = ?1 AND state IN (0, 4) ORDER BY due LIMIT 1";
            taken.next = self.one(next, [campaign], |row| Ok(Time(row.get(0)?)))?;
        }
        if let (Some(owner), false) = (&row.owner, taken.handed.is_empty()) {
            // Tickets are minted of it.
            let owner = self.login_number(owner)?;
            self.renew_port(row.port, owner, now)?;
        }
        Ok(taken)
    }

    fn hand_out(
        &self,
        (campaign, claim): (i64, u32),
        count: u32,
        now: Time,
        gate: &mut dyn FnMut(&Self, &Addressee) -> Result<Gate>,
        taken: &mut Taken,
    ) -> Result<()> {
        let mut moves = Moves::default();
        let any_held_back = self.any_held_back()?;
        for Waiting { member, state, to } in self.waiting(campaign, count, now)? {
            // With several keys, an address and its suppression may have been indexed by different ones.
            let to = match self.keys.has_one_index() {
                true => to,
                false => self.why_not_now(member)?.map_or(to, Err),
            };
            let addressee = match to {
                Ok(sealed) => self.open_addressee(sealed)?,
                Err(why) => {
                    self.skip((campaign, member), state, why, now, &mut moves)?;
                    continue;
                }
            };
            let held_back = if any_held_back { self.held_back(&domain_of(&addressee.mail))? } else { None };
            let gated = match held_back.filter(|(until, _)| *until > now) {
                Some((until, _)) => Gate::Until(until),
                None => gate(self, &addressee)?,
            };
            match gated {
                Gate::Open => {}
                Gate::Until(due) => {
                    let wait = "UPDATE delivery SET due = ?3 WHERE campaign = ?1 AND member = ?2";
                    self.run(wait, params![campaign, member, due.0])?;
                    continue;
                }
                Gate::Shut(until) => {
                    taken.next = Some(until);
                    break;
                }
                Gate::TooRecent => {
                    self.skip((campaign, member), state, WhyNot::TooRecent, now, &mut moves)?;
                    continue;
                }
            }
            let set =
                "UPDATE delivery SET state = 1, claim = ?3, at = ?4 WHERE campaign = ?1 AND member = ?2";
            self.run(set, params![campaign, member, claim, now.0])?;
            moves.add(state, State::Claimed);
            let message_id = self.delivery_id(taken.mail, member);
            taken.handed.push(Handed { addressee, message_id });
        }
        self.tally(campaign, &moves)
    }

    /// What is due, the longest first.
    fn waiting(&self, campaign: i64, count: u32, now: Time) -> Result<Vec<Waiting>> {
        let find = "SELECT d.member, d.state, m.row, m.mail, m.name, m.locale, m.time_zone,
                        EXISTS (SELECT 1 FROM consent WHERE member = d.member AND purpose = ?4 AND given = 1),
                        EXISTS (SELECT 1 FROM suppression WHERE mail_index = m.mail_index)
                    FROM delivery d LEFT JOIN member m ON m.row = d.member
                    WHERE d.campaign = ?1 AND d.state IN (0, 4) AND d.due <= ?2
                    ORDER BY d.due, d.member LIMIT ?3";
        self.all(find, params![campaign, now.0, count, PROMOTION], |row| {
            let is_there = row.get::<_, Option<u32>>(2)?.is_some();
            let (agreed, suppressed) = (row.get(7)?, row.get(8)?);
            let to = match (is_there, agreed, suppressed) {
                (false, ..) => Err(WhyNot::Gone),
                (true, false, _) => Err(WhyNot::NoConsent),
                (true, true, true) => Err(WhyNot::Suppressed),
                (true, true, false) => Ok(SealedAddressee::read(row, 2)?),
            };
            Ok(Waiting { member: row.get(0)?, state: State::of(row.get(1)?)?, to })
        })
    }

    /// When a member was last mailed promotion that a mail server took.
    fn last_promotion(&self, member: u32) -> Result<Option<Time>> {
        let find = "SELECT max(at) FROM delivery WHERE member = ?1 AND state = 3";
        Ok(self.one(find, [member], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Time)))?.flatten())
    }
}
