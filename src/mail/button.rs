//! The chat button: the five `CH-*` header fields of a mail, and the link that opens the same chat.

use std::net::IpAddr;

use url::Url;

use super::problem::Problem;
use crate::wire::{LoginId, Port, Ticket, Time, limits, record::Chat, ticket::Action};

/// The login that the button rings.
pub const LOGIN: &str = "CH-Login-ID";
/// The port that was assigned to it (S103).
pub const PORT: &str = "CH-Port";
/// Its latest host; optional.
pub const HOST: &str = "CH-Host";
/// The CH server that knows the port.
pub const SERVER: &str = "CH-Server";
/// What makes the button unforgeable.
pub const TICKET: &str = "CH-Ticket";
/// All five, in the order in which they are written.
pub const NAMES: [&str; 5] = [LOGIN, PORT, HOST, SERVER, TICKET];

/// The longest `CH-Server`, in bytes: a link made from it still fits on a line (RFC 5322 §2.1.1).
const SERVER_LENGTH: usize = 512;

/// The header lines of a button, each ended by CRLF; `CH-Host` only with a host.
///
/// A control character in a value is left out, so that no value can begin a header field of its own.
#[must_use]
pub fn fields(chat: &Chat) -> String {
    let port = chat.port.to_string();
    let ticket = chat.ticket.to_string();
    [
        (LOGIN, Some(chat.login.as_str())),
        (PORT, Some(&port)),
        (HOST, chat.host.as_deref()),
        (SERVER, Some(&chat.server)),
        (TICKET, Some(&ticket)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .map(|(name, value)| format!("{name}: {}\r\n", value.replace(char::is_control, "")))
    .collect()
}

/// The link that opens the chat in a browser: `https://ch.example.org/c#<ticket>`.
///
/// The ticket is in the fragment, so that it is in no server's log (RFC 3986 §3.5).
#[must_use]
pub fn link(server: &str, ticket: &Ticket) -> String {
    let base = server.split(['?', '#']).next().unwrap_or_default();
    format!("{}/c#{ticket}", base.trim_end_matches('/'))
}

/// Takes a chat link apart: the server's URL (no slash at its end) and the ticket.
#[must_use]
pub fn parse_link(text: &str) -> Option<(String, Ticket)> {
    let (server, ticket) = text.trim().rsplit_once("/c#")?;
    server_url(server)?;
    Some((server.trim_end_matches('/').to_owned(), ticket.parse().ok()?))
}

/// The URL of a `CH-Server`: absolute, http or https, with a host, without user or password.
#[must_use]
pub fn server_url(text: &str) -> Option<Url> {
    // The URL standard forgives much that RFC 3986 does not ("https:host", tabs, backslashes).
    if text.len() > SERVER_LENGTH || !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    if !(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        || authority.is_empty()
        || authority.contains('@')
    {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

/// Whether a text can be a host: an IP address, or a name of RFC 1123 labels (an underscore is let through).
#[must_use]
pub fn is_host(text: &str) -> bool {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    if bare.parse::<IpAddr>().is_ok() {
        return true;
    }
    text.len() <= limits::HOST
        && text.strip_suffix('.').unwrap_or(text).split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

/// Looks for the button among a mail's header fields, given as names and raw (perhaps folded) values.
///
/// There is a button when `CH-Login-ID`, `CH-Port`, `CH-Server` and `CH-Ticket` stand exactly once each and are
/// well-formed. Problems may come with a button too: whether it still leads anywhere is its server's to say.
/// Expiry is not looked at here: see [`expired`].
#[must_use]
pub fn find<N, V>(fields: impl IntoIterator<Item = (N, V)>) -> (Option<Chat>, Vec<Problem>)
where
    N: AsRef<[u8]>,
    V: AsRef<[u8]>,
{
    let mut found: [Found; 5] = Default::default();
    for (name, value) in fields {
        let name = name.as_ref().trim_ascii();
        if let Some(place) = NAMES.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
            found[place].take(value.as_ref());
        }
    }
    if found.iter().all(|field| field.times == 0) {
        return (None, vec![Problem::NoButton]);
    }
    let mut problems = Vec::new();
    let missing: Vec<_> = NAMES
        .into_iter()
        .zip(&found)
        .filter(|(name, field)| *name != HOST && field.times == 0)
        .map(|(name, _)| name)
        .collect();
    if !missing.is_empty() {
        problems.push(Problem::Incomplete(missing));
    }
    let [login, port, host, server, ticket] = &found;
    let login = login.once(LOGIN, &mut problems, |text| text.parse::<LoginId>().ok());
    let port = port.once(PORT, &mut problems, |text| text.parse::<Port>().ok());
    let host = host.once(HOST, &mut problems, |text| is_host(text).then(|| text.to_owned()));
    let server = server.once(SERVER, &mut problems, |text| server_url(text).map(|_| text.to_owned()));
    let ticket = ticket.once(TICKET, &mut problems, |text| text.parse::<Ticket>().ok());
    if let Some(claims) = ticket.as_ref().map(Ticket::claims) {
        if claims.action != Action::Chat {
            problems.push(Problem::NotAChatTicket);
        }
        if let Some(field) = port.filter(|port| *port != claims.port) {
            problems.push(Problem::PortDisagrees { field, ticket: claims.port });
        }
    }
    let chat = (|| {
        let (server, ticket) = (server?, ticket?);
        let expires = ticket.claims().expires;
        let url = link(&server, &ticket);
        Some(Chat { login: login?, port: port?, host, server, ticket, expires, url })
    })();
    (chat, problems)
}

/// Judges a button that came in a record, not in a header: what a record says of itself is not believed more.
#[must_use]
pub fn judge(chat: &Chat) -> (Option<Chat>, Vec<Problem>) {
    let port = chat.port.to_string();
    let ticket = chat.ticket.to_string();
    let host = chat.host.as_deref().map(|host| (HOST, host));
    let others =
        [(LOGIN, chat.login.as_str()), (PORT, port.as_str()), (SERVER, &chat.server), (TICKET, &ticket)];
    find(others.into_iter().chain(host))
}

/// The problem that the button's ticket is past its own expiry at `now`, if it is.
#[must_use]
pub fn expired(chat: &Chat, now: Time) -> Option<Problem> {
    (chat.expires <= now).then_some(Problem::Expired(chat.expires))
}

/// One of the five fields: how often it stands, and its last value.
#[derive(Default)]
struct Found {
    times: usize,
    value: Option<String>,
}

impl Found {
    fn take(&mut self, raw: &[u8]) {
        self.times += 1;
        // Unfolding removes the line ends before white space (RFC 5322 §2.2.3); no value is longer than a line.
        self.value = std::str::from_utf8(raw)
            .ok()
            .map(|text| text.replace("\r\n", "").replace('\n', ""))
            .map(|text| text.trim_matches([' ', '\t']).to_owned());
    }

    fn once<T>(
        &self,
        name: &'static str,
        problems: &mut Vec<Problem>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let ticket = name == TICKET;
        match self.times {
            0 => None,
            1 => {
                let value = self.value.as_deref().and_then(parse);
                if value.is_none() {
                    problems.push(if ticket { Problem::DamagedTicket } else { Problem::DamagedField(name) });
                }
                value
            }
            _ => {
                problems.push(if ticket { Problem::TwoTickets } else { Problem::TwoFields(name) });
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
