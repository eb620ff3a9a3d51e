//! SMTP replies (RFC 5321 §4.2): three digits and some words, perhaps on several lines. Pure and bounded.

use crate::wire::{display, record::Status};

/// The longest line of a reply, in bytes; RFC 5321 §4.5.3.1.5 allows 512.
pub const LINE: usize = 4096;
/// The most lines of one reply: `EHLO` answers have about ten.
pub const LINES: usize = 200;
/// How many characters of a reply's words are passed on.
const WORDS: usize = 500;

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200–599.
    pub code: u16,
    /// Each line's words, without code and line end.
    pub lines: Vec<String>,
}

/// What is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReply {
    /// Not `250 words` or `250-words`.
    #[error("answered something that is no SMTP reply")]
    Form,
    /// Lines of one reply with different codes.
    #[error("answered with two codes in one reply")]
    Codes,
    /// A line over [`LINE`] or more lines than [`LINES`].
    #[error("answered without end")]
    Endless,
}

/// A reply that is coming in line by line.
#[derive(Debug, Default)]
pub struct Incoming {
    code: Option<u16>,
    lines: Vec<String>,
}

impl Incoming {
    /// Takes one line, without its line end. `Some`: the reply is whole.
    ///
    /// # Errors
    /// [`BadReply`]: nothing that comes after on this connection can be trusted to belong to a command.
    pub fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, BadReply> {
        let (digits, rest) = line.split_at_checked(3).ok_or(BadReply::Form)?;
        let [b'2'..=b'5', b'0'..=b'9', b'0'..=b'9'] = digits else { return Err(BadReply::Form) };
        let code = digits.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
        let (more, words) = match rest {
            [] => (false, rest),
            [b' ', words @ ..] => (false, words),
            [b'-', words @ ..] => (true, words),
            _ => return Err(BadReply::Form),
        };
        if self.code.is_some_and(|first| first != code) {
            return Err(BadReply::Codes);
        }
        if self.lines.len() >= LINES {
            return Err(BadReply::Endless);
        }
        self.code = Some(code);
        self.lines.push(String::from_utf8_lossy(words).trim().to_owned());
        Ok((!more).then(|| Reply { code, lines: std::mem::take(&mut self.lines) }))
    }
}

impl Reply {
    /// A 2yz reply.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// What the reply says about a recipient: 2yz taken, 4yz not now, 5yz never. `None` for 3yz, which is no
    /// answer to that.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self.code / 100 {
            2 => Some(Status::Accepted),
            4 => Some(Status::Deferred),
            5 => Some(Status::Rejected),
            _ => None,
        }
    }

    /// Its words as one short line, fit for a terminal. An enhanced status code (RFC 3463) stands once.
    #[must_use]
    pub fn words(&self) -> String {
        let enhanced = self.lines.first().and_then(|line| line.split(' ').next()).filter(|word| {
            word.split('.').count() == 3 && word.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        });
        let lines = self.lines.iter().enumerate().map(|(at, line)| match enhanced {
            Some(code) if at > 0 => line.strip_prefix(code).unwrap_or(line).trim_start(),
            _ => line,
        });
        let words = display::clean(&lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "));
        words.chars().take(WORDS).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &[&str]) -> Result<Option<Reply>, BadReply> {
        let mut incoming = Incoming::default();
        let mut last = None;
        for line in lines {
            last = incoming.line(line.as_bytes())?;
        }
        Ok(last)
    }

    #[test]
    fn replies_have_one_line_or_many() {
        let reply = read(&["250-mail.example.org", "250-SIZE 1000", "250 OK"]).unwrap().unwrap();
        assert_eq!((reply.code, reply.lines.len()), (250, 3));
        assert_eq!(read(&["354"]).unwrap().unwrap().status(), None);
        assert_eq!(read(&["250-more"]).unwrap(), None);
        let reply = read(&["550-5.1.1 No such", "550 5.1.1 user \x1b[2J"]).unwrap().unwrap();
        assert_eq!(reply.words(), "5.1.1 No such user [2J");
        assert_eq!(reply.status(), Some(Status::Rejected));
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        for line in
            ["", "2", "25", "abc", "250x", "1000", "150 hi", "650 hi", "HTTP/1.1 400 Bad Request", "２50 x"]
        {
            assert_eq!(read(&[line]), Err(BadReply::Form), "{line:?}");
        }
        assert_eq!(read(&["250-a", "550 b"]), Err(BadReply::Codes));
        assert_eq!(read(&["250-a"; LINES + 1]), Err(BadReply::Endless));
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..5)) {
            let mut incoming = Incoming::default();
            for line in lines {
                if let Ok(Some(reply)) = incoming.line(&line) {
                    prop_assert!(reply.words().len() <= 4 * WORDS);
                }
            }
        }
    }
}
