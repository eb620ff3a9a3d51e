//! Notices: you were called while you were off (S117, S219). One waits per side of a conversation.

use rusqlite::{OptionalExtension, Row, params};

use super::{
    Conversation, Db, NewNotice, NoticeRow, Result, Store, StoreError,
    conversations::{NO_CONVERSATION, read_side, side_number},
    devices::random_name,
};
use crate::{
    call::Side,
    wire::{
        ConversationId, LoginId, NoticeId, Time,
        record::{Missed, Notice},
    },
};

/// Characters of a left line that its notice tells.
const NOTICE_LINE: usize = 300;

/// What a notice said when it was told. Its id on the wire names that, too: another attempt or a line left later
/// changes the id, and `seen` of the earlier id clears nothing of what came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    /// Attempts.
    count: u32,
    /// The position of the line; 0: none.
    line: u64,
}

/// `NAME:COUNT:LINE`, or `NAME` alone for the whole notice, whatever became of it.
fn told(id: &NoticeId) -> (&str, Option<Told>) {
    let parse = |told: &str| {
        let (count, line) = told.split_once(':')?;
        Some(Told { count: count.parse().ok()?, line: line.parse().ok()? })
    };
    match id.as_str().split_once(':') {
        Some((name, told)) => (name, parse(told).or(Some(Told { count: 0, line: 0 }))),
        None => (id.as_str(), None),
    }
}

impl Store {
    /// Leaves a notice. While one waits for the same side of the same conversation, that one's count goes up
    /// and its reason and time become the new ones.
    ///
    /// # Errors
    /// `NotFound("conversation")`.
    pub async fn leave_notice(&self, notice: NewNotice) -> Result<NoticeId> {
        self.write(move |db| db.leave_notice(&notice)).await
    }

    /// A login's that wait, the oldest first, at most `limit`.
    pub async fn notices(&self, login: LoginId, limit: u32) -> Result<Vec<Notice>> {
        self.read(move |db| db.notices(&login, limit)).await
    }

    /// One that waits; `None` when there is none, or its person has seen it.
    pub async fn notice(&self, id: NoticeId) -> Result<Option<NoticeRow>> {
        self.read(move |db| db.notice(&id)).await
    }

    /// Those of `notices` that are this login's were shown to its person as they were told. Others, and those of
    /// which there is more to tell by now, are passed over.
    pub async fn seen(&self, login: LoginId, notices: Vec<NoticeId>) -> Result<()> {
        self.write(move |db| db.seen(&login, &notices)).await
    }

    /// The notice that waits for one side of a conversation, whatever it tells by now.
    pub async fn waiting_notice(&self, conversation: ConversationId, side: Side) -> Result<Option<NoticeId>> {
        self.read(move |db| db.waiting_notice(&conversation, side)).await
    }

    /// The notice that waits for one side of a conversation: how a guest, who has no login, gets theirs.
    pub async fn notices_in(&self, conversation: ConversationId, side: Side) -> Result<Vec<Notice>> {
        self.read(move |db| {
            let Some(id) = db.waiting_notice(&conversation, side)? else { return Ok(Vec::new()) };
            Ok(db.notice(&id)?.into_iter().map(|row| row.notice).collect())
        })
        .await
    }

    /// The same for those of a side of a conversation.
    pub async fn seen_in(
        &self,
        conversation: ConversationId,
        side: Side,
        notices: Vec<NoticeId>,
    ) -> Result<()> {
        self.write(move |db| {
            let here = |notice: &NoticeRow| notice.side == side && notice.notice.conversation == conversation;
            notices.iter().try_for_each(|id| db.see(id, here))
        })
        .await
    }
}

impl Db<'_> {
    pub(super) fn leave_notice(&self, new: &NewNotice) -> Result<NoticeId> {
        let conversation = self.conversation(&new.conversation)?.ok_or(NO_CONVERSATION)?;
        let party = conversation.party(new.to);
        let leave = "INSERT INTO notice (id, conversation, side, login, reason, count, at)
                     VALUES (?1, ?2, ?3, (SELECT row FROM login WHERE name = ?4), ?5, 1, ?6)
                     ON CONFLICT (conversation, side) WHERE seen = 0
                     DO UPDATE SET count = count + 1, reason = ?5, at = max(at, ?6)
                     RETURNING id";
        let left = params![
            random_name()?,
            self.conversation_number(&new.conversation)?,
            side_number(new.to),
            party.login().map(LoginId::as_str),
            reason_number(new.reason),
            new.at.0
        ];
        self.one(leave, left, |row| read_notice_id(row.get(0)?))?.ok_or(StoreError::Damaged("notice"))
    }

    /// The notice that waits for one side of a conversation.
    pub(super) fn waiting_notice(&self, id: &ConversationId, side: Side) -> Result<Option<NoticeId>> {
        let find = "SELECT id FROM notice WHERE side = ?2 AND seen = 0
                    AND conversation = (SELECT row FROM conversation WHERE id = ?1)";
        self.one(find, params![id.as_str(), side_number(side)], |row| read_notice_id(row.get(0)?))
    }

    pub(super) fn notice(&self, id: &NoticeId) -> Result<Option<NoticeRow>> {
        let find = "SELECT n.id, c.id, n.side, n.reason, n.count, n.at
                    FROM notice n JOIN conversation c ON c.row = n.conversation WHERE n.id = ?1 AND n.seen = 0";
        self.one(find, [told(id).0], |row| self.notice_row(row))
    }

    pub(super) fn notices(&self, login: &LoginId, limit: u32) -> Result<Vec<Notice>> {
        let find = "SELECT n.id, c.id, n.side, n.reason, n.count, n.at
                    FROM notice n JOIN conversation c ON c.row = n.conversation
                    WHERE n.login = (SELECT row FROM login WHERE name = ?1) AND n.seen = 0
                    ORDER BY n.at, n.row LIMIT ?2";
        let rows = self.all(find, params![login.as_str(), limit], |row| self.notice_row(row))?;
        Ok(rows.into_iter().map(|row| row.notice).collect())
    }

    pub(super) fn seen(&self, login: &LoginId, notices: &[NoticeId]) -> Result<()> {
        notices.iter().try_for_each(|id| self.see(id, |notice| notice.to.login() == Some(login)))
    }

    /// It was shown as `id` says, if it is `whose` and still tells no more than that.
    fn see(&self, id: &NoticeId, whose: impl Fn(&NoticeRow) -> bool) -> Result<()> {
        let (name, shown) = told(id);
        let Some(now) = self.notice(id)?.filter(whose) else { return Ok(()) };
        let is_more = match (shown, told(&now.notice.id).1) {
            (Some(shown), Some(now)) => now.count > shown.count || now.line > shown.line,
            _ => false,
        };
        if !is_more {
            self.run("UPDATE notice SET seen = 1 WHERE id = ?1 AND seen = 0", [name])?;
        }
        Ok(())
    }

    fn notice_row(&self, row: &Row<'_>) -> Result<NoticeRow> {
        let id: String = row.get(1)?;
        let id = ConversationId::try_from(id).map_err(|_| StoreError::Damaged("conversation.id"))?;
        let side = read_side(row.get(2)?)?;
        let conversation = self.conversation(&id)?.ok_or(NO_CONVERSATION)?;
        // What a knocker says waits for the answer.
        let heard = self.is_heard(&conversation, side.other())?;
        let line = if heard { self.unread_line(&conversation, side)? } else { None };
        let (position, line) = line.unzip();
        let (name, count): (String, u32) = (row.get(0)?, row.get(4)?);
        Ok(NoticeRow {
            to: conversation.party(side),
            side,
            notice: Notice {
                id: read_notice_id(format!("{name}:{count}:{}", position.unwrap_or(0)))?,
                from: conversation.name(side.other()).to_owned(),
                conversation: conversation.id,
                subject: conversation.subject,
                message_id: conversation.message_id,
                reason: read_reason(row.get(3)?)?,
                line,
                count,
                at: Time(row.get(5)?),
            },
        })
    }

    /// The last thing the other side said that `side` has not read.
    fn unread_line(&self, conversation: &Conversation, side: Side) -> Result<Option<(u64, String)>> {
        let find = "SELECT position, side, id, by_login, kind, body, at FROM line
                    WHERE conversation = (SELECT row FROM conversation WHERE id = ?1)
                    AND position > ?2 AND side = ?3 AND kind = 0 ORDER BY position DESC LIMIT 1";
        let read = self.marks(&conversation.id, side)?.read;
        let which = params![conversation.id.as_str(), super::db::signed(read), side_number(side.other())];
        let line = self.one(find, which, |row| self.line_row(&conversation.id, row))?;
        Ok(line.and_then(|line| match line.body {
            super::Body::Text(text) if !text.is_empty() => Some((line.position, shortened(&text))),
            _ => None,
        }))
    }

    /// The row number, for tables that refer to it.
    pub(super) fn notice_number(&self, id: &NoticeId) -> Result<Option<i64>> {
        let find = "SELECT row FROM notice WHERE id = ?1 AND seen = 0";
        Ok(self.sql.prepare_cached(find)?.query_row([told(id).0], |row| row.get(0)).optional()?)
    }
}

/// A line as a notice tells it: a hundred of them must fit into one frame or answer.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(NOTICE_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn read_notice_id(id: String) -> Result<NoticeId> {
    NoticeId::try_from(id).map_err(|_| StoreError::Damaged("notice.id"))
}

pub(super) fn reason_number(reason: Missed) -> i64 {
    match reason {
        Missed::Off => 0,
        Missed::On => 1,
        // No notice of ours is of another kind.
        Missed::Expired | Missed::Other => 2,
        Missed::Cancelled => 3,
        Missed::Busy => 4,
        Missed::Knock => 5,
        Missed::Line => 6,
    }
}

fn read_reason(number: i64) -> Result<Missed> {
    Ok(match number {
        0 => Missed::Off,
        1 => Missed::On,
        2 => Missed::Expired,
        3 => Missed::Cancelled,
        4 => Missed::Busy,
        5 => Missed::Knock,
        6 => Missed::Line,
        _ => return Err(StoreError::Damaged("notice.reason")),
    })
}
