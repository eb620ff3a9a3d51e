//! The keys: `ticket`, `seal` and `index`, each a file of lines `id date key`. The newest makes, all check.
//!
//! ```text
//! # anything after a # line is a comment
//! 1 2026-11-01T09:00:00Z 6Zp9…            the key: 32 bytes in base64url without padding
//! ```
//! To change a key, add a line with an id that was never used and a later date; old lines stay as long as
//! anything made with them is to be read.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac;
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, files};
use crate::wire::{Ticket, Time, secret, ticket::Claims};

type Result<T> = std::result::Result<T, StoreError>;

/// What prints are made of.
const PRINT: &str = "chmail: which key this is";

/// A key file is a few lines; more is not one.
const LARGEST: u64 = 64 * 1024;

/// One kind of keys: the newest first.
pub(super) struct Keyring<K> {
    keys: Vec<(u16, K)>,
}

impl<K> Keyring<K> {
    /// The newest, which makes.
    pub(super) fn newest(&self) -> &(u16, K) {
        // A file without a key is refused when it is read.
        &self.keys[0]
    }

    /// The one with this id.
    pub(super) fn named(&self, id: u16) -> Option<&K> {
        self.keys.iter().find(|(key, _)| *key == id).map(|(_, key)| key)
    }

    /// All, the newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &K> {
        self.keys.iter().map(|(_, key)| key)
    }
}

/// All keys of a server.
pub(super) struct Keys {
    ticket: Keyring<hmac::Key>,
    pub(super) seal: Keyring<[u8; 32]>,
    pub(super) index: Keyring<hmac::Key>,
    prints: Vec<Print>,
}

/// What a database knows its keys by.
struct Print {
    kind: &'static str,
    id: u16,
    hash: Vec<u8>,
    file: PathBuf,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Reads the key files in `dir`; for a data directory without a database, makes those that are missing.
    ///
    /// # Errors
    /// `Keys` when one is missing beside a database, readable by others, or not what it should be; `File`.
    pub(super) fn open(dir: &Path, database_exists: bool) -> Result<Self> {
        if !database_exists {
            files::make_dir(dir)?;
        }
        let mut prints = Vec::new();
        let mut file = |kind: &'static str| -> Result<Vec<(u16, [u8; 32])>> {
            let path = dir.join(kind);
            if !database_exists && !path.exists() {
                make(&path)?;
            }
            let keys = read(&path, database_exists)?;
            prints.extend(keys.iter().map(|(id, key)| {
                let hash = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), PRINT.as_bytes());
                Print { kind, id: *id, hash: hash.as_ref()[..16].to_vec(), file: path.clone() }
            }));
            Ok(keys)
        };
        let hmac_keys = |keys: Vec<(u16, [u8; 32])>| Keyring {
            keys: keys.into_iter().map(|(id, key)| (id, hmac::Key::new(hmac::HMAC_SHA256, &key))).collect(),
        };
        Ok(Self {
            ticket: hmac_keys(file("ticket")?),
            seal: Keyring { keys: file("seal")? },
            index: hmac_keys(file("index")?),
            prints,
        })
    }

    /// Whether the database was written with these keys; new ones are noted there.
    ///
    /// # Errors
    /// `Keys` when it was written with others; `Disk`.
    pub(super) fn check(&self, sql: &Connection) -> Result<()> {
        for Print { kind, id, hash, file } in &self.prints {
            let find = "SELECT print FROM key WHERE kind = ?1 AND id = ?2";
            let known: Option<Vec<u8>> =
                sql.query_row(find, params![kind, id], |row| row.get(0)).optional()?;
            match known {
                Some(known) if known == *hash => {}
                Some(_) => {
                    let why = format!(
                        "its key {id} is not the one that the database was written with; put back the file that belongs to it"
                    );
                    return Err(bad(file, why));
                }
                None => {
                    sql.execute(
                        "INSERT INTO key (kind, id, print) VALUES (?1, ?2, ?3)",
                        params![kind, id, hash],
                    )?;
                }
            }
        }
        Ok(())
    }

    /// Signs with the newest ticket key.
    pub(super) fn sign(&self, claims: Claims) -> Ticket {
        let (id, key) = self.ticket.newest();
        Claims { key: *id, ..claims }.sign(key)
    }

    /// Whether the ticket's key is one of ours and signed it.
    pub(super) fn is_ours(&self, ticket: &Ticket) -> bool {
        self.ticket.named(ticket.claims().key).is_some_and(|key| ticket.signed_by(key))
    }
}

fn bad(path: &Path, why: impl fmt::Display) -> StoreError {
    StoreError::Keys(format!("{}: {why}", path.display()))
}

fn make(path: &Path) -> Result<()> {
    let key = secret::random::<32>().map_err(|e| bad(path, e))?;
    let line = format!("1 {} {}\n", Time::now(), URL_SAFE_NO_PAD.encode(key));
    files::put_private(path, line.as_bytes())
}

fn read(path: &PathBuf, database_exists: bool) -> Result<Vec<(u16, [u8; 32])>> {
    let file = match File::open(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound && database_exists => {
            return Err(bad(path, "missing; the database beside it cannot be read without its keys"));
        }
        opened => opened.map_err(|e| bad(path, e))?,
    };
    let about = file.metadata().map_err(|e| bad(path, e))?;
    if is_open_to_others(&about) {
        return Err(bad(path, "others can read it; run chmod 600 on it, and change the key if they did"));
    }
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).map_err(|e| bad(path, e))?;
    parse(&text).map_err(|why| bad(path, why))
}

/// The group's bits count only on files of our own: on root's, systemd's credentials show there the mask of an
/// access list that names nobody but us.
fn is_open_to_others(about: &fs::Metadata) -> bool {
    let ours = about.uid() == rustix::process::geteuid().as_raw();
    about.mode() & if ours { 0o077 } else { 0o007 } != 0
}

fn parse(text: &str) -> std::result::Result<Vec<(u16, [u8; 32])>, String> {
    let mut keys: Vec<(Time, u16, [u8; 32])> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let damaged = || format!("damaged: line {} is not `id date key`", number + 1);
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let &[id, date, key] = words.as_slice() else { return Err(damaged()) };
        let id: u16 = id.parse().map_err(|_| damaged())?;
        let date: Time = date.parse().map_err(|_| damaged())?;
        let key =
            URL_SAFE_NO_PAD.decode(key).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
        if keys.iter().any(|(_, other, _)| *other == id) {
            return Err(format!("damaged: two keys have the id {id}"));
        }
        keys.push((date, id, key));
    }
    if keys.is_empty() {
        return Err("damaged: no key in it".to_owned());
    }
    keys.sort_by_key(|(date, id, _)| std::cmp::Reverse((*date, *id)));
    Ok(keys.into_iter().map(|(_, id, key)| (id, key)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::wire::{Port, ticket::Action};

    fn claims() -> Claims {
        Claims {
            action: Action::Chat,
            key: 0,
            expires: Time::from_unix_secs(2_000_000_000),
            port: Port::at_least_one(12345),
            mail: 7,
            recipient: 1,
        }
    }

    fn why(result: Result<Keys>) -> String {
        match result {
            Err(StoreError::Keys(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_made_once_and_only_for_us() {
        let dir = tempfile::tempdir().unwrap();
        let keys = dir.path().join("keys");
        let ticket = Keys::open(&keys, false).unwrap().sign(claims());
        assert!(Keys::open(&keys, true).unwrap().is_ours(&ticket));
        let mut names: Vec<_> = fs::read_dir(&keys)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["index", "seal", "ticket"], "nothing else is left behind");
        for name in names {
            assert_eq!(fs::metadata(keys.join(name)).unwrap().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::metadata(&keys).unwrap().mode() & 0o777, 0o700);
    }

    #[test]
    fn keys_that_are_there_before_the_database_are_used() {
        let dir = tempfile::tempdir().unwrap();
        let ticket = Keys::open(dir.path(), false).unwrap().sign(claims());
        fs::remove_file(dir.path().join("seal")).unwrap();
        assert!(Keys::open(dir.path(), false).unwrap().is_ours(&ticket));
    }

    #[test]
    fn a_database_without_its_keys_gets_no_new_ones() {
        for name in ["ticket", "seal", "index"] {
            let dir = tempfile::tempdir().unwrap();
            Keys::open(dir.path(), false).unwrap();
            fs::remove_file(dir.path().join(name)).unwrap();
            assert!(why(Keys::open(dir.path(), true)).contains("missing"), "{name}");
            assert!(!dir.path().join(name).exists());
        }
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        for mode in [0o640, 0o604, 0o644, 0o660] {
            let dir = tempfile::tempdir().unwrap();
            Keys::open(dir.path(), false).unwrap();
            fs::set_permissions(dir.path().join("index"), fs::Permissions::from_mode(mode)).unwrap();
            assert!(why(Keys::open(dir.path(), true)).contains("others"), "{mode:o}");
        }
    }

    #[test]
    fn a_damaged_key_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        Keys::open(dir.path(), false).unwrap();
        let path = dir.path().join("seal");
        let good = fs::read_to_string(&path).unwrap();
        let line = good.trim_end();
        for text in [
            "",
            "# only a comment\n",
            "\0\u{ff}",
            &line[..line.len() - 1],
            &line[2..],
            &format!("{line}A"),
            &format!("{good}{good}"),
            &format!("{good}2 yesterday {}", "A".repeat(43)),
            &format!("70000 2026-11-01T09:00:00Z {}", "A".repeat(43)),
        ] {
            fs::write(&path, text).unwrap();
            assert!(why(Keys::open(dir.path(), true)).contains("damaged"), "{text:?}");
        }
    }

    #[test]
    fn the_newest_makes_and_all_check() {
        let dir = tempfile::tempdir().unwrap();
        let old = Keys::open(dir.path(), false).unwrap().sign(claims());
        let path = dir.path().join("ticket");
        let kept = fs::read_to_string(&path).unwrap();
        let added = format!("# changed\n2 2999-01-01T00:00:00Z {}\n\n{kept}", "B".repeat(42) + "A");
        fs::write(&path, added).unwrap();
        let keys = Keys::open(dir.path(), true).unwrap();
        let new = keys.sign(claims());
        assert_eq!((old.claims().key, new.claims().key), (1, 2));
        assert!(keys.is_ours(&old) && keys.is_ours(&new));
        fs::write(&path, kept).unwrap();
        assert!(!Keys::open(dir.path(), true).unwrap().is_ours(&new));
    }

    #[test]
    fn a_ticket_of_another_server_is_not_ours() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let ticket = Keys::open(theirs.path(), false).unwrap().sign(claims());
        assert!(!Keys::open(ours.path(), false).unwrap().is_ours(&ticket));
    }
}
