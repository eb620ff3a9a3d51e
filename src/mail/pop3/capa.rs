//! What a server says it can do (RFC 2449 §5): the lines of its reply to `CAPA`. Pure.

/// Lines of a reply to `CAPA` that are looked at; there are about ten.
pub const LINES: usize = 200;

/// What was offered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `STLS` (RFC 2595).
    pub stls: bool,
    /// `USER` and `PASS`.
    pub user: bool,
    /// Commands may be sent without waiting for the replies.
    pub pipelining: bool,
    /// SASL's mechanisms (RFC 5034), in capitals.
    pub sasl: Vec<String>,
}

impl Capabilities {
    /// Takes one line, without its line end. What is not known is passed over.
    pub fn line(&mut self, line: &[u8]) {
        let line = String::from_utf8_lossy(line).to_ascii_uppercase();
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("STLS") => self.stls = true,
            Some("USER") => self.user = true,
            Some("PIPELINING") => self.pipelining = true,
            Some("SASL") => self.sasl.extend(words.map(str::to_owned)),
            _ => {}
        }
    }

    /// Whether SASL's `mechanism` is offered.
    #[must_use]
    pub fn offers(&self, mechanism: &str) -> bool {
        self.sasl.iter().any(|offered| offered == mechanism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_known_in_any_case() {
        let mut offered = Capabilities::default();
        for line in
            ["TOP", "uidl", "Stls", "USER x", "PIPELINING", "SASL plain LOGIN", "\u{fffd}", "", "X-NEW a"]
        {
            offered.line(line.as_bytes());
        }
        assert!(offered.stls && offered.user && offered.pipelining);
        assert!(offered.offers("PLAIN") && !offered.offers("XOAUTH2"));
    }
}
