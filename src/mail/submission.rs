//! A finished message as a mail program hands it over (RFC 6409): who it is from and for, what it lacks, and what
//! does not go out with it. Every byte that is not spoken of here stays as it is.

use jiff::{Timestamp, fmt::rfc2822, tz::TimeZone};

use super::{
    address::{Address, BadAddress},
    button, header,
    mailbox::Mailbox,
    message_id::MessageId,
    problem::Problem,
    recipients,
    scan::{self, Header},
    text::Unstructured,
    words,
};
use crate::wire::Time;

/// Fields that are for whoever hands the mail on, and for no recipient (RFC 5322 §3.6.3).
const HIDDEN: [&str; 2] = ["Bcc", "Resent-Bcc"];
/// Who a mail that is sent again is for: these alone, as with sendmail (RFC 5322 §3.6.6).
const RESENT: [&str; 3] = ["Resent-To", "Resent-Cc", "Resent-Bcc"];
/// Who a mail is for.
const TO: [&str; 3] = ["To", "Cc", "Bcc"];

/// A message read from a mail program.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The header block, without the fields that are hidden and without the empty line.
    head: Vec<u8>,
    /// What follows the empty line.
    body: Vec<u8>,
    /// The message's own line end.
    newline: &'static str,
    recipients: Vec<Address>,
    named: Vec<Address>,
    senders: Vec<Mailbox>,
    message_id: Option<MessageId>,
    subject: Option<Unstructured>,
    has: Present,
}

/// What stands in the header.
#[derive(Debug, Clone, Copy, Default)]
struct Present {
    from: bool,
    date: bool,
    message_id: bool,
    button: Option<&'static str>,
}

/// Why a message cannot go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSubmission {
    /// Nothing in it.
    #[error("the message is empty")]
    Empty,
    /// A header that is not read whole could hide a recipient.
    #[error("the header: {0}")]
    Header(String),
    /// A recipient that is none.
    #[error("{field}: {why}")]
    Recipient {
        /// Which field.
        field: &'static str,
        /// What is wrong.
        why: BadAddress,
    },
}

/// What is written into a header that lacks it.
#[derive(Debug, Clone)]
pub struct Missing {
    /// `From`.
    pub from: Mailbox,
    /// `Date`, in UTC.
    pub date: Time,
    /// `Message-ID`.
    pub message_id: MessageId,
}

impl Submission {
    /// Reads a message with LF or CRLF line ends. An mbox's `From ` line at its top is left out; a line that is no
    /// header field ends the header, as with sendmail. `read_recipients`: they stand in `To`, `Cc` and `Bcc`, or, when
    /// the mail is sent again, in `Resent-To`, `Resent-Cc` and `Resent-Bcc`; else they are the caller's to say.
    ///
    /// # Errors
    /// [`BadSubmission`].
    pub fn read(message: &[u8], read_recipients: bool) -> Result<Self, BadSubmission> {
        let message = without_envelope_line(message);
        if message.is_empty() {
            return Err(BadSubmission::Empty);
        }
        let blank = message[0] == b' ' || message[0] == b'\t';
        let header = scan::header(message, |line| blank || !belongs(line));
        let end = header.body.ok_or_else(|| bad(&Problem::HeaderTooLong(scan::HEADER)))?;
        if let Some(problem) = header.problems.first() {
            return Err(bad(problem));
        }
        let newline = if first_line(message).ends_with(b"\r\n") { "\r\n" } else { "\n" };
        let resent = header.fields.iter().any(|field| RESENT.iter().any(|name| field.is(name)));
        let recipients = if read_recipients { recipients(&header, resent)? } else { Vec::new() };
        let all = |names: &[&'static str]| {
            let fields = names.iter().flat_map(|name| header.all(name));
            // What names nobody here is for the reader of the mail to make sense of.
            fields
                .flat_map(|f| recipients::addresses(&words::quoted(f.value, None)).unwrap_or_default())
                .collect()
        };
        let subject = header.first("Subject").map(|field| words::text(field.value, None));
        let id = header.first("Message-ID").map(|field| words::text(field.value, None));
        let present = Present {
            from: header.first("From").is_some(),
            date: header.first("Date").is_some(),
            message_id: id.is_some(),
            button: button::NAMES.into_iter().find(|name| header.first(name).is_some()),
        };
        let (head, body) = split(message, end);
        Ok(Self {
            head: visible(head),
            body: body.to_vec(),
            newline,
            recipients,
            named: all(&["To", "Cc", "Resent-To", "Resent-Cc"]),
            senders: senders(&header, resent),
            message_id: id.and_then(|id| id.parse().ok()),
            subject: subject.map(|text| Unstructured::lossy(&text)),
            has: present,
        })
    }

    /// Whom its header sends it to; empty when that was not asked for.
    #[must_use]
    pub fn recipients(&self) -> &[Address] {
        &self.recipients
    }

    /// Who can be read in the header that goes out.
    #[must_use]
    pub fn named(&self) -> &[Address] {
        &self.named
    }

    /// Who sent it, as the header says (RFC 5322 §3.6.2, §3.6.6): the one that failures are reported to.
    #[must_use]
    pub fn sender(&self) -> Option<&Mailbox> {
        self.senders.first()
    }

    /// Its Message-ID, once [`Self::complete`] was called; `None` before, and when it is none that we can keep.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        self.message_id.as_ref()
    }

    /// Its subject, decoded.
    #[must_use]
    pub fn subject(&self) -> Option<&Unstructured> {
        self.subject.as_ref()
    }

    /// The chat button's field that it already has: the mail is sent on, and the button is its author's.
    #[must_use]
    pub fn button(&self) -> Option<&'static str> {
        self.has.button
    }

    /// Whether it says who it is from.
    #[must_use]
    pub fn has_from(&self) -> bool {
        self.has.from
    }

    /// Adds what the header lacks of `From`, `Date` and `Message-ID`.
    pub fn complete(&mut self, missing: Missing) {
        let mut fields = String::new();
        if !self.has.from {
            fields.push_str(&header::mailboxes("From", std::slice::from_ref(&missing.from)));
        }
        let at = Timestamp::from_millisecond(missing.date.0).ok();
        let date = at.and_then(|at| rfc2822::to_string(&at.to_zoned_datetime(TimeZone::UTC)).ok());
        if let Some(date) = date.filter(|_| !self.has.date) {
            fields.push_str(&format!("Date: {date}\r\n"));
        }
        if !self.has.message_id {
            fields.push_str(&header::message_ids("Message-ID", std::slice::from_ref(&missing.message_id)));
            self.message_id = Some(missing.message_id);
        }
        if !self.has.from {
            self.senders.push(missing.from);
        }
        self.has = Present { from: true, date: true, message_id: true, ..self.has };
        self.head.extend_from_slice(self.with_own_line_ends(&fields).as_bytes());
    }

    /// The message with further header fields (whole lines ended by CRLF) at the end of its header.
    #[must_use]
    pub fn message(&self, fields: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + fields.len() + self.body.len() + 2);
        out.extend_from_slice(&self.head);
        out.extend_from_slice(self.with_own_line_ends(fields).as_bytes());
        out.extend_from_slice(self.newline.as_bytes());
        out.extend_from_slice(&self.body);
        out
    }

    fn with_own_line_ends(&self, fields: &str) -> String {
        fields.replace("\r\n", self.newline)
    }
}

fn bad(problem: &Problem) -> BadSubmission {
    BadSubmission::Header(problem.to_string())
}

fn first_line(message: &[u8]) -> &[u8] {
    message.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default()
}

fn without_envelope_line(message: &[u8]) -> &[u8] {
    let line = first_line(message);
    if scan::is_envelope_line(line) { &message[line.len()..] } else { message }
}

/// Whether a line can stand in a header: a field, or what continues one.
fn belongs(line: &[u8]) -> bool {
    line.starts_with(b" ") || line.starts_with(b"\t") || scan::field_name(line).is_some()
}

/// The header block and the body: `end` is where the body begins, after the empty line if there is one.
fn split(message: &[u8], end: usize) -> (&[u8], &[u8]) {
    let head = &message[..end];
    let head = match head.strip_suffix(b"\r\n").or_else(|| head.strip_suffix(b"\n")) {
        // The empty line; the block itself ends with a line end of its own.
        Some(block) if block.is_empty() || block.ends_with(b"\n") => block,
        _ => head,
    };
    (head, &message[end..])
}

/// The header block as the recipients see it: hidden fields are gone with their folded lines, and a CR that is not
/// part of a line end is a space, so that no server takes it for one.
fn visible(head: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.len() + 1);
    let mut hidden = false;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if !(line.starts_with(b" ") || line.starts_with(b"\t")) {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default().trim_ascii_end();
            hidden = HIDDEN.iter().any(|hidden| hidden.as_bytes().eq_ignore_ascii_case(name));
        }
        if hidden {
            continue;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        out.extend(text.iter().map(|byte| if *byte == b'\r' { b' ' } else { *byte }));
        out.extend_from_slice(if line.ends_with(b"\r\n") { b"\r\n" } else { b"\n" });
    }
    out
}

/// Everybody in the header, once each. Of a mail that was sent again several times, the first block counts: it is the
/// newest (RFC 5322 §3.6.6).
fn recipients(header: &Header<'_>, resent: bool) -> Result<Vec<Address>, BadSubmission> {
    let mut found = Vec::new();
    let mut take = |field: &'static str, value: &[u8]| -> Result<(), BadSubmission> {
        let list = recipients::addresses(&words::quoted(value, None));
        found.extend(list.map_err(|why| BadSubmission::Recipient { field, why })?);
        Ok(())
    };
    if resent {
        let is_resent = |field: &&scan::Field<'_>| {
            field.name.get(..7).is_some_and(|n| n.eq_ignore_ascii_case(b"Resent-"))
        };
        let block = header.fields.iter().skip_while(|field| !is_resent(field)).take_while(is_resent);
        for field in block {
            if let Some(name) = RESENT.into_iter().find(|name| field.is(name)) {
                take(name, field.value)?;
            }
        }
    } else {
        for name in TO {
            for field in header.all(name) {
                take(name, field.value)?;
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|address: &Address| seen.insert(address.normalised()));
    Ok(found)
}

/// `Sender`, then `From`; those of who sent it again before them.
fn senders(header: &Header<'_>, resent: bool) -> Vec<Mailbox> {
    let names: &[&str] =
        if resent { &["Resent-Sender", "Resent-From", "Sender", "From"] } else { &["Sender", "From"] };
    let fields = names.iter().filter_map(|name| header.first(name));
    let first = |value: &[u8]| {
        let address = recipients::addresses(&words::quoted(value, None)).ok()?.into_iter().next()?;
        Some(Mailbox::from(address))
    };
    fields.filter_map(|field| first(field.value)).collect()
}

#[cfg(test)]
#[path = "submission/tests.rs"]
mod tests;
