//! Who sends for an identity: one at a time, and known to the next when it died.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{
    cli::{Exit, exit::OrFail, fail},
    wire::{Record, record::Sent},
};

/// The lock of a campaign in `CH_HOME/promo`, and the receipts that the ledger has not taken yet.
#[derive(Debug)]
pub struct Hold {
    _lock: File,
    dir: PathBuf,
    name: String,
}

/// The lock of who ends this identity's claims on a campaign when all is taken in: a `run`, else a `record`.
#[derive(Debug)]
pub struct Recording {
    _lock: File,
}

impl Hold {
    /// Takes it.
    ///
    /// # Errors
    /// 75 while another has it, or a `record` of this identity is at work; 73 when there can be no lock.
    pub fn take(dir: &Path, name: &str) -> anyhow::Result<Self> {
        let lock = lock(dir, &format!("{name}.lock"))?.ok_or_else(|| {
            fail(Exit::TempFail, format!("another sender of this identity is mailing {name}"))
        })?;
        if lock_of(dir, name)?.is_none() {
            return Err(fail(
                Exit::TempFail,
                format!("a ch-promo record of this identity is at work on {name}"),
            ));
        }
        Ok(Self { _lock: lock, dir: dir.to_owned(), name: name.to_owned() })
    }

    /// Receipts that an earlier sender could not tell the ledger.
    ///
    /// # Errors
    /// 74 when they cannot be read.
    pub fn left(&self) -> anyhow::Result<Vec<Sent>> {
        let path = self.file();
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            file => file.or_fail(Exit::Io, path.display().to_string())?,
        };
        let mut receipts = Vec::new();
        for line in BufReader::new(file).lines() {
            let line = line.or_fail(Exit::Io, path.display().to_string())?;
            // The last line may be cut: its delivery is unknown then, as if there had been no line.
            if let Ok(Record::Sent(sent)) = serde_json::from_str(&line) {
                receipts.push(sent);
            }
        }
        Ok(receipts)
    }

    /// They were told.
    ///
    /// # Errors
    /// 74.
    pub fn told(&self) -> anyhow::Result<()> {
        match fs::remove_file(self.file()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).or_fail(Exit::Io, "receipts"),
            _ => Ok(()),
        }
    }

    /// Keeps receipts that the ledger could not take, for the next sender.
    ///
    /// # Errors
    /// 74.
    pub fn keep(&self, receipts: &[Sent]) -> anyhow::Result<()> {
        Self::keep_for(&self.dir, &self.name, receipts)
    }

    /// Campaigns whose senders could not tell everything.
    #[must_use]
    pub fn kept(dir: &Path) -> Vec<String> {
        let files = fs::read_dir(dir).into_iter().flatten().flatten();
        let name = |file: fs::DirEntry| file.file_name().into_string().ok();
        files.filter_map(name).filter_map(|name| Some(name.strip_suffix(".receipts")?.to_owned())).collect()
    }

    /// The same for whoever does not hold the campaign.
    ///
    /// # Errors
    /// 74.
    pub fn keep_for(dir: &Path, name: &str, receipts: &[Sent]) -> anyhow::Result<()> {
        let path = dir.join(format!("{name}.receipts"));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
            for sent in receipts {
                let line = crate::wire::to_line(&Record::Sent(sent.clone())).map_err(io::Error::other)?;
                file.write_all(line.as_bytes())?;
            }
            file.sync_all()
        };
        write().or_fail(Exit::Io, path.display().to_string())
    }

    fn file(&self) -> PathBuf {
        self.dir.join(format!("{}.receipts", self.name))
    }
}

impl Recording {
    /// Takes it; `None` while another has it, who ends the claims then.
    ///
    /// # Errors
    /// 73 when there can be no lock.
    pub fn take(dir: &Path, name: &str) -> anyhow::Result<Option<Self>> {
        Ok(lock_of(dir, name)?.map(|lock| Self { _lock: lock }))
    }
}

fn lock_of(dir: &Path, name: &str) -> anyhow::Result<Option<File>> {
    lock(dir, &format!("{name}.record.lock"))
}

/// `None` while somebody else has it.
fn lock(dir: &Path, name: &str) -> anyhow::Result<Option<File>> {
    let path = dir.join(name);
    fs::create_dir_all(dir).or_fail(Exit::CantCreate, dir.display().to_string())?;
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .or_fail(Exit::CantCreate, path.display().to_string())?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).or_fail(Exit::CantCreate, path.display().to_string()),
    }
}
