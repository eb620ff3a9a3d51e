//! Our own signing keys: PEM files, made here or by `openssl genpkey`.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    error::KeyRejected,
    rand::SystemRandom,
    signature::{self, Ed25519KeyPair, KeyPair, RsaKeyPair},
};
use rsa::{
    pkcs8::EncodePrivateKey,
    rand_core::{TryCryptoRng, TryRng},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

use super::record::{Algorithm, KeyRecord};
use crate::wire::secret::{self, NoRandom};

/// Bits of an RSA key that is made here: what every verifier takes (RFC 8301 §3.2).
const BITS: usize = 2048;
/// A PKCS#8 Ed25519 key (RFC 8410 §7) as far as its 32 bytes.
const ED25519: &[u8] =
    &[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A key that signs. Never printed by `Debug`.
pub struct SigningKey {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// Why a file is no signing key, or a key could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a private key in PEM.
    #[error("it holds no private key in PEM")]
    Form,
    /// Another kind, or fewer than 2048 bits.
    #[error("it is no key that mail is signed with (RSA of 2048 to 4096 bits, or Ed25519): {0}")]
    Kind(String),
    /// The machine failed.
    #[error("no key could be made or used: {0}")]
    Machine(String),
}

impl SigningKey {
    /// Reads a PEM file's content: PKCS#8, or PKCS#1 for RSA.
    ///
    /// # Errors
    /// [`BadKey::Form`], [`BadKey::Kind`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, BadKey> {
        let rejected = |why: KeyRejected| BadKey::Kind(why.to_string());
        let rsa = |pair: Result<RsaKeyPair, KeyRejected>| {
            pair.map(|pair| Pair::Rsa(Box::new(pair))).map_err(rejected)
        };
        let pair = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| BadKey::Form)? {
            PrivateKeyDer::Pkcs1(der) => rsa(RsaKeyPair::from_der(der.secret_pkcs1_der()))?,
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                // openssl leaves the public half out, which "maybe unchecked" allows.
                match Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                    Ok(pair) => Pair::Ed25519(pair),
                    Err(_) => rsa(RsaKeyPair::from_pkcs8(der))?,
                }
            }
            _ => return Err(BadKey::Kind("an elliptic curve other than Ed25519".to_owned())),
        };
        Ok(Self { pair, random: SystemRandom::new() })
    }

    /// A fresh one, and its PEM text (PKCS#8). `ring` makes Ed25519 keys but no RSA keys; those are made by the
    /// `rsa` crate, which does nothing else here.
    ///
    /// # Errors
    /// [`BadKey::Machine`].
    pub fn generate(algorithm: Algorithm) -> Result<(Self, String), BadKey> {
        let failed = |why: &dyn fmt::Display| BadKey::Machine(why.to_string());
        let der = match algorithm {
            Algorithm::Ed25519 => {
                // Without the public half, as every tool reads it.
                let half = secret::random::<32>().map_err(|why| failed(&why))?;
                [ED25519, &half].concat()
            }
            Algorithm::Rsa => {
                let key = rsa::PrivateKey::new(&mut Random, BITS).map_err(|why| failed(&why))?;
                key.to_pkcs8_der().map_err(|why| failed(&why))?.as_bytes().to_vec()
            }
        };
        let pem = pem(&der);
        Ok((Self::from_pem(pem.as_bytes())?, pem))
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Its public half, as it belongs into the DNS.
    #[must_use]
    pub fn record(&self) -> KeyRecord {
        let key = match &self.pair {
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        };
        KeyRecord { algorithm: self.algorithm(), key, testing: false, strict: false }
    }

    /// Signs what is hashed of a header.
    ///
    /// # Errors
    /// [`BadKey::Machine`] when the system gives no random bytes.
    pub fn sign(&self, data: &[u8]) -> Result<Vec<u8>, BadKey> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signed = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &self.random, data, &mut signed)
                    .map_err(|_| BadKey::Machine("the signature failed".to_owned()))?;
                Ok(signed)
            }
            Pair::Ed25519(pair) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, data);
                Ok(pair.sign(hash.as_ref()).as_ref().to_vec())
            }
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm().name())
    }
}

/// The system's random bytes, for the crate that looks for primes.
struct Random;

impl TryRng for Random {
    type Error = NoRandom;

    fn try_next_u32(&mut self) -> Result<u32, NoRandom> {
        secret::random().map(u32::from_ne_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, NoRandom> {
        secret::random().map(u64::from_ne_bytes)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), NoRandom> {
        for chunk in bytes.chunks_mut(64) {
            chunk.copy_from_slice(&secret::random::<64>()?[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Random {}

fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    // Base64 is ASCII: every byte is a character.
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END PRIVATE KEY-----\n"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_key_that_was_made_reads_back_and_its_record_checks_its_signatures() {
        for algorithm in [Algorithm::Ed25519, Algorithm::Rsa] {
            let (key, pem) = SigningKey::generate(algorithm).unwrap();
            let again = SigningKey::from_pem(pem.as_bytes()).unwrap();
            assert_eq!((again.algorithm(), again.record()), (algorithm, key.record()));
            assert!(!format!("{key:?}").contains(&pem[40..60]));
            let record = KeyRecord::parse(&key.record().text()).unwrap();
            assert_eq!(record, key.record());
            let signed = again.sign(b"mail").unwrap();
            let hash = ring::digest::digest(&ring::digest::SHA256, b"mail");
            match algorithm {
                Algorithm::Rsa => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &record.key)
                    .verify(b"mail", &signed)
                    .unwrap(),
                Algorithm::Ed25519 => {
                    UnparsedPublicKey::new(&ED25519, &record.key).verify(hash.as_ref(), &signed).unwrap();
                }
            }
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for pem in ["", "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n"] {
            assert!(matches!(SigningKey::from_pem(pem.as_bytes()), Err(BadKey::Form)), "{pem}");
        }
        let text = pem(b"\x30\x00");
        assert!(matches!(SigningKey::from_pem(text.as_bytes()), Err(BadKey::Kind(_))));
    }
}
