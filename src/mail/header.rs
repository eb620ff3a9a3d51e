//! Header fields as they are written: folded (RFC 5322 §2.2.3), and encoded where ASCII does not do (RFC 2047).
//!
//! lettre could write these too, but its header map replaces a second field of one name and its encoder passes
//! a literal `=?…?=` and words of more than 998 bytes on as they are.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    mailbox::{Mailbox, phrase},
    message_id::MessageId,
    text::Unstructured,
};

/// Where a line is folded if it can be (RFC 5322 §2.1.1).
const LINE: usize = 78;
/// The longest line with an encoded word in it (RFC 2047 §2).
const ENCODED_LINE: usize = 76;
/// The longest word that goes out without encoding; with its field's name it stays under 998.
const WORD: usize = 900;
/// `=?utf-8?B?` and `?=`.
const AROUND: usize = 12;

/// `Name: value` for a subject or another unstructured value.
#[must_use]
pub fn unstructured(name: &str, value: &Unstructured) -> String {
    let mut field = Field::new(name);
    field.text(value.as_str(), false);
    field.finish()
}

/// `Name: a@b, "Na, me" <c@d>`.
#[must_use]
pub fn mailboxes(name: &str, mailboxes: &[Mailbox]) -> String {
    let mut field = Field::new(name);
    for (at, mailbox) in mailboxes.iter().enumerate() {
        let comma = if at + 1 < mailboxes.len() { "," } else { "" };
        match &mailbox.name {
            None => field.word(&format!("{}{comma}", mailbox.address)),
            Some(display) => {
                field.text(display.as_str(), true);
                field.word(&format!("<{}>{comma}", mailbox.address));
            }
        }
    }
    field.finish()
}

/// `Name: <id> <id>`.
#[must_use]
pub fn message_ids(name: &str, ids: &[MessageId]) -> String {
    let mut field = Field::new(name);
    for id in ids {
        field.word(&format!("<{id}>"));
    }
    field.finish()
}

/// A field being written: words separated by one space or a fold.
struct Field {
    out: String,
    /// Characters on the line being written.
    column: usize,
}

impl Field {
    fn new(name: &str) -> Self {
        Self { out: format!("{name}:"), column: name.len() + 1 }
    }

    /// One word, on a new line if this one is full.
    fn word(&mut self, word: &str) {
        self.space(word.len(), LINE);
        self.out.push_str(word);
        self.column += word.len();
    }

    /// The space before `length` more characters, with a fold if the line would pass `limit`.
    fn space(&mut self, length: usize, limit: usize) {
        // A line always has something besides white space: right after a fold there is no other.
        if self.column + 1 + length > limit && self.column > 1 && !self.out.ends_with(':') {
            self.out.push_str("\r\n");
            self.column = 0;
        }
        self.out.push(' ');
        self.column += 1;
    }

    /// A text that must come out at the other end as it went in.
    fn text(&mut self, text: &str, is_phrase: bool) {
        let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b))
            && !text.contains("=?")
            && text.split(' ').all(|word| (1..=WORD).contains(&word.len()));
        if plain && is_phrase {
            phrase(text).split(' ').for_each(|word| self.word(word));
        } else if plain {
            text.split(' ').for_each(|word| self.word(word));
        } else {
            self.encoded(text);
        }
    }

    /// Encoded words; the white space between two of them is not part of the text (RFC 2047 §6.2).
    fn encoded(&mut self, mut text: &str) {
        while !text.is_empty() {
            let room = ENCODED_LINE.saturating_sub(self.column + 1 + AROUND) / 4 * 3;
            // No character is split between two words (§5), so there must be room for the longest.
            let room = if room < 12 { (ENCODED_LINE - 1 - AROUND) / 4 * 3 } else { room };
            let (chunk, rest) = text.split_at(text.floor_char_boundary(room));
            let word = format!("=?utf-8?B?{}?=", STANDARD.encode(chunk));
            self.space(word.len(), ENCODED_LINE);
            self.out.push_str(&word);
            self.column += word.len();
            text = rest;
        }
    }

    fn finish(mut self) -> String {
        self.out.push_str("\r\n");
        self.out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Unstructured {
        text.parse().unwrap()
    }

    fn read_subject(field: &str) -> String {
        let mail = format!("{field}\r\nbody\r\n");
        MessageParser::default().parse(mail.as_bytes()).unwrap().subject().unwrap_or_default().to_owned()
    }

    #[test]
    fn plain_text_stays_readable_and_is_folded() {
        assert_eq!(unstructured("Subject", &text("New boots")), "Subject: New boots\r\n");
        assert_eq!(unstructured("Subject", &text("")), "Subject:\r\n");
        let long = unstructured("Subject", &text(&"word ".repeat(40)));
        assert!(long.lines().all(|line| line.len() <= 78 && !line.trim().is_empty()), "{long}");
    }

    #[test]
    fn what_looks_encoded_is_encoded() {
        let trick = "=?utf-8?B?SGk=?=";
        assert_eq!(read_subject(&unstructured("Subject", &text(trick))), trick);
    }

    #[test]
    fn names_are_quoted_or_encoded_as_they_need() {
        let list: Vec<Mailbox> =
            crate::mail::mailbox::parse_list("a@b, \"C, D\" <c@d>, 홍길동 <e@f>").unwrap();
        assert_eq!(mailboxes("To", &list), "To: a@b, \"C, D\" <c@d>, =?utf-8?B?7ZmN6ri464+Z?= <e@f>\r\n");
    }

    proptest! {
        #[test]
        fn a_subject_comes_out_as_it_went_in(words in "([ -~]{0,40}|[가-힣👢é]{0,60}| ){0,8}", name in "[A-Z]{1,76}") {
            let Ok(value) = words.parse::<Unstructured>() else { return Ok(()) };
            let field = unstructured("Subject", &value);
            prop_assert_eq!(read_subject(&field), value.as_str());
            for line in unstructured(&name, &value).trim_end_matches("\r\n").split("\r\n") {
                prop_assert!(line.len() <= 998 && line.is_ascii() && !line.contains(['\r', '\n']));
                prop_assert!(line.starts_with(name.as_str()) || !line.trim().is_empty());
            }
        }
    }
}
