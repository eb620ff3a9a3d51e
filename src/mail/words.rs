//! Header text: unfolding (RFC 5322 §2.2.3) and encoded words (RFC 2047), in one pass and bounded.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use super::{charset, scan};

/// The longest encoded word, in bytes. RFC 2047 §2 says 75; some programs put a whole line into one.
const WORD: usize = 4096;
/// Bytes of a charset's name in one, with its language.
const LABEL: usize = 100;

/// A field's value as text on one line, its encoded words decoded. `hint` is the charset of bytes that should not be
/// there (8-bit, not UTF-8).
#[must_use]
pub fn text(raw: &[u8], hint: Option<&str>) -> String {
    let value = unfold(raw, hint);
    let mut text = String::with_capacity(value.len());
    pieces(&value, |piece| match piece {
        Piece::Plain(plain) => text.push_str(plain),
        Piece::Decoded(words) => text.push_str(&words),
    });
    text.trim().to_owned()
}

/// The same for a field with structure (addresses, MIME parameters): what encoded words say is put in quotes, so that
/// no comma or bracket within it can change the structure.
#[must_use]
pub fn quoted(raw: &[u8], hint: Option<&str>) -> String {
    let value = unfold(raw, hint);
    let mut text = String::with_capacity(value.len());
    let mut place = Place::default();
    pieces(&value, |piece| match piece {
        Piece::Plain(plain) => {
            place.pass(plain);
            text.push_str(plain);
        }
        Piece::Decoded(words) => {
            let words = words.replace('"', "'").replace(['\\', '\r', '\n', '\0'], " ").replace("=?", "?");
            text.push_str(&if place.comments > 0 {
                words.replace(['(', ')'], " ")
            } else if place.quoted {
                words
            } else {
                format!("\"{}\"", words.trim())
            });
        }
    });
    text
}

/// Takes the folding and NULs out, tabs and bare CRs become spaces, and decodes bytes that are not ASCII.
fn unfold(raw: &[u8], hint: Option<&str>) -> String {
    let mut line = Vec::with_capacity(raw.len());
    let mut folded = false;
    for (at, &byte) in raw.iter().enumerate() {
        match byte {
            0 => {}
            b'\r' if raw.get(at + 1) == Some(&b'\n') => {}
            b'\n' => folded = true,
            b'\r' | b'\t' | b' ' if folded => {}
            _ => {
                if folded {
                    line.push(b' ');
                    folded = false;
                }
                line.push(if matches!(byte, b'\r' | b'\t') { b' ' } else { byte });
            }
        }
    }
    let value = match String::from_utf8(line) {
        Ok(text) => text,
        Err(raw) => charset::decode(raw.as_bytes(), hint),
    };
    value.trim().to_owned()
}

/// The charsets that a value's encoded words name.
pub fn charsets(raw: &[u8], mut take: impl FnMut(&str)) {
    for start in memchr::memmem::find_iter(raw, b"=?").take(scan::WORDS) {
        let rest = &raw[start + 2..raw.len().min(start + 2 + LABEL)];
        let Some(end) = memchr::memchr(b'?', rest) else { continue };
        if !matches!(rest.get(end + 1..end + 3), Some([b'B' | b'b' | b'Q' | b'q', b'?'])) {
            continue;
        }
        // A language may follow it (RFC 2231 §5).
        let label = rest[..end].split(|byte| *byte == b'*').next().unwrap_or_default();
        if let Some(label) = std::str::from_utf8(label).ok().filter(|label| !label.is_empty()) {
            take(label);
        }
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Decoded(String),
}

/// Cuts a value into plain stretches and runs of encoded words. White space between two words is no text
/// (RFC 2047 §6.2); words of one charset that follow each other are decoded together, since some programs cut a
/// character in two.
fn pieces<'a>(value: &'a str, mut take: impl FnMut(Piece<'a>)) {
    let mut rest = value;
    let mut words = 0;
    let mut run: Option<(String, Vec<u8>)> = None;
    let mut decoded = String::new();
    while let Some(start) = rest.find("=?").filter(|_| words < scan::WORDS) {
        words += 1;
        let (before, from) = rest.split_at(start);
        let word = Word::parse(from);
        let gap = before.trim().is_empty() && (run.is_some() || !decoded.is_empty()) && word.is_some();
        if !gap {
            finish(&mut run, &mut decoded);
            if !decoded.is_empty() {
                take(Piece::Decoded(std::mem::take(&mut decoded)));
            }
            take(Piece::Plain(before));
        }
        match word {
            Some(word) => {
                match &mut run {
                    Some((charset, bytes)) if charset.eq_ignore_ascii_case(word.charset) => {
                        bytes.extend_from_slice(&word.bytes);
                    }
                    _ => {
                        finish(&mut run, &mut decoded);
                        run = Some((word.charset.to_owned(), word.bytes));
                    }
                }
                rest = &from[word.length..];
            }
            None => {
                take(Piece::Plain(&from[..2]));
                rest = &from[2..];
            }
        }
    }
    finish(&mut run, &mut decoded);
    if !decoded.is_empty() {
        take(Piece::Decoded(decoded));
    }
    take(Piece::Plain(rest));
}

fn finish(run: &mut Option<(String, Vec<u8>)>, decoded: &mut String) {
    if let Some((charset, bytes)) = run.take() {
        decoded.push_str(&charset::decode(&bytes, Some(&charset)));
    }
}

/// One encoded word: `=?charset?encoding?text?=`.
struct Word<'a> {
    charset: &'a str,
    bytes: Vec<u8>,
    length: usize,
}

impl<'a> Word<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let end = text.len().min(WORD);
        let text = text.get(..text.floor_char_boundary(end))?;
        let inner = text.strip_prefix("=?")?;
        let (label, inner) = inner.split_once('?')?;
        if label.is_empty() || !label.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let (encoding, inner) = inner.split_once('?')?;
        let (data, after) = inner.split_once("?=")?;
        let bytes = match encoding {
            "b" | "B" => base64(data.as_bytes()),
            "q" | "Q" => q(data),
            _ => return None,
        };
        // RFC 2231 §5 lets a language follow the charset.
        let charset = label.split('*').next().unwrap_or(label);
        Some(Self { charset, bytes, length: text.len() - after.len() })
    }
}

/// RFC 2047 §4.2: quoted-printable with `_` for a space.
fn q(data: &str) -> Vec<u8> {
    let spaced: Cow<'_, str> = if data.contains('_') { data.replace('_', " ").into() } else { data.into() };
    quoted_printable(spaced.as_bytes())
}

/// Decodes quoted-printable (RFC 2045 §6.7); what is no escape stands for itself.
#[must_use]
pub fn quoted_printable(data: &[u8]) -> Vec<u8> {
    let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        if *byte != b'=' {
            bytes.push(*byte);
            continue;
        }
        let escape = match tail {
            [high, low, ..] => hex(high).zip(hex(low)),
            _ => None,
        };
        if let Some((high, low)) = escape {
            bytes.push(high << 4 | low);
            rest = &tail[2..];
            continue;
        }
        // A soft line break: `=`, perhaps white space, and the line's end. (At most a line is looked at twice.)
        let blank = tail.iter().take(76).position(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        match blank {
            Some(at) if tail[at] == b'\n' => rest = &tail[at + 1..],
            None if tail.len() < 76 => rest = &[],
            _ => bytes.push(b'='),
        }
    }
    bytes
}

/// Decodes base64 (RFC 2045 §6.8): what is not of the alphabet is passed over, as is a last group that is cut.
#[must_use]
pub fn base64(data: &[u8]) -> Vec<u8> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let mut bytes = Vec::with_capacity(data.len() / 4 * 3);
    let mut group: Vec<u8> = Vec::with_capacity(data.len().min(64 * 1024));
    // Padding ends a stretch; another may follow (two encoded texts in one body).
    for stretch in data.split(|&byte| byte == b'=') {
        group.clear();
        group.extend(stretch.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')));
        if group.len() % 4 == 1 {
            group.pop();
        }
        // Cannot fail: only the alphabet is left, and no lone character.
        let _ = LENIENT.decode_vec(&group, &mut bytes);
    }
    bytes
}

/// Where in a structured field we are.
#[derive(Default)]
struct Place {
    quoted: bool,
    escaped: bool,
    comments: usize,
}

impl Place {
    fn pass(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted || self.comments > 0 => self.escaped = true,
                b'"' if self.comments == 0 => self.quoted = !self.quoted,
                b'(' if !self.quoted => self.comments += 1,
                b')' if !self.quoted => self.comments = self.comments.saturating_sub(1),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: &str) -> String {
        text(value.as_bytes(), None)
    }

    #[test]
    fn folding_and_words_are_undone() {
        assert_eq!(plain(" a\r\n b\r\n\tc "), "a b c");
        assert_eq!(plain("=?utf-8?Q?caf=C3=A9_au?= lait"), "café au lait");
        assert_eq!(plain("=?ISO-8859-1*fr?q?caf=E9?="), "café");
        assert_eq!(plain("=?euc-kr?B?x9Gx2w==?=\r\n =?EUC-KR?B?x9Gx2w==?= !"), "한글한글 !");
        assert_eq!(plain("a =?us-ascii?q?b?= c"), "a b c");
    }

    #[test]
    fn a_character_cut_in_two_is_put_together() {
        // 한 is C7 D1 in EUC-KR and ED 95 9C in UTF-8.
        assert_eq!(plain("=?euc-kr?Q?=C7?= =?euc-kr?Q?=D1?="), "한");
        assert_eq!(plain("=?utf-8?B?7ZU=?==?UTF-8?Q?=9C?="), "한");
    }

    #[test]
    fn what_is_no_word_stands_for_itself() {
        for value in ["=?", "=?a", "=?utf-8?X?a?=", "=?utf-8?Q?a", "=? ?Q?a?=", "a=?b=?c", "1 =? 2"] {
            assert_eq!(plain(value), value);
        }
        assert_eq!(plain("=?utf-8?B?@@@?="), "");
        assert_eq!(plain("=?utf-8?Q?a=ZZb?="), "a=ZZb");
    }

    #[test]
    fn raw_bytes_are_read_by_the_hint_or_guessed() {
        assert_eq!(text(b"\xc7\xd1\xb1\xdb", None), "한글");
        assert_eq!(text(b"caf\xe9", Some("iso-8859-1")), "café");
        assert_eq!(text(b"a\0b\rc", None), "ab c");
    }

    #[test]
    fn words_cannot_change_a_structure() {
        let raw = "=?utf-8?Q?a=22=2C_b=40c?= <d@e>, \"=?utf-8?Q?x=22y?=\" <f@g>, h@i (=?utf-8?Q?j=29?=)";
        assert_eq!(quoted(raw.as_bytes(), None), "\"a', b@c\" <d@e>, \"x'y\" <f@g>, h@i (j )");
    }

    #[test]
    fn transfer_encodings_are_read_leniently() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc= \nd==\ne=4"), b"a=bcd=e=4");
        assert_eq!(base64(b"aGVs\r\nbG8="), b"hello");
        assert_eq!(base64(b"aGVsbG8=aGk="), b"hellohi");
        assert_eq!(base64(b"-- x!aGVsbG8"), base64(b"xaGVsbG8"));
        assert_eq!(base64(b"a"), b"");
    }
}
