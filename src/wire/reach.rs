//! Which URLs and addresses lead somewhere only from this machine or a private network.

use std::net::IpAddr;

use url::{Host, Url};

/// Loopback, private, link-local or unspecified.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
    }
}

/// Whether a URL's host can mean something else, or nothing, to somebody elsewhere: a private address, a name
/// without a dot, or one under a domain that is kept for local use (RFC 6761, 6762, 8375, 9476). Looks nothing up.
#[must_use]
pub fn is_private_url(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let local = ["localhost", "local", "internal", "test", "home.arpa", "alt"];
            !name.contains('.')
                || local.iter().any(|zone| name.strip_suffix(zone).is_some_and(|left| left.ends_with('.')))
        }
        Some(Host::Ipv4(address)) => is_private(address.into()),
        Some(Host::Ipv6(address)) => is_private(address.into()),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_private_url_is_one_that_a_stranger_cannot_open() {
        for (url, private) in [
            ("http://127.0.0.1:4460", true),
            ("http://[::1]/", true),
            ("http://[::ffff:10.0.0.1]/", true),
            ("http://192.168.1.2", true),
            ("http://169.254.1.1", true),
            ("http://0x7f.1", true),
            ("http://localhost", true),
            ("http://ch.localhost.", true),
            ("http://chbox", true),
            ("http://ch.local", true),
            ("https://ch.example.org", false),
            ("https://notlocal.org", false),
            ("https://192.0.2.1", false),
            ("https://[2001:db8::1]", false),
        ] {
            assert_eq!(is_private_url(&url.parse().unwrap()), private, "{url}");
        }
    }
}
