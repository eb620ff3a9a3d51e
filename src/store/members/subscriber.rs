//! What a member themselves says to promotion, by the link of a mail.

use super::{Db, Proof, Result, Store};
use crate::wire::{Time, promotion::PROMOTION};

/// How a member stands to promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// Their address.
    pub mail: String,
    /// They said yes, and not no since.
    pub subscribed: bool,
    /// Their address gets none, whatever they say.
    pub suppressed: bool,
}

impl Store {
    /// How a member stands to promotion; `None`: they are no member any more.
    pub async fn subscriber(&self, member: u32) -> Result<Option<Subscriber>> {
        self.read(move |db| db.subscriber(member)).await
    }

    /// A member says yes or no to promotion; how they stand now. Saying the same again is no news, and no further entry
    /// in the ledger. `None`: they are no member any more, and nothing was written.
    pub async fn say_to_promotion(
        &self,
        member: u32,
        yes: bool,
        proof: Proof,
        now: Time,
    ) -> Result<Option<Subscriber>> {
        self.write(move |db| {
            let Some(before) = db.subscriber(member)? else { return Ok(None) };
            match yes {
                true if !before.subscribed => db.give(member, PROMOTION, &proof, now)?,
                true => {}
                false => drop(db.withdraw_consent(member, PROMOTION, &proof, now)?),
            }
            db.subscriber(member)
        })
        .await
    }
}

impl Db<'_> {
    fn subscriber(&self, member: u32) -> Result<Option<Subscriber>> {
        let Some(mail) = self.addressee(member)?.map(|addressee| addressee.mail) else { return Ok(None) };
        let subscribed = matches!(self.consent(member, PROMOTION)?, Some((true, _)));
        let suppressed = self.is_suppressed(&mail)?;
        Ok(Some(Subscriber { mail, subscribed, suppressed }))
    }
}
