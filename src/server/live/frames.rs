//! Server frames as they go out.

use axum::extract::ws::Utf8Bytes;

use crate::{
    store::{Body, Conversation, LineRow},
    wire::{
        self,
        frame::{Line, ServerFrame},
    },
};

/// The frame as WebSocket text.
pub fn text(frame: &ServerFrame) -> Utf8Bytes {
    // Every server frame has a JSON form; should that ever change, the client ignores an empty object.
    wire::to_json(frame).unwrap_or_else(|_| "{}".to_owned()).into()
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
