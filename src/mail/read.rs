//! Reads a mail: who, what, when, and the chat button (S107). Never fails: what is wrong is in `problems`.

use mail_parser::{Addr, HeaderValue, parsers::MessageStream};
use memchr::memmem;

use super::{
    attached::{self, UNNAMED},
    button, charset,
    parts::{self, Kind, Part},
    problem::Problem,
    scan::{self, Header, note},
    shown,
    source::Message,
    words,
};
use crate::wire::{Time, limits, record::Mail, time::SECOND};

/// How much of a mail to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The header: everything but text and attachments.
    Headers,
    /// The body too.
    Full,
}

/// Reads a message that came from `source`, at the time `now`.
///
/// Takes time and memory in proportion to `bytes`, whatever they are; of more than [`scan::MESSAGE`] of them, only
/// the header is read.
#[must_use]
pub fn read(source: &str, bytes: &[u8], now: Time, depth: Depth) -> Mail {
    let whole = bytes.len() <= scan::MESSAGE;
    let mut problems = Vec::new();
    let mut header = scan::header(bytes, |_| false);
    let (chat, faults) = button::find(header.fields.iter().map(|field| (field.name, field.value)));
    problems.extend(faults);
    problems.extend(chat.as_ref().and_then(|chat| button::expired(chat, now)));
    problems.append(&mut header.problems);
    if header.fields.is_empty() {
        // A text that is no mail is all body.
        problems.retain(|problem| !matches!(problem, Problem::DamagedStructure(_)));
        note(&mut problems, Problem::NoHeaders);
        header.body = Some(0);
    }
    if !whole {
        note(&mut problems, Problem::TooLarge(scan::MESSAGE));
    }
    for name in ["From", "Subject", "Date", "Message-ID"] {
        if header.all(name).nth(1).is_some() {
            note(&mut problems, Problem::DamagedStructure(TWICE));
        }
    }
    let mut mail = heading(&header, &mut problems);
    mail.source = source.to_owned();
    mail.chat = chat;
    match header.body {
        Some(start) if whole && depth == Depth::Full => {
            scan::forbidden(bytes, &mut problems);
            let parts = parts::parts(&header, &bytes[start..], &mut problems);
            body(&parts, &mut mail, &mut problems);
        }
        end => scan::forbidden(&bytes[..end.unwrap_or(bytes.len()).min(scan::HEADER)], &mut problems),
    }
    mail.problems = problems.iter().map(ToString::to_string).collect();
    mail
}

/// Reads a header block, to its end or to more than [`scan::HEADER`] bytes. `cut`: its mail is larger than
/// [`scan::MESSAGE`].
#[must_use]
pub fn head(source: &str, block: &[u8], cut: bool, now: Time) -> Mail {
    let mut mail = read(source, block, now, Depth::Headers);
    if cut {
        mail.problems.push(Problem::TooLarge(scan::MESSAGE).to_string());
    }
    mail
}

/// Reads a message as a source gave it: one that was cut there says so.
#[must_use]
pub fn message(message: &Message, now: Time, depth: Depth) -> Mail {
    if message.cut {
        return head(&message.source, &message.bytes, true, now);
    }
    read(&message.source, &message.bytes, now, depth)
}

const TWICE: &str = "a field that may stand once stands twice";

/// What the header says to people.
fn heading(header: &Header<'_>, problems: &mut Vec<Problem>) -> Mail {
    // The charset that the body names is the best guess for bytes that the header should not hold.
    let hint = Kind::of(header, problems).charset;
    for field in ["From", "To", "Cc", "Subject"].into_iter().flat_map(|name| header.all(name)) {
        if memmem::find_iter(field.value, b"=?").nth(scan::WORDS).is_some() {
            note(problems, Problem::TooManyWords(scan::WORDS));
        }
        words::charsets(field.value, |label| {
            charset::note_unknown(label, problems);
        });
    }
    let one = |name: &str| header.first(name).map(|field| words::text(field.value, hint.as_deref()));
    let people = |name: &str| {
        let fields = header.all(name).map(|field| addresses(&words::quoted(field.value, hint.as_deref())));
        fields.flatten().collect::<Vec<_>>()
    };
    Mail {
        message_id: one("Message-ID").and_then(|value| message_id(&value)),
        date: one("Date").and_then(|value| date(&value)),
        subject: one("Subject"),
        from: people("From").into_iter().next(),
        to: people("To"),
        cc: people("Cc"),
        ..Mail::default()
    }
}

/// The text and the names of what is attached.
fn body(parts: &[Part<'_>], mail: &mut Mail, problems: &mut Vec<Problem>) {
    let place = shown::place(parts);
    mail.text = place.map(|place| shown::text(&parts[place], problems));
    mail.attachments = parts
        .iter()
        .enumerate()
        .filter(|(at, part)| attached::is_attached(part, Some(*at) == place))
        .map(|(_, part)| part.kind.name.clone().unwrap_or_else(|| UNNAMED.to_owned()))
        .collect();
}

/// What stands in the first pair of brackets, else the whole (some programs forget them). RFC 5322 §3.6.4.
fn message_id(value: &str) -> Option<String> {
    let inner = value.split_once('<').map_or(value, |(_, rest)| rest.split('>').next().unwrap_or(rest));
    let id: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    (!id.is_empty() && id.len() <= limits::MESSAGE_ID).then_some(id)
}

/// A date as RFC 5322 §3.3 and §4.3 write it. The parser wants the seconds that a date may leave out.
fn date(value: &str) -> Option<Time> {
    let word =
        |word: &str| if word.matches(':').count() == 1 { format!("{word}:00 ") } else { format!("{word} ") };
    let line = value.split_whitespace().map(word).collect::<String>() + "\n";
    match MessageStream::new(line.as_bytes()).parse_date() {
        HeaderValue::DateTime(date) if date.is_valid() => Some(Time(date.to_timestamp() * SECOND)),
        _ => None,
    }
}

/// Addresses as people read them: `Name <address>`, the name in quotes where it needs them, or the address.
#[must_use]
pub fn addresses(value: &str) -> Vec<String> {
    let line = format!("{value}\n");
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(list) => list.iter().filter_map(address).collect(),
        _ => Vec::new(),
    }
}

/// The addresses alone, of a field's value.
pub(super) fn bare_addresses(raw: &[u8]) -> Vec<String> {
    let line = words::quoted(raw, None) + "\n";
    match MessageStream::new(line.as_bytes()).parse_address() {
        HeaderValue::Address(list) => {
            list.iter().filter_map(|one| one.address().map(|text| text.trim().to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

fn address(addr: &Addr<'_>) -> Option<String> {
    let name = addr.name().map(str::trim).filter(|name| !name.is_empty());
    match (name, addr.address().map(str::trim).filter(|address| !address.is_empty())) {
        (None, None) => None,
        (None, Some(only)) | (Some(only), None) => Some(only.to_owned()),
        (Some(name), Some(address)) if name == address => Some(address.to_owned()),
        (Some(name), Some(address)) if name.contains(SPECIALS) => {
            Some(format!("\"{}\" <{address}>", name.replace('\\', "\\\\").replace('"', "\\\"")))
        }
        (Some(name), Some(address)) => Some(format!("{name} <{address}>")),
    }
}

/// Characters that a name holds only in quotes (RFC 5322 §3.2.3; the dot is let through, §4.1).
const SPECIALS: [char; 12] = ['"', '(', ')', '<', '>', '[', ']', ':', ';', '@', '\\', ','];

#[cfg(test)]
mod tests;
