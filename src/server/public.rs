//! The URL under which people reach this server (`--url`): what goes into mails and answers.

use std::{fmt, str::FromStr};

use url::{Host, Url};

pub use crate::wire::reach::is_private;
use crate::wire::{Ticket, reach};

/// An absolute http or https URL without user, query, fragment or trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    url: Url,
    text: String,
}

/// Why a text is not a public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a server's URL is http://HOST or https://HOST, with neither user, query nor fragment")]
pub struct BadPublicUrl;

impl PublicUrl {
    /// The URL without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The chat link of a ticket.
    #[must_use]
    pub fn link(&self, ticket: &Ticket) -> String {
        format!("{}/c#{ticket}", self.text)
    }

    /// The host, as `CH-Host` names it.
    #[must_use]
    pub fn host(&self) -> String {
        self.url.host_str().unwrap_or("localhost").to_owned()
    }

    /// The host as a mail domain: a name, or an address literal (RFC 5321 §4.1.3).
    #[must_use]
    pub fn mail_domain(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => format!("[{address}]"),
            Some(Host::Ipv6(address)) => format!("[IPv6:{address}]"),
            None => "localhost".to_owned(),
        }
    }

    /// Whether only this machine or a private network can reach it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        reach::is_private_url(&self.url)
    }

    /// What a browser on one of our pages sends as `Origin` (RFC 6454 §6.2).
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let url = Url::parse(text).map_err(|_| BadPublicUrl)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(BadPublicUrl);
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, text })
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_public_url_has_no_trailing_slash() {
        let url: PublicUrl = "HTTPS://CH.example.org:443/".parse().unwrap();
        assert_eq!(url.as_str(), "https://ch.example.org");
        assert_eq!(url.origin(), "https://ch.example.org");
        assert_eq!(
            "https://example.org/ch/".parse::<PublicUrl>().unwrap().as_str(),
            "https://example.org/ch"
        );
    }

    #[test]
    fn an_address_becomes_a_literal_in_mail() {
        let domain = |url: &str| url.parse::<PublicUrl>().unwrap().mail_domain();
        assert_eq!(domain("http://127.0.0.1:4460"), "[127.0.0.1]");
        assert_eq!(domain("http://[2001:db8::1]:4460"), "[IPv6:2001:db8::1]");
        assert_eq!(domain("https://ch.example.org"), "ch.example.org");
    }

    #[test]
    fn what_is_no_public_url_is_refused() {
        for text in
            ["", "ch.example.org", "ftp://a", "http://u:p@a", "http://a/?x", "http://a/#x", "mailto:a@b"]
        {
            assert_eq!(text.parse::<PublicUrl>(), Err(BadPublicUrl), "{text:?}");
        }
    }
}
