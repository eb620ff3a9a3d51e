//! Codes that people carry from one machine to another: 80 random bits in letters that are hard to confuse.

use crate::wire::{
    SecretHash,
    secret::{NoRandom, random},
};

/// Without I, L, O and U, as Crockford's base 32.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A fresh code, `xxxx-xxxx-xxxx-xxxx`.
///
/// # Errors
/// [`NoRandom`] when the system gives no random bytes.
pub fn make() -> Result<String, NoRandom> {
    let mut code = String::with_capacity(19);
    // A byte's lower five bits are as random as the byte.
    for (place, byte) in random::<16>()?.into_iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(LETTERS[usize::from(byte & 31)]));
    }
    Ok(code)
}

/// What the server keeps of a code, however it was typed: case, spaces and hyphens do not count, and `o`, `i` and
/// `l` are the digits they look like.
#[must_use]
pub fn hash(code: &str) -> SecretHash {
    let plain: Vec<u8> = code
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| match byte.to_ascii_lowercase() {
            b'o' => b'0',
            b'i' | b'l' => b'1',
            other => other,
        })
        .collect();
    SecretHash::of(&plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = make().unwrap();
        assert_eq!(code.len(), 19, "{code}");
        assert!(hash(&code) == hash(&format!(" {}\n", code.to_uppercase().replace('-', " "))));
        assert!(hash("0110-zzzz") == hash("oIlo zzzz"));
        assert!(hash(&code) != hash(&make().unwrap()));
    }
}
