//! From a draft to a finished message (RFC 5322): what `ch-send`, confirmations and notices are made with.

use std::borrow::Cow;

use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};

pub use super::body::{Attachment, MediaType};
use super::{
    body, button, chat_line,
    chat_line::Lang,
    header, html,
    mailbox::Mailbox,
    message_id::MessageId,
    text::{FieldName, Unstructured},
};
use crate::wire::{Time, record::Chat};

/// A mail to be written. There is no Bcc in it: who else gets it is the envelope's to know.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `From`.
    pub from: Mailbox,
    /// `Reply-To`; left out when empty.
    pub reply_to: Vec<Mailbox>,
    /// `To`; when this and `cc` are empty the mail says `undisclosed-recipients:;`.
    pub to: Vec<Mailbox>,
    /// `Cc`; left out when empty.
    pub cc: Vec<Mailbox>,
    /// `Subject`; left out when `None`.
    pub subject: Option<Unstructured>,
    /// The text; any line ends. `None` with HTML: made from that.
    pub text: Option<String>,
    /// The same in HTML.
    pub html: Option<String>,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// `Message-ID`.
    pub message_id: MessageId,
    /// `Date`, written in UTC.
    pub date: Time,
    /// `In-Reply-To`; left out when empty.
    pub in_reply_to: Vec<MessageId>,
    /// `References`; left out when empty.
    pub references: Vec<MessageId>,
    /// Further fields, in order; the same name may come twice. Not those that the draft itself writes.
    pub fields: Vec<(FieldName, Unstructured)>,
    /// A mail that no person wrote: `Auto-Submitted: auto-generated` (RFC 3834), so that no robot answers it.
    pub auto_submitted: bool,
    /// The chat button.
    pub button: Option<Button>,
}

/// A chat button for one recipient.
#[derive(Debug, Clone)]
pub struct Button {
    /// What the `CH-*` fields say.
    pub chat: Chat,
    /// The language of the chat line in the body; `None`: fields only (`--no-link`).
    pub line: Option<Lang>,
}

/// Why a draft cannot become a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A further field that the draft writes by itself, or that must never be written.
    #[error("the header field {0} is not for a draft to set")]
    Field(String),
    /// An attachment's media type.
    #[error("attachment: {0}")]
    MediaType(#[from] body::BadMediaType),
    /// A date after the year 9999, or before the year 0.
    #[error("the date cannot be written")]
    Date,
}

/// About what a header with a button and the heads of the parts take.
const HEAD: usize = 2048;

/// Fields that a draft has places for, and those that belong to whoever delivers.
const OWN: [&str; 16] = [
    "Date",
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Return-Path",
    "Received",
    "Delivered-To",
];

impl Draft {
    /// A draft with nothing but who writes to whom, when, under which id.
    #[must_use]
    pub fn new(from: Mailbox, to: Vec<Mailbox>, message_id: MessageId, date: Time) -> Self {
        Self {
            from,
            reply_to: Vec::new(),
            to,
            cc: Vec::new(),
            subject: None,
            text: None,
            html: None,
            attachments: Vec::new(),
            message_id,
            date,
            in_reply_to: Vec::new(),
            references: Vec::new(),
            fields: Vec::new(),
            auto_submitted: false,
            button: None,
        }
    }
}

/// The finished message: ASCII, CRLF line ends and no other CR or LF, no line over 998 bytes. The same draft
/// gives the same bytes.
///
/// # Errors
/// [`ComposeError`]; nothing about it changes with time.
pub fn compose(draft: &Draft) -> Result<Vec<u8>, ComposeError> {
    let line = draft.button.as_ref().and_then(|button| Some((button.line?, button.chat.url.as_str())));
    let mut html = draft.html.as_deref().map(Cow::from);
    let mut text = match (&draft.text, &draft.html) {
        (Some(text), _) => Cow::from(text),
        (None, Some(html)) => html::to_text(html).into(),
        (None, None) => Cow::default(),
    };
    if let Some((lang, link)) = line {
        text = chat_line::after_text(&text, lang, link).into();
        html = html.map(|html| chat_line::after_html(&html, lang, link).into());
    }
    let length = text.len() + html.as_ref().map_or(0, |html| html.len());
    let mut out = head(draft, length + length / 16 + HEAD)?.into_bytes();
    out.extend_from_slice(b"MIME-Version: 1.0\r\n");
    body::entity(&text, html.as_deref(), &draft.attachments, draft.message_id.as_str(), &mut out)?;
    Ok(out)
}

/// In a text with room for so many bytes.
fn head(draft: &Draft, room: usize) -> Result<String, ComposeError> {
    let mut out = String::with_capacity(room);
    for word in ["Date: ", &date(draft.date)?, "\r\n"] {
        out.push_str(word);
    }
    let mut mailboxes = |name: &str, list: &[Mailbox]| {
        if !list.is_empty() {
            out.push_str(&header::mailboxes(name, list));
        }
    };
    mailboxes("From", std::slice::from_ref(&draft.from));
    mailboxes("Reply-To", &draft.reply_to);
    mailboxes("To", &draft.to);
    mailboxes("Cc", &draft.cc);
    if draft.to.is_empty() && draft.cc.is_empty() {
        out.push_str("To: undisclosed-recipients:;\r\n");
    }
    if let Some(subject) = &draft.subject {
        out.push_str(&header::unstructured("Subject", subject));
    }
    out.push_str(&header::message_ids("Message-ID", std::slice::from_ref(&draft.message_id)));
    for (name, ids) in [("In-Reply-To", &draft.in_reply_to), ("References", &draft.references)] {
        if !ids.is_empty() {
            out.push_str(&header::message_ids(name, ids));
        }
    }
    if draft.auto_submitted {
        out.push_str("Auto-Submitted: auto-generated\r\n");
    }
    for (name, value) in &draft.fields {
        let content = name.as_str().get(..8).is_some_and(|start| start.eq_ignore_ascii_case("Content-"));
        if content || OWN.iter().chain(&button::NAMES).any(|own| name.is(own)) {
            return Err(ComposeError::Field(name.to_string()));
        }
        out.push_str(&header::unstructured(name.as_str(), value));
    }
    if let Some(button) = &draft.button {
        out.push_str(&button::fields(&button.chat));
    }
    Ok(out)
}

/// RFC 5322 §3.3, in UTC: a mail need not tell where its writer is.
fn date(at: Time) -> Result<String, ComposeError> {
    let at = Timestamp::from_millisecond(at.0).map_err(|_| ComposeError::Date)?;
    rfc2822::to_string(&at.to_zoned_datetime(TimeZone::UTC)).map_err(|_| ComposeError::Date)
}

#[cfg(test)]
#[path = "compose/tests.rs"]
mod tests;
