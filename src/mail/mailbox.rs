//! `Name <address>`, as people type it and as `From`, `To` and `Cc` hold it (RFC 5322 §3.4).

use std::{fmt, str::FromStr};

use super::{
    address::{Address, BadAddress, is_atext},
    text::Unstructured,
};

/// An address with the name of whoever reads there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// The display name; never an empty one.
    pub name: Option<Unstructured>,
    /// The address.
    pub address: Address,
}

impl From<Address> for Mailbox {
    fn from(address: Address) -> Self {
        Self { name: None, address }
    }
}

impl FromStr for Mailbox {
    type Err = BadAddress;

    /// `a@b`, `<a@b>`, `Name <a@b>` or `"Na, me" <a@b>`.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let Some((name, address)) = text.strip_suffix('>').and_then(|t| t.rsplit_once('<')) else {
            return text.parse().map(|address: Address| address.into());
        };
        let form = || BadAddress::Form(text.to_owned());
        let name = unquote(name.trim()).ok_or_else(form)?.parse::<Unstructured>()?;
        Ok(Self { name: Some(name).filter(|n| !n.is_empty()), address: address.trim().parse()? })
    }
}

/// A phrase as text: atoms as they stand, quoted strings without their quotes.
fn unquote(phrase: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = phrase.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => out.push(chars.next()?),
            // Somebody's `a@b, <c@d>` or `a <b> <c@d>` is two things, not a name.
            '<' | '>' | ',' | ';' if !quoted => return None,
            c => out.push(c),
        }
    }
    (!quoted).then_some(out)
}

/// Mailboxes separated by commas; empty places between commas are passed over.
///
/// # Errors
/// The first that is none.
pub fn parse_list(text: &str) -> Result<Vec<Mailbox>, BadAddress> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).map(str::parse).collect()
}

/// Some mailboxes, as one argument gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailboxes(pub Vec<Mailbox>);

impl FromStr for Mailboxes {
    type Err = BadAddress;

    /// At least one.
    fn from_str(text: &str) -> Result<Self, BadAddress> {
        match parse_list(text)? {
            list if list.is_empty() => Err(BadAddress::NoAt(text.to_owned())),
            list => Ok(Self(list)),
        }
    }
}

impl<'a> IntoIterator for &'a Mailboxes {
    type Item = &'a Mailbox;
    type IntoIter = std::slice::Iter<'a, Mailbox>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Mailbox {
    /// Reads back as the same mailbox. For people and records; a header needs `header::mailboxes`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            None => self.address.fmt(f),
            Some(name) => write!(f, "{} <{}>", phrase(name.as_str()), self.address),
        }
    }
}

/// A name that needs no quotes stays bare; others (`Na, me`, `Dr. No`) get them.
pub(super) fn phrase(name: &str) -> String {
    let bare =
        name.split(' ').all(|word| !word.is_empty() && word.bytes().all(|b| is_atext(b) || !b.is_ascii()));
    if bare { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn both(text: &str) -> (Option<String>, String) {
        let mailbox: Mailbox = text.parse().unwrap();
        (mailbox.name.map(|n| n.to_string()), mailbox.address.to_string())
    }

    #[test]
    fn names_come_bare_quoted_or_not_at_all() {
        let bob = "b@x.example".to_owned();
        assert_eq!(both("b@x.example"), (None, bob.clone()));
        assert_eq!(both(" <b@x.example> "), (None, bob.clone()));
        assert_eq!(both("Bob <b@x.example>"), (Some("Bob".into()), bob.clone()));
        assert_eq!(both("\"Bo, b\\\"\" <b@x.example>"), (Some("Bo, b\"".into()), bob.clone()));
        assert_eq!(both("홍길동 <b@x.example>"), (Some("홍길동".into()), bob.clone()));
        assert_eq!(both("Dr. No <b@x.example>"), (Some("Dr. No".into()), bob));
    }

    #[test]
    fn a_name_cannot_smuggle_a_field_or_a_second_address() {
        for text in [
            "Bob\r\nBcc: <c@d>",
            "\"Bob\nBcc: c@d\" <a@b>",
            "a@b, c@d",
            "a@b <c@d> <e@f>",
            "x <a@b> y",
            "\"Bob <a@b>",
            "a@b,<c@d>",
            "<a@b",
            "a@b>",
            "Bob <a@b\n>x",
            "<>",
            "Bob <>",
        ] {
            assert!(text.parse::<Mailbox>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_list_is_split_at_commas_outside_quotes() {
        let list = parse_list("a@b, \"C, D\" <c@d>,, E F <e@f>,").unwrap();
        let texts: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["a@b", "\"C, D\" <c@d>", "E F <e@f>"]);
        assert!(parse_list("a@b; c@d").is_err());
        assert_eq!(parse_list(" ").unwrap(), []);
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(name in "\\PC{0,30}") {
            let Ok(name) = name.parse::<Unstructured>() else { return Ok(()) };
            let mailbox = Mailbox { name: Some(name).filter(|n| !n.is_empty()), address: "a@b.example".parse().unwrap() };
            prop_assert_eq!(mailbox.to_string().parse::<Mailbox>().unwrap(), mailbox.clone());
            prop_assert_eq!(parse_list(&format!("{mailbox}, {mailbox}")).unwrap(), vec![mailbox.clone(), mailbox]);
        }
    }
}
