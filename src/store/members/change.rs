//! What a change would do, when nothing is written.

use rusqlite::params;

use super::{Changed, Db, MemberChange, NO_MEMBER, Result};

impl Db<'_> {
    /// As `change_member`, which this must agree with.
    pub(super) fn would_change(&self, change: &MemberChange) -> Result<Changed> {
        let mail = change.mail.trim();
        let Some(row) = self.member_row(mail)? else {
            if change.known {
                return Ok(Changed::Nobody);
            }
            let erased = self.erased(mail)?.filter(|_| !change.anew);
            return Ok(erased.map_or(Changed::Added, Changed::Erased));
        };
        let before = self.addressee(row)?.ok_or(NO_MEMBER)?;
        let is_other = |new: &Option<String>, old: &Option<String>| {
            new.as_ref().is_some_and(|new| Some(new.trim()).filter(|text| !text.is_empty()) != old.as_deref())
        };
        let mut changes = is_other(&change.name, &before.name)
            || is_other(&change.locale, &before.locale)
            || is_other(&change.time_zone, &before.time_zone);
        for tag in &change.tag {
            changes |= !self.has_tag(row, tag)?;
        }
        for tag in &change.untag {
            changes |= self.has_tag(row, tag)?;
        }
        let mut kept_no = false;
        for purpose in &change.consent {
            match self.consent(row, purpose)? {
                Some((true, _)) => {}
                Some((false, _)) if !change.anew => kept_no = true,
                _ => changes = true,
            }
        }
        for purpose in &change.withdraw {
            changes |= matches!(self.consent(row, purpose)?, Some((true, _)));
        }
        Ok(match (kept_no, changes) {
            (true, _) => Changed::KeptNo,
            (false, true) => Changed::Changed,
            (false, false) => Changed::Same,
        })
    }

    fn has_tag(&self, member: u32, name: &str) -> Result<bool> {
        match self.tag_row(name)? {
            Some(tag) => {
                self.any("SELECT 1 FROM tagged WHERE tag = ?1 AND member = ?2", params![tag, member])
            }
            None => Ok(false),
        }
    }
}
