//! Whom the law wants told what they said, and that they were.

use rusqlite::params;

use super::{Db, Kind, Proof, Result, Store};
use crate::wire::{
    Time,
    members::{Due, DueMember, Said},
    promotion::MEMBERSHIP,
};

impl Store {
    /// Who is to be told what came of their yes or no within `ask.notify` milliseconds of it; or whose yes is to be
    /// recalled to them once each `ask.reconfirm` milliseconds, and that time is over. In order of member and purpose.
    /// That somebody wants to be a member is no consent to be mailed advertising, and nobody is told of it.
    pub async fn due(&self, ask: Due, limit: u32, now: Time) -> Result<Vec<DueMember>> {
        self.read(move |db| db.due(&ask, limit, now)).await
    }

    /// They were told; how many of them were still to be. Who said something else since is not meant.
    pub async fn told(&self, told: Vec<Said>, proof: Proof, now: Time) -> Result<u64> {
        self.write(move |db| {
            let mut count = 0;
            for Said { member, purpose, at } in &told {
                let set = "UPDATE consent SET told = ?4 WHERE member = ?1 AND purpose = ?2 AND at = ?3";
                if db.changes(set, params![member, purpose, at.0, now.0])? {
                    db.enter(*member, Kind::Told, Some(purpose), Some(&proof), now)?;
                    count += 1;
                }
            }
            Ok(count)
        })
        .await
    }
}

impl Db<'_> {
    fn due(&self, ask: &Due, limit: u32, now: Time) -> Result<Vec<DueMember>> {
        let (sql, span) = match ask.reconfirm {
            Some(span) => (
                "SELECT c.member, c.purpose, c.given, c.at, coalesce(c.told, c.at) FROM consent c
                 WHERE (c.member, c.purpose) > (?1, ?2) AND c.purpose <> ?5 AND c.given = 1
                 AND coalesce(c.told, c.at) <= ?3
                 ORDER BY c.member, c.purpose LIMIT ?4",
                span,
            ),
            None => (
                "SELECT c.member, c.purpose, c.given, c.at, c.at FROM consent c
                 WHERE (c.member, c.purpose) > (?1, ?2) AND c.purpose <> ?5 AND c.told IS NULL AND ?3 = ?3
                 ORDER BY c.member, c.purpose LIMIT ?4",
                ask.notify.unwrap_or(0),
            ),
        };
        let from = params![ask.after, ask.after_purpose, now.plus(-span).0, limit, MEMBERSHIP];
        let rows: Vec<(u32, String, bool, i64, i64)> =
            self.all(sql, from, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?;
        let mut due = Vec::new();
        for (member, purpose, given, at, since) in rows {
            // There is no consent without its member.
            let Some(who) = self.addressee(member)? else { continue };
            due.push(DueMember {
                member,
                mail: who.mail,
                name: who.name,
                locale: who.locale,
                time_zone: who.time_zone,
                purpose,
                given,
                at: Time(at),
                until: Time(since).plus(span),
                unsubscribe_link: None,
            });
        }
        Ok(due)
    }
}
