//! Addresses (RFC 5321 §4.1.2) and mailboxes (RFC 5322 §3.4): parsed here, believed everywhere else.

use std::{fmt, str::FromStr};

use super::text::BadText;
use crate::wire::limits;

/// A domain or address literal: ASCII, lower case. An internationalised name is kept as its A-labels
/// (`bücher.example` as `xn--bcher-kva.example`), so nothing needs SMTPUTF8.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Domain(String);

/// A mail address: RFC 5321's `Mailbox`, at most 254 bytes, never a space outside quotes, a control character
/// or a line break.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// As it goes on the wire.
    text: String,
    /// Where the `@` before the domain stands.
    at: usize,
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// No `@`.
    #[error("{0:?} is not a mail address: it has no @")]
    NoAt(String),
    /// The part before the `@`.
    #[error("{0:?} is not a mail address: the part before the @ is not as RFC 5321 has it")]
    Local(String),
    /// The part after the `@`.
    #[error("{0:?} is not a mail address: the part after the @ is no domain")]
    Domain(String),
    /// Over [`limits::ADDRESS`].
    #[error("a mail address has at most 254 bytes, this one {0}")]
    TooLong(usize),
    /// A display name with a control character.
    #[error("the name beside an address: {0}")]
    Name(#[from] BadText),
    /// Something like `a <b@c> d` or an open quote.
    #[error("{0:?} is not `address` or `Name <address>`")]
    Form(String),
}

impl Domain {
    /// The domain in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Domain {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let bad = || BadAddress::Domain(text.to_owned());
        if let Some(literal) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
            // RFC 5321 §4.1.3; the general form is unused in the wild and left out.
            let six = literal.get(..5).filter(|tag| tag.eq_ignore_ascii_case("IPv6:"));
            return match six {
                Some(_) => literal[5..].parse().map(|ip: std::net::Ipv6Addr| Self(format!("[IPv6:{ip}]"))),
                None => literal.parse().map(|ip: std::net::Ipv4Addr| Self(format!("[{ip}]"))),
            }
            .map_err(|_| bad());
        }
        let ascii = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            // `url` decodes per-cent escapes first; a domain has none.
            if text.contains('%') {
                return Err(bad());
            }
            match url::Host::parse(text) {
                Ok(url::Host::Domain(domain)) => domain,
                _ => return Err(bad()),
            }
        };
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        if ascii.len() <= 253 && ascii.split('.').all(label) { Ok(Self(ascii)) } else { Err(bad()) }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 5322 §3.2.3 `atext`.
pub(super) fn is_atext(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b)
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// The local part as it goes on the wire: quoted only where it must be, so equal parts are equal texts.
fn local_part(text: &str) -> Option<String> {
    let Some(quoted) = text.strip_prefix('"') else {
        return (is_dot_atom(text) && text.len() <= 64).then(|| text.to_owned());
    };
    let mut content = String::new();
    let mut chars = quoted.strip_suffix('"')?.chars();
    while let Some(c) = chars.next() {
        let c = match c {
            '"' => return None,
            '\\' => chars.next()?,
            c => c,
        };
        if !matches!(c, ' '..='~') {
            return None;
        }
        content.push(c);
    }
    let text = if is_dot_atom(&content) {
        content
    } else {
        format!("\"{}\"", content.replace('\\', "\\\\").replace('"', "\\\""))
    };
    (text.len() <= 64).then_some(text)
}

impl Address {
    /// What stands before the `@`, with quotes where it needs them.
    #[must_use]
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// What stands after the `@`.
    #[must_use]
    pub fn domain(&self) -> Domain {
        Domain(self.text[self.at + 1..].to_owned())
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address in lower case, for comparing: nobody tells `Bob@` from `bob@`.
    #[must_use]
    pub fn normalised(&self) -> String {
        self.text.to_ascii_lowercase()
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        if text.len() > 4 * limits::ADDRESS {
            return Err(BadAddress::TooLong(text.len()));
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| BadAddress::NoAt(text.to_owned()))?;
        let local = local_part(local).ok_or_else(|| BadAddress::Local(text.to_owned()))?;
        let domain: Domain = domain.parse().map_err(|_| BadAddress::Domain(text.to_owned()))?;
        let whole = format!("{local}@{domain}");
        if whole.len() > limits::ADDRESS {
            return Err(BadAddress::TooLong(whole.len()));
        }
        Ok(Self { text: whole, at: local.len() })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn normal(text: &str) -> String {
        text.parse::<Address>().unwrap().to_string()
    }

    #[test]
    fn addresses_that_rfc_5321_allows_are_taken() {
        assert_eq!(normal("Bob.O'Neil+x@Mail.Example.ORG"), "Bob.O'Neil+x@mail.example.org");
        assert_eq!(normal("root@localhost"), "root@localhost");
        assert_eq!(normal(r#""a b\"c"@x.example"#), r#""a b\"c"@x.example"#);
        assert_eq!(normal(r#""plain"@x.example"#), "plain@x.example");
        assert_eq!(normal(r#""a@b"@x.example"#), r#""a@b"@x.example"#);
        assert_eq!(normal("a@[192.0.2.1]"), "a@[192.0.2.1]");
        assert_eq!(normal("a@[ipv6:2001:db8::1]"), "a@[IPv6:2001:db8::1]");
    }

    #[test]
    fn an_internationalised_domain_goes_out_as_a_labels() {
        assert_eq!(normal("info@Bücher.example"), "info@xn--bcher-kva.example");
        assert_eq!(normal("kim@한국.kr"), "kim@xn--3e0b707e.kr");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        let long = format!("{}@{}", "a".repeat(64), format!("{}.", "b".repeat(63)).repeat(3) + "example");
        for text in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c",
            ".a@b",
            "a.@b",
            "a..b@c",
            "a@b c",
            "a@-b",
            "a@b-",
            "a@b..c",
            "a@b_c",
            "a@b\r\nc",
            "a\n@b",
            "a@b\0",
            "é@b.example",
            "\"a@b",
            "\"a\"b\"@c",
            "\"\n\"@b",
            "a@[300.1.1.1]",
            "a@[x]",
            "<a@b>",
            "a@b>",
            "a,b@c",
            "a@b%é",
            "a@é%40",
            "a@b.",
            long.as_str(),
        ] {
            assert!(text.parse::<Address>().is_err(), "{text:?}");
        }
        assert!(format!("{}@b", "a".repeat(65)).parse::<Address>().is_err());
    }

    #[test]
    fn addresses_compare_without_case() {
        let bob: Address = "Bob@Example.org".parse().unwrap();
        assert_eq!(bob.normalised(), "bob@example.org");
        assert_eq!((bob.local_part(), bob.domain().as_str()), ("Bob", "example.org"));
    }

    proptest! {
        #[test]
        fn an_address_is_one_line_of_printable_ascii_and_reads_back(text in "\\PC{0,40}@\\PC{0,30}|[a-z.\"\\\\ @]{1,20}@[a-z.é]{1,9}") {
            if let Ok(address) = text.parse::<Address>() {
                prop_assert!(address.as_str().bytes().all(|b| (32..127).contains(&b)));
                prop_assert_eq!(address.as_str().parse::<Address>().unwrap(), address);
            }
        }
    }
}
