//! Lines: each durable before it is acknowledged, each once, in positions without a gap; and how far a side is.

use rusqlite::{Row, params};

use super::{
    Begun, Body, Db, LineRow, Marks, Result, Said, Say, Store, StoreError,
    conversations::{NO_CONVERSATION, read_side, side_number},
    db::{signed, unsigned},
    logins::read_login,
};
use crate::{
    call::Side,
    wire::{ConversationId, LineId, LoginId, Time},
};

impl Store {
    /// Durable when it returns. The same (conversation, side, id) again gets the first one's position.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn say(&self, say: Say) -> Result<Said> {
        self.begin_say(say, |_| ()).await?.durable().await
    }

    /// The same in two steps: lines that one task begins in order get their positions in that order. `after` tells
    /// of it between COMMIT and the answer: of the lines of one conversation in the order of their positions. The
    /// writer waits for it.
    ///
    /// # Errors
    /// When the line cannot be sealed or the store is closing.
    pub async fn begin_say(
        &self,
        say: Say,
        after: impl FnOnce(&Said) + Send + 'static,
    ) -> Result<Begun<Said>> {
        let (kind, text) = match &say.body {
            Body::Text(text) => (0, text),
            Body::Sealed(text) => (1, text),
        };
        let row = place(&say.conversation, side_number(say.side), say.id.as_str());
        // Sealed here, not by the writer: it has enough to do.
        let body = self.keys.seal("line.body", &row, text)?;
        self.writer.begin(move |db| db.say(&say, kind, &body), after).await
    }

    /// Positions after `after`, at most `limit`, oldest first.
    pub async fn lines_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<LineRow>> {
        self.read(move |db| {
            let find = "SELECT position, side, id, by_login, kind, body, at FROM line
                        WHERE conversation = (SELECT row FROM conversation WHERE id = ?1) AND position > ?2
                        ORDER BY position LIMIT ?3";
            let which = params![conversation.as_str(), signed(after), limit];
            db.all(find, which, |row| db.line_row(&conversation, row))
        })
        .await
    }

    /// The `limit` newest before `before` (`None`: the newest), oldest first.
    pub async fn lines_before(
        &self,
        conversation: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<LineRow>> {
        self.read(move |db| {
            let find = "SELECT position, side, id, by_login, kind, body, at FROM line
                        WHERE conversation = (SELECT row FROM conversation WHERE id = ?1) AND position < ?2
                        ORDER BY position DESC LIMIT ?3";
            let which = params![conversation.as_str(), before.map_or(i64::MAX, signed), limit];
            let mut lines = db.all(find, which, |row| db.line_row(&conversation, row))?;
            lines.reverse();
            Ok(lines)
        })
        .await
    }

    /// Only grows; never past the last position; what was read was received. Returns the marks as they stand.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn mark(
        &self,
        conversation: ConversationId,
        side: Side,
        received: Option<u64>,
        read: Option<u64>,
    ) -> Result<Marks> {
        self.write(move |db| db.mark(&conversation, side, received, read)).await
    }

    /// How far a side is.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn marks(&self, conversation: ConversationId, side: Side) -> Result<Marks> {
        self.read(move |db| db.marks(&conversation, side)).await
    }
}

/// A line's identity, which its body is sealed for.
fn place(conversation: &ConversationId, side: i64, id: &str) -> String {
    format!("{conversation}/{side}/{id}")
}

impl Db<'_> {
    fn say(&self, say: &Say, kind: i64, body: &[u8]) -> Result<Said> {
        // No RETURNING on this path: SQLite builds a table for it each time.
        let find = "SELECT row, last FROM conversation WHERE id = ?1";
        let (conversation, last): (i64, i64) = self
            .one(find, [say.conversation.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .ok_or(NO_CONVERSATION)?;
        let (position, side) = (last + 1, side_number(say.side));
        let by = say.by.as_ref().map(LoginId::as_str);
        let add = "INSERT INTO line (conversation, position, side, id, by_login, kind, body, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (conversation, side, id) DO NOTHING";
        let line = params![conversation, position, side, say.id.as_str(), by, kind, body, say.at.0];
        if self.changes(add, line)? {
            let next = "UPDATE conversation SET last = ?2, touched = max(touched, ?3) WHERE row = ?1";
            self.run(next, params![conversation, position, say.at.0])?;
            return Ok(Said { position: unsigned(position), fresh: true });
        }
        let find = "SELECT position FROM line WHERE conversation = ?1 AND side = ?2 AND id = ?3";
        let first =
            self.one(find, params![conversation, side, say.id.as_str()], |row| Ok(unsigned(row.get(0)?)))?;
        Ok(Said { position: first.ok_or(StoreError::Damaged("line"))?, fresh: false })
    }

    pub(super) fn line_row(&self, conversation: &ConversationId, row: &Row<'_>) -> Result<LineRow> {
        let damaged = || StoreError::Damaged("line");
        let side: i64 = row.get(1)?;
        let id: String = row.get(2)?;
        let sealed = row.get_ref(5)?.as_blob().map_err(|_| damaged())?;
        let text = if sealed.is_empty() {
            String::new()
        } else {
            self.keys.unseal("line.body", &place(conversation, side, &id), sealed)?
        };
        Ok(LineRow {
            position: unsigned(row.get(0)?),
            side: read_side(side)?,
            by: row.get::<_, Option<String>>(3)?.map(read_login).transpose()?,
            id: LineId::try_from(id).map_err(|_| damaged())?,
            body: match row.get::<_, i64>(4)? {
                0 => Body::Text(text),
                1 => Body::Sealed(text),
                _ => return Err(damaged()),
            },
            at: Time(row.get(6)?),
        })
    }

    fn mark(
        &self,
        conversation: &ConversationId,
        side: Side,
        received: Option<u64>,
        read: Option<u64>,
    ) -> Result<Marks> {
        let find = match side {
            Side::Owner => "SELECT owner_received, owner_read, last FROM conversation WHERE id = ?1",
            Side::Peer => "SELECT peer_received, peer_read, last FROM conversation WHERE id = ?1",
        };
        let (was, last) = self
            .one(find, [conversation.as_str()], |row| Ok((marks_row(row)?, unsigned(row.get(2)?))))?
            .ok_or(NO_CONVERSATION)?;
        let grown = |was: u64, to: Option<u64>| was.max(to.unwrap_or(0).min(last));
        let marks = Marks { received: grown(was.received, received.max(read)), read: grown(was.read, read) };
        if marks != was {
            let mark = match side {
                Side::Owner => "UPDATE conversation SET owner_received = ?2, owner_read = ?3 WHERE id = ?1",
                Side::Peer => "UPDATE conversation SET peer_received = ?2, peer_read = ?3 WHERE id = ?1",
            };
            self.run(mark, params![conversation.as_str(), signed(marks.received), signed(marks.read)])?;
        }
        Ok(marks)
    }

    pub(super) fn marks(&self, conversation: &ConversationId, side: Side) -> Result<Marks> {
        let find = match side {
            Side::Owner => "SELECT owner_received, owner_read FROM conversation WHERE id = ?1",
            Side::Peer => "SELECT peer_received, peer_read FROM conversation WHERE id = ?1",
        };
        self.one(find, [conversation.as_str()], marks_row)?.ok_or(NO_CONVERSATION)
    }
}

fn marks_row(row: &Row<'_>) -> Result<Marks> {
    Ok(Marks { received: unsigned(row.get(0)?), read: unsigned(row.get(1)?) })
}
