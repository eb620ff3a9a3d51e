//! `--via`: where mail goes, as a URL.

use std::{path::PathBuf, str::FromStr};

use crate::mail::net::{BadServer, Server as SmtpServer};

/// A way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// `smtp://[user@]host[:port][?tls=…]` or `smtps://[user@]host[:port]`.
    Smtp(SmtpServer),
    /// `sendmail:PATH`.
    Sendmail(PathBuf),
    /// `maildir:DIR`: into `DIR/<recipient address>/`.
    Maildir(PathBuf),
    /// `stdout:`.
    Stdout,
}

/// Why a text is no way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVia {
    /// Another scheme, or none.
    #[error(
        "{0:?}: mail goes out by smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:"
    )]
    Scheme(String),
    /// An SMTP server that is none.
    #[error(transparent)]
    Server(#[from] BadServer),
    /// No path.
    #[error("{0:?} has no usable path")]
    Path(String),
}

impl Via {
    /// Whether a mail that goes this way is read on this machine, so that a private link in it works: a Maildir,
    /// standard output, an SMTP server on the loopback.
    #[must_use]
    pub fn stays_here(&self) -> bool {
        match self {
            Self::Maildir(_) | Self::Stdout => true,
            Self::Smtp(server) => server.is_loopback(),
            Self::Sendmail(_) => false,
        }
    }

    /// Whether a password will be asked for.
    #[must_use]
    pub fn needs_password(&self) -> bool {
        matches!(self, Self::Smtp(SmtpServer { user: Some(_), .. }))
    }
}

impl FromStr for Via {
    type Err = BadVia;

    fn from_str(text: &str) -> Result<Self, BadVia> {
        let bad = || BadVia::Scheme(text.to_owned());
        let (scheme, rest) = text.split_once(':').ok_or_else(bad)?;
        let path = || match rest {
            "" => Err(BadVia::Path(text.to_owned())),
            path => Ok(PathBuf::from(path)),
        };
        match scheme.to_ascii_lowercase().as_str() {
            "smtp" | "smtps" => {
                let place = rest.strip_prefix("//").ok_or_else(bad)?;
                let (tls, user) = (scheme.len() == 5, place.contains('@'));
                let port = if tls { 465 } else { [25, 587][usize::from(user)] };
                Ok(Self::Smtp(SmtpServer::parse(place, tls, port)?))
            }
            "sendmail" => path().map(Self::Sendmail),
            "maildir" => path().map(Self::Maildir),
            "stdout" if rest.is_empty() => Ok(Self::Stdout),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::mail::net::Security;

    fn smtp(text: &str) -> (String, Option<String>, Security) {
        let Via::Smtp(server) = text.parse().unwrap() else { panic!("{text}") };
        (server.to_string(), server.user, server.security)
    }

    #[test]
    fn tls_is_required_off_this_machine_unless_the_url_says_otherwise() {
        use Security::{None as Never, Opportunistic, Required, Tls};
        for (text, server, user, security) in [
            ("smtp://localhost", "localhost:25", None, Never),
            ("smtp://127.0.0.1:2525/", "127.0.0.1:2525", None, Never),
            ("smtp://[::1]:2525", "[::1]:2525", None, Never),
            ("smtp://mail.example.org", "mail.example.org:25", None, Required),
            (
                "smtp://bob%40x.example@Mail.Example.org",
                "mail.example.org:587",
                Some("bob@x.example"),
                Required,
            ),
            ("SMTPS://bob@mail.example.org", "mail.example.org:465", Some("bob"), Tls),
            ("smtps://localhost:4650", "localhost:4650", None, Tls),
            ("smtp://10.0.0.1?tls=none", "10.0.0.1:25", None, Never),
            ("smtp://mail.example.org/?tls=opportunistic", "mail.example.org:25", None, Opportunistic),
            ("smtp://localhost?timeout=5&tls=required", "localhost:25", None, Required),
            ("smtp://메일.kr", "xn--hq1bm8jm9l.kr:25", None, Required),
        ] {
            if text.contains("메일") {
                assert!(smtp(text).0.starts_with("xn--"), "{text}");
            } else {
                assert_eq!(smtp(text), (server.to_owned(), user.map(str::to_owned), security), "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_way_out_is_refused_with_words() {
        for text in [
            "",
            "mail.example.org",
            "http://x",
            "smtp:x",
            "smtp://",
            "smtp://:25",
            "smtp://a b",
            "smtp://x:0",
            "smtp://x:99999",
            "smtp://x:1a",
            "smtp://@x",
            "smtp://%0a@x",
            "smtp://%zz@x",
            "smtp://x?tls=maybe",
            "smtp://x?timeout=0",
            "smtp://x?timeout=a",
            "smtp://x?",
            "smtps://x?tls=none",
            "smtp://[::1",
            "smtp://[x]",
            "maildir:",
            "sendmail:",
            "stdout:x",
            "smtp://x\r\n",
        ] {
            assert!(text.parse::<Via>().is_err(), "{text:?}");
        }
        assert_eq!("smtp://bob:secret@x".parse::<Via>(), Err(BadServer::Password.into()));
    }

    #[test]
    fn a_private_link_stays_where_it_works() {
        for (text, here) in [
            ("maildir:box", true),
            ("stdout:", true),
            ("smtp://localhost:2525", true),
            ("smtp://[::ffff:127.0.0.1]", true),
            ("smtp://mail.example.org", false),
            ("smtp://192.168.1.1?tls=none", false),
            ("sendmail:/usr/sbin/sendmail", false),
        ] {
            assert_eq!(text.parse::<Via>().unwrap().stays_here(), here, "{text}");
        }
    }
}
