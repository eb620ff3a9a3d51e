//! What is in the mailbox: the lines of `LIST` and `UIDL` (RFC 1939 §5, §7), put together. Pure and bounded.

use std::collections::HashMap;

use super::MAILS;

/// The longest unique-id. RFC 1939 §7 allows 70; some servers say more.
pub const UID: usize = 255;

/// A mail in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number in this session, from 1.
    pub number: u32,
    /// Its unique-id. `None`: the server gives it none, or gives two mails the same.
    pub uid: Option<String>,
    /// Its size in octets as the server says, which may be wrong.
    pub size: u64,
}

/// What is no listing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadListing {
    /// More mails than [`MAILS`].
    #[error("says that it has {0} mails; more than {MAILS} are not believed")]
    Many(u64),
    /// Not a number and something.
    #[error("lists something that is no mail")]
    Form,
    /// A number that `STAT` did not speak of.
    #[error("lists mail {0}, but has only {1}")]
    More(u64, usize),
    /// A mail stands twice.
    #[error("lists mail {0} twice")]
    Twice(u32),
    /// A unique-id is empty, too long, or has characters that it may not have.
    #[error("gives mail {0} a unique-id that is none")]
    Uid(u32),
}

/// A mailbox as it becomes known.
#[derive(Debug, Default)]
pub struct Listing {
    sizes: Vec<Option<u64>>,
    uids: Vec<Option<Box<str>>>,
}

impl Listing {
    /// A mailbox with so many mails, as `STAT` says.
    ///
    /// # Errors
    /// [`BadListing::Many`].
    pub fn new(count: u64) -> Result<Self, BadListing> {
        let known = usize::try_from(count).ok().filter(|count| *count <= MAILS);
        let count = known.ok_or(BadListing::Many(count))?;
        Ok(Self { sizes: vec![None; count], uids: vec![None; count] })
    }

    /// Takes a line of the reply to `LIST`.
    ///
    /// # Errors
    /// [`BadListing`].
    pub fn size(&mut self, line: &[u8]) -> Result<(), BadListing> {
        let (number, rest) = self.number(line)?;
        let size = rest.split(' ').next().and_then(|word| word.parse().ok()).ok_or(BadListing::Form)?;
        put(&mut self.sizes, number, size)
    }

    /// Takes a line of the reply to `UIDL`.
    ///
    /// # Errors
    /// [`BadListing`].
    pub fn uid(&mut self, line: &[u8]) -> Result<(), BadListing> {
        let (number, uid) = self.number(line)?;
        if uid.is_empty() || uid.len() > UID || !uid.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadListing::Uid(number));
        }
        put(&mut self.uids, number, uid.into())
    }

    fn number<'a>(&self, line: &'a [u8]) -> Result<(u32, &'a str), BadListing> {
        let line = std::str::from_utf8(line).map_err(|_| BadListing::Form)?;
        let (number, rest) = line.split_once(' ').ok_or(BadListing::Form)?;
        let number: u64 = number.parse().map_err(|_| BadListing::Form)?;
        match u32::try_from(number) {
            Ok(number) if number >= 1 && number as usize <= self.sizes.len() => Ok((number, rest.trim())),
            _ => Err(BadListing::More(number, self.sizes.len())),
        }
    }

    /// The mails, in the order of their numbers. One that neither listing named is not there.
    #[must_use]
    pub fn mails(self) -> Vec<Listed> {
        let mut times: HashMap<&str, u32> = HashMap::new();
        for uid in self.uids.iter().flatten() {
            *times.entry(uid).or_default() += 1;
        }
        let only = |uid: &&str| times.get(uid) == Some(&1);
        let mails = self.sizes.iter().zip(&self.uids).zip(1..);
        mails
            .filter(|((size, uid), _)| size.is_some() || uid.is_some())
            .map(|((size, uid), number)| Listed {
                number,
                uid: uid.as_deref().filter(only).map(str::to_owned),
                size: size.unwrap_or(0),
            })
            .collect()
    }
}

fn put<T>(places: &mut [Option<T>], number: u32, value: T) -> Result<(), BadListing> {
    match places.get_mut(number as usize - 1) {
        Some(place @ None) => {
            *place = Some(value);
            Ok(())
        }
        _ => Err(BadListing::Twice(number)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn listing(count: u64, sizes: &[&str], uids: &[&str]) -> Result<Vec<Listed>, BadListing> {
        let mut listing = Listing::new(count)?;
        sizes.iter().try_for_each(|line| listing.size(line.as_bytes()))?;
        uids.iter().try_for_each(|line| listing.uid(line.as_bytes()))?;
        Ok(listing.mails())
    }

    fn mail(number: u32, uid: Option<&str>, size: u64) -> Listed {
        Listed { number, uid: uid.map(str::to_owned), size }
    }

    #[test]
    fn mails_have_a_size_and_an_id() {
        let mails = listing(3, &["1 120", "3 200 more"], &["3 b", "1 whqtswO00WBw418f9t5JxYwZ"]);
        assert_eq!(mails.unwrap(), [mail(1, Some("whqtswO00WBw418f9t5JxYwZ"), 120), mail(3, Some("b"), 200)]);
        assert_eq!(listing(1, &["1 120"], &[]).unwrap(), [mail(1, None, 120)]);
        assert_eq!(listing(0, &[], &[]).unwrap(), []);
    }

    #[test]
    fn an_id_that_two_mails_have_tells_nothing() {
        let mails = listing(3, &[], &["1 a", "2 b", "3 a"]).unwrap();
        assert_eq!(mails, [mail(1, None, 0), mail(2, Some("b"), 0), mail(3, None, 0)]);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let long = format!("1 {}", "x".repeat(UID + 1));
        for (uid, error) in [
            ("2 a", BadListing::More(2, 1)),
            ("0 a", BadListing::More(0, 1)),
            ("99999999999 a", BadListing::More(99_999_999_999, 1)),
            ("1 a\x07b", BadListing::Uid(1)),
            ("1 a b", BadListing::Uid(1)),
            ("1 ", BadListing::Uid(1)),
            (&long, BadListing::Uid(1)),
            ("1", BadListing::Form),
            ("x a", BadListing::Form),
            ("-1 a", BadListing::Form),
        ] {
            assert_eq!(listing(1, &[], &[uid]), Err(error), "{uid:?}");
        }
        assert_eq!(listing(2, &["1 5", "1 5"], &[]), Err(BadListing::Twice(1)));
        assert_eq!(listing(1, &["1 -5"], &[]), Err(BadListing::Form));
        assert_eq!(listing(u64::MAX, &[], &[]), Err(BadListing::Many(u64::MAX)));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..9)) {
            let mut listing = Listing::new(5).unwrap();
            for line in lines {
                let _ = listing.size(&line);
                let _ = listing.uid(&line);
            }
            prop_assert!(listing.mails().len() <= 5);
        }
    }
}
