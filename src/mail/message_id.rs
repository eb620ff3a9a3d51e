//! The Message-ID (RFC 5322 §3.6.4): what makes a mail, and a double of it, recognisable.

use std::{fmt, str::FromStr};

use super::address::Domain;
use crate::wire::secret::{self, NoRandom};

/// Bytes of an id that we write: with its brackets, a space and a field name it still fits a line of 998.
pub const MESSAGE_ID: usize = 900;

/// A Message-ID without its angle brackets: printable ASCII, one `@` at least, at most [`MESSAGE_ID`] bytes.
///
/// Looser than the RFC's grammar, as ids of other people's mail are, but never with a space, a bracket or a
/// line break.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

/// A text that is no Message-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a Message-ID is left@right in printable ASCII without spaces and brackets, at most {MESSAGE_ID} bytes"
)]
pub struct BadMessageId;

impl MessageId {
    /// A fresh one: 128 random bits at `domain`. Tells nothing about the machine or the time.
    ///
    /// # Errors
    /// [`NoRandom`] when the system gives no random bytes.
    pub fn generate(domain: &Domain) -> Result<Self, NoRandom> {
        Ok(Self(format!("{}@{domain}", secret::random_name()?)))
    }

    /// The id without brackets, as records carry it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = BadMessageId;

    /// With or without the angle brackets.
    fn from_str(text: &str) -> Result<Self, BadMessageId> {
        let text = text.trim_ascii();
        let bare = text.strip_prefix('<').and_then(|t| t.strip_suffix('>')).unwrap_or(text);
        let fits = bare.len() <= MESSAGE_ID
            && bare.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
            && bare.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty());
        if fits { Ok(Self(bare.to_owned())) } else { Err(BadMessageId) }
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_id_has_two_sides_and_no_room_for_a_second_field() {
        assert_eq!(" <a.b$c@x.example> ".parse(), Ok(MessageId("a.b$c@x.example".into())));
        for text in ["", "<>", "a", "@b", "a@", "a b@c", "a@b\r\nBcc: x", "a@b><c@d", "é@b"] {
            assert_eq!(text.parse::<MessageId>(), Err(BadMessageId), "{text:?}");
        }
    }

    #[test]
    fn two_generated_ids_differ_and_read_back() {
        let domain = "mail.example.org".parse().unwrap();
        let (one, two) = (MessageId::generate(&domain).unwrap(), MessageId::generate(&domain).unwrap());
        assert_ne!(one, two);
        assert_eq!(format!("<{one}>").parse(), Ok(one));
    }
}
