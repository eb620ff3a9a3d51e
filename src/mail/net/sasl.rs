//! What SASL mechanisms say first, in base64 as SMTP (RFC 4954) and POP3 (RFC 5034) carry it.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;

/// How to sign in at a mail server: the `auth` of `config.toml`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// With a password, by whatever mechanism the server offers.
    #[default]
    Password,
    /// XOAUTH2: what the settings call the password is an access token.
    Xoauth2,
}

/// PLAIN (RFC 4616): user and password.
#[must_use]
pub fn plain(user: &str, password: &str) -> String {
    STANDARD.encode(format!("\0{user}\0{password}"))
}

/// XOAUTH2: user and an OAuth 2.0 access token, as Google and Microsoft take it.
///
/// A server that refuses it says why in a challenge, which is answered with an empty line before the refusal comes.
#[must_use]
pub fn xoauth2(user: &str, token: &str) -> String {
    STANDARD.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_say_what_their_papers_show() {
        assert_eq!(plain("tim", "tanstaaftanstaaf"), "AHRpbQB0YW5zdGFhZnRhbnN0YWFm");
        assert_eq!(
            xoauth2("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1s\
             emRHRXVZMjl0Q2cBAQ=="
        );
    }
}
