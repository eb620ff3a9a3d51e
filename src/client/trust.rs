//! Whom a press may talk to (the rules of the press): decisions only. The caller resolves names, asks the
//! person, and connects to the very addresses that were checked here, so that a name cannot lead elsewhere in
//! between (DNS rebinding).
//!
//! - https only; http, and a private or loopback address, only for the server in one's own configuration;
//! - a server neither configured nor used before is named and asked about;
//! - one's own token goes to one's own server alone ([`Standing::Own`]).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// What a server is to this person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The one in the configuration: http and private addresses are fine, and the token may go there.
    Own,
    /// Used before: no question, but the rules for strangers hold.
    Known,
    /// Neither: the person is asked first.
    New,
}

/// Why a press does not connect. All of these are final (exit 77).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not an http or https URL with a host, or one that carries a name and password.
    #[error("{0} is not a server's URL")]
    NotAServer(String),
    /// Plain http, and not one's own server.
    #[error("{0} is neither https nor your own server (CH_SERVER)")]
    NotHttps(String),
    /// The address is private, loopback or not a public one, and it is not one's own server.
    #[error(
        "{server} leads to {address}, which is no public address, and is not your own server (CH_SERVER)"
    )]
    NotPublic {
        /// The server as [`name`] says it.
        server: String,
        /// The offending address.
        address: IpAddr,
    },
    /// New, and nobody there to ask.
    #[error("{0} is new to you: run this on a terminal to be asked, or give --trust-server")]
    NobodyToAsk(String),
    /// New, and the person said no.
    #[error("{0} is not trusted")]
    SaidNo(String),
}

/// How a server is named to a person: scheme, host in ASCII (an IDN stays `xn--`), port if not the usual one,
/// path if there is one.
#[must_use]
pub fn name(server: &Url) -> String {
    let host = server.host_str().unwrap_or_default();
    let port = server.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", server.scheme(), server.path().trim_end_matches('/'))
}

/// Whether two URLs name the same server: same scheme, host, port and path (a final slash aside).
#[must_use]
pub fn same_server(one: &Url, other: &Url) -> bool {
    one.origin() == other.origin()
        && one.path().trim_end_matches('/') == other.path().trim_end_matches('/')
        && is_plain(one)
        && is_plain(other)
}

/// What `server` is, given the servers of the own configuration and whether it was used before.
///
/// # Errors
/// A [`Refusal`] when no answer of the person and no address could make it right.
pub fn standing(server: &Url, own: &[Url], used_before: bool) -> Result<Standing, Refusal> {
    if !matches!(server.scheme(), "http" | "https") || server.host_str().is_none() || !is_plain(server) {
        return Err(Refusal::NotAServer(name(server)));
    }
    if own.iter().any(|own| same_server(own, server)) {
        return Ok(Standing::Own);
    }
    if server.scheme() != "https" {
        return Err(Refusal::NotHttps(name(server)));
    }
    let literal = match server.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        _ => None,
    };
    check_addresses(server, Standing::New, literal)?;
    Ok(if used_before { Standing::Known } else { Standing::New })
}

/// Whether every one of the addresses that `server` resolved to may be connected to. One bad address
/// refuses them all: a name that leads both ways is a trick.
///
/// # Errors
/// [`Refusal::NotPublic`] with the first address that may not.
pub fn check_addresses(
    server: &Url,
    standing: Standing,
    addresses: impl IntoIterator<Item = IpAddr>,
) -> Result<(), Refusal> {
    if standing == Standing::Own {
        return Ok(());
    }
    match addresses.into_iter().find(|address| !is_public(*address)) {
        Some(address) => Err(Refusal::NotPublic { server: name(server), address }),
        None => Ok(()),
    }
}

/// No name and password, no query, no fragment.
fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none()
}

/// Whether an address can be a server of the public Internet: not loopback, private, link-local, shared,
/// multicast, for documentation, reserved, or any of these wrapped in IPv6 (RFC 6890 and its registries).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0                                   // this network
        || (a == 100 && b & 0xc0 == 64)             // shared address space, RFC 6598
        || (a == 192 && b == 0 && c == 0)           // protocol assignments
        || (a == 192 && b == 88 && c == 99)         // 6to4 relays, gone
        || (a == 198 && b & 0xfe == 18)             // benchmarks, RFC 2544
        || a >= 224; // multicast, reserved, broadcast
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    let low_v4 = || {
        let [.., a, b, c, d] = address.octets();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        // ::, ::1, v4-compatible and v4-mapped addresses: none has business here but as their v4 selves.
        [0, 0, 0, 0, 0, 0xffff, _, _] => is_public_v4(low_v4()),
        [0, 0, 0, 0, ..] => false,
        // NAT64, RFC 6052: the well-known prefix carries a v4 address; the local one (RFC 8215) is local.
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => is_public_v4(low_v4()),
        [0x64, 0xff9b, ..] => false,
        // 6to4 carries a v4 address; Teredo and the rest of the special block 2001::/23 are no servers'.
        [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Only 2000::/3 is global unicast; everything outside (fc00::/7, fe80::/10, ff00::/8, …) is not.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn own() -> Vec<Url> {
        vec![url("http://127.0.0.1:4460"), url("https://ch.example.net/chat/")]
    }

    #[test]
    fn ones_own_server_may_be_plain_http_and_private() {
        for text in
            ["http://127.0.0.1:4460/", "https://CH.example.net:443/chat", "https://ch.example.net/chat/"]
        {
            assert_eq!(standing(&url(text), &own(), false), Ok(Standing::Own), "{text}");
        }
        let private = ["10.0.0.1".parse().unwrap()];
        assert_eq!(check_addresses(&url("https://ch.example.net/chat"), Standing::Own, private), Ok(()));
    }

    #[test]
    fn what_only_looks_like_ones_own_server_is_not() {
        for text in [
            "http://127.0.0.1:4461",
            "http://localhost:4460",
            "http://127.0.0.1:4460/other",
            "http://ch.example.net/chat",
        ] {
            assert!(matches!(standing(&url(text), &own(), true), Err(Refusal::NotHttps(_))), "{text}");
        }
        for text in [
            "https://ch.example.net",
            "https://ch.example.net/chat/x",
            "https://ch.example.net.evil.org/chat",
        ] {
            assert_eq!(standing(&url(text), &own(), false), Ok(Standing::New), "{text}");
        }
        for text in
            ["http://alice@127.0.0.1:4460", "http://:secret@127.0.0.1:4460", "http://127.0.0.1:4460?x"]
        {
            assert!(matches!(standing(&url(text), &own(), false), Err(Refusal::NotAServer(_))), "{text}");
        }
    }

    #[test]
    fn strangers_need_https_and_a_public_address() {
        assert_eq!(standing(&url("https://ch.example.org"), &own(), false), Ok(Standing::New));
        assert_eq!(standing(&url("https://ch.example.org"), &own(), true), Ok(Standing::Known));
        for text in ["ftp://ch.example.org", "file:///etc/passwd", "data:,x", "javascript:alert(1)"] {
            assert!(matches!(standing(&url(text), &own(), true), Err(Refusal::NotAServer(_))), "{text}");
        }
        for text in [
            "https://127.0.0.1",
            "https://0x7f.1",
            "https://2130706433",
            "https://[::1]",
            "https://[::ffff:7f00:1]",
        ] {
            assert!(matches!(standing(&url(text), &own(), true), Err(Refusal::NotPublic { .. })), "{text}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_refuses() {
        let server = url("https://ch.example.org");
        let both: [IpAddr; 2] = ["93.184.216.34".parse().unwrap(), "192.168.1.1".parse().unwrap()];
        for standing in [Standing::Known, Standing::New] {
            let refusal = check_addresses(&server, standing, both).unwrap_err();
            assert_eq!(
                refusal,
                Refusal::NotPublic { server: "https://ch.example.org".into(), address: both[1] }
            );
        }
    }

    #[test]
    fn special_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:1::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "93.184.216.34",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
            "2001:200::1",
            "2606:4700::1111",
            "3fff:1000::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_v4_address_is_the_same_however_it_is_wrapped(bits: u32) {
            let v4 = Ipv4Addr::from(bits);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for wrapped in [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
            ] {
                prop_assert_eq!(is_public(v4.into()), is_public(wrapped.into()));
            }
        }
    }
}
