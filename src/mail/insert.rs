//! Our header fields into a finished message, every other byte as it was.

use super::button;

/// Why nothing was inserted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// The message carries such a field already; a second would spoil the first.
    #[error("the message already has a {0} field")]
    Already(&'static str),
}

/// Puts `fields` (whole lines ended by CRLF) after the last header field of `message`, with the message's own
/// line ends.
///
/// # Errors
/// [`InsertError::Already`] when the header has a `CH-*` field of the button.
pub fn fields(message: &[u8], fields: &str) -> Result<Vec<u8>, InsertError> {
    let (end, newline) = header_end(message);
    let header = &message[..end];
    for line in header.split(|b| *b == b'\n') {
        let name = line.split(|b| *b == b':').next().unwrap_or_default().trim_ascii_end();
        if let Some(name) = button::NAMES.into_iter().find(|n| n.as_bytes().eq_ignore_ascii_case(name)) {
            return Err(InsertError::Already(name));
        }
    }
    let mut out = Vec::with_capacity(message.len() + fields.len() + 2);
    out.extend_from_slice(header);
    if !header.is_empty() && !header.ends_with(b"\n") {
        out.extend_from_slice(newline.as_bytes());
    }
    out.extend_from_slice(fields.replace("\r\n", newline).as_bytes());
    out.extend_from_slice(&message[end..]);
    Ok(out)
}

/// Where the empty line that ends the header begins (or the message ends), and the message's line end.
fn header_end(message: &[u8]) -> (usize, &'static str) {
    let mut newline = "\r\n";
    let mut at = 0;
    while let Some(length) = memchr::memchr(b'\n', &message[at..]) {
        let line = &message[at..at + length];
        if at == 0 && !line.ends_with(b"\r") {
            newline = "\n";
        }
        if line.is_empty() || line == b"\r" {
            return (at, newline);
        }
        at += length + 1;
    }
    (message.len(), newline)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn insert(message: &str) -> String {
        String::from_utf8(fields(message.as_bytes(), "CH-Port: 1\r\nCH-Host: h\r\n").unwrap()).unwrap()
    }

    #[test]
    fn fields_go_to_the_end_of_the_header_and_nothing_else_changes() {
        assert_eq!(
            insert("A: 1\r\n\r\nb\nc\r\n\r\n"),
            "A: 1\r\nCH-Port: 1\r\nCH-Host: h\r\n\r\nb\nc\r\n\r\n"
        );
        assert_eq!(insert("A: 1\n folded\n\nb\r\n"), "A: 1\n folded\nCH-Port: 1\nCH-Host: h\n\nb\r\n");
        assert_eq!(insert("\r\nbody"), "CH-Port: 1\r\nCH-Host: h\r\n\r\nbody");
        assert_eq!(insert("A: 1"), "A: 1\r\nCH-Port: 1\r\nCH-Host: h\r\n");
        assert_eq!(insert(""), "CH-Port: 1\r\nCH-Host: h\r\n");
    }

    #[test]
    fn a_second_button_is_refused_and_one_in_the_body_is_not_ours() {
        assert_eq!(fields(b"ch-ticket : x\r\n\r\n", ""), Err(InsertError::Already("CH-Ticket")));
        assert!(fields(b"A: 1\r\n\r\nCH-Ticket: x\r\n", "").is_ok());
    }
}
