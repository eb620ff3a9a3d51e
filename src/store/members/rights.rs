//! What members may ask for: everything that is held about them, to be forgotten, to be told.

use rusqlite::{params, params_from_iter, types::Value};

use super::{Db, Entry, Kind, NO_MEMBER, Proof, Result, Store, StoreError};
use crate::wire::{
    Audience, Time,
    members::{DueMember, MailedTo, MemberEvent},
    promotion::Member,
};

/// An event to be kept: `asked` is 0, `ordered` 1.
const KINDS: [&str; 2] = ["asked", "ordered"];
const STATES: [&str; 8] =
    ["planned", "claimed", "attempting", "accepted", "deferred", "rejected", "unknown", "skipped"];

/// Everything that is held about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Their data.
    pub member: Member,
    /// The ledger's rows.
    pub entries: Vec<Entry>,
    /// What they did.
    pub events: Vec<MemberEvent>,
    /// What they were mailed.
    pub mails: Vec<MailedTo>,
}

impl Store {
    /// Members in order of their number, after `after`, some at a time: the last number looked at (`None`: the end).
    pub async fn members(
        &self,
        audience: Audience,
        after: u32,
        limit: u32,
        now: Time,
    ) -> Result<Vec<Member>> {
        self.read(move |db| {
            let condition = db.condition(&audience, now)?;
            let sql = format!(
                "SELECT m.row FROM member m WHERE m.row > ? AND {} ORDER BY m.row LIMIT ?",
                condition.sql
            );
            let mut values = vec![Value::Integer(after.into())];
            values.extend(condition.values);
            values.push(Value::Integer(limit.into()));
            let rows: Vec<u32> = db.all(&sql, params_from_iter(values), |row| Ok(row.get(0)?))?;
            rows.into_iter().filter_map(|row| db.member(row).transpose()).collect()
        })
        .await
    }

    /// Somebody says yes, whatever was before, or no; whether that is news.
    ///
    /// # Errors
    /// `NotFound("member")`.
    pub async fn set_consent(
        &self,
        mail: String,
        purpose: String,
        given: bool,
        proof: Proof,
        now: Time,
    ) -> Result<bool> {
        self.write(move |db| {
            let member = db.member_row(&mail)?.ok_or(NO_MEMBER)?;
            if !given {
                return db.withdraw_consent(member, &purpose, &proof, now);
            }
            if matches!(db.consent(member, &purpose)?, Some((true, _))) {
                return Ok(false);
            }
            db.give(member, &purpose, &proof, now)?;
            Ok(true)
        })
        .await
    }

    /// An address gets no promotion, or may again; whether that is news.
    pub async fn suppress(&self, mail: String, suppress: bool, proof: Proof, now: Time) -> Result<bool> {
        self.write(move |db| {
            if db.is_suppressed(&mail)? == suppress {
                return Ok(false);
            }
            let index = db.keys.index("member.mail", &mail);
            if suppress {
                let place = hex(&index);
                let sealed = db.keys.seal("suppression.mail", &place, mail.trim())?;
                let reason =
                    db.keys.seal("suppression.reason", &place, proof.text.as_deref().unwrap_or_default())?;
                let add = "INSERT INTO suppression (mail_index, mail, reason, at) VALUES (?1, ?2, ?3, ?4)";
                db.run(add, params![index, sealed, reason, now.0])?;
            } else {
                for index in db.keys.indexes("member.mail", &mail) {
                    db.run("DELETE FROM suppression WHERE mail_index = ?1", [index])?;
                }
            }
            if let Some(member) = db.member_row(&mail)? {
                let kind = if suppress { Kind::Suppressed } else { Kind::Unsuppressed };
                db.enter(member, kind, None, Some(&proof), now)?;
            }
            Ok(true)
        })
        .await
    }

    /// Keeps events; for each whether it was new (`None`: no such member).
    pub async fn add_events(&self, events: Vec<MemberEvent>) -> Result<Vec<Option<bool>>> {
        self.write(move |db| events.iter().map(|event| db.add_event(event)).collect()).await
    }

    /// Everything that is held about a member.
    pub async fn held(&self, mail: String) -> Result<Option<Held>> {
        self.read(move |db| {
            let Some(row) = db.member_row(&mail)? else { return Ok(None) };
            let Some(member) = db.member(row)? else { return Ok(None) };
            let mails = "SELECT c.name, d.state, d.at FROM delivery d JOIN campaign c ON c.mail = d.campaign
                         WHERE d.member = ?1 ORDER BY d.campaign";
            let mails = db.all(mails, [row], |row| {
                let state = STATES.get(usize::from(row.get::<_, u8>(1)?)).copied().unwrap_or("unknown");
                Ok(MailedTo { campaign: row.get(0)?, state: state.to_owned(), at: Time(row.get(2)?) })
            })?;
            Ok(Some(Held { member, entries: db.entries(row)?, events: db.events(row)?, mails }))
        })
        .await
    }

    /// Forgets a member: what remains is that they were erased, and when, under a keyed hash of their address.
    ///
    /// # Errors
    /// `NotFound("member")`.
    pub async fn erase(&self, mail: String, proof: Proof, now: Time) -> Result<()> {
        self.write(move |db| {
            let row = db.member_row(&mail)?.ok_or(NO_MEMBER)?;
            let waiting = "SELECT campaign FROM delivery WHERE member = ?1 AND state IN (0, 1, 4)";
            let campaigns: Vec<i64> = db.all(waiting, [row], |row| Ok(row.get(0)?))?;
            for campaign in campaigns {
                db.skip_gone(campaign, row, now)?;
            }
            db.forget_joining(&mail)?;
            for wipe in [
                "UPDATE delivery SET said = NULL WHERE member = ?1",
                "UPDATE entry SET body = NULL WHERE member = ?1 AND body IS NOT NULL",
                "DELETE FROM event WHERE member = ?1",
                "DELETE FROM tagged WHERE member = ?1",
                "DELETE FROM consent WHERE member = ?1",
                "DELETE FROM member WHERE row = ?1",
            ] {
                db.run(wipe, [row])?;
            }
            let by = Proof { how: proof.how, by: proof.by, ..Proof::default() };
            let entry = db.enter(row, Kind::Erased, None, Some(&by), now)?;
            let keep = "INSERT OR REPLACE INTO erased (mail_index, entry, at) VALUES (?1, ?2, ?3)";
            db.run(keep, params![db.keys.index("member.mail", &mail), entry, now.0])?;
            Ok(())
        })
        .await
    }

    /// Who is to be told what came of their yes or no within `span` of it (`reconfirm`: once each `span`), and was not.
    pub async fn due(
        &self,
        span: i64,
        reconfirm: bool,
        after: u32,
        limit: u32,
        now: Time,
    ) -> Result<Vec<DueMember>> {
        self.read(move |db| {
            let sql = if reconfirm {
                "SELECT c.member, c.purpose, c.given, c.at, coalesce(c.told, c.at) FROM consent c
                 WHERE c.member > ?1 AND c.given = 1 AND coalesce(c.told, c.at) <= ?2 ORDER BY c.member LIMIT ?3"
            } else {
                "SELECT c.member, c.purpose, c.given, c.at, c.at FROM consent c
                 WHERE c.member > ?1 AND c.told IS NULL AND ?2 = ?2 ORDER BY c.member LIMIT ?3"
            };
            let rows: Vec<(u32, String, bool, i64, i64)> =
                db.all(sql, params![after, now.plus(-span).0, limit], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })?;
            let mut due = Vec::new();
            for (member, purpose, given, at, since) in rows {
                if let Some(who) = db.addressee(member)? {
                    due.push(DueMember {
                        member,
                        mail: who.mail,
                        name: who.name,
                        locale: who.locale,
                        purpose,
                        given,
                        at: Time(at),
                        until: Time(since).plus(span),
                    });
                }
            }
            Ok(due)
        })
        .await
    }

    /// They were told; how many of them were still to be.
    pub async fn told(&self, members: Vec<u32>, purpose: String, proof: Proof, now: Time) -> Result<u64> {
        self.write(move |db| {
            let mut count = 0;
            for member in members {
                let set = "UPDATE consent SET told = ?3 WHERE member = ?1 AND purpose = ?2";
                if db.changes(set, params![member, purpose, now.0])? {
                    db.enter(member, Kind::Told, Some(&purpose), Some(&proof), now)?;
                    count += 1;
                }
            }
            Ok(count)
        })
        .await
    }
}

impl Db<'_> {
    fn add_event(&self, event: &MemberEvent) -> Result<Option<bool>> {
        let Some(member) = self.member_row(&event.mail)? else { return Ok(None) };
        let kind = KINDS.iter().position(|kind| *kind == event.kind).unwrap_or(0) as u64;
        let about = event.about.as_deref().unwrap_or_default();
        let key = self.keys.index("event.key", &format!("{}/{about}", event.at.0));
        let body = self.keys.seal("event.body", &hex(&key), about)?;
        let index = event.about.as_ref().map(|about| self.keys.index("event.about", about));
        let add = "INSERT OR IGNORE INTO event (member, kind, at, key, about, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let kind = super::signed(kind);
        Ok(Some(self.changes(add, params![member, kind, event.at.0, key, index, body])?))
    }

    fn events(&self, member: u32) -> Result<Vec<MemberEvent>> {
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
