//! The text that a reader is shown: which part it is, out of its transfer encoding and its charset.

use super::{
    charset, html,
    parts::{Encoding, Part},
    problem::Problem,
    scan::{TEXT, note},
    words,
};

/// The place of the part that a person would read first, among `parts`.
///
/// It is the first text; of alternatives the plain one, HTML if there is no other (RFC 2046 §5.1.4).
#[must_use]
pub fn place(parts: &[Part<'_>]) -> Option<usize> {
    let unnamed = |part: &Part<'_>| part.kind.name.is_none() || parts.len() == 1;
    let plain = |part: &Part<'_>| part.kind.is_text("plain") && unnamed(part);
    let first = parts.iter().position(|part| plain(part) || (part.kind.is_text("html") && unnamed(part)))?;
    let sibling = parts[first]
        .alternative
        .and_then(|group| parts.iter().position(|part| part.alternative == Some(group) && plain(part)));
    Some(sibling.unwrap_or(first))
}

/// A part's text with `\n` at its lines' ends; HTML without its tags. Cut at [`TEXT`] bytes.
#[must_use]
pub fn text(part: &Part<'_>, problems: &mut Vec<Problem>) -> String {
    // No encoding needs more than three bytes for one and no charset less than one for three of UTF-8.
    let most = 4 * TEXT;
    let raw = &part.bytes[..part.bytes.len().min(most)];
    let bytes = match part.kind.encoding {
        Encoding::Plain => raw.to_vec(),
        Encoding::Base64 => words::base64(raw),
        Encoding::QuotedPrintable => words::quoted_printable(raw),
    };
    let label = part.kind.charset.as_deref();
    charset::note_unknown(label.unwrap_or_default(), problems);
    let mut text = charset::decode(&bytes, label);
    if part.kind.sub == "html" {
        text = html::to_text(&text);
    }
    text = text.replace("\r\n", "\n");
    let end = text.floor_char_boundary(TEXT);
    if end < text.len() || part.bytes.len() > most {
        note(problems, Problem::TextTooLong(TEXT));
        text.truncate(end);
    }
    text
}
