//! Joining by oneself: what somebody typed waits until the mail to that address comes back (double opt-in).

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{
    Db, Letter, MemberChange, Proof, Result, Store, StoreError,
    db::{signed, unsigned},
};
use crate::wire::{
    Time,
    promotion::{MEMBERSHIP, PROMOTION},
};

const NO_TICKET: StoreError = StoreError::NotFound("ticket");

/// What somebody typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// The address, still anybody's.
    pub mail: String,
    /// The name.
    pub name: Option<String>,
    /// The language of the page: `en`, `ko`.
    pub lang: String,
    /// What they said yes to by asking: the page's words.
    pub joins: String,
    /// The words they ticked to get promotion; `None`: they did not.
    pub promotion: Option<String>,
    /// From where.
    pub from: String,
    /// When.
    pub at: Time,
}

/// What a confirmation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// They are a member; whether they get promotion from now on.
    Now { promotion: bool },
    /// It was confirmed before: nothing was changed.
    Before,
}

impl Store {
    /// Whether there is a shop to join: somebody is a manager.
    pub async fn has_shop(&self) -> Result<bool> {
        self.read(|db| {
            let find = "SELECT /* all */ 1 FROM role r JOIN login l ON l.row = r.login
                        WHERE r.role = 1 AND l.deleted IS NULL";
            db.any(find, [])
        })
        .await
    }

    /// Keeps it, and owes the letter that confirms it. An address that is suppressed gets none.
    pub async fn ask_to_join(&self, joining: Joining, expires: Time, now: Time) -> Result<()> {
        self.write(move |db| {
            if db.is_suppressed(&joining.mail)? {
                return Ok(());
            }
            let json = serde_json::to_string(&joining).map_err(|_| StoreError::Damaged("joining.body"))?;
            let body = db.keys.seal("joining.body", "", &json)?;
            let add = "INSERT INTO joining (mail_index, body, expires) VALUES (?1, ?2, ?3) RETURNING row";
            let index = db.keys.index("member.mail", &joining.mail);
            let row = db.one(add, params![index, body, expires.0], |row| Ok(unsigned(row.get(0)?)))?;
            db.add_letter(&Letter::Join { joining: row.unwrap_or(0) }, None, now)
        })
        .await
    }

    /// What waits to be confirmed; `None`: it was, or is gone.
    pub async fn joining(&self, row: u64) -> Result<Option<Joining>> {
        self.read(move |db| db.joining(row)).await
    }

    /// Makes whoever confirms it a member who said yes, from the network address `from`. Once.
    ///
    /// # Errors
    /// `NotFound("ticket")`: it is gone.
    pub async fn join(&self, row: u64, from: String, now: Time) -> Result<Joined> {
        self.write(move |db| db.join(row, &from, now)).await
    }
}

impl Db<'_> {
    fn joining(&self, row: u64) -> Result<Option<Joining>> {
        let find = "SELECT body FROM joining WHERE row = ?1 AND body IS NOT NULL";
        let body: Option<Vec<u8>> = self.one(find, [signed(row)], |row| Ok(row.get(0)?))?;
        let Some(body) = body else { return Ok(None) };
        let json = self.keys.unseal("joining.body", "", &body)?;
        serde_json::from_str(&json).map(Some).map_err(|_| StoreError::Damaged("joining.body"))
    }

    fn join(&self, row: u64, from: &str, now: Time) -> Result<Joined> {
        let Some(joining) = self.joining(row)? else {
            let there = self.any("SELECT 1 FROM joining WHERE row = ?1", [signed(row)])?;
            return if there { Ok(Joined::Before) } else { Err(NO_TICKET) };
        };
        // Used up, and what was typed is with the member now.
        self.run("UPDATE joining SET body = NULL WHERE row = ?1", [signed(row)])?;
        let is_new = self.member_row(&joining.mail)?.is_none();
        let change = MemberChange {
            mail: joining.mail.clone(),
            name: joining.name.clone(),
            // What a member's own list or their shop said before is better than a browser's setting.
            locale: is_new.then(|| joining.lang.clone()),
            anew: true,
            ..MemberChange::default()
        };
        self.change_member(&change, now)?;
        let member = self.member_row(&joining.mail)?.ok_or(NO_TICKET)?;
        let proof = |text: &str| Proof {
            how: "double opt-in".to_owned(),
            text: Some(text.to_owned()),
            from: Some(format!("asked from {} at {}, confirmed from {from}", joining.from, joining.at)),
            by: None,
        };
        let said = [(MEMBERSHIP, Some(&joining.joins)), (PROMOTION, joining.promotion.as_ref())];
        for (purpose, text) in said {
            if let Some(text) = text
                && !matches!(self.consent(member, purpose)?, Some((true, _)))
            {
                self.give(member, purpose, &proof(text), now)?;
            }
        }
        Ok(Joined::Now { promotion: joining.promotion.is_some() })
    }

    /// Nothing waits for an address any more.
    pub(super) fn forget_joining(&self, mail: &str) -> Result<()> {
        for index in self.keys.indexes("member.mail", mail) {
            self.run("DELETE FROM joining WHERE mail_index = ?1", [index])?;
        }
        Ok(())
    }
}
