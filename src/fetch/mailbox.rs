//! The mailbox that mails are taken from: a POP3 session or a folder.

use std::{collections::HashMap, fs::File, io::Read, ops::ControlFlow, path::Path};

use super::{FetchError, Source, source::plain};
use crate::mail::{
    folder::Folder,
    pop3::{Access, Answer, Ask, Pop3, What, reply::Reply},
    scan,
};

/// A mail in the mailbox.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its number at the server.
    number: u32,
    /// What it is known by from one run to the next. `None`: only by what is in it.
    pub(super) uid: Option<String>,
    /// Its size as the server says; 0 when nobody says.
    pub(super) size: u64,
}

/// A mail that was not given.
#[derive(Debug)]
pub(super) struct Refused {
    /// Its place among the entries.
    pub(super) at: usize,
    /// The server's words.
    pub(super) reply: Reply,
}

/// Takes mails as they come in.
pub(super) trait Take {
    /// A mail begins: its place among the entries.
    fn begin(&mut self, at: usize) -> Result<(), FetchError>;
    /// Some of it.
    fn piece(&mut self, bytes: &[u8]) -> Result<(), FetchError>;
    /// It is whole. `Break`: no further one is wanted.
    fn end(&mut self) -> Result<ControlFlow<()>, FetchError>;
}

/// An open mailbox.
#[derive(Debug)]
pub(super) struct Mailbox {
    kind: Kind,
    pub(super) entries: Vec<Entry>,
    name: String,
}

#[derive(Debug)]
enum Kind {
    Pop3(Box<Pop3>),
    Folder(Folder),
}

/// Bytes of a file read at once.
const PIECE: usize = 64 * 1024;

impl Mailbox {
    /// Connects and lists what is there.
    pub(super) fn open(source: &Source, access: Option<&Access>) -> Result<Self, FetchError> {
        let name = source.name();
        match (source, access) {
            (Source::Pop3(server), Some(access)) => {
                let mut session = Pop3::open(server, access)?;
                let entries = session
                    .list()?
                    .into_iter()
                    .map(|mail| Entry { number: mail.number, uid: mail.uid, size: mail.size })
                    .collect();
                Ok(Self { kind: Kind::Pop3(Box::new(session)), entries, name })
            }
            (Source::Pop3(server), None) => {
                let why = format!(
                    "{server}: no password: set password_command or password_file in config.toml ($CH_HOME or ~/.config/ch)"
                );
                Err(crate::mail::pop3::Pop3Error::Config(why).into())
            }
            (Source::Maildir(path), _) => {
                if !path.join("new").is_dir() && !path.join("cur").is_dir() {
                    return Err(crate::mail::source::SourceError::NoMaildir(path.clone()).into());
                }
                let folder = Folder::list(path)?;
                let entries = (0..folder.len())
                    .map(|at| Entry { number: 0, uid: Some(unique(&folder.path(at))), size: 0 })
                    .collect();
                Ok(Self { kind: Kind::Folder(folder), entries, name })
            }
        }
    }

    /// What a record names as its source.
    pub(super) fn source(&self, at: usize) -> String {
        match &self.kind {
            Kind::Folder(folder) => folder.path(at).to_string_lossy().into_owned(),
            Kind::Pop3(_) => {
                let Entry { number, uid, .. } = &self.entries[at];
                let number = number.to_string();
                format!("{}#{}", self.name, uid.as_ref().unwrap_or(&number))
            }
        }
    }

    /// Gives the mails at these places, in order, until the taker has enough. Says which were refused; one that is gone
    /// from a folder is passed over.
    pub(super) fn pass(
        &mut self,
        what: What,
        wanted: &[usize],
        take: &mut dyn Take,
    ) -> Result<Vec<Refused>, FetchError> {
        let mut refused = Vec::new();
        match &mut self.kind {
            Kind::Folder(folder) => {
                for &at in wanted {
                    let Some(opened) = folder.open(at)? else { continue };
                    let failed = FetchError::file("read", folder.path(at));
                    if from_file(File::from(opened.file), what, at, take)
                        .map_err(|why| match why {
                            Ended::Read(why) => failed(why),
                            Ended::Taker(error) => error,
                        })?
                        .is_break()
                    {
                        break;
                    }
                }
            }
            Kind::Pop3(session) => {
                let entries = &self.entries;
                let asks =
                    wanted.iter().map(|&at| Ask { number: entries[at].number, size: entries[at].size });
                let mut retrieval = session.retrieve(what, asks);
                let mut places = wanted.iter();
                while let (Some(answer), Some(&at)) = (retrieval.next()?, places.next()) {
                    match answer {
                        Answer::Refused(_, reply) => refused.push(Refused { at, reply }),
                        Answer::Mail(_) => {
                            take.begin(at)?;
                            while let Some(piece) = retrieval.piece()? {
                                take.piece(piece)?;
                            }
                            if take.end()?.is_break() {
                                retrieval.stop()?;
                                break;
                            }
                        }
                    }
                }
            }
        }
        Ok(refused)
    }

    /// Deletes the mails at these places, and ends. Gives the places of what was not deleted, and why.
    pub(super) fn delete(self, places: &[usize]) -> Result<Vec<(usize, String)>, FetchError> {
        match self.kind {
            Kind::Pop3(session) if places.is_empty() => {
                session.leave();
                Ok(Vec::new())
            }
            Kind::Pop3(mut session) => {
                let numbers: Vec<u32> = places.iter().map(|&at| self.entries[at].number).collect();
                let kept = session.delete(&numbers)?;
                session.quit()?;
                let places: HashMap<u32, usize> = numbers.into_iter().zip(places.iter().copied()).collect();
                let said = |(number, words)| {
                    let at = places.get(&number)?;
                    Some((*at, format!("mail {number} is not deleted: {words}")))
                };
                Ok(kept.into_iter().filter_map(said).collect())
            }
            Kind::Folder(folder) => {
                for &at in places {
                    // One that is gone, or moves at this moment, is somebody else's.
                    let Some(opened) = folder.open(at)? else { continue };
                    let path = opened.moved.unwrap_or_else(|| folder.path(at));
                    match std::fs::remove_file(&path) {
                        Err(why) if why.kind() != std::io::ErrorKind::NotFound => {
                            return Err(FetchError::file("delete", path)(why));
                        }
                        _ => {}
                    }
                }
                Ok(Vec::new())
            }
        }
    }
}

enum Ended {
    Read(std::io::Error),
    Taker(FetchError),
}

fn from_file(mut file: File, what: What, at: usize, take: &mut dyn Take) -> Result<ControlFlow<()>, Ended> {
    let mut left = match what {
        What::Whole => usize::MAX,
        What::Header => scan::HEADER + 1,
    };
    let mut buffer = vec![0; PIECE];
    take.begin(at).map_err(Ended::Taker)?;
    loop {
        match file.read(&mut buffer[..left.min(PIECE)]) {
            Ok(0) => return take.end().map_err(Ended::Taker),
            Ok(count) => {
                left -= count;
                take.piece(&buffer[..count]).map_err(Ended::Taker)?;
            }
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
            Err(why) => return Err(Ended::Read(why)),
        }
    }
}

/// The part of a file's name that stays, fit for a line.
fn unique(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    name.split(|&byte| byte == b':').next().unwrap_or_default().iter().copied().map(plain).collect()
}
