//! Letters: the mails the server owes somebody, durable before they are promised.

use rusqlite::params;

use super::{
    Db, Letter, LetterRow, Result, Store, StoreError,
    db::{signed, unsigned},
};
use crate::wire::{LoginId, NoticeId, Time, time::MINUTE};

/// At most one letter in this time from one caller to one person.
const APART: i64 = 10 * MINUTE;

impl Store {
    /// Owes a letter, due at once. It goes when its login is deleted.
    pub async fn add_letter(&self, letter: Letter, now: Time) -> Result<()> {
        self.write(move |db| db.add_letter(&letter, None, now)).await
    }

    /// Adds `Letter::Notice` unless one went to this person from this caller within 10 minutes, or waits to
    /// go for this very notice, or the notice was seen (false).
    pub async fn add_notice_letter(&self, notice: NoticeId, now: Time) -> Result<bool> {
        self.write(move |db| db.add_notice_letter(&notice, now)).await
    }

    /// Those whose time has come, the longest due first, at most `limit`. Each stays until `letter_done`.
    pub async fn letters_due(&self, now: Time, limit: u32) -> Result<Vec<LetterRow>> {
        self.read(move |db| {
            let find = "SELECT row, body, tries FROM letter WHERE due <= ?1 ORDER BY due, row LIMIT ?2";
            db.all(find, params![now.0, limit], |row| {
                let damaged = || StoreError::Damaged("letter.body");
                let body = row.get_ref(1)?.as_blob().map_err(|_| damaged())?;
                let json = db.keys.unseal("letter.body", "", body)?;
                Ok(LetterRow {
                    row: unsigned(row.get(0)?),
                    letter: serde_json::from_str(&json).map_err(|_| damaged())?,
                    tries: row.get(2)?,
                })
            })
        })
        .await
    }

    /// How many letters wait, for the metrics.
    pub async fn letters_waiting(&self) -> Result<u64> {
        self.read(|db| {
            let count =
                db.one("SELECT /* all */ count(*) FROM letter", [], |row| Ok(unsigned(row.get(0)?)))?;
            Ok(count.unwrap_or(0))
        })
        .await
    }

    /// It went out, or never will.
    pub async fn letter_done(&self, row: u64) -> Result<()> {
        self.write(move |db| db.run("DELETE FROM letter WHERE row = ?1", [signed(row)]).map(drop)).await
    }

    /// One more try failed; the next at `next`.
    pub async fn letter_later(&self, row: u64, next: Time) -> Result<()> {
        self.write(move |db| {
            let later = "UPDATE letter SET due = ?2, tries = tries + 1 WHERE row = ?1";
            db.run(later, params![signed(row), next.0]).map(drop)
        })
        .await
    }
}

impl Db<'_> {
    pub(super) fn add_letter(&self, letter: &Letter, notice: Option<i64>, now: Time) -> Result<()> {
        let login = match letter {
            Letter::Confirm { login } | Letter::Recover { login, .. } | Letter::SignIn { login, .. } => {
                Some(login)
            }
            Letter::AddressTaken { owner, .. } => Some(owner),
            Letter::Notice { .. } | Letter::Join { .. } => None,
        };
        let json = serde_json::to_string(letter).map_err(|_| StoreError::Damaged("letter.body"))?;
        let body = self.keys.seal("letter.body", "", &json)?;
        let add = "INSERT INTO letter (login, notice, body, due)
                   VALUES ((SELECT row FROM login WHERE name = ?1), ?2, ?3, ?4)";
        self.run(add, params![login.map(LoginId::as_str), notice, body, now.0])?;
        Ok(())
    }

    fn add_notice_letter(&self, id: &NoticeId, now: Time) -> Result<bool> {
        let (Some(number), Some(notice)) = (self.notice_number(id)?, self.notice(id)?) else {
            return Ok(false);
        };
        if self.any("SELECT 1 FROM letter WHERE notice = ?1", [number])? {
            return Ok(false);
        }
        // A guest is the address their mail went to, however many secrets they have.
        let Some(conversation) = self.conversation(&notice.notice.conversation)? else { return Ok(false) };
        let pair = format!("{}\n{}", conversation.name(notice.side), notice.notice.from);
        let since = now.plus(-APART).0;
        for index in self.keys.indexes("notified.pair", &pair) {
            if self.any("SELECT 1 FROM notified WHERE pair = ?1 AND at > ?2", params![index, since])? {
                return Ok(false);
            }
        }
        let index = self.keys.index("notified.pair", &pair);
        self.run("INSERT OR REPLACE INTO notified (pair, at) VALUES (?1, ?2)", params![index, now.0])?;
        self.add_letter(&Letter::Notice { notice: id.clone() }, Some(number), now)?;
        Ok(true)
    }
}
