//! Every bound that both ends must agree on, by name. Sizes are bytes unless the name says otherwise.

/// One frame or record on the wire, newline included.
pub const FRAME: usize = 64 * 1024;
/// The text of one line.
pub const LINE_TEXT: usize = 16 * 1024;
/// The same as JSON writes it, without its quotes: a control character takes six bytes there, and what goes with a
/// line or a notice of it must fit into [`FRAME`], too.
pub const LINE_JSON: usize = 48 * 1024;
/// A login ID, in characters.
pub const LOGIN: usize = 64;
/// An id that a client makes (call, line) or the server makes (conversation, notice), in characters.
pub const ID: usize = 64;
/// A mail's subject or a display name as the server keeps it.
pub const SUBJECT: usize = 1000;
/// A Message-ID (RFC 5322 allows a line of 998).
pub const MESSAGE_ID: usize = 998;
/// A mail address (RFC 5321 §4.5.3.1: a path is at most 256 octets with its brackets).
pub const ADDRESS: usize = 254;
/// A host name (RFC 1035 §2.3.4) or address.
pub const HOST: usize = 255;
/// A device's name, in bytes.
pub const DEVICE_NAME: usize = 100;
/// The body of one HTTP request that is not a stream.
pub const BODY: usize = 64 * 1024;
/// Recipients of one mail with a button.
pub const RECIPIENTS: usize = 1000;
/// Lines one `history` frame may ask for.
pub const HISTORY: u32 = 1000;
/// Conversations one `hello` may resume.
pub const RESUME: usize = 1000;
/// Notices one answer carries; the rest come with the next.
pub const NOTICES: usize = 100;
/// Seconds one invite lives unless it says otherwise.
pub const RING_SECS: u32 = 120;
/// Seconds a call is tried unless the caller says otherwise.
pub const GIVE_UP_SECS: u32 = 600;
/// The longest a caller may ask a call to be tried, in seconds (30 days, for `--until-on`).
pub const GIVE_UP_MAX_SECS: u32 = 30 * 24 * 3600;

/// Whether a text fits into one line: [`LINE_TEXT`] and [`LINE_JSON`].
#[must_use]
pub fn is_line(text: &str) -> bool {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.len() <= LINE_TEXT
        && (text.len() * 6 <= LINE_JSON || text.bytes().map(escaped).sum::<usize>() <= LINE_JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_bounded_as_it_is_and_as_json_writes_it() {
        for (text, fits) in [
            ("x".repeat(LINE_TEXT), true),
            ("x".repeat(LINE_TEXT + 1), false),
            ("\u{1}".repeat(LINE_JSON / 6), true),
            ("\u{1}".repeat(LINE_JSON / 6 + 1), false),
            ("\"\\\n\r\t\u{8}\u{c}\u{7f}é".repeat(LINE_TEXT / 10), true),
        ] {
            let json = serde_json::to_string(&text).map_or(0, |json| json.len() - 2);
            assert_eq!(is_line(&text), fits, "{} bytes, {json} as JSON", text.len());
            assert!(!fits || json <= LINE_JSON);
        }
    }
}
