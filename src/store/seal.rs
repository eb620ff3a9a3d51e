//! Sealing: what is personal is XChaCha20-Poly1305 on disk, and found again by a keyed index.
//!
//! ```text
//! byte  0        2      26           …
//!       key id   nonce  ciphertext   tag (16)
//! ```
//! The table, the column and the row are authenticated with it, so that a sealed value moved to another place
//! does not open.

use chacha20::{cipher::consts::U10, hchacha};
use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    hmac,
};

use super::{StoreError, keys::Keys};
use crate::wire::secret;

const NONCE: usize = 24;
const HEAD: usize = 2 + NONCE;
const TAG: usize = 16;

/// The place of a sealed or indexed value, `table.column`.
pub(super) type Column = &'static str;

fn place(column: Column, row: &str) -> Vec<u8> {
    let mut place = Vec::with_capacity(column.len() + 1 + row.len());
    place.extend_from_slice(column.as_bytes());
    place.push(0);
    place.extend_from_slice(row.as_bytes());
    place
}

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03 §2) on `ring`'s ChaCha20-Poly1305, which is several times as fast with
/// short texts as what is written in Rust alone: HChaCha20 makes its key, of ours and the nonce's first 16 bytes.
fn cipher(key: &[u8; 32], nonce: &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)> {
    let (first, rest) = nonce.split_first_chunk::<16>()?;
    let key = UnboundKey::new(&CHACHA20_POLY1305, &hchacha::<U10>(key.into(), first.into())).ok()?;
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(rest);
    Some((LessSafeKey::new(key), Nonce::assume_unique_for_key(nonce)))
}

impl Keys {
    /// Seals `text` for one column of the row named `row`.
    ///
    /// # Errors
    /// `File` when the system gives no random bytes.
    pub(super) fn seal(&self, column: Column, row: &str, text: &str) -> Result<Vec<u8>, StoreError> {
        let no_random = |_| StoreError::File("the system gave no random bytes".to_owned());
        let (id, key) = self.seal.newest();
        let nonce = secret::drawn::<NONCE>().map_err(no_random)?;
        let mut sealed = Vec::with_capacity(HEAD + text.len() + TAG);
        sealed.extend_from_slice(&id.to_be_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text.as_bytes());
        let tag = cipher(key, &nonce).and_then(|(key, nonce)| {
            let place = Aad::from(place(column, row));
            key.seal_in_place_separate_tag(nonce, place, &mut sealed[HEAD..]).ok()
        });
        sealed.extend_from_slice(tag.ok_or(StoreError::Damaged(column))?.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for the same column and row.
    ///
    /// # Errors
    /// `Keys` when its key is not in the file any more, `Damaged` when it does not open.
    pub(super) fn unseal(&self, column: Column, row: &str, sealed: &[u8]) -> Result<String, StoreError> {
        let damaged = || StoreError::Damaged(column);
        let (id, rest) = sealed.split_first_chunk::<2>().ok_or_else(damaged)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or_else(damaged)?;
        let id = u16::from_be_bytes(*id);
        let key = self.seal.named(id).ok_or_else(|| {
            StoreError::Keys(format!("the key with the id {id} is missing in the file seal"))
        })?;
        let mut text = rest.to_vec();
        let (key, nonce) = cipher(key, nonce).ok_or_else(damaged)?;
        let opened = key.open_in_place(nonce, Aad::from(place(column, row)), &mut text);
        let length = opened.map_err(|_| damaged())?.len();
        text.truncate(length);
        String::from_utf8(text).map_err(|_| damaged())
    }

    /// What to look `value` up by in a new row: the newest key's.
    pub(super) fn index(&self, column: Column, value: &str) -> Vec<u8> {
        indexed(&self.index.newest().1, column, value)
    }

    /// Whether every row was indexed with the same key.
    pub(super) fn has_one_index(&self) -> bool {
        self.index.all().nth(1).is_none()
    }

    /// What a row may have been indexed by: every key's, the newest first.
    pub(super) fn indexes(&self, column: Column, value: &str) -> impl Iterator<Item = Vec<u8>> {
        self.index.all().map(move |key| indexed(key, column, value))
    }
}

fn indexed(key: &hmac::Key, column: Column, value: &str) -> Vec<u8> {
    hmac::sign(key, &place(column, &value.trim().to_lowercase())).as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn keys() -> (tempfile::TempDir, Keys) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(dir.path(), false).unwrap();
        (dir, keys)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_sealed_opens_and_does_not_show(text in "\\PC{0,200}") {
            let (_dir, keys) = keys();
            let sealed = keys.seal("line.body", "1", &text).unwrap();
            prop_assert_eq!(keys.unseal("line.body", "1", &sealed).unwrap(), text.clone());
            prop_assert!(text.len() < 4 || !sealed.windows(text.len()).any(|part| part == text.as_bytes()));
        }
    }

    /// The same construction by another hand; databases that it sealed are there.
    #[test]
    fn it_is_xchacha20_poly1305_as_others_make_it() {
        use chacha20poly1305::{AeadInPlace, KeyInit, XChaCha20Poly1305, XNonce};
        let (_dir, keys) = keys();
        let (id, key) = keys.seal.newest();
        let theirs = XChaCha20Poly1305::new(key.into());
        let place = place("line.body", "7");
        for text in ["", "hello", &"long ".repeat(1000)] {
            let sealed = keys.seal("line.body", "7", text).unwrap();
            let (nonce, rest) = sealed[2..].split_at(NONCE);
            let (body, tag) = rest.split_at(rest.len() - TAG);
            let mut opened = body.to_vec();
            theirs
                .decrypt_in_place_detached(XNonce::from_slice(nonce), &place, &mut opened, tag.into())
                .unwrap();
            assert_eq!(opened, text.as_bytes());

            let (nonce, mut body) = ([9; NONCE], text.as_bytes().to_vec());
            let tag = theirs.encrypt_in_place_detached(&nonce.into(), &place, &mut body).unwrap();
            let sealed = [&id.to_be_bytes()[..], &nonce, &body, &tag].concat();
            assert_eq!(keys.unseal("line.body", "7", &sealed).unwrap(), text);
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_damage() {
        let (_dir, keys) = keys();
        let sealed = keys.seal("line.body", "1", "hello").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(keys.unseal("line.body", "1", &flipped).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(keys.unseal("line.body", "1", &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let (_dir, keys) = keys();
        let sealed = keys.seal("mail.subject", "1", "hello").unwrap();
        assert!(keys.unseal("mail.subject", "2", &sealed).is_err());
        assert!(keys.unseal("mail.message_id", "1", &sealed).is_err());
        assert_ne!(
            sealed,
            keys.seal("mail.subject", "1", "hello").unwrap(),
            "the same twice looks different"
        );
    }

    #[test]
    fn an_index_finds_the_same_value_in_another_case() {
        let (_dir, keys) = keys();
        assert_eq!(
            keys.index("login.mail", " Bob@Example.ORG "),
            keys.index("login.mail", "bob@example.org")
        );
        assert_ne!(
            keys.index("login.mail", "bob@example.org"),
            keys.index("rule.address", "bob@example.org")
        );
    }
}
