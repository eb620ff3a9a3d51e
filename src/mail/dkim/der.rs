//! The little DER (X.690) that RSA keys are wrapped in: `SubjectPublicKeyInfo` around `RSAPublicKey`.

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
/// `AlgorithmIdentifier` of rsaEncryption with its NULL (RFC 8017 §A.1).
const RSA_ENCRYPTION: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// One element: its tag, its content, what stands behind it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `RSAPublicKey` out of what a key record holds: either that, or a `SubjectPublicKeyInfo` around it.
pub fn rsa_key_of(bytes: &[u8]) -> Option<&[u8]> {
    let (SEQUENCE, content, []) = element(bytes)? else { return None };
    match element(content)? {
        (INTEGER, ..) => Some(bytes),
        (SEQUENCE, _, rest) => {
            let (BIT_STRING, string, []) = element(rest)? else { return None };
            // The first byte says how many bits of the last do not count: none.
            let key = string.strip_prefix(&[0])?;
            matches!(element(key)?, (SEQUENCE, _, [])).then_some(key)
        }
        _ => None,
    }
}

/// `SubjectPublicKeyInfo` around an `RSAPublicKey`.
pub fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    let string = wrapped(BIT_STRING, &[&[0], key]);
    wrapped(SEQUENCE, &[RSA_ENCRYPTION, &string])
}

fn wrapped(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let length: usize = pieces.iter().map(|piece| piece.len()).sum();
    let mut out = vec![tag];
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => out.push(short),
        _ => {
            let bytes = length.to_be_bytes();
            let digits = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
            out.push(0x80 | digits.len() as u8);
            out.extend_from_slice(digits);
        }
    }
    pieces.iter().for_each(|piece| out.extend_from_slice(piece));
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wrapped_key_comes_out_as_it_went_in() {
        for bits in [512, 2048, 4096] {
            let number = wrapped(INTEGER, &[&vec![1; bits / 8]]);
            let key = wrapped(SEQUENCE, &[&number, &[INTEGER, 3, 1, 0, 1]]);
            assert_eq!(rsa_key_of(&key), Some(&key[..]));
            assert_eq!(rsa_key_of(&subject_public_key_info(&key)), Some(&key[..]));
            assert_eq!(rsa_key_of(&key[..key.len() - 1]), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(prop_oneof![Just(0x30u8), Just(3), Just(2), any::<u8>()], 0..40)) {
            let _ = rsa_key_of(&bytes);
        }
    }
}
