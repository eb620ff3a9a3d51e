//! Bodies: text, HTML and attachments as MIME parts (RFC 2045–2046), encoded and put together by lettre.

use std::{fmt, str::FromStr};

use lettre::message::{
    Attachment as Attached, Body, MultiPart, SinglePart,
    header::{ContentTransferEncoding, ContentType},
};
use ring::digest;

use super::{text::Unstructured, text_part};

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without a path.
    pub name: Unstructured,
    /// What it is.
    pub media_type: MediaType,
    /// Its bytes; they arrive as they are.
    pub content: Vec<u8>,
}

/// `type/subtype` (RFC 6838 §4.2), without parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType(String);

/// A text that is no media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a media type is type/subtype, each of letters, digits and . + - _")]
pub struct BadMediaType;

impl MediaType {
    /// The type that a file's name lets one expect; `application/octet-stream` when it says nothing.
    #[must_use]
    pub fn of_file(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase());
        let media_type = match ending.as_str() {
            "txt" | "log" | "diff" | "patch" | "md" => "text/plain",
            "csv" => "text/csv",
            "htm" | "html" => "text/html",
            "ics" => "text/calendar",
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "svg" => "image/svg+xml",
            "pdf" => "application/pdf",
            "zip" => "application/zip",
            "gz" | "tgz" => "application/gzip",
            "json" => "application/json",
            "eml" => "message/rfc822",
            "mp3" => "audio/mpeg",
            "mp4" => "video/mp4",
            "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "odt" => "application/vnd.oasis.opendocument.text",
            "hwp" => "application/x-hwp",
            _ => "application/octet-stream",
        };
        // A message may not be encoded in base64 (RFC 2046 §5.2.1), and ours are: send it as a file.
        Self(if media_type == "message/rfc822" { "application/octet-stream" } else { media_type }.to_owned())
    }
}

impl FromStr for MediaType {
    type Err = BadMediaType;

    fn from_str(text: &str) -> Result<Self, BadMediaType> {
        let name = |part: &str| {
            (1..=100).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-_".contains(&b))
        };
        let (main, sub) = text.split_once('/').ok_or(BadMediaType)?;
        // Composite types are put together below, never handed in.
        let composite = ["multipart", "message"].iter().any(|kind| main.eq_ignore_ascii_case(kind));
        if name(main) && name(sub) && !composite {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(BadMediaType)
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Appends the `Content-*` fields, an empty line and the encoded body, ended by CRLF.
///
/// The same input gives the same bytes: boundaries are made from `seed` (the Message-ID).
///
/// # Errors
/// [`BadMediaType`] when lettre does not take an attachment's type.
pub(super) fn entity(
    text: &str,
    html: Option<&str>,
    attachments: &[Attachment],
    seed: &str,
    out: &mut Vec<u8>,
) -> Result<(), BadMediaType> {
    if attachments.is_empty() {
        words(text, html, seed, out);
        return Ok(());
    }
    let plain = text_part(text, ContentType::TEXT_PLAIN);
    let words = match html {
        None => Words::One(plain),
        Some(html) => Words::Both(
            MultiPart::alternative()
                .boundary(boundary(seed, "alternative"))
                .singlepart(plain)
                .singlepart(text_part(html, ContentType::TEXT_HTML)),
        ),
    };
    let mixed = MultiPart::mixed().boundary(boundary(seed, "mixed"));
    let mut mixed = match words {
        Words::One(part) => mixed.singlepart(part),
        Words::Both(parts) => mixed.multipart(parts),
    };
    for file in attachments {
        let content_type = ContentType::parse(&full_type(file)).map_err(|_| BadMediaType)?;
        // Base64 whatever the content: a file must arrive byte for byte, line ends included.
        let body = Body::new_with_encoding(file.content.clone(), ContentTransferEncoding::Base64)
            .map_err(|_| BadMediaType)?;
        mixed = mixed.singlepart(Attached::new(file.name.as_str().to_owned()).body(body, content_type));
    }
    out.extend(mixed.formatted());
    Ok(())
}

/// Text, or text and HTML, without lettre: this is what thousands of mails a second are made of.
fn words(text: &str, html: Option<&str>, seed: &str, out: &mut Vec<u8>) {
    let Some(html) = html else {
        return text_part::write("plain", text, out);
    };
    let boundary = boundary(seed, "alternative");
    let mut say = |words: &[&str], part: Option<(&str, &str)>| {
        words.iter().for_each(|word| out.extend_from_slice(word.as_bytes()));
        if let Some((kind, text)) = part {
            text_part::write(kind, text, out);
        }
    };
    say(&["Content-Type: multipart/alternative;\r\n boundary=\"", &boundary, "\"\r\n\r\n"], None);
    say(&["--", &boundary, "\r\n"], Some(("plain", text)));
    say(&["--", &boundary, "\r\n"], Some(("html", html)));
    say(&["--", &boundary, "--\r\n"], None);
}

/// A text file says that it is UTF-8, or, when it is not, that it is nothing to be shown as text.
fn full_type(file: &Attachment) -> String {
    match file.media_type.0.starts_with("text/") {
        false => file.media_type.0.clone(),
        true if std::str::from_utf8(&file.content).is_ok() => format!("{}; charset=utf-8", file.media_type),
        true => "application/octet-stream".to_owned(),
    }
}

enum Words {
    One(SinglePart),
    Both(MultiPart),
}

/// 7-bit when the text is ASCII in lines of at most 998, so that links stay whole; else quoted-printable. Never
/// base64, which lettre would choose for Korean: a reader without MIME could not find the chat line.
fn text_part(text: &str, content_type: ContentType) -> SinglePart {
    let mut text = with_crlf(text);
    // lettre ends every part with a line break of its own.
    if text.ends_with("\r\n") {
        text.truncate(text.len() - 2);
    }
    let seven_bit = text
        .split("\r\n")
        .all(|line| line.len() <= 998 && line.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)));
    let encoding =
        if seven_bit { ContentTransferEncoding::SevenBit } else { ContentTransferEncoding::QuotedPrintable };
    let body = if seven_bit {
        Body::dangerous_pre_encoded(text.into_bytes(), encoding)
    } else {
        Body::new_with_encoding(text, encoding)
            .unwrap_or_else(|raw| Body::dangerous_pre_encoded(raw, ContentTransferEncoding::Binary))
    };
    SinglePart::builder().content_type(content_type).body(body)
}

/// Every line end as CRLF: LF, CRLF and a CR of its own.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

/// A line that stands in no encoded part: `=_` occurs neither in quoted-printable nor in base64, and a 7-bit
/// text would have to hold the hash of its own Message-ID.
fn boundary(seed: &str, kind: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{kind} {seed}").as_bytes());
    let mut line = String::with_capacity(34);
    line.push_str("=_");
    for byte in &hash.as_ref()[..16] {
        for digit in [byte >> 4, byte & 15] {
            line.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_link_stays_whole_in_seven_bits() {
        let link = format!("https://ch.example.org/c#{}", "A".repeat(80));
        let part = text_part(&format!("Hi\n{link}\n"), ContentType::TEXT_PLAIN).formatted();
        let part = String::from_utf8(part).unwrap();
        assert!(part.contains("7bit") && part.ends_with(&format!("\r\n\r\nHi\r\n{link}\r\n")), "{part}");
    }

    #[test]
    fn whatever_is_not_plain_ascii_in_short_lines_is_quoted_printable() {
        for text in ["한국어".to_owned(), "a\0b".to_owned(), "x".repeat(999), "bell \x07".to_owned()] {
            let part = text_part(&text, ContentType::TEXT_PLAIN).formatted();
            let part = String::from_utf8(part).unwrap();
            assert!(part.contains("quoted-printable"), "{part}");
            assert!(part.lines().all(|line| line.len() <= 78) && !part.contains('\0'), "{part}");
        }
    }

    #[test]
    fn media_types_are_names_only() {
        assert_eq!(MediaType::of_file("a.b.PDF").to_string(), "application/pdf");
        assert_eq!(MediaType::of_file("pdf").to_string(), "application/octet-stream");
        for text in
            ["text", "text/", "text/plain; charset=x", "a/b\r\nX: y", "multipart/mixed", "message/rfc822"]
        {
            assert_eq!(text.parse::<MediaType>(), Err(BadMediaType), "{text:?}");
        }
    }
}
