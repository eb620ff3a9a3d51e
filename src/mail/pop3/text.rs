//! The lines of a multi-line reply (RFC 1939 §3): dots that were put before dots are taken off again, and a line of one
//! dot is the end. Pure: takes bytes as they come in, in pieces of any size.

use memchr::memchr;

/// Where in the text we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line.
    Start,
    /// Behind a dot at the beginning of a line.
    Dot,
    /// Behind such a dot and a CR.
    DotCr,
    /// In a line.
    Inside,
    /// Behind a CR in a line.
    Cr,
    /// Behind the last line.
    End,
}

/// A text that is coming in.
///
/// Only CRLF ends a line. A server that stores mails with bare LFs may send one with a line of one dot between two of
/// them: whoever took that for the end would take the rest of the mail for the server's replies.
#[derive(Debug)]
pub struct Text {
    place: Place,
}

impl Default for Text {
    fn default() -> Self {
        Self { place: Place::Start }
    }
}

impl Text {
    /// Whether the end was there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.place == Place::End
    }

    /// Takes what came in, appends what it says to `out`, with LF for CRLF, and tells how many bytes belong to the text:
    /// all of them, unless it [is whole](Self::is_whole) now.
    pub fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            self.place = match (self.place, byte) {
                (Place::End, _) => return at,
                (Place::Start, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::DotCr, b'\n') => Place::End,
                (Place::DotCr | Place::Cr, b'\r') => {
                    out.push(b'\r');
                    Place::Cr
                }
                (Place::Cr, b'\n') => {
                    out.push(b'\n');
                    Place::Start
                }
                (_, b'\r') => Place::Cr,
                (place, _) => {
                    if matches!(place, Place::Cr | Place::DotCr) {
                        out.push(b'\r');
                    }
                    let rest = &bytes[at..];
                    let end = memchr(b'\r', rest).unwrap_or(rest.len());
                    out.extend_from_slice(&rest[..end]);
                    at += end;
                    self.place = Place::Inside;
                    continue;
                }
            };
            at += 1;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mail::transport::{smtp::stuffed, with_lf};

    /// What the text says, and what came behind it, in pieces of `piece` bytes; `None`: it does not end.
    fn read(wire: &[u8], piece: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut text, mut out) = (Text::default(), Vec::new());
        let mut at = 0;
        for bytes in wire.chunks(piece) {
            at += text.take(bytes, &mut out);
            if text.is_whole() {
                return Some((out, wire[at..].to_vec()));
            }
        }
        None
    }

    #[test]
    fn dots_and_line_ends_are_put_back() {
        for (wire, text, rest) in [
            (".\r\n", "", ""),
            ("a\r\n.\r\n", "a\n", ""),
            ("a\r\n\r\nb\r\n.\r\n+OK\r\n", "a\n\nb\n", "+OK\r\n"),
            ("..\r\n...\r\n.x\r\n.\r\n", ".\n..\nx\n", ""),
            // Neither LF nor CR alone ends a line, so none of these dots is the end.
            ("a\n.\n.\r\nb\n.\r\n.\r\n", "a\n.\n.\nb\n.\n", ""),
            ("a\r.\r\n.\r\n", "a\r.\n", ""),
            ("a\r\r\n.\r\n", "a\r\n", ""),
            (".\rx\r\n.\r\n", "\rx\n", ""),
            (".\r\rx\r\n.\r\n", "\r\rx\n", ""),
            ("\0\u{fffd}\r\n.\r\n", "\0\u{fffd}\n", ""),
        ] {
            for piece in [1, 2, 3, 1000] {
                let (out, after) = read(wire.as_bytes(), piece).unwrap_or_default();
                let read = (String::from_utf8_lossy(&out), String::from_utf8_lossy(&after));
                assert_eq!(read, (text.into(), rest.into()), "{wire:?} by {piece}");
            }
        }
        for wire in ["", "a", ".\r", "a\r\n.", "a.\r\n", "a\n.\n", "\r\n..\r\n"] {
            assert_eq!(read(wire.as_bytes(), 1), None, "{wire:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_server_stuffs_comes_out_as_it_was(
            lines in proptest::collection::vec("[.\\r a]{0,4}", 0..20), piece in 1..9usize,
        ) {
            let mail: String = lines.iter().map(|line| format!("{}\r\n", line.replace('\r', ""))).collect();
            let wire = [stuffed(mail.as_bytes()), b".\r\n".to_vec()].concat();
            let (out, rest) = read(&wire, piece).unwrap_or_default();
            prop_assert_eq!(out, with_lf(mail.as_bytes()));
            prop_assert!(rest.is_empty());
        }

        #[test]
        fn pieces_make_no_difference(wire in proptest::collection::vec(prop_oneof![Just(b'.'), Just(b'\r'), Just(b'\n'), Just(b'x')], 0..40), piece in 1..9usize) {
            prop_assert_eq!(read(&wire, piece).map(|(out, _)| out), read(&wire, 1000).map(|(out, _)| out));
        }
    }
}
