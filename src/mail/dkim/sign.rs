//! A finished message gets its `DKIM-Signature` fields, the last thing that happens to it before the wire.
//!
//! relaxed/relaxed, over the whole body. Each field that matters is named once more than it stands there, so that
//! nobody can add another of its name without breaking the signature (RFC 6376 §5.4, §8.15).

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memchr_iter;
use ring::digest;

use super::{
    Algorithm,
    canonical::{self, Canon},
    key::{BadKey, SigningKey},
};
use crate::{
    mail::{
        address::Domain,
        scan::{self, Field},
    },
    wire::Time,
};

/// What is signed whether or not it stands there, in the order of `h=`.
const FIELDS: [&str; 23] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
    "CH-Login-ID",
    "CH-Port",
    "CH-Host",
    "CH-Server",
    "CH-Ticket",
];
/// Where lines of a signature are folded.
const LINE: usize = 76;

/// Signs for one domain, with one key or several (each with a selector of its own, RFC 8463 §3).
#[derive(Debug)]
pub struct Signer {
    domain: Domain,
    keys: Vec<(Domain, SigningKey)>,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// A header that cannot be read whole, or without From: a signature would say nothing about it.
    #[error("a message whose header is too long, damaged or without From cannot be signed")]
    Header,
    /// The key.
    #[error(transparent)]
    Key(#[from] BadKey),
}

impl Signer {
    /// For `domain`; each key with its selector.
    #[must_use]
    pub fn new(domain: Domain, keys: Vec<(Domain, SigningKey)>) -> Self {
        Self { domain, keys }
    }

    /// The domain that signs.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Whether one of its keys is of that kind.
    #[must_use]
    pub fn uses(&self, algorithm: Algorithm) -> bool {
        self.keys.iter().any(|(_, key)| key.algorithm() == algorithm)
    }

    /// The message with a signature of each key above it. Its line ends stay as they are, but for a CR that no LF
    /// follows: no mail server passes that on, so no signature over it would hold.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn signed(&self, message: &[u8], now: Time) -> Result<Vec<u8>, SignError> {
        let message = without_bare_cr(message);
        let newline = match memchr::memchr(b'\n', &message) {
            Some(at) if at == 0 || message[at - 1] != b'\r' => "\n",
            _ => "\r\n",
        };
        let fields = self.fields(&message, now)?;
        let mut out = Vec::with_capacity(fields.len() + message.len());
        match newline {
            "\n" => out.extend_from_slice(fields.replace("\r\n", "\n").as_bytes()),
            _ => out.extend_from_slice(fields.as_bytes()),
        }
        out.extend_from_slice(&message);
        Ok(out)
    }

    /// The signatures alone, as header lines ended by CRLF. `message` holds no CR without an LF.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn fields(&self, message: &[u8], now: Time) -> Result<String, SignError> {
        let header = scan::header(message, |_| false);
        let body = header.body.filter(|_| header.problems.is_empty()).ok_or(SignError::Header)?;
        header.first("From").ok_or(SignError::Header)?;
        let hash = digest::digest(&digest::SHA256, &canonical::body(Canon::Relaxed, &message[body..]));
        let (names, hashed) = covered(&header.fields);
        let mut signatures = String::with_capacity(1200 * self.keys.len());
        for (selector, key) in &self.keys {
            let mut field = Folded::new(&format!(
                "v=1; a={}; c=relaxed/relaxed; d={};",
                key.algorithm().name(),
                self.domain
            ));
            field.line(&format!("s={selector}; t={};", now.unix_secs()));
            field.line("h=");
            let last = names.len() - 1;
            for (at, name) in names.iter().enumerate() {
                field.piece(name, if at < last { ":" } else { ";" });
            }
            field.line(&format!("bh={}; b=", STANDARD.encode(hash)));
            let mut data = hashed.clone();
            canonical::header(Canon::Relaxed, b"DKIM-Signature", field.value.as_bytes(), &mut data);
            // The signature's own field is hashed without its line end (§3.7).
            data.truncate(data.len() - 2);
            let signature = STANDARD.encode(key.sign(&data)?);
            for chunk in signature.as_bytes().chunks(LINE - 4) {
                // Base64 is ASCII: every byte is a character.
                field.piece(&String::from_utf8_lossy(chunk), "");
            }
            signatures.push_str("DKIM-Signature:");
            signatures.push_str(&field.value);
            signatures.push_str("\r\n");
        }
        Ok(signatures)
    }
}

/// The names of `h=`, and the fields they stand for as they are hashed: of several of one name the lowest first
/// (§5.4.2), of one that is not there nothing.
fn covered(fields: &[Field<'_>]) -> (Vec<&'static str>, Vec<u8>) {
    let mut names = Vec::with_capacity(2 * FIELDS.len());
    let mut hashed = Vec::with_capacity(2048);
    for name in FIELDS {
        for field in fields.iter().rev().filter(|field| field.is(name)) {
            canonical::header(Canon::Relaxed, field.name, field.value, &mut hashed);
            names.push(name);
        }
        names.push(name);
    }
    (names, hashed)
}

/// A field's value that is being folded.
struct Folded {
    value: String,
    column: usize,
}

impl Folded {
    fn new(first: &str) -> Self {
        Self { value: format!(" {first}"), column: LINE }
    }

    fn line(&mut self, text: &str) {
        self.value.push_str("\r\n\t");
        self.value.push_str(text);
        self.column = 8 + text.len();
    }

    fn piece(&mut self, text: &str, end: &str) {
        let length = text.len() + end.len();
        if self.column + length > LINE + 2 {
            self.value.push_str("\r\n\t");
            self.column = 8;
        }
        self.value.push_str(text);
        self.value.push_str(end);
        self.column += length;
    }
}

/// Each CR that no LF follows as CRLF, as it will go over the wire.
fn without_bare_cr(message: &[u8]) -> Cow<'_, [u8]> {
    let bare = |at: &usize| message.get(at + 1) != Some(&b'\n');
    if !memchr_iter(b'\r', message).any(|at| bare(&at)) {
        return Cow::Borrowed(message);
    }
    let mut out = Vec::with_capacity(message.len() + 16);
    let mut from = 0;
    for at in memchr_iter(b'\r', message).filter(bare) {
        out.extend_from_slice(&message[from..=at]);
        out.push(b'\n');
        from = at + 1;
    }
    out.extend_from_slice(&message[from..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::mail::dkim::Tags;

    fn signer() -> Signer {
        let (key, _) = SigningKey::generate(Algorithm::Ed25519).unwrap();
        Signer::new("x.example".parse().unwrap(), vec![("one".parse().unwrap(), key)])
    }

    fn names(message: &str) -> Vec<String> {
        let signed = signer().signed(message.as_bytes(), Time(0)).unwrap();
        let header = scan::header(&signed, |_| false);
        let value = String::from_utf8(header.first("DKIM-Signature").unwrap().value.to_vec()).unwrap();
        let names = Tags::parse(&value).unwrap().bare("h").unwrap();
        names.split(':').map(str::to_lowercase).collect()
    }

    #[test]
    fn each_field_is_named_once_more_than_it_stands_there() {
        let names = names("From: a@x.example\nCH-Ticket: T\nTo: b@c\nTo: d@e\n\nHi\n");
        let count = |name: &str| names.iter().filter(|known| *known == name).count();
        assert_eq!((count("from"), count("ch-ticket"), count("to")), (2, 2, 3));
        assert_eq!((count("subject"), count("list-unsubscribe-post"), count("ch-port")), (1, 1, 1));
    }

    #[test]
    fn the_message_below_the_signature_stays_as_it_was() {
        for message in ["From: a@x.example\n\nHi \n\n", "From: a@x.example\r\nA: 1\r\n 2\r\n\r\n.\r\n"] {
            let signed = signer().signed(message.as_bytes(), Time(0)).unwrap();
            assert!(
                signed.ends_with(message.as_bytes())
                    && signed.starts_with(b"DKIM-Signature: v=1; a=ed25519-sha256;")
            );
            let top = String::from_utf8(signed[..signed.len() - message.len()].to_vec()).unwrap();
            assert!(top.lines().all(|line| line.len() <= LINE), "{top}");
            assert_eq!(top.contains('\r'), message.contains('\r'));
        }
        let signed = signer().signed(b"From: a@x.example\r\n\r\na\rb\r\n", Time(0)).unwrap();
        assert!(signed.ends_with(b"\r\n\r\na\r\nb\r\n"));
    }

    #[test]
    fn what_cannot_be_read_is_not_signed() {
        for message in ["To: a@b\n\nHi\n", "From: a@b\nno field\n\nHi\n"] {
            assert_eq!(signer().signed(message.as_bytes(), Time(0)), Err(SignError::Header), "{message}");
        }
    }
}
