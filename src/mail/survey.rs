//! Many mails at the speed of the disk: only header blocks are read, only those that are wanted are taken apart, on
//! several threads, and the records come in the order of the mails.
//!
//! - A Maildir costs three system calls a mail: open by name in its directory, read 4 KiB, close.
//! - An mbox is looked through for its `From ` lines in large pieces, each on its own: what begins a message is told by
//!   the bytes around it.
//! - What is not asked for with `--full` is in no header, so no body is looked at.

mod mbox;

use std::{fs::File, io, iter, ops::ControlFlow, os::fd::OwnedFd};

use rustix::{fs::fstat, io::Errno};

use super::{
    folder::Opened,
    lanes,
    maildir::{Batch, Maildir},
    read,
    scan::{self, HEADER},
    source::SourceError,
};
use crate::wire::{Time, record::Mail};

/// What is wanted of many mails.
#[derive(Debug, Clone, Copy)]
pub struct Survey {
    /// How many threads read; 1 is the one that asks.
    pub threads: usize,
    /// Only mails that may have a button, and what is no mail; what has none after all may be among them.
    pub buttons: bool,
    /// The time now, which decides what has expired.
    pub now: Time,
}

/// A mail without text and attachments, or what could not be read.
pub type Found = Result<Mail, SourceError>;

/// Mails of a Maildir that a thread takes at once.
const BATCH: usize = 64;
/// Bytes of a file that are read first: most header blocks are shorter.
const FIRST: usize = 4096;

impl Survey {
    /// The mails of a Maildir, in its order, some at a time.
    pub fn maildir<B>(
        &self,
        mut maildir: Maildir,
        take: impl FnMut(Vec<Found>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let batches = iter::from_fn(|| maildir.batch(BATCH));
        let work = |buffer: &mut Vec<u8>, batch| self.batch(buffer, batch);
        lanes::in_order(self.threads, batches, work, take)
    }

    /// The mails of an mbox in a regular file, some at a time. `name` is its path.
    pub fn mbox<B>(
        &self,
        name: &str,
        file: &File,
        take: impl FnMut(Vec<Found>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        mbox::survey(self, name, file, take)
    }

    /// The one mail of a file; `None` when it is not wanted.
    #[must_use]
    pub fn file(&self, name: &str, file: File) -> Option<Found> {
        self.head(&mut Vec::new(), &file.into(), || name.to_owned())
    }

    fn batch(&self, buffer: &mut Vec<u8>, batch: Result<Batch, SourceError>) -> Vec<Found> {
        let Batch { folder, places } = match batch {
            Ok(batch) => batch,
            Err(error) => return vec![Err(error)],
        };
        let mut found = Vec::new();
        for place in places {
            match folder.open(place) {
                Ok(None) => {}
                Ok(Some(Opened { file, moved })) => {
                    let name = || {
                        let path = moved.unwrap_or_else(|| folder.path(place));
                        path.to_string_lossy().into_owned()
                    };
                    found.extend(self.head(buffer, &file, name));
                }
                Err(error) => found.push(Err(error)),
            }
        }
        found
    }

    /// Reads as much of a file as its header needs.
    fn head(&self, buffer: &mut Vec<u8>, file: &OwnedFd, name: impl FnOnce() -> String) -> Option<Found> {
        let (mut length, mut most) = (0, FIRST);
        let end = loop {
            buffer.resize(most.max(buffer.len()), 0);
            let ended = match fill(file, &mut buffer[length..most]) {
                Err(why) => return Some(Err(SourceError::Read { source_name: name(), why })),
                Ok(count) => {
                    length += count;
                    length < most
                }
            };
            let glance = scan::glance(&buffer[..length]);
            if let Some(end) = glance.end.or((ended || length > HEADER).then_some(length)) {
                if self.buttons && !glance.promising {
                    return None;
                }
                break end;
            }
            most = (most * 4).min(HEADER + 1);
        };
        if length == 0 {
            return Some(Err(SourceError::Empty(name())));
        }
        let size = || fstat(file).map_or(0, |stat| u64::try_from(stat.st_size).unwrap_or(0));
        let cut = length >= FIRST && size() > scan::MESSAGE as u64;
        Some(Ok(read::head(&name(), &buffer[..end], cut, self.now)))
    }
}

/// Reads until `to` is full or the file ends.
fn fill(file: &OwnedFd, to: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < to.len() {
        match rustix::io::read(file, &mut to[length..]) {
            Ok(0) => break,
            // A short read is the end of a regular file; one more would be a system call for nothing.
            Ok(count) if length == 0 && count < to.len() => return Ok(count),
            Ok(count) => length += count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(length)
}

#[cfg(test)]
mod tests;
