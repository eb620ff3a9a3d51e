//! Members: who the shop knows. What they agreed to is in [`consent`].

mod audience;
mod change;
mod consent;
mod due;
mod events;
mod rights;
mod subscriber;
mod tags;

use rusqlite::{Row, params};

use super::{Db, Result, Store, StoreError, db::signed};
use crate::wire::{
    Time,
    promotion::{Member, PROMOTION},
};

pub use consent::{Entry, Kind, Proof};
pub use rights::Held;
pub use subscriber::Subscriber;

pub(super) const NO_MEMBER: StoreError = StoreError::NotFound("member");

/// What is known of a member, or is to be changed: `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// The address, as they write it.
    pub mail: String,
    /// The name; empty takes it away.
    pub name: Option<String>,
    /// Further tags.
    pub tag: Vec<String>,
    /// Tags that are taken away.
    pub untag: Vec<String>,
    /// Language and region; empty takes it away.
    pub locale: Option<String>,
    /// Time zone; empty takes it away.
    pub time_zone: Option<String>,
    /// Purposes that they said yes to, as `proof` says.
    pub consent: Vec<String>,
    /// Purposes that they said no to.
    pub withdraw: Vec<String>,
    /// How they said so.
    pub proof: Proof,
    /// They came by themselves, or somebody says so in words: not stopped by an earlier no or erasure.
    pub anew: bool,
    /// Only somebody who is a member already.
    pub known: bool,
}

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// A member more.
    Added,
    /// Something else than before.
    Changed,
    /// All as it was.
    Same,
    /// Changed or not, but a later no to one of the purposes stands.
    KeptNo,
    /// The address was erased then; it was not brought back.
    Erased(Time),
    /// Nobody has the address, and nobody was to be added.
    Nobody,
}

/// Why somebody gets no promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// They are no member any more.
    Gone,
    /// They did not say yes, or said no since.
    NoConsent,
    /// Their address is suppressed.
    Suppressed,
    /// They got promotion a short time ago.
    TooRecent,
    /// What was to be mailed is not valid any more.
    AdOver,
}

/// What a mail to a member is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// Their number.
    pub member: u32,
    /// Their address.
    pub mail: String,
    /// Their name.
    pub name: Option<String>,
    /// Language and region.
    pub locale: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
}

/// The same as it is kept.
pub(super) struct SealedAddressee {
    member: u32,
    mail: Vec<u8>,
    name: Option<Vec<u8>>,
    locale: Option<String>,
    time_zone: Option<String>,
}

impl SealedAddressee {
    /// From the columns `row, mail, name, locale, time_zone`, the first at `at`.
    pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Self> {
        Ok(Self {
            member: row.get(at)?,
            mail: row.get(at + 1)?,
            name: row.get(at + 2)?,
            locale: row.get(at + 3)?,
            time_zone: row.get(at + 4)?,
        })
    }
}

impl Store {
    /// Adds or changes members, all in one transaction; what became of each, in order.
    pub async fn change_members(&self, changes: Vec<MemberChange>, now: Time) -> Result<Vec<Changed>> {
        self.write(move |db| changes.iter().map(|change| db.change_member(change, now)).collect()).await
    }

    /// What [`Store::change_members`] would do to each, one by one, when nothing is written.
    pub async fn would_change_members(&self, changes: Vec<MemberChange>) -> Result<Vec<Changed>> {
        self.read(move |db| changes.iter().map(|change| db.would_change(change)).collect()).await
    }

    /// A member by address.
    pub async fn member(&self, mail: String) -> Result<Option<Member>> {
        self.read(move |db| match db.member_row(&mail)? {
            Some(row) => db.member(row),
            None => Ok(None),
        })
        .await
    }
}

impl Db<'_> {
    /// The number of the member with this address.
    pub(super) fn member_row(&self, mail: &str) -> Result<Option<u32>> {
        for index in self.keys.indexes("member.mail", mail) {
            let find = "SELECT row FROM member WHERE mail_index = ?1";
            if let Some(row) = self.one(find, [index], |row| Ok(row.get(0)?))? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    pub(super) fn change_member(&self, change: &MemberChange, now: Time) -> Result<Changed> {
        let mail = change.mail.trim();
        let (row, mut did) = match self.member_row(mail)? {
            Some(row) => (row, Changed::Same),
            None if change.known => return Ok(Changed::Nobody),
            None => {
                if let Some(at) = self.erased(mail)?.filter(|_| !change.anew) {
                    return Ok(Changed::Erased(at));
                }
                (self.add_member(mail, now)?, Changed::Added)
            }
        };
        let mut is_other = self.set_fields(row, change)?;
        for tag in &change.tag {
            is_other |= self.tag(row, tag)?;
        }
        for tag in &change.untag {
            is_other |= self.untag(row, tag)?;
        }
        let mut kept_no = false;
        for purpose in &change.consent {
            match self.consent(row, purpose)? {
                Some((true, _)) => {}
                Some((false, _)) if !change.anew => kept_no = true,
                _ => {
                    self.give(row, purpose, &change.proof, now)?;
                    is_other = true;
                }
            }
        }
        for purpose in &change.withdraw {
            // Who never said yes needs no no.
            if matches!(self.consent(row, purpose)?, Some((true, _))) {
                is_other |= self.withdraw_consent(row, purpose, &change.proof, now)?;
            }
        }
        if is_other && did == Changed::Same {
            self.run("UPDATE member SET changed = ?2 WHERE row = ?1", params![row, now.0])?;
            did = Changed::Changed;
        }
        Ok(if kept_no { Changed::KeptNo } else { did })
    }

    fn add_member(&self, mail: &str, now: Time) -> Result<u32> {
        // The row's number is part of what is sealed, so it is taken first.
        let last = "SELECT /* all */ seq FROM sqlite_sequence WHERE name = 'member'";
        let row = self.one(last, [], |row| Ok(row.get::<_, i64>(0)?))?.unwrap_or(0) + 1;
        let number = u32::try_from(row).map_err(|_| StoreError::Enough("4,294,967,295 members"))?;
        let sealed = self.keys.seal("member.mail", &row.to_string(), mail)?;
        let add = "INSERT INTO member (row, mail, mail_index, created, changed) VALUES (?1, ?2, ?3, ?4, ?4)";
        self.run(add, params![row, sealed, self.keys.index("member.mail", mail), now.0])?;
        Ok(number)
    }

    /// Whether anything is other than before.
    fn set_fields(&self, row: u32, change: &MemberChange) -> Result<bool> {
        if change.name.is_none() && change.locale.is_none() && change.time_zone.is_none() {
            return Ok(false);
        }
        let before = self.addressee(row)?.ok_or(NO_MEMBER)?;
        let mut is_other = false;
        let mut next = |new: &Option<String>, old: &Option<String>| match new {
            None => old.clone(),
            Some(new) => {
                let new = Some(new.trim().to_owned()).filter(|text| !text.is_empty());
                is_other |= new != *old;
                new
            }
        };
        let name = next(&change.name, &before.name);
        let locale = next(&change.locale, &before.locale);
        let time_zone = next(&change.time_zone, &before.time_zone);
        if is_other {
            let sealed =
                name.map(|name| self.keys.seal("member.name", &row.to_string(), &name)).transpose()?;
            let set = "UPDATE member SET name = ?2, locale = ?3, time_zone = ?4 WHERE row = ?1";
            self.run(set, params![row, sealed, locale, time_zone])?;
        }
        Ok(is_other)
    }

    /// What a mail to a member is written with; `None` when they are gone.
    pub(super) fn addressee(&self, member: u32) -> Result<Option<Addressee>> {
        let find = "SELECT row, mail, name, locale, time_zone FROM member WHERE row = ?1";
        self.one(find, [member], |row| self.read_addressee(row))
    }

    pub(super) fn read_addressee(&self, row: &Row<'_>) -> Result<Addressee> {
        self.open_addressee(SealedAddressee::read(row, 0)?)
    }

    pub(super) fn open_addressee(&self, sealed: SealedAddressee) -> Result<Addressee> {
        let SealedAddressee { member, mail, name, locale, time_zone } = sealed;
        let place = member.to_string();
        Ok(Addressee {
            member,
            mail: self.keys.unseal("member.mail", &place, &mail)?,
            name: name.map(|name| self.keys.unseal("member.name", &place, &name)).transpose()?,
            locale,
            time_zone,
        })
    }

    /// All that a `member` record says.
    pub(super) fn member(&self, member: u32) -> Result<Option<Member>> {
        let Some(Addressee { mail, name, locale, time_zone, .. }) = self.addressee(member)? else {
            return Ok(None);
        };
        let created = self
            .one("SELECT created FROM member WHERE row = ?1", [member], |row| Ok(Time(row.get(0)?)))?
            .unwrap_or(Time(0));
        let suppressed = self.is_suppressed(&mail)?;
        let consent = "SELECT purpose FROM consent WHERE member = ?1 AND given = 1 ORDER BY purpose";
        Ok(Some(Member {
            member,
            mail,
            name,
            tags: self.tags_of(member)?,
            locale,
            time_zone,
            consent: self.all(consent, [member], |row| Ok(row.get(0)?))?,
            suppressed,
            created,
        }))
    }

    /// Whether a member gets promotion at this moment; `None`: yes.
    fn why_not(&self, member: u32, mail: &str) -> Result<Option<WhyNot>> {
        if !matches!(self.consent(member, PROMOTION)?, Some((true, _))) {
            let there = self.any("SELECT 1 FROM member WHERE row = ?1", [member])?;
            return Ok(Some(if there { WhyNot::NoConsent } else { WhyNot::Gone }));
        }
        Ok(self.is_suppressed(mail)?.then_some(WhyNot::Suppressed))
    }

    /// The same of a member whose address nobody has unsealed.
    pub(super) fn why_not_now(&self, member: u32) -> Result<Option<WhyNot>> {
        // With several keys, the two may have been indexed by different ones.
        if self.keys.has_one_index() && matches!(self.consent(member, PROMOTION)?, Some((true, _))) {
            let find = "SELECT 1 FROM member JOIN suppression USING (mail_index) WHERE member.row = ?1";
            return Ok(self.any(find, [member])?.then_some(WhyNot::Suppressed));
        }
        let mail = self.addressee(member)?.map(|addressee| addressee.mail).unwrap_or_default();
        self.why_not(member, &mail)
    }

    pub(super) fn is_suppressed(&self, mail: &str) -> Result<bool> {
        for index in self.keys.indexes("member.mail", mail) {
            if self.any("SELECT 1 FROM suppression WHERE mail_index = ?1", [index])? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// When a member with this address was erased.
    fn erased(&self, mail: &str) -> Result<Option<Time>> {
        for index in self.keys.indexes("member.mail", mail) {
            let find = "SELECT at FROM erased WHERE mail_index = ?1";
            if let Some(at) = self.one(find, [index], |row| Ok(Time(row.get(0)?)))? {
                return Ok(Some(at));
            }
        }
        Ok(None)
    }
}
