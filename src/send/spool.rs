//! Mails that wait for a way out: a directory like a Maildir, in which a mail's place and name say how far it is.
//!
//! ```text
//! tmp/     being written
//! new/     waits; from here on it is not lost
//! cur/     its final dot may be on the wire; found here after a crash, nobody knows whether it was taken
//! failed/  given up: for its person to look at
//! why/     the last words about it; may be missing
//! ```
//!
//! A name is `MILLISECONDS.RANDOM.ATTEMPTS.NEXT`: when it was kept, how often it was tried since, when it is due. A
//! step is a rename, so it needs no room on a full disk, and after a crash there was the step or there was not.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU16, Ordering},
};

use serde::{Deserialize, Serialize};

use crate::wire::{Time, secret, time::HOUR};

/// What stands before the envelope in a kept mail's first line: a header field, so that mail readers can open it.
const ENVELOPE: &str = "CH-Queue: ";
/// Bytes of a kept mail; what we send is smaller.
const MAIL: u64 = 256 << 20;
/// After this long a file in `tmp` is nobody's any more, as in a Maildir.
const STALE: i64 = 36 * HOUR;
/// Every directory of a spool.
const PLACES: [Place; 5] = [Place::Tmp, Place::New, Place::Cur, Place::Failed, Place::Why];

/// The directory; it need not exist yet.
#[derive(Debug, Clone)]
pub struct Spool {
    dir: PathBuf,
}

/// Whom a kept mail is for, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where failures are reported.
    pub reverse_path: Option<String>,
    /// For whom.
    pub recipient: String,
    /// Its Message-ID, for receipts.
    pub message_id: Option<String>,
    /// The way out it was kept for, as a URL.
    pub via: String,
    /// When it was kept.
    pub at: Time,
}

/// Where a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Being written.
    Tmp,
    /// Waits.
    New,
    /// Being handed over.
    Cur,
    /// Given up.
    Failed,
    /// Words.
    Why,
}

/// Why a mail was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Refused for good.
    Rejected,
    /// It waited too long.
    Expired,
    /// Nobody knows whether it was taken.
    Unknown,
}

/// A mail in the spool, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `MILLISECONDS.RANDOM`: they sort as they were kept.
    id: String,
    /// How often it was tried since it was kept.
    pub attempts: u32,
    /// When it is due; of a mail that was given up: `None`.
    pub next: Option<Time>,
    /// Why it was given up.
    pub fate: Option<Fate>,
    place: Place,
}

/// What went wrong with the spool.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// A file or directory.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that we did not write so.
    #[error("{}: no mail of the queue", .0.display())]
    Damaged(PathBuf),
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Tmp => "tmp",
            Self::New => "new",
            Self::Cur => "cur",
            Self::Failed => "failed",
            Self::Why => "why",
        }
    }
}

impl Fate {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Rejected, "rejected"), (Self::Expired, "expired"), (Self::Unknown, "unknown")];
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = Fate::ALL.iter().find(|(fate, _)| Some(*fate) == self.fate).map(|(_, name)| *name);
        match (fate, self.next) {
            (Some(fate), _) => write!(f, "{}.{}.{fate}", self.id, self.attempts),
            (None, next) => {
                write!(f, "{}.{}.{}", self.id, self.attempts, next.unwrap_or(Time(0)).unix_secs())
            }
        }
    }
}

impl Entry {
    fn parse(name: &str, place: Place) -> Option<Self> {
        let mut pieces = name.splitn(4, '.');
        let (millis, random) = (pieces.next()?, pieces.next()?);
        let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plain(millis) || !plain(random) {
            return None;
        }
        let attempts = pieces.next()?.parse().ok()?;
        let last = pieces.next()?;
        let fate = Fate::ALL.iter().find(|(_, name)| *name == last).map(|(fate, _)| *fate);
        let next = last.parse().ok().map(Time::from_unix_secs);
        (fate.is_some() || next.is_some()).then(|| Self {
            id: format!("{millis}.{random}"),
            attempts,
            next,
            fate,
            place,
        })
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> SpoolError + '_ {
    |source| SpoolError::File { path: path.to_owned(), source }
}

fn sync(dir: &Path) -> Result<(), SpoolError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(failed(dir))
}

impl Spool {
    /// Names the directory; makes nothing.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Where a mail is.
    #[must_use]
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.dir.join(entry.place.name()).join(entry.to_string())
    }

    /// Keeps a mail: once this returns, no crash loses it. It is due at once. `why` is best-effort.
    ///
    /// # Errors
    /// [`SpoolError::File`]; then nothing is kept.
    pub fn keep(&self, kept: &Kept, message: &[u8], why: &str) -> Result<Entry, SpoolError> {
        self.make()?;
        let tmp = self.dir.join(Place::Tmp.name());
        let random = secret::random::<8>().map_err(|error| failed(&tmp)(io::Error::other(error)))?;
        // Those that one run keeps in a millisecond stay in their order, too.
        static COUNT: AtomicU16 = AtomicU16::new(0);
        let mut id = format!("{:013}.{:04x}", kept.at.0, COUNT.fetch_add(1, Ordering::Relaxed));
        random.iter().for_each(|byte| id.push_str(&format!("{byte:02x}")));
        let entry = Entry { id, attempts: 0, next: Some(kept.at), fate: None, place: Place::New };
        let tmp = tmp.join(entry.to_string());
        let written = write(&tmp, kept, message)
            .and_then(|()| fs::rename(&tmp, self.path(&entry)).map_err(failed(&tmp)))
            .and_then(|()| sync(&self.dir.join(Place::New.name())));
        if written.is_err() {
            let _ = fs::remove_file(&tmp);
            let _ = fs::remove_file(self.path(&entry));
        }
        written?;
        self.note(&entry, why);
        Ok(entry)
    }

    /// The directories, for their owner only, and durably where they are new.
    fn make(&self) -> Result<(), SpoolError> {
        if PLACES.iter().all(|place| self.dir.join(place.name()).is_dir()) {
            return Ok(());
        }
        for place in PLACES {
            let path = self.dir.join(place.name());
            DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(failed(&path))?;
        }
        sync(&self.dir)?;
        self.dir.parent().map_or(Ok(()), sync)
    }

    /// The mails in one place, those kept first first. What is not ours there is passed over.
    ///
    /// # Errors
    /// [`SpoolError::File`] when the directory cannot be read; one that does not exist holds nothing.
    pub fn list(&self, place: Place) -> Result<Vec<Entry>, SpoolError> {
        let dir = self.dir.join(place.name());
        let mut entries = match fs::read_dir(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listing => {
                let names = listing.and_then(|list| list.map(|entry| Ok(entry?.file_name())).collect());
                let names: Vec<_> = names.map_err(failed(&dir))?;
                names.iter().filter_map(|name| Entry::parse(name.to_str()?, place)).collect::<Vec<_>>()
            }
        };
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(entries)
    }

    /// A mail with its envelope.
    ///
    /// # Errors
    /// [`SpoolError::File`], [`SpoolError::Damaged`].
    pub fn read(&self, entry: &Entry) -> Result<(Kept, Vec<u8>), SpoolError> {
        let path = self.path(entry);
        let mut bytes = Vec::new();
        File::open(&path).and_then(|file| file.take(MAIL).read_to_end(&mut bytes)).map_err(failed(&path))?;
        let end = memchr::memchr(b'\n', &bytes).ok_or_else(|| SpoolError::Damaged(path.clone()))?;
        let kept =
            bytes[..end].strip_prefix(ENVELOPE.as_bytes()).and_then(|line| serde_json::from_slice(line).ok());
        let message = bytes.split_off(end + 1);
        kept.map(|kept| (kept, message)).ok_or(SpoolError::Damaged(path))
    }

    /// The last words about a mail, if they are there.
    #[must_use]
    pub fn why(&self, entry: &Entry) -> Option<String> {
        fs::read_to_string(self.dir.join(Place::Why.name()).join(&entry.id))
            .ok()
            .filter(|why| !why.is_empty())
    }

    /// Keeps the last words about a mail, or does without.
    pub fn note(&self, entry: &Entry, why: &str) {
        let path = self.dir.join(Place::Why.name()).join(&entry.id);
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
        let _ = file.and_then(|mut file| file.write_all(why.as_bytes()));
    }

    /// Its final dot goes on the wire now: durable before this returns. Also when it was said before.
    ///
    /// # Errors
    /// [`SpoolError::File`]; then the dot must not be sent.
    pub fn attempt(&self, entry: &mut Entry) -> Result<(), SpoolError> {
        if entry.place == Place::Cur {
            return Ok(());
        }
        self.step(entry, Entry { place: Place::Cur, ..entry.clone() })
    }

    /// It is to be tried again, at `next` at the earliest. `tried`: this counts as an attempt.
    ///
    /// # Errors
    /// [`SpoolError::File`].
    pub fn wait(&self, entry: &mut Entry, next: Time, tried: bool) -> Result<(), SpoolError> {
        let attempts = entry.attempts.saturating_add(u32::from(tried));
        let id = entry.id.clone();
        self.step(entry, Entry { id, attempts, next: Some(next), fate: None, place: Place::New })
    }

    /// It is given up.
    ///
    /// # Errors
    /// [`SpoolError::File`].
    pub fn give_up(&self, entry: &mut Entry, fate: Fate) -> Result<(), SpoolError> {
        let given_up = Entry { fate: Some(fate), next: None, place: Place::Failed, ..entry.clone() };
        self.step(entry, given_up)
    }

    /// It has gone out: nothing of it stays.
    ///
    /// # Errors
    /// [`SpoolError::File`].
    pub fn remove(&self, entry: &Entry) -> Result<(), SpoolError> {
        let path = self.path(entry);
        fs::remove_file(&path).map_err(failed(&path))?;
        sync(&self.dir.join(entry.place.name()))?;
        let _ = fs::remove_file(self.dir.join(Place::Why.name()).join(&entry.id));
        Ok(())
    }

    /// Removes what writers that were killed left in `tmp`.
    pub fn sweep(&self, now: Time) {
        let old = |path: &Path| {
            let modified =
                fs::metadata(path).map(|data| Time::from_unix_secs(data.mtime().try_into().unwrap_or(0)));
            modified.is_ok_and(|at| now.since(at) > STALE)
        };
        for entry in fs::read_dir(self.dir.join(Place::Tmp.name())).into_iter().flatten().flatten() {
            if old(&entry.path()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn step(&self, entry: &mut Entry, to: Entry) -> Result<(), SpoolError> {
        let (old, new) = (self.path(entry), self.path(&to));
        fs::rename(&old, &new).map_err(failed(&old))?;
        let from = std::mem::replace(entry, to).place;
        sync(&self.dir.join(entry.place.name()))?;
        if from == entry.place { Ok(()) } else { sync(&self.dir.join(from.name())) }
    }
}

fn write(path: &Path, kept: &Kept, message: &[u8]) -> Result<(), SpoolError> {
    let envelope = serde_json::to_string(kept).map_err(|error| failed(path)(error.into()))?;
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed(path))?;
    file.write_all(format!("{ENVELOPE}{envelope}\n").as_bytes())
        .and_then(|()| file.write_all(message))
        .and_then(|()| file.sync_all())
        .map_err(failed(path))
}

#[cfg(test)]
#[path = "spool/tests.rs"]
mod tests;
