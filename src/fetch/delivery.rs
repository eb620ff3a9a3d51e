//! Mails into a Maildir, for good: `tmp`, fsync, a line in the state, `new`, fsync; by the batch, beside the fetching.
//!
//! - A file is synced before anybody is told of it, and its name in `tmp` and in `new` is the same.
//! - One fsync a mail would be most of the time. So some files are synced together, by threads at once (a journal
//!   writes them as one), and the directory and the state once for all of them.
//! - Meanwhile the next mails come in.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{
    FetchError,
    known::{Key, Mark, Print, key},
    state::{Log, Opened, sync_dir},
};
use crate::{mail::transport::maildir::unique_name, wire::hex};

/// Mails of a batch.
const MAILS: usize = 64;
/// Bytes of a batch, as soon as there are more.
const BYTES: u64 = 16 << 20;
/// How long a mail waits for its batch to fill.
const WAIT: Duration = Duration::from_secs(2);
/// Threads that sync files at once.
const SYNCERS: usize = 8;

/// A Maildir that mails are put into.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    tmp: PathBuf,
    new: PathBuf,
    /// What names of files of this mailbox have in common: `F` and 16 hexadecimal digits.
    tag: String,
}

impl Place {
    /// Opens the Maildir for mails of `mailbox`; makes it where nothing is.
    pub(super) fn open(path: &Path, mailbox: &str) -> Result<Self, FetchError> {
        let parts = ["tmp", "new", "cur"].map(|part| path.join(part));
        if !parts[1].is_dir()
            && !parts[2].is_dir()
            && fs::read_dir(path).is_ok_and(|mut d| d.next().is_some())
        {
            return Err(FetchError::NoMaildir(path.to_owned()));
        }
        for part in &parts {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(part);
            made.map_err(FetchError::create(part))?;
        }
        let [tmp, new, _] = parts;
        let tag = format!("F{}", hex(&key(mailbox)[..8]));
        Ok(Self { path: path.to_owned(), tmp, new, tag })
    }

    /// Where the mailbox's state is.
    pub(super) fn state(&self) -> PathBuf {
        self.path.join(format!("ch-fetch-{}", &self.tag[1..]))
    }

    /// Brings to an end what a killed run has begun, and takes away what it has left.
    pub(super) fn recover(&self, opened: &mut Opened) -> Result<(), FetchError> {
        let mut missing = Vec::new();
        for (name, key) in &opened.unsettled {
            match fs::rename(self.tmp.join(name), self.new.join(name)) {
                Ok(()) => {}
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => missing.push((name, *key)),
                Err(why) => return Err(FetchError::file("move to new", self.tmp.join(name))(why)),
            }
        }
        let lost = self.lost(&missing)?;
        opened.known.retain(|key, _| !lost.contains(key));
        opened.log.lost(&lost)?;
        sync_dir(&self.new)?;
        for name in self.names(&self.tmp)? {
            let _ = fs::remove_file(self.tmp.join(name));
        }
        if opened.fresh {
            // The state was lost, or the Maildir is a copy: what is here is known by its names.
            let mut found = Vec::new();
            for part in ["new", "cur"] {
                found.extend(self.names(&self.path.join(part))?);
            }
            let ids: Vec<_> = found.iter().filter_map(|name| self.id_of(name).map(|id| (id, name))).collect();
            opened.known.extend(ids.iter().map(|(id, _)| (key(id), Mark::Here(None))));
            opened.log.delivered(ids.iter().map(|(id, name)| (id.as_str(), name.as_str(), None)))?;
        }
        if opened.fresh || !opened.unsettled.is_empty() {
            opened.log.settled()?;
        }
        Ok(())
    }

    /// Which of these are not in `new` or `cur` either: somebody has emptied `tmp` before they were moved. Or a person
    /// has moved them elsewhere before this run: then they come again, for twice is better than never.
    fn lost(&self, missing: &[(&String, Key)]) -> Result<Vec<Key>, FetchError> {
        let mut here = HashSet::new();
        if !missing.is_empty() {
            for part in ["new", "cur"] {
                here.extend(self.names(&self.path.join(part))?);
            }
        }
        // Read, a file's name has its flags behind a colon.
        let here: HashSet<_> = here.iter().filter_map(|name| name.split(':').next()).collect();
        let lost = missing.iter().filter(|(name, _)| !here.contains(name.as_str()));
        Ok(lost.map(|(_, key)| *key).collect())
    }

    /// The files of this mailbox in a directory.
    fn names(&self, dir: &Path) -> Result<Vec<String>, FetchError> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).map_err(FetchError::file("read", dir))? {
            let name = entry.map_err(FetchError::file("read", dir))?.file_name();
            found.extend(name.to_str().filter(|name| name.contains(&self.tag)).map(str::to_owned));
        }
        Ok(found)
    }

    /// The id in a file's name, as [`name`](Self::name) wrote it.
    fn id_of(&self, name: &str) -> Option<String> {
        let (_, rest) = name.split_once(&self.tag)?;
        let key = rest.split('.').next()?;
        (key.len() == 24).then(|| format!("x{key}"))
    }

    fn name(&self, id: Option<&str>) -> String {
        let key = id.map(|id| hex(&key(id))).unwrap_or_default();
        unique_name(&format!("{}{key}", self.tag))
    }
}

/// A mail that is in `tmp`, written.
#[derive(Debug)]
struct Written {
    at: usize,
    id: String,
    print: Print,
    name: String,
    file: File,
}

/// A mail that is in `new`, and stays there.
#[derive(Debug)]
pub(super) struct Delivered {
    /// Its place in the mailbox.
    pub(super) at: usize,
    pub(super) path: PathBuf,
}

/// The mail that is coming in.
#[derive(Debug)]
struct Coming {
    name: String,
    file: File,
    bytes: u64,
}

/// A Maildir in use.
#[derive(Debug)]
pub(super) struct Delivery {
    place: Place,
    coming: Option<Coming>,
    batch: Vec<Written>,
    bytes: u64,
    began: Instant,
    batches: Option<SyncSender<Vec<Written>>>,
    delivered: Receiver<Delivered>,
    settler: Option<JoinHandle<Result<Log, FetchError>>>,
}

impl Delivery {
    pub(super) fn new(place: Place, log: Log) -> Self {
        let (batches, work) = sync_channel(1);
        let (tell, delivered) = channel();
        let settling = place.clone();
        let settler = thread::spawn(move || settle_all(&settling, log, &work, &tell));
        Self {
            place,
            coming: None,
            batch: Vec::new(),
            bytes: 0,
            began: Instant::now(),
            batches: Some(batches),
            delivered,
            settler: Some(settler),
        }
    }

    /// A mail begins. `id`: if it is known already.
    pub(super) fn begin(&mut self, id: Option<&str>) -> Result<(), FetchError> {
        self.discard();
        let name = self.place.name(id);
        let path = self.place.tmp.join(&name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        self.coming = Some(Coming { file: file.map_err(FetchError::create(path))?, name, bytes: 0 });
        Ok(())
    }

    /// Some of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let Some(coming) = &mut self.coming else { return Ok(()) };
        coming.bytes += bytes.len() as u64;
        coming.file.write_all(bytes).map_err(FetchError::file("write", self.place.tmp.join(&coming.name)))
    }

    /// It is whole and wanted.
    pub(super) fn keep(&mut self, at: usize, id: String, print: Print) -> Result<(), FetchError> {
        let Some(Coming { name, file, bytes }) = self.coming.take() else { return Ok(()) };
        if self.batch.is_empty() {
            self.began = Instant::now();
        }
        self.batch.push(Written { at, id, print, name, file });
        self.bytes += bytes;
        if self.batch.len() >= MAILS || self.bytes >= BYTES || self.began.elapsed() >= WAIT {
            return self.hand_over();
        }
        Ok(())
    }

    /// It is not wanted, or will not be whole.
    pub(super) fn discard(&mut self) {
        if let Some(coming) = self.coming.take() {
            let _ = fs::remove_file(self.place.tmp.join(coming.name));
        }
    }

    fn hand_over(&mut self) -> Result<(), FetchError> {
        self.bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        let sent = match &self.batches {
            Some(batches) if !batch.is_empty() => batches.send(batch),
            _ => return Ok(()),
        };
        // Nobody takes it: the settler has failed and says why.
        if sent.is_err() { self.end().map(drop) } else { Ok(()) }
    }

    /// What has been delivered since the last call.
    pub(super) fn delivered(&self) -> impl Iterator<Item = Delivered> {
        self.delivered.try_iter()
    }

    /// Everything kept is delivered. Gives the state back.
    pub(super) fn finish(&mut self) -> Result<Option<Log>, FetchError> {
        self.discard();
        self.hand_over()?;
        self.end()
    }

    fn end(&mut self) -> Result<Option<Log>, FetchError> {
        self.batches = None;
        let Some(settler) = self.settler.take() else { return Ok(None) };
        match settler.join() {
            Ok(settled) => settled.map(Some),
            // A panic has been told already.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // What is whole stays whole also when fetching has failed; whoever wants to hear of it calls `finish`.
        let _ = self.finish();
    }
}

fn settle_all(
    place: &Place,
    mut log: Log,
    work: &Receiver<Vec<Written>>,
    tell: &Sender<Delivered>,
) -> Result<Log, FetchError> {
    while let Ok(batch) = work.recv() {
        if let Err(error) = sync(place, &batch) {
            // Not in the state, so they will be fetched again. A full disk has no room for them.
            batch.iter().for_each(|mail| drop(fs::remove_file(place.tmp.join(&mail.name))));
            return Err(error);
        }
        log.delivered(batch.iter().map(|mail| (mail.id.as_str(), mail.name.as_str(), Some(mail.print))))?;
        for mail in &batch {
            let (tmp, new) = (place.tmp.join(&mail.name), place.new.join(&mail.name));
            fs::rename(&tmp, &new).map_err(FetchError::file("move to new", tmp))?;
        }
        sync_dir(&place.new)?;
        log.settled()?;
        for Written { at, name, .. } in batch {
            // Nobody listens any more when fetching has failed meanwhile.
            let _ = tell.send(Delivered { at, path: place.new.join(name) });
        }
    }
    Ok(log)
}

/// What was written is on the disk, under its names.
fn sync(place: &Place, batch: &[Written]) -> Result<(), FetchError> {
    let one =
        |mail: &Written| mail.file.sync_all().map_err(FetchError::file("write", place.tmp.join(&mail.name)));
    if batch.len() < SYNCERS {
        batch.iter().try_for_each(one)?;
    } else {
        thread::scope(|scope| {
            let share = batch.len().div_ceil(SYNCERS);
            let shares: Vec<_> =
                batch.chunks(share).map(|some| scope.spawn(move || some.iter().try_for_each(one))).collect();
            shares
                .into_iter()
                .try_for_each(|share| share.join().unwrap_or_else(|p| std::panic::resume_unwind(p)))
        })?;
    }
    sync_dir(&place.tmp)
}
