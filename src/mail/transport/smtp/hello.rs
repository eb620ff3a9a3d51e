//! What this machine calls itself.

use std::net::{IpAddr, SocketAddr};

use lettre::transport::smtp::extension::ClientId;

use crate::mail::address::Domain;

/// The host's name, or `localhost`.
pub(in crate::mail::transport) fn host_name() -> String {
    match ClientId::default() {
        ClientId::Domain(name) => name,
        _ => "localhost".to_owned(),
    }
}

/// The argument of `EHLO` (RFC 5321 §4.1.4): a domain, else the connection's own address in brackets.
pub(super) fn argument(wish: Option<&str>, local: Option<SocketAddr>) -> String {
    let name = wish.map_or_else(host_name, str::to_owned);
    if let Ok(domain) = name.parse::<Domain>() {
        return domain.to_string();
    }
    match local.map(|address| address.ip().to_canonical()) {
        Some(IpAddr::V4(ip)) => format!("[{ip}]"),
        Some(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
        None => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_is_a_domain_or_an_address() {
        let local = Some(SocketAddr::from(([192, 0, 2, 1], 1)));
        assert_eq!(argument(Some("Mail.example.org"), local), "mail.example.org");
        assert_eq!(argument(Some("my_box\r\nMAIL"), local), "[192.0.2.1]");
        assert_eq!(argument(Some(""), None), "localhost");
    }
}
