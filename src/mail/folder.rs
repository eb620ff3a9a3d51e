//! One folder of a Maildir: `new` and `cur`, listed once, each message opened by its name when it is wanted.

use std::{
    collections::HashMap,
    ffi::OsStr,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rustix::{
    fs::{CWD, Dir, FileType, Mode, OFlags, fstat, openat},
    io::Errno,
};

use super::source::SourceError;

/// The messages of a folder in the order of their names, which begin with the time of delivery.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    parts: [Option<OwnedFd>; 2],
    /// The names of all messages, one after another.
    names: Vec<u8>,
    files: Vec<Listed>,
    moved: Mutex<Moved>,
}

/// A message that is open.
#[derive(Debug)]
pub struct Opened {
    /// Its bytes.
    pub file: OwnedFd,
    /// Where it is now, if it has moved since the folder was listed.
    pub moved: Option<PathBuf>,
}

/// The two directories with messages; what is in `tmp` is not delivered yet.
const PARTS: [&str; 2] = ["new", "cur"];
const CUR: usize = 1;

/// How often `cur` is listed again for messages that are not where they were.
const LISTINGS: usize = 100;

/// A message's name and what the directory says of it.
#[derive(Debug, Clone, Copy)]
struct Listed {
    /// The name's first bytes, so that most comparisons need no look at the name.
    key: u128,
    start: usize,
    length: u16,
    part: u8,
    /// Known to be a regular file.
    regular: bool,
}

impl Folder {
    /// Lists the messages of the folder at `path`. A name that begins with a dot is none.
    ///
    /// # Errors
    /// [`SourceError::Open`] when `new` or `cur` is there and can't be read.
    pub fn list(path: &Path) -> Result<Self, SourceError> {
        let mut folder = Self {
            path: path.to_owned(),
            parts: [None, None],
            names: Vec::new(),
            files: Vec::new(),
            moved: Mutex::default(),
        };
        for (part, name) in PARTS.iter().enumerate() {
            let directory = path.join(name);
            let failed = |errno: Errno| SourceError::Open { path: directory.clone(), why: errno.into() };
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            match openat(CWD, &directory, flags, Mode::empty()) {
                Err(Errno::NOENT | Errno::NOTDIR) => {}
                Err(errno) => return Err(failed(errno)),
                Ok(directory) => {
                    folder.take(part, &directory).map_err(failed)?;
                    folder.parts[part] = Some(directory);
                }
            }
        }
        let names = &folder.names;
        folder.files.sort_unstable_by(|a, b| a.key.cmp(&b.key).then_with(|| a.of(names).cmp(b.of(names))));
        Ok(folder)
    }

    /// Takes the names of one directory.
    fn take(&mut self, part: usize, directory: &OwnedFd) -> Result<(), Errno> {
        each(directory, |name, kind| {
            let regular = match kind {
                FileType::RegularFile => true,
                FileType::Symlink | FileType::Unknown => false,
                _ => return,
            };
            let (Ok(length), Ok(part)) = (u16::try_from(name.len()), u8::try_from(part)) else { return };
            let mut key = [0; 16];
            let known = name.len().min(key.len());
            key[..known].copy_from_slice(&name[..known]);
            let (key, start) = (u128::from_be_bytes(key), self.names.len());
            self.files.push(Listed { key, start, length, part, regular });
            self.names.extend_from_slice(name);
        })
    }

    /// How many messages were listed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where the message at that place was.
    #[must_use]
    pub fn path(&self, at: usize) -> PathBuf {
        let Listed { part, .. } = self.files[at];
        self.path.join(PARTS[usize::from(part)]).join(OsStr::from_bytes(self.name(at)))
    }

    fn name(&self, at: usize) -> &[u8] {
        self.files[at].of(&self.names)
    }

    /// Opens the message at that place; `None` when it is gone or no regular file.
    ///
    /// # Errors
    /// [`SourceError::Open`].
    pub fn open(&self, at: usize) -> Result<Option<Opened>, SourceError> {
        let Listed { part, regular, .. } = self.files[at];
        let Some(directory) = &self.parts[usize::from(part)] else { return Ok(None) };
        match open(directory, self.name(at), regular) {
            Ok(file) => Ok(file.map(|file| Opened { file, moved: None })),
            Err(Errno::NOENT) => Ok(self.moved(at)),
            Err(errno) => Err(SourceError::Open { path: self.path(at), why: errno.into() }),
        }
    }

    /// Where a message went: from `new` to `cur`, or its flags changed; the name up to the colon stays.
    fn moved(&self, at: usize) -> Option<Opened> {
        let cur = self.parts[CUR].as_ref()?;
        let name = unique(self.name(at));
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(now) = moved.names.get(name)
                && let Ok(file) = open(cur, now, false)
            {
                let path = self.path.join(PARTS[CUR]).join(OsStr::from_bytes(now));
                return file.map(|file| Opened { file, moved: Some(path) });
            }
            // It moved after the last look, or it is gone.
            if !moved.look_again(cur) {
                return None;
            }
        }
    }
}

impl Listed {
    fn of<'a>(&self, names: &'a [u8]) -> &'a [u8] {
        &names[self.start..self.start + usize::from(self.length)]
    }
}

/// What is in `cur` now, by the part of the name that stays.
#[derive(Debug, Default)]
struct Moved {
    names: HashMap<Vec<u8>, Vec<u8>>,
    /// When `cur` had last changed before it was listed.
    changed: Option<(i64, u64)>,
    listings: usize,
}

impl Moved {
    /// Lists `cur` again; false when it has not changed, or too often.
    fn look_again(&mut self, cur: &OwnedFd) -> bool {
        let changed = fstat(cur).ok().map(|stat| (stat.st_mtime, stat.st_mtime_nsec));
        if (changed.is_some() && changed == self.changed) || self.listings == LISTINGS {
            return false;
        }
        self.changed = changed;
        self.listings += 1;
        self.names.clear();
        each(cur, |name, _| drop(self.names.insert(unique(name).to_owned(), name.to_owned()))).is_ok()
    }
}

fn unique(name: &[u8]) -> &[u8] {
    name.split(|&byte| byte == b':').next().unwrap_or(name)
}

/// The entries of a directory that do not begin with a dot.
fn each(directory: &OwnedFd, mut take: impl FnMut(&[u8], FileType)) -> Result<(), Errno> {
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if !name.starts_with(b".") {
            take(name, entry.file_type());
        }
    }
    Ok(())
}

/// Opens a regular file (a pipe would make us wait); `None` when it is something else.
fn open(directory: &OwnedFd, name: &[u8], regular: bool) -> Result<Option<OwnedFd>, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = openat(directory, name, flags, Mode::empty())?;
    if !regular && FileType::from_raw_mode(fstat(&file)?.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    Ok(Some(file))
}
