//! Where mails come from: a file, a Maildir, an mbox, a stream. One message at a time, none larger than the limit.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

use super::{maildir::Maildir, mbox::Mbox, scan};

/// A message and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// A path; for one of an mbox, the path, `#`, and its number from 1; `-` for standard input.
    pub source: String,
    /// The message as it is stored, at most [`scan::MESSAGE`] bytes.
    pub bytes: Vec<u8>,
    /// The message is larger, and `bytes` are only its first [`scan::HEADER`].
    pub cut: bool,
}

/// What could not be read. The messages after it can.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A named file or folder cannot be opened.
    #[error("{}: {why}", path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// A directory holds no mail.
    #[error("{}: a directory without new or cur is no Maildir", .0.display())]
    NoMaildir(PathBuf),
    /// Reading failed in the middle.
    #[error("{source_name}: {why}")]
    Read {
        /// Where.
        source_name: String,
        /// Why.
        why: io::Error,
    },
    /// There is nothing in it.
    #[error("{0}: empty")]
    Empty(String),
}

/// The messages of one source, in order.
#[derive(Debug)]
pub enum Messages {
    /// Of a file or stream with one mail; `None` once it was given.
    One(Option<Stream>),
    /// Of a Maildir and its folders.
    Maildir(Maildir),
    /// Of an mbox.
    Mbox(Mbox),
}

/// What a path holds, for who can do more with it than read one message after another.
#[derive(Debug)]
pub enum Stored {
    /// A Maildir.
    Maildir(Maildir),
    /// A regular file with an mbox.
    Mbox(File),
    /// A regular file with one mail.
    One(File),
    /// What can only be read from its beginning to its end.
    Stream(Messages),
}

impl Stored {
    /// Opens a path: a directory is a Maildir, what begins with `From ` an mbox, anything else one mail.
    ///
    /// # Errors
    /// As [`Messages::open`].
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let file = match open(path)? {
            Opened::Directory => return Maildir::open(path).map(Self::Maildir),
            Opened::Other(file) => return stream(path, file).map(Self::Stream),
            Opened::Regular(file) => file,
        };
        let mut start = [0; ENVELOPE.len()];
        match file.read_at(&mut start, 0) {
            Err(why) => Err(SourceError::Read { source_name: path.to_string_lossy().into_owned(), why }),
            Ok(_) if start == ENVELOPE => Ok(Self::Mbox(file)),
            Ok(_) => Ok(Self::One(file)),
        }
    }
}

enum Opened {
    Directory,
    Regular(File),
    Other(File),
}

fn open(path: &Path) -> Result<Opened, SourceError> {
    let failed = |why| SourceError::Open { path: path.to_owned(), why };
    let file = File::open(path).map_err(failed)?;
    let kind = file.metadata().map_err(failed)?.file_type();
    Ok(if kind.is_dir() {
        Opened::Directory
    } else if kind.is_file() {
        Opened::Regular(file)
    } else {
        Opened::Other(file)
    })
}

fn stream(path: &Path, file: File) -> Result<Messages, SourceError> {
    Messages::of_stream(&path.to_string_lossy(), Box::new(BufReader::with_capacity(BUFFER, file)))
}

/// Bytes that hold one mail.
pub struct Stream {
    name: String,
    reader: Box<dyn BufRead>,
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Messages {
    /// Opens a path: a directory is a Maildir, a file that begins with `From ` an mbox, any other file one mail.
    ///
    /// # Errors
    /// [`SourceError::Open`], [`SourceError::NoMaildir`], and as [`Messages::of_stream`].
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        match open(path)? {
            Opened::Directory => Maildir::open(path).map(Self::Maildir),
            Opened::Regular(file) | Opened::Other(file) => stream(path, file),
        }
    }

    /// The messages of a stream: an mbox when it begins with `From `, else one mail.
    ///
    /// # Errors
    /// [`SourceError::Read`] when its first bytes cannot be read, [`SourceError::Empty`] when there are none.
    pub fn of_stream(name: &str, mut reader: Box<dyn BufRead>) -> Result<Self, SourceError> {
        let failed = |why| SourceError::Read { source_name: name.to_owned(), why };
        let start = beginning(&mut reader).map_err(failed)?;
        match start.as_slice() {
            b"" => Err(SourceError::Empty(name.to_owned())),
            ENVELOPE => Ok(Self::Mbox(Mbox::new(name, Box::new(reader)))),
            _ => {
                let reader = Box::new(BufReader::new(io::Cursor::new(start).chain(reader)));
                Ok(Self::One(Some(Stream { name: name.to_owned(), reader })))
            }
        }
    }
}

impl Iterator for Messages {
    type Item = Result<Message, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::One(stream) => stream.take().map(|Stream { name, reader }| one(name, reader)),
            Self::Maildir(maildir) => maildir.next(),
            Self::Mbox(mbox) => mbox.next(),
        }
    }
}

/// How an mbox, and each message in it, begins.
pub(super) const ENVELOPE: &[u8] = b"From ";

/// Bytes read at once.
const BUFFER: usize = 64 * 1024;

/// Takes as many bytes as [`ENVELOPE`] has, fewer at the end of the stream.
fn beginning(reader: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(ENVELOPE.len());
    reader.take(ENVELOPE.len() as u64).read_to_end(&mut start)?;
    Ok(start)
}

/// Reads one message to the end of its stream, or to the limit.
pub(super) fn one(source: String, reader: impl Read) -> Result<Message, SourceError> {
    let mut bytes = Vec::new();
    match reader.take(scan::MESSAGE as u64 + 1).read_to_end(&mut bytes) {
        Err(why) => Err(SourceError::Read { source_name: source, why }),
        Ok(0) => Err(SourceError::Empty(source)),
        Ok(length) => {
            let cut = length > scan::MESSAGE;
            if cut {
                bytes = bytes[..scan::HEADER].to_vec();
            }
            Ok(Message { source, bytes, cut })
        }
    }
}
