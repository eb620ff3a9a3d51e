//! What is known of a mail, and how a line of the state says it.

use std::collections::HashMap;

use ring::digest::{SHA256, digest};

/// What a mail is known by: the beginning of its id's SHA-256.
pub(super) type Key = [u8; 12];

/// The key of an id: `u` and the server's unique-id, `h` and a digest of what is in the mail, or `x` and a key.
pub(super) fn key(id: &str) -> Key {
    if let Some(key) = id.strip_prefix('x').and_then(unhex) {
        return key;
    }
    let mut key = Key::default();
    key.copy_from_slice(&digest(&SHA256, id.as_bytes()).as_ref()[..12]);
    key
}

/// What a mail's content is known by: the beginning of its SHA-256.
pub(super) type Print = [u8; 8];

/// What is known of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It was delivered.
    Here(Option<Print>),
    /// It has no chat button.
    Passed,
    /// It was delivered, and the server has it no longer: what comes under its id may be another (RFC 1939 §7).
    Gone(Print),
}

/// All that is known.
pub(super) type Known = HashMap<Key, Mark>;

/// What a line says of a mail.
#[derive(Debug, Clone, Copy)]
pub(super) enum News {
    Here(Option<Print>),
    Passed,
    Lost,
    Gone,
    Back,
}

/// One line behind the first.
pub(super) enum Line<'a> {
    /// Of the mail with this key; the name of its file, if it says one.
    Mail(News, Key, Option<&'a str>),
    Settled,
}

impl<'a> Line<'a> {
    /// `None`: nothing that we write.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (what, rest) = text.split_at_checked(1)?;
        let news = match what {
            "+" => {
                let mut words = rest.split(' ');
                let (id, name) = (words.next()?, words.next()?);
                let print = words.next().map(|digits| unhex(digits).ok_or(())).transpose().ok()?;
                return Some(Self::Mail(News::Here(print), key(id), Some(name)));
            }
            "=" => return rest.is_empty().then_some(Self::Settled),
            "-" => News::Passed,
            "!" => News::Lost,
            "~" => News::Gone,
            "^" => News::Back,
            _ => return None,
        };
        Some(Self::Mail(news, key(rest), None))
    }
}

/// What is known after such a line.
pub(super) fn learn(known: &mut Known, news: News, key: Key) {
    match (news, known.get(&key)) {
        (News::Here(print), _) => drop(known.insert(key, Mark::Here(print))),
        (News::Passed, None) => drop(known.insert(key, Mark::Passed)),
        (News::Gone, Some(Mark::Here(Some(print)) | Mark::Gone(print))) => {
            let gone = Mark::Gone(*print);
            known.insert(key, gone);
        }
        (News::Back, Some(Mark::Gone(print))) => {
            let here = Mark::Here(Some(*print));
            known.insert(key, here);
        }
        // Nothing tells whether it is the same when it comes again.
        (News::Lost | News::Gone, _) => drop(known.remove(&key)),
        (News::Passed | News::Back, _) => {}
    }
}

fn unhex<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
