//! The key record of a domain, a TXT record at `SELECTOR._domainkey.DOMAIN` (RFC 6376 §3.6.1, RFC 8463 §4).

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    der,
    tags::{BadTags, Tags},
};

/// Bytes of one character string of a TXT record (RFC 1035 §3.3).
const STRING: usize = 255;

/// What a key signs with. The hash is SHA-256 for both: SHA-1 is dead (RFC 8301).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `rsa-sha256`.
    Rsa,
    /// `ed25519-sha256`: the signature is over the hash (RFC 8463 §3).
    Ed25519,
}

impl Algorithm {
    /// `a=` of a signature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }

    /// `k=` of a record.
    #[must_use]
    pub fn key_type(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// From `a=`; `None` for what we do not know or believe.
    #[must_use]
    pub fn of_tag(text: &str) -> Option<Self> {
        [Self::Rsa, Self::Ed25519].into_iter().find(|algorithm| algorithm.name() == text)
    }
}

/// A public key as its record says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// What it checks.
    pub algorithm: Algorithm,
    /// The key as `ring` takes it: PKCS#1 `RSAPublicKey` in DER, or the 32 bytes of Ed25519.
    pub key: Vec<u8>,
    /// `t=y`: the domain is only trying; a failure means nothing.
    pub testing: bool,
    /// `t=s`: `i=` must be in the very domain of `d=`.
    pub strict: bool,
}

/// Why a record gives no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// It cannot be read.
    #[error("the key record is {0}")]
    Tags(#[from] BadTags),
    /// `v=` stands somewhere else than first, or is not `DKIM1`.
    #[error("the key record is of another version than DKIM1")]
    Version,
    /// `k=`.
    #[error("the key is of a kind we do not know")]
    Kind,
    /// `p=` is empty.
    #[error("the key was revoked")]
    Revoked,
    /// `p=` is missing or no key.
    #[error("the key is damaged")]
    Damaged,
    /// `s=` or `h=` does not allow what it would be used for.
    #[error("the key is not for mail signed with SHA-256")]
    Purpose,
}

impl KeyRecord {
    /// Reads a record; its character strings are put together already.
    ///
    /// # Errors
    /// [`BadRecord`].
    pub fn parse(text: &str) -> Result<Self, BadRecord> {
        let tags = Tags::parse(text)?;
        if tags.get("v").is_some_and(|version| version != "DKIM1" || tags.first() != Some(("v", "DKIM1"))) {
            return Err(BadRecord::Version);
        }
        let algorithm = match tags.get("k").unwrap_or("rsa") {
            "rsa" => Algorithm::Rsa,
            "ed25519" => Algorithm::Ed25519,
            _ => return Err(BadRecord::Kind),
        };
        let names = |tag, wanted: &[&str]| {
            tags.get(tag).is_none_or(|list: &str| list.split(':').any(|one| wanted.contains(&one.trim())))
        };
        if !names("h", &["sha256"]) || !names("s", &["*", "email"]) {
            return Err(BadRecord::Purpose);
        }
        let key = tags.bare("p").ok_or(BadRecord::Damaged)?;
        if key.is_empty() {
            return Err(BadRecord::Revoked);
        }
        let key = STANDARD.decode(key).map_err(|_| BadRecord::Damaged)?;
        let key = match algorithm {
            Algorithm::Rsa => der::rsa_key_of(&key).ok_or(BadRecord::Damaged)?.to_vec(),
            Algorithm::Ed25519 if key.len() == 32 => key,
            Algorithm::Ed25519 => return Err(BadRecord::Damaged),
        };
        let flag = |flag| tags.get("t").is_some_and(|list| list.split(':').any(|one| one.trim() == flag));
        Ok(Self { algorithm, key, testing: flag("y"), strict: flag("s") })
    }

    /// The record's text, as a DNS server gives it out.
    #[must_use]
    pub fn text(&self) -> String {
        let key = match self.algorithm {
            // The RFC says one form, its erratum 3017 and everybody's records the other; both are read.
            Algorithm::Rsa => STANDARD.encode(der::subject_public_key_info(&self.key)),
            Algorithm::Ed25519 => STANDARD.encode(&self.key),
        };
        format!("v=DKIM1; k={}; p={key}", self.algorithm.key_type())
    }

    /// The same as a line of a zone file, in character strings of at most 255 bytes.
    #[must_use]
    pub fn zone_line(&self, name: &str) -> String {
        let text = self.text();
        // ASCII: every byte is a character.
        let strings: Vec<String> = text
            .as_bytes()
            .chunks(STRING)
            .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
            .collect();
        match &strings[..] {
            [one] => format!("{name}. IN TXT {one}"),
            several => format!("{name}. IN TXT ( {} )", several.join(" ")),
        }
    }
}

/// The name at which a key's record stands.
#[must_use]
pub fn name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// RFC 8463 §A.2.
    const ED25519: &str = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    #[test]
    fn a_record_is_read_and_written() {
        let record = KeyRecord::parse(ED25519).unwrap();
        assert_eq!((record.algorithm, record.key.len(), record.testing), (Algorithm::Ed25519, 32, false));
        assert_eq!(record.text(), ED25519);
        assert_eq!(record.zone_line("a._domainkey.x"), format!("a._domainkey.x. IN TXT \"{ED25519}\""));
        let trying = KeyRecord::parse(
            "t=y:s; k=ed25519; s=email:*; p=11qYAYKxCrfVS/7TyWQHOg7hcvPa\r\n piMlrwIaaPcHURo=",
        );
        assert!(trying.is_ok_and(|record| record.testing && record.strict));
    }

    #[test]
    fn what_is_no_key_says_why() {
        for (text, why) in [
            ("v=DKIM2; p=AA==", BadRecord::Version),
            ("k=rsa; v=DKIM1; p=AA==", BadRecord::Version),
            ("k=dsa; p=AA==", BadRecord::Kind),
            ("p=", BadRecord::Revoked),
            ("v=DKIM1", BadRecord::Damaged),
            ("p=AAAA", BadRecord::Damaged),
            ("k=ed25519; p=AAAA", BadRecord::Damaged),
            ("h=sha1; k=ed25519; p=AAAA", BadRecord::Purpose),
            ("s=tlsrpt; k=ed25519; p=AAAA", BadRecord::Purpose),
            ("nonsense", BadRecord::Tags(BadTags::Form)),
        ] {
            assert_eq!(KeyRecord::parse(text), Err(why), "{text}");
        }
    }
}
