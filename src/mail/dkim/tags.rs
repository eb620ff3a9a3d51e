//! Tag lists, `v=1; a=rsa-sha256; …`: what signatures and key records are written in (RFC 6376 §3.2).

/// Bytes of a list; a signature with several hundred field names is still shorter.
pub const LENGTH: usize = 16 * 1024;

/// A text that is no tag list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTags {
    /// Over [`LENGTH`].
    #[error("a tag list of more than {LENGTH} bytes")]
    TooLong,
    /// A piece that is not `name=value`.
    #[error("a tag list with something that is not name=value")]
    Form,
    /// A name that stands twice: then none of it may be believed.
    #[error("a tag list with the same tag twice")]
    Twice,
}

/// The tags of a list, in order. White space at both ends of a value is gone, inside it is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Tags<'a> {
    /// Takes a list apart.
    ///
    /// # Errors
    /// [`BadTags`]; then the whole list is to be ignored.
    pub fn parse(text: &'a str) -> Result<Self, BadTags> {
        if text.len() > LENGTH {
            return Err(BadTags::TooLong);
        }
        let mut tags: Vec<(&str, &str)> = Vec::new();
        let trim = |text: &'a str| text.trim_matches([' ', '\t', '\r', '\n']);
        let pieces: Vec<&str> = text.split(';').map(trim).collect();
        let last = pieces.len() - 1;
        for (at, piece) in pieces.into_iter().enumerate() {
            // One `;` may stand at the end.
            if piece.is_empty() && at == last {
                continue;
            }
            let (name, value) = piece.split_once('=').ok_or(BadTags::Form)?;
            let (name, value) = (trim(name), trim(value));
            let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !fits {
                return Err(BadTags::Form);
            }
            if tags.iter().any(|(known, _)| *known == name) {
                return Err(BadTags::Twice);
            }
            tags.push((name, value));
        }
        Ok(Self(tags))
    }

    /// A tag's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The first tag.
    #[must_use]
    pub fn first(&self) -> Option<(&'a str, &'a str)> {
        self.0.first().copied()
    }

    /// A value without any white space: base64 may be folded anywhere.
    #[must_use]
    pub fn bare(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.chars().filter(|c| !c.is_ascii_whitespace()).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_list_is_read_with_its_folding() {
        let tags = Tags::parse(" v=1; a = rsa-sha256 ;\r\n\tb=AB\r\n\t CD=;h=from : to;").unwrap();
        assert_eq!(
            (tags.get("v"), tags.get("a"), tags.get("h")),
            (Some("1"), Some("rsa-sha256"), Some("from : to"))
        );
        assert_eq!((tags.bare("b").as_deref(), tags.get("x")), (Some("ABCD="), None));
        assert_eq!(Tags::parse("").unwrap().first(), None);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, why) in [
            ("v=1;;a=b", BadTags::Form),
            ("v", BadTags::Form),
            ("=x", BadTags::Form),
            ("a b=c", BadTags::Form),
            ("a=1; a=2", BadTags::Twice),
        ] {
            assert_eq!(Tags::parse(text), Err(why), "{text:?}");
        }
        assert_eq!(Tags::parse(&"a".repeat(LENGTH + 1)), Err(BadTags::TooLong));
    }
}
