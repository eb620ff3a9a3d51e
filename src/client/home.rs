//! `CH_HOME`: one identity's directory. Whatever is written here is durable before the call returns.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use super::error::HomeError;
use crate::wire::{self, LoginId, NoticeId, Secret};

/// The longest file this room reads, in bytes.
const FILE_LIMIT: u64 = 1 << 20;

/// How long a run waits for another one to end.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// How often it looks.
const LOCK_LOOK: Duration = Duration::from_millis(20);

/// The directory; it need not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    dir: PathBuf,
}

/// Who one is: the `credentials` file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "credentials")]
pub struct Credentials {
    /// The login ID.
    pub login: LoginId,
    /// The CH server's URL, without a slash at its end: the only one that ever gets the token.
    pub server: String,
    /// The login's address, as it was registered; empty while a code's registration is pending.
    pub mail: String,
    /// This device's name.
    pub device: Option<String>,
    /// This device's token.
    pub token: Secret,
    /// The registration has not been answered yet: the same one is to be sent again.
    #[serde(default)]
    pub pending: bool,
}

/// Held until dropped, or until the process is gone.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Home {
    /// Names the directory; makes nothing.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where a file of this identity is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Makes the directory, for its owner only, with its parents.
    ///
    /// # Errors
    /// [`HomeError::Create`].
    pub fn create(&self) -> Result<(), HomeError> {
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir);
        made.map_err(|source| HomeError::Create { path: self.dir.clone(), source })
    }

    /// The credentials; `None` before a registration.
    ///
    /// # Errors
    /// [`HomeError::Exposed`] when anybody but the owner may read or write them, [`HomeError::Damaged`] when
    /// they are not what we wrote, [`HomeError::File`] when they can't be read.
    pub fn credentials(&self) -> Result<Option<Credentials>, HomeError> {
        let path = self.path("credentials");
        let Some((text, mode)) = read(&path)? else { return Ok(None) };
        if mode & 0o077 != 0 {
            return Err(HomeError::Exposed { path, mode });
        }
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| HomeError::Damaged { path, why: format!("not a credentials file: {error}") })
    }

    /// Replaces the credentials, 0600.
    ///
    /// # Errors
    /// [`HomeError::Create`] or [`HomeError::File`]; the old file is then still whole.
    pub fn write_credentials(&self, credentials: &Credentials) -> Result<(), HomeError> {
        let path = self.path("credentials");
        let line = wire::to_line(credentials)
            .map_err(|error| HomeError::Damaged { path: path.clone(), why: error.to_string() })?;
        self.replace(&path, line.as_bytes())
    }

    /// Forgets who one is; not an error when nobody was.
    ///
    /// # Errors
    /// [`HomeError::File`].
    pub fn remove_credentials(&self) -> Result<(), HomeError> {
        let path = self.path("credentials");
        match fs::remove_file(&path) {
            Ok(()) => self.sync_dir(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(HomeError::File { doing: "remove", path, source }),
        }
    }

    /// Notices that were shown and that the server has not been told about: the next refresh's `seen`.
    ///
    /// # Errors
    /// [`HomeError::File`]. Lines that are no ids are skipped: at worst a notice is shown twice.
    pub fn seen(&self) -> Result<Vec<NoticeId>, HomeError> {
        let text = read(&self.path("seen"))?.map(|(text, _)| text).unwrap_or_default();
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Replaces that list.
    ///
    /// # Errors
    /// As [`Home::write_credentials`].
    pub fn write_seen(&self, notices: &[NoticeId]) -> Result<(), HomeError> {
        let text: String = notices.iter().map(|notice| format!("{notice}\n")).collect();
        self.replace(&self.path("seen"), text.as_bytes())
    }

    /// Takes the lock called `name` so that two runs of a tool do not overlap.
    ///
    /// # Errors
    /// [`HomeError::Locked`] when another process goes on holding it: a run that is about to end is waited for.
    pub fn lock(&self, name: &str) -> Result<Lock, HomeError> {
        self.lock_within(name, LOCK_WAIT)
    }

    /// The same without waiting.
    ///
    /// # Errors
    /// [`HomeError::Locked`] when another process holds it now.
    pub fn try_lock(&self, name: &str) -> Result<Lock, HomeError> {
        self.lock_within(name, Duration::ZERO)
    }

    fn lock_within(&self, name: &str, wait: Duration) -> Result<Lock, HomeError> {
        self.create()?;
        let path = self.path(&format!("{name}.lock"));
        let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = opened.map_err(|source| HomeError::Create { path: path.clone(), source })?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < wait => thread::sleep(LOCK_LOOK),
                Err(TryLockError::WouldBlock) => return Err(HomeError::Locked { path }),
                Err(TryLockError::Error(source)) => {
                    return Err(HomeError::File { doing: "lock", path, source });
                }
            }
        }
    }

    /// Temporary file, fsync, rename, fsync of the directory: after a crash there is the old file or the new.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
        self.create()?;
        let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
        let written = write_new(&temporary, bytes).and_then(|()| {
            fs::rename(&temporary, path).map_err(|source| HomeError::File {
                doing: "replace",
                path: path.to_owned(),
                source,
            })
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written?;
        self.sync_dir()
    }

    fn sync_dir(&self) -> Result<(), HomeError> {
        let synced = File::open(&self.dir).and_then(|dir| dir.sync_all());
        synced.map_err(|source| HomeError::File { doing: "sync", path: self.dir.clone(), source })
    }
}

/// Writes a file that must not exist yet, but for what a killed run with our process id left behind.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), HomeError> {
    let create = || OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    let opened = match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path).and_then(|()| create())
        }
        opened => opened,
    };
    let mut file = opened.map_err(|source| HomeError::Create { path: path.to_owned(), source })?;
    let failed = |doing| move |source| HomeError::File { doing, path: path.to_owned(), source };
    file.write_all(bytes).map_err(failed("write"))?;
    file.sync_all().map_err(failed("sync"))
}

/// A whole small file and its permission bits; `None` when there is none.
fn read(path: &Path) -> Result<Option<(String, u32)>, HomeError> {
    let failed = |source: io::Error| HomeError::File { doing: "read", path: path.to_owned(), source };
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    let mut text = String::new();
    file.take(FILE_LIMIT).read_to_string(&mut text).map_err(failed)?;
    Ok(Some((text, mode)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn alice() -> Credentials {
        Credentials {
            login: "alice".parse().unwrap(),
            server: "http://127.0.0.1:4460".into(),
            mail: "alice@example.org".into(),
            device: None,
            token: Secret::generate().unwrap(),
            pending: true,
        }
    }

    fn home() -> (tempfile::TempDir, Home) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::new(dir.path().join("new/ch"));
        (dir, home)
    }

    #[test]
    fn credentials_come_back_as_they_were_and_only_the_owner_reads_them() {
        let (_dir, home) = home();
        assert_eq!(home.credentials().unwrap(), None);
        home.write_credentials(&alice()).unwrap();
        let again = Credentials { pending: false, ..alice() };
        home.write_credentials(&again).unwrap();
        assert_eq!(home.credentials().unwrap(), Some(again));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(home.dir()), mode(&home.path("credentials"))), (0o700, 0o600));
        assert_eq!(fs::read_dir(home.dir()).unwrap().count(), 1, "no temporary file is left");
        let text = fs::read_to_string(home.path("credentials")).unwrap();
        assert!(text.starts_with("{\"v\":1,\"type\":\"credentials\",") && text.ends_with("}\n"), "{text}");
    }

    #[test]
    fn credentials_that_others_can_read_are_refused() {
        let (_dir, home) = home();
        home.write_credentials(&alice()).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(home.path("credentials"), fs::Permissions::from_mode(mode)).unwrap();
            let error = home.credentials().unwrap_err();
            assert!(matches!(error, HomeError::Exposed { .. }), "{mode:o}: {error}");
            assert!(error.to_string().contains("chmod 600 /"), "{error}");
        }
    }

    #[test]
    fn damaged_credentials_are_refused_without_showing_what_stands_there() {
        let (_dir, home) = home();
        home.write_credentials(&alice()).unwrap();
        for text in ["", "{}", "not json", "{\"type\":\"login\"}"] {
            fs::write(home.path("credentials"), text).unwrap();
            assert!(matches!(home.credentials(), Err(HomeError::Damaged { .. })), "{text:?}");
        }
    }

    #[test]
    fn a_second_run_does_not_get_the_lock_until_the_first_is_done() {
        let (_dir, home) = home();
        let first = home.lock("register").unwrap();
        assert!(matches!(home.try_lock("register"), Err(HomeError::Locked { .. })));
        drop(first);
        home.lock("register").unwrap();
    }

    #[test]
    fn seen_notices_are_kept_and_forgotten() {
        let (_dir, home) = home();
        assert_eq!(home.seen().unwrap(), []);
        let ids: Vec<NoticeId> = vec!["a".parse().unwrap(), "b".parse().unwrap()];
        home.write_seen(&ids).unwrap();
        assert_eq!(home.seen().unwrap(), ids);
        home.write_seen(&[]).unwrap();
        assert_eq!(home.seen().unwrap(), []);
    }
}
