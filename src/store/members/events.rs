//! What members did that neither mails nor conversations tell.

use rusqlite::params;

use super::{Db, Result, Store, StoreError};
use crate::wire::{Time, hex, members::MemberEvent};

/// By their numbers.
const KINDS: [&str; 2] = ["asked", "ordered"];

impl Store {
    /// Keeps events; for each whether it was new (`None`: no such member).
    pub async fn add_events(&self, events: Vec<MemberEvent>) -> Result<Vec<Option<bool>>> {
        self.write(move |db| events.iter().map(|event| db.add_event(event)).collect()).await
    }
}

impl Db<'_> {
    fn add_event(&self, event: &MemberEvent) -> Result<Option<bool>> {
        let Some(member) = self.member_row(&event.mail)? else { return Ok(None) };
        let kind = KINDS.iter().position(|kind| *kind == event.kind).unwrap_or(0) as u64;
        let kind = super::signed(kind);
        let about = event.about.as_deref().unwrap_or_default();
        let words = format!("{}/{about}", event.at.0);
        let there = "SELECT 1 FROM event WHERE member = ?1 AND kind = ?2 AND key = ?3";
        for key in self.keys.indexes("event.key", &words) {
            if self.any(there, params![member, kind, key])? {
                return Ok(Some(false));
            }
        }
        let key = self.keys.index("event.key", &words);
        let body = self.keys.seal("event.body", &hex(&key), about)?;
        let index = event.about.as_ref().map(|about| self.keys.index("event.about", about));
        let add = "INSERT INTO event (member, kind, at, key, about, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.run(add, params![member, kind, event.at.0, key, index, body])?;
        Ok(Some(true))
    }

    /// A member's, the oldest first.
    pub(super) fn events(&self, member: u32) -> Result<Vec<MemberEvent>> {
        let mail = self.addressee(member)?.map(|who| who.mail).unwrap_or_default();
        let find = "SELECT kind, at, key, body FROM event WHERE member = ?1 ORDER BY at";
        self.all(find, [member], |row| {
            let (key, body): (Vec<u8>, Option<Vec<u8>>) = (row.get(2)?, row.get(3)?);
            let about = body.map(|body| self.keys.unseal("event.body", &hex(&key), &body)).transpose()?;
            let kind = KINDS.get(usize::from(row.get::<_, u8>(0)?)).ok_or(StoreError::Damaged("event"))?;
            Ok(MemberEvent {
                mail: mail.clone(),
                kind: (*kind).to_owned(),
                at: Time(row.get(1)?),
                about: about.filter(|about| !about.is_empty()),
            })
        })
    }
}
