//! `--save-attachments`: other people's files into a directory of the person's, under names that do no harm.

use std::{
    fs::{self, File},
    io::Write,
    os::{fd::OwnedFd, unix::fs::DirBuilderExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, openat, renameat_with, unlinkat},
    io::Errno,
};

use super::exit::{Exit, OrFail, fail};
use crate::mail::attached::{Attached, numbered, safe_name};

/// Files that one run writes, and bytes.
const FILES: usize = 10_000;
const BYTES: usize = 4 * 1024 * 1024 * 1024;
/// Names that are tried for one file.
const NAMES: usize = 10_000;

/// A directory that attachments are written into.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
    directory: OwnedFd,
    files: usize,
    bytes: usize,
}

impl Shelf {
    /// Opens the directory, or makes it (0700). A link in its place is not followed.
    ///
    /// # Errors
    /// 73 when it can't be made or is no directory.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let what = || format!("save attachments in {}", path.display());
        match fs::DirBuilder::new().mode(0o700).create(path) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(error).or_fail(Exit::CantCreate, what());
            }
            _ => {}
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = openat(CWD, path, flags, Mode::empty()).or_fail(Exit::CantCreate, what())?;
        Ok(Self { path: path.to_owned(), directory, files: 0, bytes: 0 })
    }

    /// Writes an attachment under a name of its own, and gives the name. No file is replaced, and none is there before it
    /// is whole.
    ///
    /// # Errors
    /// 73 when it can't be made, 74 when the disk is full, 69 when this run has written as much as it may.
    pub fn keep(&mut self, attached: &Attached<'_>) -> anyhow::Result<String> {
        let content = attached.content();
        if self.files == FILES || self.bytes + content.len() > BYTES {
            let why = format!("a run writes at most {FILES} files and {BYTES} bytes");
            return Err(fail(Exit::Refused, format!("save in {}: {why}", self.path.display())));
        }
        let name = safe_name(attached.name());
        let what = || format!("save {}", self.path.join(&name).display());
        let draft = format!(".ch-inspect-{}-{}", std::process::id(), self.files);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::RUSR | Mode::WUSR;
        let file = openat(&self.directory, &draft, flags, mode).or_fail(Exit::CantCreate, what())?;
        let named = File::from(file)
            .write_all(&content)
            .or_fail(Exit::Io, what())
            .and_then(|()| self.name(&draft, &name).or_fail(Exit::CantCreate, what()));
        if named.is_err() {
            // Nothing half-written stays; when even that fails there is nothing left to do.
            let _gone = unlinkat(&self.directory, &draft, AtFlags::empty());
        }
        let name = named?;
        self.files += 1;
        self.bytes += content.len();
        Ok(name)
    }

    /// Gives the draft its name, or the first numbered one that is free.
    fn name(&self, draft: &str, name: &str) -> Result<String, Errno> {
        for number in 0..NAMES {
            let tried = if number == 0 { name.to_owned() } else { numbered(name, number) };
            match self.rename(draft, &tried) {
                Err(Errno::EXIST) => {}
                Err(errno) => return Err(errno),
                Ok(()) => return Ok(tried),
            }
        }
        Err(Errno::EXIST)
    }

    fn rename(&self, draft: &str, name: &str) -> Result<(), Errno> {
        let directory = &self.directory;
        match renameat_with(directory, draft, directory, name, RenameFlags::NOREPLACE) {
            // A file system that cannot do it at once.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                linkat(directory, draft, directory, name, AtFlags::empty())?;
                unlinkat(directory, draft, AtFlags::empty())
            }
            other => other,
        }
    }
}
