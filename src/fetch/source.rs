//! Where mails come from, as a URL: `pop3://`, `pop3s://`, `maildir:`.

use std::{path::PathBuf, str::FromStr};

use crate::mail::net::{BadServer, Server};

/// A mailbox to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `pop3://user@host[:port][?tls=…&timeout=SECS]` or `pop3s://…`.
    Pop3(Server),
    /// `maildir:DIR`: its `new` and `cur`.
    Maildir(PathBuf),
}

/// Why a text is no mailbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSource {
    /// Another scheme, or none.
    #[error("{0:?}: mails come from pop3://USER@HOST[:PORT], pop3s://USER@HOST[:PORT] or maildir:DIR")]
    Scheme(String),
    /// A server that is none.
    #[error(transparent)]
    Server(#[from] BadServer),
    /// Nobody's mailbox.
    #[error("{0:?}: whose mailbox? pop3://USER@HOST; an @ in the user's name is %40")]
    User(String),
    /// No path.
    #[error("{0:?} has no path")]
    Path(String),
}

impl Source {
    /// Whether a password will be needed.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        matches!(self, Self::Pop3(_))
    }

    /// The mailbox as states and records name it: the same whether or not the way to it is encrypted.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Pop3(server) => {
                let user: String = server.user.iter().flat_map(|user| user.bytes()).map(plain).collect();
                let host = if server.host.contains(':') {
                    format!("[{}]", server.host)
                } else {
                    server.host.clone()
                };
                match server.port {
                    110 | 995 => format!("pop3://{user}@{host}"),
                    port => format!("pop3://{user}@{host}:{port}"),
                }
            }
            Self::Maildir(path) => {
                let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let path: String = whole.as_os_str().as_encoded_bytes().iter().copied().map(plain).collect();
                format!("maildir:{path}")
            }
        }
    }
}

/// A byte of a URL; what is not plain in hexadecimal (RFC 3986 §2.1).
pub(super) fn plain(byte: u8) -> String {
    match byte {
        b'%' | b'@' | b'#' | b'?' => format!("%{byte:02X}"),
        graphic if graphic.is_ascii_graphic() => char::from(graphic).to_string(),
        other => format!("%{other:02X}"),
    }
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        // The text may hold a password, which is not to be shown.
        let shown = || text.split_once('@').map_or(text, |_| text.split(':').next().unwrap_or_default());
        let bad = || BadSource::Scheme(shown().to_owned());
        let (scheme, rest) = text.split_once(':').ok_or_else(bad)?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "pop3" | "pop3s" => {
                let tls = scheme == "pop3s";
                let place = rest.strip_prefix("//").ok_or_else(bad)?;
                let server = Server::parse(place, tls, if tls { 995 } else { 110 })?;
                if server.user.is_none() {
                    return Err(BadSource::User(text.to_owned()));
                }
                Ok(Self::Pop3(server))
            }
            "maildir" if rest.is_empty() => Err(BadSource::Path(text.to_owned())),
            "maildir" => Ok(Self::Maildir(PathBuf::from(rest))),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_mailbox_has_one_name_however_it_is_reached() {
        for (url, name) in [
            ("pop3://bob@mail.example.org", "pop3://bob@mail.example.org"),
            ("POP3S://bob@Mail.Example.org?timeout=5", "pop3://bob@mail.example.org"),
            ("pop3://bob%40x.example@[::1]:1100", "pop3://bob%40x.example@[::1]:1100"),
            ("maildir:/a b/c", "maildir:/a%20b/c"),
        ] {
            assert_eq!(url.parse::<Source>().unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_no_mailbox_is_refused_and_no_password_is_shown() {
        for text in
            ["", "bob@x", "imap://bob@x", "pop3:bob@x", "pop3://x", "pop3://@x", "maildir:", "pop3://b@"]
        {
            assert!(text.parse::<Source>().is_err(), "{text}");
        }
        for text in ["pop3://bob:sesame@x", "imap://bob:sesame@x", "pop3:bob:sesame@x"] {
            let error = text.parse::<Source>().unwrap_err().to_string();
            assert!(!error.contains("sesame"), "{error}");
        }
    }
}
