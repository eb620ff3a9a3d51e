//! Text that is safe in a header: types that cannot hold a line break.

use std::{fmt, str::FromStr};

/// Bytes of one unstructured value. Ours are short; this bounds what folding and encoding may be fed.
pub const UNSTRUCTURED: usize = 8 * 1024;

/// A subject, display name or other unstructured value (RFC 5322 §2.2.1): one line, no control characters,
/// at most [`UNSTRUCTURED`] bytes. Whoever holds one cannot inject a header field with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Unstructured(String);

/// Why a text cannot stand in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// CR, LF or another control character.
    #[error("a line break or control character (U+{0:04X}) cannot stand in a header")]
    Control(u32),
    /// Over [`UNSTRUCTURED`].
    #[error("a text of {0} bytes is too long for a header (at most {UNSTRUCTURED})")]
    TooLong(usize),
}

impl Unstructured {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What can be kept of a text that comes from somebody else's mail: a control character becomes a space and
    /// what is too long is cut. For answers (`Re: …`), where refusing would help nobody.
    #[must_use]
    pub fn lossy(text: &str) -> Self {
        let mut line: String = text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect();
        line.truncate(line.floor_char_boundary(UNSTRUCTURED));
        Self(line.trim().to_owned())
    }
}

/// C0, DEL, C1 and the two Unicode line breaks.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

impl FromStr for Unstructured {
    type Err = BadText;

    /// A tab becomes a space and white space at both ends goes: a header would not keep them.
    fn from_str(text: &str) -> Result<Self, BadText> {
        if text.len() > UNSTRUCTURED {
            return Err(BadText::TooLong(text.len()));
        }
        let line = text.replace('\t', " ");
        match line.chars().find(|c| is_control(*c)) {
            Some(c) => Err(BadText::Control(u32::from(c))),
            None => Ok(Self(line.trim().to_owned())),
        }
    }
}

impl fmt::Display for Unstructured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A header field's name (RFC 5322 §3.6.8): 1–76 printable ASCII characters without a colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldName(String);

/// A text that is no field name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a header field's name is 1-76 printable ASCII characters without space and colon")]
pub struct BadFieldName;

impl FieldName {
    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names the same field: names are compared without case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }
}

impl FromStr for FieldName {
    type Err = BadFieldName;

    fn from_str(text: &str) -> Result<Self, BadFieldName> {
        let fits = (1..=76).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if fits { Ok(Self(text.to_owned())) } else { Err(BadFieldName) }
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_never_gets_into_a_header_text() {
        for text in
            ["a\nBcc: x@y", "a\r\nBcc: x@y", "a\rb", "a\0b", "a\u{85}b", "a\u{2028}b", "\u{1b}[2J", "a\u{7f}"]
        {
            assert!(matches!(text.parse::<Unstructured>(), Err(BadText::Control(_))), "{text:?}");
            assert!(Unstructured::lossy(text).as_str().parse::<Unstructured>().is_ok());
        }
        let kept = " 새 부츠\t입고 👢 ".parse::<Unstructured>().map(|t| t.to_string());
        assert_eq!(kept, Ok("새 부츠 입고 👢".to_owned()));
        assert_eq!(
            "a".repeat(UNSTRUCTURED + 1).parse::<Unstructured>(),
            Err(BadText::TooLong(UNSTRUCTURED + 1))
        );
        assert!(Unstructured::lossy(&"한".repeat(UNSTRUCTURED)).as_str().len() <= UNSTRUCTURED);
    }

    #[test]
    fn a_field_name_holds_no_colon_space_or_line_break() {
        for name in ["", "a b", "a:", "a\r\nb", "a\n", "é", "a\u{7f}", &"a".repeat(77)] {
            assert_eq!(name.parse::<FieldName>(), Err(BadFieldName), "{name:?}");
        }
        assert!("List-Unsubscribe".parse::<FieldName>().is_ok_and(|n| n.is("list-unsubscribe")));
    }
}
