//! What members agreed to, and the ledger that proves it: rows that only ever are added, each hashed with the one
//! before it.

use ring::digest;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Db, NO_MEMBER, Result, Store, StoreError};
use crate::wire::Time;

/// How somebody said yes or no.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proof {
    /// In which way: `import`, `one-click`, `page`, `mail`, `double opt-in`, `manager`.
    pub how: String,
    /// The words that they said yes or no to, or what a manager says of it.
    pub text: Option<String>,
    /// From where: an address of the network.
    pub from: Option<String>,
    /// The login that entered it.
    pub by: Option<String>,
}

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Said yes.
    Given,
    /// Said no.
    Withdrawn,
    /// Was told of it.
    Told,
    /// Gets no promotion, whatever they said.
    Suppressed,
    /// That was taken back.
    Unsuppressed,
    /// Was erased.
    Erased,
}

const KINDS: [Kind; 6] =
    [Kind::Given, Kind::Withdrawn, Kind::Told, Kind::Suppressed, Kind::Unsuppressed, Kind::Erased];

/// One row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub row: i64,
    /// Whose.
    pub member: u32,
    /// What it says.
    pub kind: Kind,
    /// About which purpose.
    pub purpose: Option<String>,
    /// When.
    pub at: Time,
    /// How; `None` for somebody who was erased.
    pub proof: Option<Proof>,
}

impl Store {
    /// Somebody said no to a purpose; whether that is news.
    ///
    /// # Errors
    /// `NotFound("member")`.
    pub async fn withdraw_consent(
        &self,
        member: u32,
        purpose: String,
        proof: Proof,
        now: Time,
    ) -> Result<bool> {
        self.write(move |db| db.withdraw_consent(member, &purpose, &proof, now)).await
    }

    /// Checks a piece of the ledger behind the row `after` (0: from its beginning): the row up to which it came (the same:
    /// there are no more), and the first row that is not what it was when it was written.
    pub async fn check_ledger(&self, after: i64) -> Result<(i64, Option<i64>)> {
        self.read(move |db| {
            let hash = "SELECT hash FROM entry WHERE row = ?1";
            let last: Vec<u8> = db.one(hash, [after], |row| Ok(row.get(0)?))?.unwrap_or_default();
            db.check_entries(after, last)
        })
        .await
    }
}

/// Rows of the ledger that are checked at a time.
const AT_ONCE: u32 = 5000;

impl Db<'_> {
    /// What a member says to a purpose, and since when; `None`: nothing yet.
    pub(in crate::store) fn consent(&self, member: u32, purpose: &str) -> Result<Option<(bool, Time)>> {
        let find = "SELECT given, at FROM consent WHERE member = ?1 AND purpose = ?2";
        self.one(find, params![member, purpose], |row| Ok((row.get(0)?, Time(row.get(1)?))))
    }

    pub(in crate::store) fn give(&self, member: u32, purpose: &str, proof: &Proof, now: Time) -> Result<()> {
        self.say_to(member, purpose, true, proof, now)
    }

    /// Says no; whether that is news.
    pub(in crate::store) fn withdraw_consent(
        &self,
        member: u32,
        purpose: &str,
        proof: &Proof,
        now: Time,
    ) -> Result<bool> {
        if !self.any("SELECT 1 FROM member WHERE row = ?1", [member])? {
            return Err(NO_MEMBER);
        }
        if matches!(self.consent(member, purpose)?, Some((false, _))) {
            return Ok(false);
        }
        self.say_to(member, purpose, false, proof, now)?;
        Ok(true)
    }

    fn say_to(&self, member: u32, purpose: &str, given: bool, proof: &Proof, now: Time) -> Result<()> {
        let kind = if given { Kind::Given } else { Kind::Withdrawn };
        let entry = self.enter(member, kind, Some(purpose), Some(proof), now)?;
        let set = "INSERT OR REPLACE INTO consent (member, purpose, given, at, told, entry)
                   VALUES (?1, ?2, ?3, ?4, NULL, ?5)";
        self.run(set, params![member, purpose, given, now.0, entry]).map(drop)
    }

    /// One more row of the ledger; its number.
    pub(in crate::store) fn enter(
        &self,
        member: u32,
        kind: Kind,
        purpose: Option<&str>,
        proof: Option<&Proof>,
        now: Time,
    ) -> Result<i64> {
        let last = "SELECT /* all */ row, hash FROM entry ORDER BY row DESC LIMIT 1";
        let (before, last): (i64, Vec<u8>) =
            self.one(last, [], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default();
        let row = before + 1;
        let json = proof
            .map(serde_json::to_string)
            .transpose()
            .map_err(|why| StoreError::File(format!("a proof has no JSON form: {why}")))?;
        let body =
            json.as_ref().map(|json| self.keys.seal("entry.body", &row.to_string(), json)).transpose()?;
        let digest = self.keys.index("entry.body", json.as_deref().unwrap_or_default());
        let hash = chained(&last, row, member, kind_number(kind), purpose, now, &digest);
        let add = "INSERT INTO entry (row, member, kind, purpose, at, body, digest, hash)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.run(add, params![row, member, kind_number(kind), purpose, now.0, body, digest, hash])?;
        Ok(row)
    }

    /// All that the ledger says of a member, in order.
    pub(in crate::store) fn entries(&self, member: u32) -> Result<Vec<Entry>> {
        let find = "SELECT row, member, kind, purpose, at, body FROM entry WHERE member = ?1 ORDER BY row";
        self.all(find, [member], |row| {
            let number: i64 = row.get(0)?;
            let body: Option<Vec<u8>> = row.get(5)?;
            let json =
                body.map(|body| self.keys.unseal("entry.body", &number.to_string(), &body)).transpose()?;
            let damaged = || StoreError::Damaged("entry");
            let proof = json.map(|json| serde_json::from_str(&json)).transpose().map_err(|_| damaged())?;
            let kind = KINDS.get(usize::from(row.get::<_, u8>(2)?)).copied().ok_or_else(damaged)?;
            Ok(Entry {
                row: number,
                member: row.get(1)?,
                kind,
                purpose: row.get(3)?,
                at: Time(row.get(4)?),
                proof,
            })
        })
    }

    /// Checks some rows after `after`, whose hash `last` is: up to which it came, what is broken.
    fn check_entries(&self, after: i64, mut last: Vec<u8>) -> Result<(i64, Option<i64>)> {
        let find = "SELECT row, member, kind, purpose, at, digest, hash, body FROM entry WHERE row > ?1
                    ORDER BY row LIMIT ?2";
        let (mut reached, mut broken) = (after, None);
        self.all(find, params![after, AT_ONCE], |row| {
            let number: i64 = row.get(0)?;
            let purpose: Option<String> = row.get(3)?;
            let (digest, hash): (Vec<u8>, Vec<u8>) = (row.get(5)?, row.get(6)?);
            let (member, kind, at) = (row.get(1)?, row.get(2)?, Time(row.get(4)?));
            let should = chained(&last, number, member, kind, purpose.as_deref(), at, &digest);
            let body: Option<Vec<u8>> = row.get(7)?;
            let says = body.map(|body| self.keys.unseal("entry.body", &number.to_string(), &body));
            let is_said = match says {
                None => true,
                Some(Ok(json)) => self.keys.indexes("entry.body", &json).any(|index| index == digest),
                Some(Err(_)) => false,
            };
            // Numbers follow each other: a row that is taken out leaves a gap, or another hash.
            if broken.is_none() && (should != hash || !is_said || number != reached + 1) {
                broken = Some(number);
            }
            (reached, last) = (number, hash);
            Ok(())
        })?;
        Ok((reached, broken))
    }
}

fn kind_number(kind: Kind) -> i64 {
    kind as i64
}

fn chained(
    last: &[u8],
    row: i64,
    member: u32,
    kind: i64,
    purpose: Option<&str>,
    at: Time,
    digest: &[u8],
) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(last);
    for number in [row, i64::from(member), kind, at.0] {
        context.update(&number.to_be_bytes());
    }
    // With its length, so that no two rows look alike.
    let purpose = purpose.unwrap_or_default();
    context.update(&(purpose.len() as u64).to_be_bytes());
    context.update(purpose.as_bytes());
    context.update(digest);
    context.finish().as_ref().to_vec()
}
