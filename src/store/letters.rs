//! Letters: the mails the server owes somebody, durable before they are promised.

use rusqlite::params;

use super::{
    Db, Letter, LetterRow, Result, Store, StoreError,
    conversations::side_number,
    db::{signed, unsigned},
    notices::reason_number,
};
use crate::{
    call::Side,
    wire::{ConversationId, LoginId, NoticeId, Time, record::Missed, time::MINUTE},
};

/// At most one letter in this time from one caller to one person.
const APART: i64 = 10 * MINUTE;

impl Store {
    /// Owes a letter, due at once. It goes when its login is deleted.
    pub async fn add_letter(&self, letter: Letter, now: Time) -> Result<()> {
        self.write(move |db| db.add_letter(&letter, None, now)).await
    }

    /// Adds `Letter::Notice`, to go at `due`, unless one went to this person from this caller within 10 minutes
    /// before that, or the notice was seen (false). One that waits to go for this very notice goes at the earlier time.
    pub async fn add_notice_letter(&self, notice: NoticeId, due: Time) -> Result<bool> {
        self.write(move |db| db.add_notice_letter(&notice, due)).await
    }

    /// The letter of a missed call's notice for one side, if it waits and was not tried yet, is due now (true). That of
    /// a line waits for its own reasons.
    pub async fn hurry_notice_letter(
        &self,
        conversation: ConversationId,
        to: Side,
        now: Time,
    ) -> Result<bool> {
        let waiting = self
            .read({
                let conversation = conversation.clone();
                move |db| Ok(db.waiting_notice(&conversation, to)?.is_some())
            })
            .await?;
        // Most who leave left no notice: the writer need not hear of it.
        if !waiting {
            return Ok(false);
        }
        self.write(move |db| {
            let hurry = "UPDATE letter SET due = ?3 WHERE due > ?3 AND tries = 0 AND notice =
                (SELECT n.row FROM notice n JOIN conversation c ON c.row = n.conversation
                 WHERE c.id = ?1 AND n.side = ?2 AND n.seen = 0 AND n.reason <> ?4)";
            let which = params![conversation.as_str(), side_number(to), now.0, reason_number(Missed::Line)];
            db.changes(hurry, which)
        })
        .await
    }

    /// When the next is due.
    pub async fn next_letter(&self) -> Result<Option<Time>> {
        let find = "SELECT /* all */ min(due) FROM letter";
        self.read(|db| Ok(db.one(find, [], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Time)))?.flatten()))
            .await
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

    fn add_notice_letter(&self, id: &NoticeId, due: Time) -> Result<bool> {
        let (Some(number), Some(notice)) = (self.notice_number(id)?, self.notice(id)?) else {
            return Ok(false);
        };
        if self.any("SELECT 1 FROM letter WHERE notice = ?1", [number])? {
            let sooner = "UPDATE letter SET due = ?2 WHERE notice = ?1 AND due > ?2 AND tries = 0";
            return self.changes(sooner, params![number, due.0]);
        }
        // A guest is the address their mail went to, however many secrets they have.
        let Some(conversation) = self.conversation(&notice.notice.conversation)? else { return Ok(false) };
        let pair = format!("{}\n{}", conversation.name(notice.side), notice.notice.from);
        let since = due.plus(-APART).0;
        for index in self.keys.indexes("notified.pair", &pair) {
            if self.any("SELECT 1 FROM notified WHERE pair = ?1 AND at > ?2", params![index, since])? {
                return Ok(false);
            }
        }
        let index = self.keys.index("notified.pair", &pair);
        self.run("INSERT OR REPLACE INTO notified (pair, at) VALUES (?1, ?2)", params![index, due.0])?;
        self.add_letter(&Letter::Notice { notice: id.clone() }, Some(number), due)?;
        Ok(true)
    }
}
