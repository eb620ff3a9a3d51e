//! The first line of every reply (RFC 1939 §3): `+OK`, `-ERR`, or `+` for a question of SASL (RFC 5034 §4). Pure.

use crate::wire::display;

/// How many characters of a reply's words are passed on.
const WORDS: usize = 500;

/// Yes, no, or go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `+OK`.
    Ok,
    /// `-ERR`.
    Err,
    /// `+ `: the server waits for what SASL says next.
    Continue,
}

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Yes or no.
    pub status: Status,
    /// The response code (RFC 2449 §8, RFC 3206) of a no, in capitals: `IN-USE`, `SYS/TEMP`, `AUTH`.
    pub code: Option<String>,
    /// The words behind, without the code, as they came.
    text: String,
}

impl Reply {
    /// Reads a line, without its line end. `None`: that is no reply.
    #[must_use]
    pub fn parse(line: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(line);
        let after = |word: &str| {
            let rest = text.strip_prefix(word)?;
            (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim())
        };
        let (status, rest) = if let Some(rest) = after("+OK") {
            (Status::Ok, rest)
        } else if let Some(rest) = after("-ERR") {
            (Status::Err, rest)
        } else {
            (Status::Continue, after("+")?)
        };
        let (code, words) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((code, words)) if status == Status::Err => (Some(code.to_ascii_uppercase()), words.trim()),
            _ => (None, rest),
        };
        Some(Self { status, code, text: words.to_owned() })
    }

    /// Whether it is `+OK`.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        self.status == Status::Ok
    }

    /// Whether the same may go well later: another has the mailbox, or the server has a fault (RFC 3206).
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.code.as_deref(), Some("IN-USE" | "LOGIN-DELAY" | "SYS/TEMP"))
    }

    /// The first word as a number, for `STAT`.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.text.split(' ').next()?.parse().ok()
    }

    /// Its words as one short line, fit for a terminal.
    #[must_use]
    pub fn words(&self) -> String {
        let code = self.code.as_deref().map(|code| format!("[{code}] ")).unwrap_or_default();
        let words = display::clean(&format!("{code}{}", self.text));
        words.trim().chars().take(WORDS).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_say_yes_no_or_go_on() {
        let read = |line: &str| Reply::parse(line.as_bytes()).map(|reply| (reply.status, reply.words()));
        assert_eq!(read("+OK"), Some((Status::Ok, String::new())));
        assert_eq!(read("+OK 2 320"), Some((Status::Ok, "2 320".into())));
        assert_eq!(read("+OK [x] y"), Some((Status::Ok, "[x] y".into())));
        assert_eq!(read("-ERR no such \x1b[2J"), Some((Status::Err, "no such [2J".into())));
        assert_eq!(read("+ "), Some((Status::Continue, String::new())));
        assert_eq!(read("+"), Some((Status::Continue, String::new())));
        assert_eq!(read("+ eyJz"), Some((Status::Continue, "eyJz".into())));
        assert_eq!(Reply::parse(b"+OK 12 3").unwrap().number(), Some(12));
        for line in ["", "OK", "+OKAY", "-ERROR", "+ok", "220 hi", "* OK IMAP", "+OK\tx", "-"] {
            assert_eq!(read(line), None, "{line:?}");
        }
    }

    #[test]
    fn response_codes_say_whether_to_try_again() {
        for (line, code, again) in [
            ("-ERR [IN-USE] Do you have another POP session running?", Some("IN-USE"), true),
            ("-ERR [sys/temp] later", Some("SYS/TEMP"), true),
            ("-ERR [LOGIN-DELAY] wait", Some("LOGIN-DELAY"), true),
            ("-ERR [AUTH] wrong", Some("AUTH"), false),
            ("-ERR [SYS/PERM] broken", Some("SYS/PERM"), false),
            ("-ERR [open", None, false),
            ("-ERR no", None, false),
        ] {
            let reply = Reply::parse(line.as_bytes()).unwrap();
            assert_eq!((reply.code.as_deref(), reply.is_transient()), (code, again), "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(line in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(reply) = Reply::parse(&line) {
                prop_assert!(reply.words().chars().count() <= WORDS);
            }
        }
    }
}
