//! What members may ask for: to be heard, everything that is held about them, to be forgotten.

use rusqlite::{params, params_from_iter, types::Value};

use super::{Db, Entry, Kind, NO_MEMBER, Proof, Result, Store, StoreError};
use crate::{
    call::Side,
    store::Body,
    wire::{
        Audience, ConversationId, Time, hex,
        members::{Chatted, ChattedLine, MailedTo, MemberEvent, Suppressed},
        promotion::Member,
    },
};

const STATES: [&str; 8] =
    ["planned", "claimed", "attempting", "accepted", "deferred", "rejected", "unknown", "skipped"];

/// Everything that is held about a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Their data.
    pub member: Member,
    /// Why and since when their address gets no promotion.
    pub suppressed: Option<Suppressed>,
    /// The ledger's rows.
    pub entries: Vec<Entry>,
    /// What they did.
    pub events: Vec<MemberEvent>,
    /// What they were mailed.
    pub mails: Vec<MailedTo>,
    /// What was said after they pressed a mail's button.
    pub chats: Vec<Chatted>,
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

    /// Everything that is held about a member.
    pub async fn held(&self, mail: String) -> Result<Option<Held>> {
        self.read(move |db| {
            let Some(row) = db.member_row(&mail)? else { return Ok(None) };
            let Some(member) = db.member(row)? else { return Ok(None) };
            Ok(Some(Held {
                member,
                suppressed: db.suppressed(&mail)?,
                entries: db.entries(row)?,
                events: db.events(row)?,
                mails: db.mailed_to(row)?,
                chats: db.chats(row)?,
            }))
        })
        .await
    }

    /// Forgets a member: what remains is that they were erased, and when, under a keyed hash of their address; that the
    /// address is suppressed, if it was; and numbers without a name in ledgers and reports. What stood in the database's
    /// pages and its log is overwritten before this returns, unless somebody reads on for longer than a second.
    ///
    /// # Errors
    /// `NotFound("member")`.
    pub async fn erase(&self, mail: String, proof: Proof, now: Time) -> Result<()> {
        self.write(move |db| db.erase(&mail, proof, now)).await?;
        self.writer.scrub().await
    }
}

impl Db<'_> {
    fn suppressed(&self, mail: &str) -> Result<Option<Suppressed>> {
        for index in self.keys.indexes("member.mail", mail) {
            let find = "SELECT reason, at FROM suppression WHERE mail_index = ?1";
            let found = self.one(find, [&index], |row| Ok((row.get::<_, Vec<u8>>(0)?, Time(row.get(1)?))))?;
            if let Some((reason, at)) = found {
                // Empty: whose it was is erased.
                let reason = match reason.is_empty() {
                    true => String::new(),
                    false => self.keys.unseal("suppression.reason", &hex(&index), &reason)?,
                };
                return Ok(Some(Suppressed { reason: Some(reason).filter(|text| !text.is_empty()), at }));
            }
        }
        Ok(None)
    }

    fn mailed_to(&self, member: u32) -> Result<Vec<MailedTo>> {
        let find = "SELECT c.mail, c.name, d.state, d.at, d.said FROM delivery d
                    JOIN campaign c ON c.mail = d.campaign WHERE d.member = ?1 ORDER BY d.campaign";
        self.all(find, [member], |row| {
            let place = format!("{}/{member}", row.get::<_, i64>(0)?);
            let said: Option<Vec<u8>> = row.get(4)?;
            let said = said.map(|said| self.keys.unseal("delivery.said", &place, &said)).transpose()?;
            let state = STATES.get(usize::from(row.get::<_, u8>(2)?)).copied().unwrap_or("unknown");
            Ok(MailedTo {
                campaign: row.get(1)?,
                state: state.to_owned(),
                at: Time(row.get(3)?),
                reply: said.as_deref().and_then(words),
            })
        })
    }

    fn chats(&self, member: u32) -> Result<Vec<Chatted>> {
        let find = "SELECT c.row, c.id, k.name FROM delivery d
                    JOIN conversation c ON c.mail = d.campaign AND c.recipient = d.member
                    JOIN campaign k ON k.mail = d.campaign WHERE d.member = ?1 ORDER BY c.row";
        let lines = "SELECT position, side, id, by_login, kind, body, at FROM line WHERE conversation = ?1
                     ORDER BY position";
        self.all(find, [member], |row| {
            let number: i64 = row.get(0)?;
            let id = ConversationId::try_from(row.get::<_, String>(1)?)
                .map_err(|_| StoreError::Damaged("conversation"))?;
            let lines = self.all(lines, [number], |row| {
                let line = self.line_row(&id, row)?;
                let text = match line.body {
                    Body::Text(text) => Some(text),
                    Body::Sealed(_) => None,
                };
                Ok(ChattedLine { theirs: line.side == Side::Peer, at: line.at, text })
            })?;
            Ok(Chatted { campaign: row.get(2)?, lines })
        })
    }

    fn erase(&self, mail: &str, proof: Proof, now: Time) -> Result<()> {
        let row = self.member_row(mail)?.ok_or(NO_MEMBER)?;
        let waiting = "SELECT campaign FROM delivery WHERE member = ?1 AND state IN (0, 1, 4)";
        let campaigns: Vec<i64> = self.all(waiting, [row], |row| Ok(row.get(0)?))?;
        for campaign in campaigns {
            self.skip_gone(campaign, row, now)?;
        }
        self.forget_joining(mail)?;
        self.forget_chats(row)?;
        let tags: Vec<i64> =
            self.all("SELECT tag FROM tagged WHERE member = ?1", [row], |row| Ok(row.get(0)?))?;
        for wipe in [
            "UPDATE delivery SET said = NULL WHERE member = ?1",
            "UPDATE entry SET body = NULL WHERE member = ?1 AND body IS NOT NULL",
            "DELETE FROM event WHERE member = ?1",
            "DELETE FROM tagged WHERE member = ?1",
            "DELETE FROM consent WHERE member = ?1",
            "DELETE FROM member WHERE row = ?1",
        ] {
            self.run(wipe, [row])?;
        }
        for tag in tags {
            // A tag of one person says something of that person.
            let wipe = "DELETE FROM tag WHERE row = ?1 AND NOT EXISTS (SELECT 1 FROM tagged WHERE tag = ?1)";
            self.run(wipe, [tag])?;
        }
        for index in self.keys.indexes("member.mail", mail) {
            // That it gets no promotion stays true.
            let wipe = "UPDATE suppression SET mail = x'', reason = x'' WHERE mail_index = ?1";
            self.run(wipe, [index])?;
        }
        let by = Proof { how: proof.how, by: proof.by, ..Proof::default() };
        let entry = self.enter(row, Kind::Erased, None, Some(&by), now)?;
        let keep = "INSERT OR REPLACE INTO erased (mail_index, entry, at) VALUES (?1, ?2, ?3)";
        self.run(keep, params![self.keys.index("member.mail", mail), entry, now.0])?;
        Ok(())
    }

    /// The words go; that there were some, and when, stays for reports.
    fn forget_chats(&self, member: u32) -> Result<()> {
        let find = "SELECT c.row FROM delivery d JOIN conversation c ON c.mail = d.campaign AND c.recipient = d.member
                    WHERE d.member = ?1";
        let talks: Vec<i64> = self.all(find, [member], |row| Ok(row.get(0)?))?;
        for talk in talks {
            self.run("UPDATE line SET body = x'', kind = 0 WHERE conversation = ?1", [talk])?;
            let letters =
                "DELETE FROM letter WHERE notice IN (SELECT row FROM notice WHERE conversation = ?1)";
            self.run(letters, [talk])?;
            let over = "SELECT id FROM call WHERE conversation = ?1 AND state > 1";
            let calls: Vec<String> = self.all(over, [talk], |row| Ok(row.get(0)?))?;
            for call in calls {
                let nothing = self.keys.seal("call.snapshot", &call, "{}")?;
                self.run("UPDATE call SET snapshot = ?2 WHERE id = ?1", params![call, nothing])?;
            }
        }
        Ok(())
    }
}

/// What a mail server said, as it is kept.
fn words(json: &str) -> Option<String> {
    let said: serde_json::Value = serde_json::from_str(json).ok()?;
    let code = said["code"].as_u64().map(|code| code.to_string());
    let words = [code, said["reply"].as_str().map(str::to_owned)].into_iter().flatten();
    Some(words.collect::<Vec<_>>().join(" "))
}
