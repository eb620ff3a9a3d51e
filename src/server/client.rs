//! Where a request comes from: the peer, or what a proxy we trust says.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::FORWARDED, request::Parts},
};

use super::{Problem, Shared, security::cidr::Cidr};

/// The other end of the TCP connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The address of the client: what the first database keeps as the latest host, and what rates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl FromRequestParts<Shared> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let Some(Peer(peer)) = parts.extensions.get().copied() else {
            return Err(Problem::internal(&"a request without its peer"));
        };
        Ok(Self(client(peer, &parts.headers, &shared.options.trusted_proxies)))
    }
}

/// The client behind `peer`: walks the addresses the proxies noted from the last to the first, as long as the one
/// who noted it is trusted. When `X-Forwarded-For` and `Forwarded` (RFC 7239) disagree, the client has forged the
/// one that the proxy does not write, and neither is believed.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Cidr]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let behind = |noted: Vec<Option<IpAddr>>| {
        let mut client = peer;
        for address in noted.into_iter().rev() {
            // Something unreadable hides whatever is before it.
            let Some(address) = address else { break };
            client = address;
            if !is_trusted(client) {
                break;
            }
        }
        client
    };
    let all = |name: &str| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let x: Vec<_> = all("x-forwarded-for").flat_map(|v| v.split(',')).map(address).collect();
    let standard: Vec<_> = all(FORWARDED.as_str()).flat_map(|value| value.split(',')).map(element).collect();
    match (x.is_empty(), standard.is_empty()) {
        (false, true) => behind(x),
        (true, false) => behind(standard),
        (true, true) => peer,
        (false, false) => {
            let (x, standard) = (behind(x), behind(standard));
            if x == standard { x } else { peer }
        }
    }
}

/// `for=` of one element of `Forwarded`.
fn element(text: &str) -> Option<IpAddr> {
    text.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| address(value.trim_matches('"')))?
    })
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seen(peer: &str, fields: &[(&'static str, &'static str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_he_is() {
        assert_eq!(seen("203.0.113.5", &[("x-forwarded-for", "192.0.2.1")]), "203.0.113.5");
        assert_eq!(seen("::ffff:203.0.113.5", &[]), "203.0.113.5");
    }

    #[test]
    fn a_trusted_proxy_is_believed_as_far_as_the_chain_is_trusted() {
        assert_eq!(seen("127.0.0.1", &[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(seen("127.0.0.1", &[("x-forwarded-for", "6.6.6.6, 192.0.2.1, 10.1.1.1")]), "192.0.2.1");
        assert_eq!(
            seen("127.0.0.1", &[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "10.1.1.1")]),
            "6.6.6.6"
        );
        assert_eq!(seen("127.0.0.1", &[("x-forwarded-for", "6.6.6.6, garbage")]), "127.0.0.1");
        assert_eq!(seen("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn the_standard_field_is_read_too() {
        assert_eq!(
            seen("10.0.0.1", &[("forwarded", "for=192.0.2.60;proto=https;by=203.0.113.43")]),
            "192.0.2.60"
        );
        assert_eq!(
            seen("10.0.0.1", &[("forwarded", "for=6.6.6.6, For=\"[2001:db8::17]:4711\"")]),
            "2001:db8::17"
        );
    }

    #[test]
    fn two_fields_that_disagree_are_not_believed() {
        let forged = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=6.6.6.6")];
        assert_eq!(seen("127.0.0.1", &forged), "127.0.0.1");
        let same = [("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        assert_eq!(seen("127.0.0.1", &same), "192.0.2.1");
    }
}
