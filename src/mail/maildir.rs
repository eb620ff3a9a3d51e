//! The reading side of a Maildir: `new` and `cur`, then its folders (`.Archive`), each message as it is reached.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    vec,
};

use super::source::{self, Message, SourceError};

/// The messages of a Maildir in the order of their names, which begin with the time of delivery.
///
/// Other programs may move and delete messages meanwhile: one that moved is found, one that is gone is passed over.
#[derive(Debug)]
pub struct Maildir {
    folders: VecDeque<PathBuf>,
    files: vec::IntoIter<PathBuf>,
}

impl Maildir {
    /// Lists the messages of `path`; its folders are listed when their turn comes.
    ///
    /// # Errors
    /// [`SourceError::NoMaildir`] when there is neither `new` nor `cur`, [`SourceError::Open`] when one can't be read.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        if !is_maildir(path) {
            return Err(SourceError::NoMaildir(path.to_owned()));
        }
        let mut folders: Vec<_> = list(path)?
            .into_iter()
            .filter(|entry| name(entry).starts_with('.') && is_maildir(entry))
            .collect();
        folders.sort();
        Ok(Self { folders: folders.into(), files: messages(path)?.into_iter() })
    }
}

impl Iterator for Maildir {
    type Item = Result<Message, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(path) = self.files.next() else {
                match messages(&self.folders.pop_front()?) {
                    Ok(files) => self.files = files.into_iter(),
                    Err(error) => return Some(Err(error)),
                }
                continue;
            };
            match open(&path) {
                Ok(None) => {}
                Ok(Some((path, file))) => {
                    return Some(source::one(path.to_string_lossy().into_owned(), file));
                }
                Err(why) => return Some(Err(SourceError::Open { path, why })),
            }
        }
    }
}

fn is_maildir(path: &Path) -> bool {
    path.join("cur").is_dir() || path.join("new").is_dir()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn list(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let failed = |why| SourceError::Open { path: path.to_owned(), why };
    fs::read_dir(path).map_err(failed)?.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
}

/// The files of `new` and `cur`, sorted by their names.
fn messages(folder: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let mut files = Vec::new();
    for part in ["new", "cur"].map(|part| folder.join(part)) {
        if part.is_dir() {
            files.extend(list(&part)?.into_iter().filter(|file| !name(file).starts_with('.')));
        }
    }
    files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    Ok(files)
}

/// Opens a message; `None` when it is gone or no regular file (a pipe would make us wait).
fn open(path: &Path) -> io::Result<Option<(PathBuf, File)>> {
    let file = |path: PathBuf| {
        if fs::metadata(&path)?.is_file() {
            File::open(&path).map(|file| Some((path, file)))
        } else {
            Ok(None)
        }
    };
    match file(path.to_owned()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => match moved(path) {
            Some(path) => file(path).or(Ok(None)),
            None => Ok(None),
        },
        other => other,
    }
}

/// Where a message went: from `new` to `cur`, or its flags changed; the name up to the colon stays.
fn moved(path: &Path) -> Option<PathBuf> {
    let unique = name(path).split(':').next()?.to_owned();
    let cur = path.parent()?.parent()?.join("cur");
    fs::read_dir(cur).ok()?.filter_map(Result::ok).map(|entry| entry.path()).find(|other| {
        name(other).strip_prefix(&unique).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn folder(path: &Path, files: &[&str]) {
        for part in ["new", "cur", "tmp"] {
            fs::create_dir_all(path.join(part)).unwrap();
        }
        for file in files {
            fs::write(path.join(file), file).unwrap();
        }
    }

    fn texts(maildir: Maildir) -> Vec<String> {
        maildir.map(|message| String::from_utf8(message.unwrap().bytes).unwrap()).collect()
    }

    #[test]
    fn messages_come_in_the_order_of_delivery_then_the_folders() {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path(), &["new/3", "cur/1:2,S", "new/2", "tmp/0", "cur/.hidden"]);
        folder(&dir.path().join(".B"), &["cur/5:2,"]);
        folder(&dir.path().join(".A"), &["new/4"]);
        fs::create_dir(dir.path().join(".nothing")).unwrap();
        fs::create_dir(dir.path().join("cur/directory")).unwrap();
        let read = texts(Maildir::open(dir.path()).unwrap());
        assert_eq!(read, ["cur/1:2,S", "new/2", "new/3", "new/4", "cur/5:2,"]);
    }

    #[test]
    fn a_message_that_moves_is_found_and_one_that_goes_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path(), &["new/1", "new/2", "cur/3:2,", "new/4"]);
        let maildir = Maildir::open(dir.path()).unwrap();
        fs::rename(dir.path().join("new/1"), dir.path().join("cur/1:2,S")).unwrap();
        fs::remove_file(dir.path().join("new/2")).unwrap();
        fs::rename(dir.path().join("cur/3:2,"), dir.path().join("cur/3:2,RS")).unwrap();
        assert_eq!(texts(maildir), ["new/1", "cur/3:2,", "new/4"]);
    }

    #[test]
    fn a_directory_without_mail_is_said_to_be_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Maildir::open(dir.path()), Err(SourceError::NoMaildir(_))));
        assert!(matches!(source::Messages::open(&dir.path().join("x")), Err(SourceError::Open { .. })));
    }
}
