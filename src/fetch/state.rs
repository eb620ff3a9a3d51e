//! What is remembered of a mailbox: a file of lines that is only ever appended to, and locked while in use.
//!
//! ```text
//! ch-fetch 1 pop3://bob@mail.example.org
//! +uAAAB1 1795454861.M1P7Q0R1F….host 9f86…   a mail that is safe in tmp, or in new, under that name (- in a stream); the
//!                                        beginning of its SHA-256
//! -uAAAB2                                one that was looked at and has no chat button
//! =                                      all that stands above is in new
//! ~x0123…                                one that the server has no longer
//! ^x0123…                                one that it has again, as it was
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

use super::{
    FetchError,
    known::{Key, Known, Line, Mark, News, Print, learn},
};
use crate::wire::hex;

/// Mails that the server no longer has and that are remembered all the same: a listing that was short for a day must
/// not make everything new again.
const GONE: usize = 20_000;

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
            match Line::read(text).ok_or_else(damaged)? {
                Line::Settled => unsettled.clear(),
                Line::Mail(news, key, name) => {
                    learn(&mut known, news, key);
                    match (news, name) {
                        (News::Here(_), Some(name)) => unsettled.push((name.to_owned(), key)),
                        (News::Lost, _) => unsettled.retain(|(_, other)| *other != key),
                        _ => {}
                    }
                }
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
        mails: impl IntoIterator<Item = (&'a str, &'a str, Option<Print>)>,
    ) -> Result<(), FetchError> {
        let print = |print: Option<Print>| print.map(|print| format!(" {}", hex(&print))).unwrap_or_default();
        let line = |(id, name, of)| format!("+{id} {name}{}\n", print(of));
        self.append(&mails.into_iter().map(line).collect::<String>())?;
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
        self.say('!', keys)
    }

    /// The server has these no longer.
    pub(super) fn gone(&mut self, keys: &[Key]) -> Result<(), FetchError> {
        self.say('~', keys)
    }

    /// The server has these again, and they are what they were.
    pub(super) fn back(&mut self, keys: &[Key]) -> Result<(), FetchError> {
        self.say('^', keys)
    }

    fn say(&mut self, what: char, keys: &[Key]) -> Result<(), FetchError> {
        self.append(&keys.iter().map(|key| format!("{what}x{}\n", hex(key))).collect::<String>())
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

    /// Writes the file anew when most of it is about mails that the server has no longer: the latest of those stay.
    pub(super) fn tidy(&mut self, there: &HashSet<Key>) -> Result<(), FetchError> {
        if self.lines > 2 * there.len() + 2 * GONE { self.rewrite(there, GONE) } else { Ok(()) }
    }

    fn rewrite(&mut self, there: &HashSet<Key>, gone: usize) -> Result<(), FetchError> {
        let failed = |doing| FetchError::file(doing, &self.path);
        let text = fs::read_to_string(&self.path).map_err(failed("read"))?;
        let (mut known, mut said) = (Known::new(), HashMap::new());
        for (number, line) in text.lines().enumerate().skip(1) {
            if let Some(Line::Mail(news, key, _)) = Line::read(line) {
                learn(&mut known, news, key);
                said.insert(key, number);
            }
        }
        let mut order: Vec<_> = known.iter().map(|(key, mark)| (said.get(key), *key, *mark)).collect();
        order.sort_unstable_by_key(|(number, ..)| *number);
        let is_there = |key: &Key| there.contains(key);
        let too_old = order.iter().filter(|(_, key, _)| !is_there(key)).count().saturating_sub(gone);
        let mut passed_over = 0;
        order.retain(|(_, key, _)| {
            passed_over += usize::from(!is_there(key));
            is_there(key) || passed_over > too_old
        });
        let head = text.lines().next().unwrap_or_default();
        let mut text = format!("{head}\n");
        for (_, key, mark) in order {
            let key = hex(&key);
            text.push_str(&match mark {
                Mark::Passed => format!("-x{key}\n"),
                Mark::Here(None) => format!("+x{key} -\n"),
                Mark::Here(Some(print)) => format!("+x{key} - {}\n", hex(&print)),
                Mark::Gone(print) => format!("+x{key} - {}\n~x{key}\n", hex(&print)),
            });
        }
        text.push_str("=\n");
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count();
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
    use super::{super::known::key, *};

    const PRINT: Print = [7; 8];
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
        log.delivered([("ua", "1.x", None), ("ub", "2.x", None)]).unwrap();
        log.settled().unwrap();
        log.passed(&["uc".into()]).unwrap();
        log.delivered([("ud", "3.x", Some(PRINT))]).unwrap();
        drop(log);
        let again = open(&path);
        assert_eq!(again.known.len(), 4);
        assert_eq!((again.known[&key("ua")], again.known[&key("uc")]), (Mark::Here(None), Mark::Passed));
        assert_eq!(again.unsettled, [("3.x".to_owned(), key("ud"))]);
        assert_eq!(key(&format!("x{}", hex(&key("ua")))), key("ua"));
    }

    #[test]
    fn a_line_that_was_cut_off_is_forgotten_and_a_damaged_file_is_said_to_be_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        open(&path).log.delivered([("ua", "1.x", None)]).unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let mut again = open(&path);
            assert!(again.known.is_empty());
            again.log.delivered([("ub", "2.x", None)]).unwrap();
            drop(again);
            assert_eq!(open(&path).known.len(), 1, "cut at {cut}");
        }
        for text in ["hello\n", "ch-fetch 1 pop3://carol@x.example\n", "\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(Log::open(&path, BOB), Err(FetchError::State { .. })), "{text:?}");
        }
        for text in ["?ua\n", "+ua\n", "+ua 1.x 07\n", "\u{fffd}\n", "= \n"] {
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
        log.delivered(ids.iter().map(|id| (id.as_str(), "-", Some(PRINT)))).unwrap();
        log.rewrite(&HashSet::from([key("u0"), key("u3")]), 2).unwrap();
        log.delivered([("uz", "-", None)]).unwrap();
        drop(log);
        let known = open(&path).known;
        let kept: Vec<_> = ids.iter().filter(|id| known.contains_key(&key(id))).collect();
        assert_eq!(kept, ["u0", "u3", "u8", "u9"]);
        assert!(known[&key("u0")] == Mark::Here(Some(PRINT)) && known.contains_key(&key("uz")));
    }

    #[test]
    fn what_was_taken_back_is_new_until_it_comes_again_also_after_a_rewrite() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let mut log = open(&path).log;
        log.delivered([("ua", "1.x", None), ("ub", "2.x", None), ("uc", "3.x", None)]).unwrap();
        log.lost(&[key("ua"), key("ub")]).unwrap();
        log.delivered([("ub", "4.x", None)]).unwrap();
        drop(log);
        for _ in 0..2 {
            let Opened { mut log, known, unsettled, .. } = open(&path);
            assert!(!known.contains_key(&key("ua")) && known.contains_key(&key("ub")));
            assert!(unsettled.is_empty() || unsettled.iter().map(|(name, _)| name).eq(["3.x", "4.x"]));
            log.rewrite(&HashSet::new(), 10).unwrap();
        }
    }

    #[test]
    fn what_the_server_has_no_longer_is_known_by_its_content_until_it_is_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let mut log = open(&path).log;
        log.delivered([("ua", "-", Some(PRINT)), ("ub", "-", None)]).unwrap();
        log.gone(&[key("ua"), key("ub"), key("unknown")]).unwrap();
        log.rewrite(&HashSet::new(), 10).unwrap();
        drop(log);
        let Opened { mut log, known, .. } = open(&path);
        assert_eq!((known.len(), known[&key("ua")]), (1, Mark::Gone(PRINT)), "the other may be anything");
        log.back(&[key("ua")]).unwrap();
        drop(log);
        assert_eq!(open(&path).known[&key("ua")], Mark::Here(Some(PRINT)));
    }
}
