//! The reading side of a Maildir: `new` and `cur`, then its folders (`.Archive`), each message as it is reached.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    folder::{Folder, Opened},
    source::{self, Message, SourceError},
};

/// The messages of a Maildir in the order of their names, which begin with the time of delivery; then those of its
/// folders, and of theirs.
///
/// Other programs may move and delete messages meanwhile: one that moved is found, one that is gone is passed over.
#[derive(Debug)]
pub struct Maildir {
    /// Folders whose turn has not come.
    folders: VecDeque<PathBuf>,
    /// What could not be looked into.
    failed: VecDeque<SourceError>,
    /// The folder whose turn it is, and its next message.
    folder: Option<Arc<Folder>>,
    next: usize,
}

/// Some messages of a folder that follow each other.
#[derive(Debug)]
pub struct Batch {
    /// The folder.
    pub folder: Arc<Folder>,
    /// Their places in it.
    pub places: Range<usize>,
}

/// How deep folders may stand in one another.
const DEEP: usize = 16;

impl Maildir {
    /// Finds the folders of `path`, which need not be a Maildir itself; links are not followed. Messages are listed
    /// when their folder's turn comes.
    ///
    /// # Errors
    /// [`SourceError::NoMaildir`] when there is neither `new` nor `cur`, here or below; [`SourceError::Open`] when
    /// `path` can't be read.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let failed = |why| SourceError::Open { path: path.to_owned(), why };
        let mut maildir = Self { folders: VecDeque::new(), failed: VecDeque::new(), folder: None, next: 0 };
        maildir.walk(path, 0).map_err(failed)?;
        if maildir.folders.is_empty() && maildir.failed.is_empty() {
            return Err(SourceError::NoMaildir(path.to_owned()));
        }
        Ok(maildir)
    }

    fn walk(&mut self, path: &Path, depth: usize) -> io::Result<()> {
        let mut below = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_part = ["new", "cur", "tmp"].iter().any(|part| name == *part);
            if !is_part && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                below.push(entry.path());
            }
        }
        if path.join("cur").is_dir() || path.join("new").is_dir() {
            self.folders.push_back(path.to_owned());
        }
        below.sort();
        for folder in below.into_iter().filter(|_| depth < DEEP) {
            if let Err(why) = self.walk(&folder, depth + 1) {
                self.failed.push_back(SourceError::Open { path: folder, why });
            }
        }
        Ok(())
    }

    /// The next messages, at most `most`, all of one folder.
    ///
    /// # Errors
    /// [`SourceError::Open`]: a folder that can't be read. The next call goes on after it.
    pub fn batch(&mut self, most: usize) -> Option<Result<Batch, SourceError>> {
        loop {
            if let Some(error) = self.failed.pop_front() {
                return Some(Err(error));
            }
            match &self.folder {
                Some(folder) if self.next < folder.len() => {
                    let places = self.next..folder.len().min(self.next + most);
                    self.next = places.end;
                    return Some(Ok(Batch { folder: Arc::clone(folder), places }));
                }
                _ => match Folder::list(&self.folders.pop_front()?) {
                    Ok(folder) => (self.folder, self.next) = (Some(Arc::new(folder)), 0),
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }
}

impl Iterator for Maildir {
    type Item = Result<Message, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Batch { folder, places } = match self.batch(1)? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            match folder.open(places.start) {
                Ok(None) => {}
                Ok(Some(Opened { file, moved })) => {
                    let path = moved.unwrap_or_else(|| folder.path(places.start));
                    return Some(source::one(path.to_string_lossy().into_owned(), File::from(file)));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
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
        folder(&dir.path().join(".A/.C"), &["new/6"]);
        folder(&dir.path().join("plain/of files"), &["cur/7"]);
        std::os::unix::fs::symlink(dir.path(), dir.path().join(".loop")).unwrap();
        fs::create_dir(dir.path().join(".nothing")).unwrap();
        fs::create_dir(dir.path().join("cur/directory")).unwrap();
        let read = texts(Maildir::open(dir.path()).unwrap());
        assert_eq!(read, ["cur/1:2,S", "new/2", "new/3", "new/4", "new/6", "cur/5:2,", "cur/7"]);
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
    fn what_is_no_file_keeps_nobody_and_what_cannot_be_opened_is_said() {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path(), &["new/1", "new/5"]);
        let new = dir.path().join("new");
        rustix::fs::mkfifoat(rustix::fs::CWD, new.join("2"), rustix::fs::Mode::RWXU).unwrap();
        std::os::unix::fs::symlink("/dev/zero", new.join("3")).unwrap();
        std::os::unix::fs::symlink("4", new.join("4")).unwrap();
        let read: Vec<_> = Maildir::open(dir.path()).unwrap().map(|message| message.is_ok()).collect();
        assert_eq!(read, [true, false, true]);
    }

    #[test]
    fn names_alike_in_their_first_bytes_keep_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["1795454861.M1234567P1.b", "1795454861.M1234567P1.a", "1795454861.M12", "2", "10"];
        folder(dir.path(), &names.map(|name| format!("cur/{name}")).each_ref().map(String::as_str));
        let mut sorted = names.map(|name| format!("cur/{name}"));
        sorted.sort();
        assert_eq!(texts(Maildir::open(dir.path()).unwrap()), sorted);
    }

    #[test]
    fn a_directory_without_mail_is_said_to_be_none() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Maildir::open(dir.path()), Err(SourceError::NoMaildir(_))));
        assert!(matches!(source::Messages::open(&dir.path().join("x")), Err(SourceError::Open { .. })));
    }
}
