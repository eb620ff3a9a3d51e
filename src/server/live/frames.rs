//! Server frames as they go out.

use axum::extract::ws::Utf8Bytes;
use serde::Serialize;

use crate::{
    store::{Body, Conversation, LineRow},
    wire::{
        self,
        frame::{Line, ServerFrame, Welcome},
        limits,
    },
};

/// Bytes of a welcome beside its conversations and notices: an address, ids, names of fields.
const WELCOME: usize = 2 * 1024;

/// The frame as WebSocket text.
pub fn text(frame: &ServerFrame) -> Utf8Bytes {
    // Every server frame has a JSON form; should that ever change, the client ignores an empty object.
    wire::to_json(frame).unwrap_or_else(|_| "{}".to_owned()).into()
}

/// What of a welcome fits into one frame: at least the first notice, then notices up to half of it, then
/// conversations. What is left out comes with the next connection, a refresh, or when something is said there.
pub fn fit(mut welcome: Welcome) -> Welcome {
    fn length(part: &impl Serialize) -> usize {
        serde_json::to_string(part).map_or(0, |json| json.len() + 1)
    }
    let mut room = limits::FRAME - WELCOME;
    let mut notices = 0;
    welcome.notices.retain(|notice| {
        let length = length(notice);
        let fits = length <= room && (notices == 0 || notices + length <= limits::FRAME / 2);
        if fits {
            notices += length;
            room -= length;
        }
        fits
    });
    welcome.conversations.retain(|conversation| {
        let length = length(conversation);
        room = room.saturating_sub(length);
        room > 0
    });
    welcome
}

/// A line as both sides get it.
pub fn line(conversation: &Conversation, row: &LineRow) -> Utf8Bytes {
    let (said, sealed) = match &row.body {
        Body::Text(said) => (Some(said.clone()), None),
        Body::Sealed(sealed) => (None, Some(sealed.clone())),
    };
    text(&ServerFrame::Line(Line {
        conversation: conversation.id.clone(),
        position: row.position,
        id: row.id.clone(),
        from: conversation.name(row.side).to_owned(),
        by: row.by.clone(),
        text: said,
        sealed,
        at: row.at,
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::{
        Time,
        frame::ConversationSummary,
        record::{Missed, Notice},
    };

    #[test]
    fn a_welcome_fits_into_a_frame_however_much_there_is() {
        let notice = Notice {
            id: "n".repeat(64).parse().unwrap(),
            conversation: "c".repeat(64).parse().unwrap(),
            from: "\u{1}".repeat(limits::ADDRESS),
            subject: Some("\u{1}".repeat(limits::SUBJECT)),
            message_id: Some("x".repeat(limits::MESSAGE_ID)),
            reason: Missed::Expired,
            line: Some("\u{1}".repeat(limits::LINE_JSON / 6)),
            count: u32::MAX,
            at: Time(1),
        };
        let short = Notice { line: None, ..notice.clone() };
        let summary = ConversationSummary {
            conversation: "c".repeat(64).parse().unwrap(),
            with: "\u{1}".repeat(limits::ADDRESS),
            subject: Some("\u{1}".repeat(limits::SUBJECT)),
            last: u64::MAX,
            read: u64::MAX,
            unread: u64::MAX,
        };
        for notices in [vec![notice.clone(); 100], vec![short; 100], vec![]] {
            let some = notices.len().min(1);
            let all = Welcome {
                login: Some("a".repeat(64).parse().unwrap()),
                guest: Some("\u{1}".repeat(limits::ADDRESS)),
                device: Some("d".repeat(64).parse().unwrap()),
                conversation: Some("c".repeat(64).parse().unwrap()),
                conversations: vec![summary.clone(); 200],
                notices,
                epoch: Some("e".repeat(64).parse().unwrap()),
            };
            let fitting = fit(all);
            assert!(fitting.notices.len() >= some);
            assert!(text(&ServerFrame::Welcome(fitting)).len() < limits::FRAME);
        }
        assert!(text(&ServerFrame::Notice(notice)).len() < limits::FRAME);
    }
}
