//! A mail server as a URL names it: `[user@]host[:port][?tls=…&timeout=SECS]`, behind `smtp://`, `pop3://` and so on.

use std::{fmt, net::IpAddr, time::Duration};

use crate::mail::address::Domain;

/// A mail server and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A domain in A-labels or an IP address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whom to sign in as.
    pub user: Option<String>,
    /// When there is TLS.
    pub security: Security,
    /// `?timeout=SECS`: how long each step may take, instead of the protocol's own times.
    pub timeout: Option<Duration>,
}

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte: `smtps://`, `pop3s://` (RFC 8314).
    Tls,
    /// By STARTTLS (RFC 3207) or STLS (RFC 2595), or nothing is said: the default off this machine.
    Required,
    /// The same if the server offers it: `?tls=opportunistic`.
    Opportunistic,
    /// Never: the default on this machine, `?tls=none` elsewhere.
    None,
}

/// Why a text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadServer {
    /// A password in the URL.
    #[error(
        "a password does not belong into a URL: set password_command or password_file in config.toml ($CH_HOME or ~/.config/ch)"
    )]
    Password,
    /// Host, port or user.
    #[error("{0:?} has no usable {1}")]
    Part(String, &'static str),
    /// After the `?`.
    #[error(
        "{0:?}: after the ? there may be timeout=SECS, and tls=required, tls=opportunistic or tls=none where the URL \
         does not begin with smtps or pop3s"
    )]
    Option(String),
}

impl Server {
    /// Reads what stands behind `smtp://` and the like. `tls`: from the first byte; `port`: the one when none is named.
    ///
    /// # Errors
    /// [`BadServer`].
    pub fn parse(text: &str, tls: bool, port: u16) -> Result<Self, BadServer> {
        let part = |what| move || BadServer::Part(text.to_owned(), what);
        let (place, options) = text.split_once('?').map_or((text, None), |(p, o)| (p, Some(o)));
        let place = place.strip_suffix('/').unwrap_or(place);
        let (user, place) = place.rsplit_once('@').map_or((None, place), |(u, p)| (Some(u), p));
        if user.is_some_and(|user| user.contains(':')) {
            return Err(BadServer::Password);
        }
        let user =
            user.map(|user| decode(user).filter(|u| !u.is_empty()).ok_or_else(part("user"))).transpose()?;
        let (host, named) = match place.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (place, None),
        };
        let port = named
            .map(|text| text.parse::<u16>().ok().filter(|p| *p > 0).ok_or_else(part("port")))
            .transpose()?
            .unwrap_or(port);
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
                _ => return Err(BadServer::Option(text.to_owned())),
            }
        }
        Ok(server)
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(ip) => ip.to_canonical().is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for Server {
    /// Host and port, as errors name the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
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
