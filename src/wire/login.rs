//! The login ID: the name a person has on a CH server.

use std::{borrow::Borrow, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// 1–64 of `a-z 0-9 . _ -`, beginning with a letter or digit, kept in lower case.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("pattern" = "^[a-z0-9][a-z0-9._-]{0,63}$"))]
pub struct LoginId(String);

/// Why a text is not a login ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a login ID is 1-64 of a-z 0-9 . _ - and begins with a letter or digit")]
pub struct BadLogin;

/// Logins that joining in the browser makes; nobody can register one.
pub const MEMBER_PREFIX: &str = "m-";

impl LoginId {
    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is one that only the shop hands out.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with(MEMBER_PREFIX)
    }
}

impl FromStr for LoginId {
    type Err = BadLogin;

    fn from_str(text: &str) -> Result<Self, BadLogin> {
        let fits = (1..=limits::LOGIN).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            && text.as_bytes()[0].is_ascii_alphanumeric();
        if fits { Ok(Self(text.to_ascii_lowercase())) } else { Err(BadLogin) }
    }
}

impl TryFrom<String> for LoginId {
    type Error = BadLogin;

    fn try_from(text: String) -> Result<Self, BadLogin> {
        text.parse()
    }
}

impl From<LoginId> for String {
    fn from(login: LoginId) -> Self {
        login.0
    }
}

impl Borrow<str> for LoginId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LoginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_compared_in_lower_case() {
        assert_eq!("Alice.B_c-9".parse::<LoginId>().map(String::from), Ok("alice.b_c-9".to_owned()));
    }

    #[test]
    fn what_is_not_a_login_is_refused() {
        for text in ["", ".a", "-a", "_a", "a b", "a/b", "é", "a\u{200b}", "a\n", &"a".repeat(65)] {
            assert_eq!(text.parse::<LoginId>(), Err(BadLogin), "{text:?}");
        }
        assert!("a".repeat(64).parse::<LoginId>().is_ok());
    }
}
