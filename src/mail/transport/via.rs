//! `--via`: where mail goes, as a URL.

use std::{fmt, net::IpAddr, path::PathBuf, str::FromStr, time::Duration};

use crate::mail::address::Domain;

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

/// An SMTP server and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// A domain in A-labels or an IP address without brackets.
    pub host: String,
    /// TCP port: as given, else 465 for `smtps`, 587 with a user, 25 without.
    pub port: u16,
    /// Whom to sign in as.
    pub user: Option<String>,
    /// When there is TLS.
    pub security: Security,
    /// `?timeout=SECS`: how long each step may take, instead of [`Times`](super::Times).
    pub timeout: Option<Duration>,
}

/// When an SMTP connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte: `smtps://` (RFC 8314).
    Tls,
    /// By STARTTLS (RFC 3207), or nothing is sent: the default off this machine.
    Required,
    /// By STARTTLS if the server offers it: `?tls=opportunistic`.
    Opportunistic,
    /// Never: the default on this machine, `?tls=none` elsewhere.
    None,
}

/// Why a text is no way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadVia {
    /// Another scheme, or none.
    #[error(
        "{0:?}: mail goes out by smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:"
    )]
    Scheme(String),
    /// A password in the URL.
    #[error("a password does not belong into a URL: set password_command or password_file in config.toml")]
    Password,
    /// Host, port or user.
    #[error("{0:?} has no usable {1}")]
    Part(String, &'static str),
    /// After the `?`.
    #[error(
        "{0:?}: after the ? there may be tls=required, tls=opportunistic or tls=none (smtp:// only), and timeout=SECS"
    )]
    Option(String),
}

impl Via {
    /// The local mail program, if there is one: what is used when nobody set anything.
    #[must_use]
    pub fn local() -> Option<Self> {
        ["/usr/sbin/sendmail", "/usr/lib/sendmail"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
            .map(Self::Sendmail)
    }

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

impl SmtpServer {
    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    fn parse(text: &str, tls: bool) -> Result<Self, BadVia> {
        let part = |what| move || BadVia::Part(text.to_owned(), what);
        let (place, options) = text.split_once('?').map_or((text, None), |(p, o)| (p, Some(o)));
        let place = place.strip_suffix('/').unwrap_or(place);
        let (user, place) = place.rsplit_once('@').map_or((None, place), |(u, p)| (Some(u), p));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(BadVia::Password);
        }
        let user =
            user.map(|user| decode(user).filter(|u| !u.is_empty()).ok_or_else(part("user"))).transpose()?;
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (place, None),
        };
        let port = port
            .map(|text| text.parse::<u16>().ok().filter(|p| *p > 0).ok_or_else(part("port")))
            .transpose()?
            .unwrap_or(if tls { 465 } else { [25, 587][usize::from(user.is_some())] });
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
        let host = match bare.unwrap_or(host).parse::<IpAddr>() {
            Ok(ip) => ip.to_string(),
            Err(_) if bare.is_some() => return Err(part("host")()),
            Err(_) => host.parse::<Domain>().map_err(|_| part("host")())?.to_string(),
        };
        let mut server = Self { host, port, user, security: Security::Tls, timeout: None };
        if !tls {
            server.security = if server.is_loopback() { Security::None } else { Security::Required };
        }
        for option in options.into_iter().flat_map(|options| options.split('&')) {
            let seconds = option.strip_prefix("timeout=").and_then(|secs| secs.parse::<u32>().ok());
            match (option, seconds) {
                (_, Some(secs @ 1..)) => server.timeout = Some(Duration::from_secs(secs.into())),
                ("tls=required", _) if !tls => server.security = Security::Required,
                ("tls=opportunistic", _) if !tls => server.security = Security::Opportunistic,
                ("tls=none", _) if !tls => server.security = Security::None,
                _ => return Err(BadVia::Option(text.to_owned())),
            }
        }
        Ok(server)
    }
}

/// `%40` for an `@` in a user's name (RFC 3986 §2.1). `None`: not UTF-8, or a control character.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let (digits, after) = tail.split_at_checked(2)?;
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

impl FromStr for Via {
    type Err = BadVia;

    fn from_str(text: &str) -> Result<Self, BadVia> {
        let bad = || BadVia::Scheme(text.to_owned());
        let (scheme, rest) = text.split_once(':').ok_or_else(bad)?;
        let path = || match rest {
            "" => Err(BadVia::Part(text.to_owned(), "path")),
            path => Ok(PathBuf::from(path)),
        };
        match scheme.to_ascii_lowercase().as_str() {
            "smtp" | "smtps" => {
                let place = rest.strip_prefix("//").ok_or_else(bad)?;
                SmtpServer::parse(place, scheme.len() == 5).map(Self::Smtp)
            }
            "sendmail" => path().map(Self::Sendmail),
            "maildir" => path().map(Self::Maildir),
            "stdout" if rest.is_empty() => Ok(Self::Stdout),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for SmtpServer {
    /// Host and port, as errors name the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

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
        assert_eq!("smtp://bob:secret@x".parse::<Via>(), Err(BadVia::Password));
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
