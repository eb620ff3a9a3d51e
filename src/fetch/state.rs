//! What is remembered of a mailbox: a file of lines that is only ever appended to, and locked while in use.
//!
//! ```text
//! ch-fetch 1 pop3://bob@mail.example.org
//! +uAAAB1 1795454861.M1P7Q0R1F….host     a mail that is safe in tmp, or in new, under that name (- in a stream)
//! -uAAAB2                                one that was looked at and has no chat button
//! =                                      all that stands above is in new
//! !x0123…                                one whose line stands above and whose file is nowhere: it is new again
//! ```
//!
//! A mail's line is on the disk after the mail and before it is moved to `new`. So what a killed run has left is always
//! decided by what the disk holds: a line with its file in `tmp` will be moved, one with its file in `new` or `cur` was
//! moved, one without a file is taken back, and a file without a line will be fetched again.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, OpenOptions, TryLockError},
    io::{BufRead, BufReader, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use ring::digest::{SHA256, digest};

use super::FetchError;
use crate::wire::hex;

/// What a mail is known by: the beginning of its id's SHA-256.
pub(super) type Key = [u8; 12];

/// Mails that the server no longer has and that are remembered all the same: a listing that was short for a day must
/// not make everything new again.
const GONE: usize = 20_000;

/// The key of an id: `u` and the server's unique-id, `h` and a digest of what is in the mail, or `x` and a key.
pub(super) fn key(id: &str) -> Key {
    let mut key = Key::default();
    if let Some(hex) = id.strip_prefix('x').filter(|hex| hex.len() == 2 * key.len() && hex.is_ascii()) {
        let digits = hex.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap_or_default());
        for (byte, digits) in key.iter_mut().zip(digits) {
            *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
        }
    } else {
        key.copy_from_slice(&digest(&SHA256, id.as_bytes()).as_ref()[..12]);
    }
    key
}

/// What is known of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It was delivered.
    Here,
    /// It has no chat button.
    Passed,
}

/// All that is known.
pub(super) type Known = HashMap<Key, Mark>;

/// The open file.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: File,
    lines: usize,
}

/// What was found in the file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) log: Log,
    pub(super) known: Known,
    /// Names and keys behind the last `=`: they may still be in `tmp`.
    pub(super) unsettled: Vec<(String, Key)>,
    /// There was no file before.
    pub(super) fresh: bool,
}

impl Log {
    /// Opens and locks the state of `mailbox`, or makes it.
    pub(super) fn open(path: &Path, mailbox: &str) -> Result<Opened, FetchError> {
        let file = locked(path)?;
        let mut log = Self { path: path.to_owned(), file, lines: 0 };
        let head = format!("ch-fetch 1 {mailbox}");
        let (mut known, mut unsettled) = (Known::new(), Vec::new());
        let mut reader = BufReader::new(&log.file);
        let (mut line, mut whole) = (Vec::new(), 0);
        loop {
            line.clear();
            let count = reader.read_until(b'\n', &mut line).map_err(FetchError::file("read", path))?;
            // A line that a killed run did not finish was never believed by anybody.
            let Some(text) = line.strip_suffix(b"\n") else { break };
            whole += count as u64;
            let damaged = || FetchError::State {
                path: path.to_owned(),
                why: format!("byte {whole}: not what ch-fetch writes; move the file away to begin anew"),
            };
            let text = std::str::from_utf8(text).map_err(|_| damaged())?;
            log.lines += 1;
            if log.lines == 1 {
                if text != head {
                    let why = format!("it is not the state of {mailbox}, but begins with {text:?}");
                    return Err(FetchError::State { path: path.to_owned(), why });
                }
                continue;
            }
            match text.split_at_checked(1) {
                Some(("+", rest)) => {
                    let (id, name) = rest.split_once(' ').ok_or_else(damaged)?;
                    known.insert(key(id), Mark::Here);
                    unsettled.push((name.to_owned(), key(id)));
                }
                Some(("-", id)) => {
                    known.entry(key(id)).or_insert(Mark::Passed);
                }
                Some(("!", id)) => {
                    known.remove(&key(id));
                    unsettled.retain(|(_, other)| *other != key(id));
                }
                Some(("=", "")) => unsettled.clear(),
                _ => return Err(damaged()),
            }
        }
        drop(reader);
        log.file.set_len(whole).map_err(FetchError::file("repair", path))?;
        let fresh = log.lines == 0;
        if fresh {
            log.append(&format!("{head}\n"))?;
            log.sync()?;
            sync_dir(parent(path))?;
        }
        Ok(Opened { log, known, unsettled, fresh })
    }

    /// These mails are delivered as soon as their files are moved; durable.
    pub(super) fn delivered<'a>(
        &mut self,
        mails: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(), FetchError> {
        let lines: String = mails.into_iter().map(|(id, name)| format!("+{id} {name}\n")).collect();
        self.append(&lines)?;
        self.sync()
    }

    /// One mail of a stream was handed on; durable after the next [`sync`](Self::sync).
    pub(super) fn handed_on(&mut self, id: &str) -> Result<(), FetchError> {
        self.append(&format!("+{id} -\n"))
    }

    /// All that was noted is in its place.
    pub(super) fn settled(&mut self) -> Result<(), FetchError> {
        self.append("=\n")
    }

    /// These were noted, and are nowhere.
    pub(super) fn lost(&mut self, keys: &[Key]) -> Result<(), FetchError> {
        self.append(&keys.iter().map(|key| format!("!x{}\n", hex(key))).collect::<String>())
    }

    /// These have no button.
    pub(super) fn passed(&mut self, ids: &[String]) -> Result<(), FetchError> {
        self.append(&ids.iter().map(|id| format!("-{id}\n")).collect::<String>())
    }

    fn append(&mut self, lines: &str) -> Result<(), FetchError> {
        self.lines += memchr::memchr_iter(b'\n', lines.as_bytes()).count();
        self.file.write_all(lines.as_bytes()).map_err(FetchError::file("write", &self.path))
    }

    pub(super) fn sync(&mut self) -> Result<(), FetchError> {
        self.file.sync_all().map_err(FetchError::file("write", &self.path))
    }

    /// Forgets the oldest of what the server no longer has, when that is most of the file.
    pub(super) fn tidy(&mut self, there: &HashSet<Key>) -> Result<(), FetchError> {
        if self.lines > 2 * there.len() + 2 * GONE { self.rewrite(there, GONE) } else { Ok(()) }
    }

    fn rewrite(&mut self, there: &HashSet<Key>, gone: usize) -> Result<(), FetchError> {
        let failed = |doing| FetchError::file(doing, &self.path);
        let text = fs::read_to_string(&self.path).map_err(failed("read"))?;
        let mut lines: Vec<&str> = Vec::new();
        let (mut seen, mut left) = (HashSet::new(), gone);
        // From the newest back: an id's last line counts.
        for line in text.lines().skip(1).collect::<Vec<_>>().into_iter().rev().filter(|line| *line != "=") {
            let key = key(line[1..].split(' ').next().unwrap_or_default());
            let lost = line.starts_with('!');
            if !seen.insert((key, lost || line.starts_with('+'))) || lost {
                continue;
            }
            if !there.contains(&key) {
                let Some(fewer) = left.checked_sub(1) else { continue };
                left = fewer;
            }
            lines.push(line);
        }
        let head = text.lines().next().unwrap_or_default();
        let lines = std::iter::once(head).chain(lines.into_iter().rev()).chain(["="]);
        let (lines, text) =
            (lines.clone().count(), lines.map(|line| format!("{line}\n")).collect::<String>());
        let new = self.path.with_extension("new");
        let _ = fs::remove_file(&new);
        let mut file = options().create_new(true).open(&new).map_err(FetchError::create(&new))?;
        // Locked before it has its name, so that nobody comes in between.
        let written =
            file.lock().and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
        written.and_then(|()| fs::rename(&new, &self.path)).map_err(failed("replace"))?;
        sync_dir(parent(&self.path))?;
        (self.file, self.lines) = (file, lines);
        Ok(())
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    options
}

/// The file, locked; it is the one that the name leads to.
fn locked(path: &Path) -> Result<File, FetchError> {
    loop {
        let mut file = options().create(true).open(path).map_err(FetchError::create(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::Locked { path: path.to_owned() }),
            Err(TryLockError::Error(why)) => return Err(FetchError::file("lock", path)(why)),
        }
        let same = file.metadata().and_then(|ours| Ok(fs::metadata(path)?.ino() == ours.ino()));
        // Else a run that has just ended put another file in its place.
        if same.is_ok_and(|same| same) {
            file.seek(SeekFrom::Start(0)).map_err(FetchError::file("read", path))?;
            return Ok(file);
        }
    }
}

fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// What was made, renamed or removed in `dir` stays so.
pub(super) fn sync_dir(dir: &Path) -> Result<(), FetchError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(FetchError::file("sync", dir))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const BOB: &str = "pop3://bob@x.example";

    fn open(path: &Path) -> Opened {
        Log::open(path, BOB).unwrap()
    }

    #[test]
    fn what_was_noted_is_known_and_what_was_not_settled_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let Opened { mut log, known, fresh, .. } = open(&path);
        assert!(fresh && known.is_empty());
        log.delivered([("ua", "1.x"), ("ub", "2.x")]).unwrap();
        log.settled().unwrap();
        log.passed(&["uc".into()]).unwrap();
        log.delivered([("ud", "3.x")]).unwrap();
        drop(log);
        let again = open(&path);
        assert_eq!(again.known.len(), 4);
        assert_eq!((again.known[&key("ua")], again.known[&key("uc")]), (Mark::Here, Mark::Passed));
        assert_eq!(again.unsettled, [("3.x".to_owned(), key("ud"))]);
        assert_eq!(key(&format!("x{}", hex(&key("ua")))), key("ua"));
    }

    #[test]
    fn a_line_that_was_cut_off_is_forgotten_and_a_damaged_file_is_said_to_be_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        open(&path).log.delivered([("ua", "1.x")]).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut again = open(&path);
            assert!(again.known.is_empty());
            again.log.delivered([("ub", "2.x")]).unwrap();
            drop(again);
            assert_eq!(open(&path).known.len(), 1, "cut at {cut}");
        }
        for text in ["hello\n", "ch-fetch 1 pop3://carol@x.example\n", "\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(Log::open(&path, BOB), Err(FetchError::State { .. })), "{text:?}");
        }
        for text in ["?ua\n", "+ua\n", "\u{fffd}\n", "= \n"] {
            fs::write(&path, [whole.as_slice(), text.as_bytes()].concat()).unwrap();
            assert!(matches!(Log::open(&path, BOB), Err(FetchError::State { .. })), "{text:?}");
        }
    }

    #[test]
    fn only_one_has_it_also_after_it_was_rewritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let mut first = open(&path).log;
        assert!(matches!(Log::open(&path, BOB), Err(FetchError::Locked { .. })));
        first.rewrite(&HashSet::new(), 0).unwrap();
        assert!(matches!(Log::open(&path, BOB), Err(FetchError::Locked { .. })));
        drop(first);
        open(&path);
    }

    #[test]
    fn what_the_server_has_is_never_forgotten_and_of_the_rest_the_newest_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let mut log = open(&path).log;
        let ids: Vec<String> = (0..10).map(|n| format!("u{n}")).collect();
        log.passed(&ids[..1]).unwrap();
        log.delivered(ids.iter().map(|id| (id.as_str(), "-"))).unwrap();
        log.rewrite(&HashSet::from([key("u0"), key("u3")]), 2).unwrap();
        log.delivered([("uz", "-")]).unwrap();
        drop(log);
        let known = open(&path).known;
        let kept: Vec<_> = ids.iter().filter(|id| known.contains_key(&key(id))).collect();
        assert_eq!(kept, ["u0", "u3", "u8", "u9"]);
        assert!(known[&key("u0")] == Mark::Here && known.contains_key(&key("uz")));
    }

    #[test]
    fn what_was_taken_back_is_new_until_it_comes_again_also_after_a_rewrite() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let mut log = open(&path).log;
        log.delivered([("ua", "1.x"), ("ub", "2.x"), ("uc", "3.x")]).unwrap();
        log.lost(&[key("ua"), key("ub")]).unwrap();
        log.delivered([("ub", "4.x")]).unwrap();
        drop(log);
        for _ in 0..2 {
            let Opened { mut log, known, unsettled, .. } = open(&path);
            assert!(!known.contains_key(&key("ua")) && known.contains_key(&key("ub")));
            assert!(unsettled.is_empty() || unsettled.iter().map(|(name, _)| name).eq(["3.x", "4.x"]));
            log.rewrite(&HashSet::new(), 10).unwrap();
        }
    }
}
