//! Whose mail gets no button: addresses with `*` in them (`no_button_to = ["*@lists.*"]`).

use crate::mail::address::Address;

/// An address in which `*` stands for any run of characters, also none. Compared without case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<String>,
}

impl From<&str> for Pattern {
    fn from(text: &str) -> Self {
        Self { pieces: text.to_lowercase().split('*').map(str::to_owned).collect() }
    }
}

impl Pattern {
    /// Whether the pattern means this address.
    #[must_use]
    pub fn matches(&self, address: &Address) -> bool {
        let address = address.normalised();
        let [first, middle @ .., last] = &self.pieces[..] else {
            return self.pieces.first().is_some_and(|only| *only == address);
        };
        let Some(mut rest) = address.strip_prefix(first.as_str()) else { return false };
        // The leftmost place for each piece leaves the most room for those after it.
        for piece in middle {
            match rest.split_once(piece.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, address, means) in [
            ("*@lists.*", "users@lists.example.org", true),
            ("*@lists.*", "users@LISTS.example.org", true),
            ("*@lists.*", "lists.a@example.org", false),
            ("bob@x.example", "Bob@x.example", true),
            ("bob@x.example", "bob@x.example.org", false),
            ("*", "a@b", true),
            ("a*a@b", "a@b", false),
            ("*a*b*@c", "xaxxbx@c", true),
            ("*@b*b", "a@b", false),
            ("", "a@b", false),
        ] {
            assert_eq!(
                Pattern::from(pattern).matches(&address.parse().unwrap()),
                means,
                "{pattern} {address}"
            );
        }
    }
}
