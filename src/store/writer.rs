//! The one writer: a thread that runs what waits as one group, commits it, and answers after COMMIT.
//!
//! Each job runs inside a savepoint, so that one that fails leaves no trace in its group. When COMMIT fails
//! (a full disk), nothing of the group happened: every job of it gets `Disk`, and the writer goes on.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, db::Db, keys::Keys, pool::Pool};

type Result<T> = std::result::Result<T, StoreError>;

/// Jobs that may wait before callers do.
const QUEUE: usize = 4096;
/// Jobs in one group at most.
const GROUP: usize = 2048;
/// A group is committed when it has taken this long, however much still waits.
const GROUP_TIME: Duration = Duration::from_millis(8);
/// The longest a group waits for callers that are expected.
const LONGEST_WAIT: Duration = Duration::from_millis(1);
/// The longest that emptying the log waits for who reads.
const SCRUB: Duration = Duration::from_secs(1);
/// Between two looks.
const MOMENT: Duration = Duration::from_micros(20);

/// One thing to write, and who waits for it.
trait Job: Send {
    fn run(&mut self, db: Db<'_>) -> Outcome;
    /// The group was committed, or why not.
    fn answer(self: Box<Self>, committed: std::result::Result<(), &rusqlite::Error>);
}

/// What a job did to its savepoint.
enum Outcome {
    Keep,
    Undo,
}

struct Task<T, W, A> {
    work: Option<W>,
    /// What must happen between COMMIT and the answer, whether or not anybody still waits for it.
    after: A,
    done: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, W, A> Job for Task<T, W, A>
where
    T: Send,
    W: FnOnce(Db<'_>) -> Result<T> + Send,
    A: FnOnce(&T) + Send,
{
    fn run(&mut self, db: Db<'_>) -> Outcome {
        let Some(work) = self.work.take() else { return Outcome::Undo };
        let done = catch_unwind(AssertUnwindSafe(|| work(db)))
            .unwrap_or_else(|_| Err(StoreError::File("a database job failed; this is a bug".to_owned())));
        let outcome = if done.is_ok() { Outcome::Keep } else { Outcome::Undo };
        self.done = Some(done);
        outcome
    }

    fn answer(self: Box<Self>, committed: std::result::Result<(), &rusqlite::Error>) {
        let answer = match (self.done, committed) {
            (Some(Ok(done)), Ok(())) => {
                (self.after)(&done);
                Ok(done)
            }
            (Some(Err(why)), Ok(())) => Err(why),
            // Also for one that failed by itself: it may have seen what others of the group only tried.
            (_, Err(why)) => Err(StoreError::Disk(again(why))),
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // Nobody waits any more: what was written stays written.
        let _ = self.reply.send(answer);
    }
}

/// The same error for one more caller.
fn again(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(code, words) => rusqlite::Error::SqliteFailure(*code, words.clone()),
        other => rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ERROR), Some(other.to_string())),
    }
}

enum Message {
    Job(Box<dyn Job>),
    Scrub(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

/// The handle on the writer's thread. Dropping it lets what waits be written, and waits for that.
#[derive(Debug)]
pub(super) struct Writer {
    /// `None` only while it is dropped.
    jobs: Option<mpsc::Sender<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. `kept` is dropped after the connection is closed: the lock on the data directory.
    ///
    /// # Errors
    /// `File` when the system gives no thread.
    pub(super) fn start(
        sql: Connection,
        keys: Arc<Keys>,
        pool: Arc<Pool>,
        kept: impl Send + 'static,
    ) -> Result<Self> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                let stop = write(waiting, &sql, &keys, &pool);
                close(sql);
                drop(kept);
                for stopped in stop {
                    let _ = stopped.send(());
                }
            })
            .map_err(|e| StoreError::File(format!("no thread for the database: {e}")))?;
        Ok(Self { jobs: Some(jobs), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` in a group; durable when this returns `Ok`.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_then(work, |_| ()).await
    }

    /// The same, with something to do once it is committed, even if the caller has gone away.
    pub(super) async fn write_then<T: Send + 'static>(
        &self,
        work: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        self.begin(work, after).await?.durable().await
    }

    /// Puts `work` in the queue. Work that one task begins first is done first.
    pub(super) async fn begin<T: Send + 'static>(
        &self,
        work: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
        after: impl FnOnce(&T) + Send + 'static,
    ) -> Result<Begun<T>> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let task = Task { work: Some(work), after, done: None, reply };
        jobs.send(Message::Job(Box::new(task))).await.map_err(|_| StoreError::Closed)?;
        Ok(Begun(answer))
    }

    /// Brings the log's pages home and empties it, so that what was deleted stands in it no more. Somebody who reads for
    /// longer than [`SCRUB`] keeps what they see; then the next full log does it.
    ///
    /// # Errors
    /// `Closed`.
    pub(super) async fn scrub(&self) -> Result<()> {
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        let (reply, done) = oneshot::channel();
        jobs.send(Message::Scrub(reply)).await.map_err(|_| StoreError::Closed)?;
        done.await.map_err(|_| StoreError::Closed)
    }

    /// Commits what waits and stops.
    pub(super) async fn stop(&self) {
        let Some(jobs) = &self.jobs else { return };
        let (reply, stopped) = oneshot::channel();
        if jobs.send(Message::Stop(reply)).await.is_ok() {
            let _ = stopped.await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// Something that waits to be written, in its place.
#[derive(Debug)]
pub struct Begun<T>(oneshot::Receiver<Result<T>>);

impl<T> Begun<T> {
    /// Waits until it is durable.
    ///
    /// # Errors
    /// What the work said, or why it could not be written.
    pub async fn durable(self) -> Result<T> {
        self.0.await.unwrap_or(Err(StoreError::Closed))
    }
}

/// Until it is told to stop or nobody is left; who waits for the end.
fn write(
    mut waiting: mpsc::Receiver<Message>,
    sql: &Connection,
    keys: &Keys,
    pool: &Pool,
) -> Vec<oneshot::Sender<()>> {
    let (mut stop, mut scrubbed) = (Vec::new(), Vec::new());
    let db = Db { sql, keys, pool };
    let mut group: Vec<Box<dyn Job>> = Vec::new();
    let mut pace = Pace::default();
    while let Some(message) = waiting.blocking_recv() {
        let began = Instant::now();
        let mut next = Some(message);
        let mut broken = begin(sql).err();
        while let Some(message) = next.take() {
            match message {
                Message::Job(mut job) => {
                    if broken.is_none() {
                        broken = run(&mut *job, db).err();
                    }
                    group.push(job);
                }
                Message::Scrub(reply) => scrubbed.push(reply),
                Message::Stop(reply) => {
                    // What was sent before is still in the queue and is still written.
                    waiting.close();
                    stop.push(reply);
                }
            }
            while next.is_none() && group.len() < GROUP && began.elapsed() < GROUP_TIME {
                next = waiting.try_recv().ok();
                if next.is_none() && !pace.waits(group.len(), began.elapsed(), waiting.is_closed()) {
                    break;
                }
            }
        }
        let asked = Instant::now();
        let committed = match broken {
            Some(why) => Err(why),
            None => commit(sql),
        };
        if committed.is_err() && !sql.is_autocommit() {
            let _ = sql.execute_batch("ROLLBACK");
        }
        pace.learn(group.len(), asked.elapsed());
        for job in group.drain(..) {
            job.answer(committed.as_ref().copied());
        }
        if !scrubbed.is_empty() {
            scrub(sql);
        }
        for reply in scrubbed.drain(..) {
            let _gone = reply.send(());
        }
    }
    stop
}

/// When to wait for more before COMMIT. Callers that were just answered come back with their next job within
/// moments; a group that does not wait for them pays a whole COMMIT for the first few.
#[derive(Debug, Default)]
struct Pace {
    /// Jobs in the last two groups.
    groups: [usize; 2],
    /// What a COMMIT takes, smoothed.
    commit: Duration,
}

impl Pace {
    /// Sleeps a moment and says yes, while the group is smaller than what came lately and the wait is short
    /// beside a COMMIT.
    fn waits(&self, jobs: usize, since: Duration, closing: bool) -> bool {
        let expected = self.groups[0].max(self.groups[1]);
        if closing || jobs >= expected || since >= (self.commit / 2).min(LONGEST_WAIT) {
            return false;
        }
        thread::sleep(MOMENT);
        true
    }

    fn learn(&mut self, jobs: usize, commit: Duration) {
        self.groups = [jobs, self.groups[0]];
        self.commit = (self.commit * 7 + commit) / 8;
    }
}

fn begin(sql: &Connection) -> rusqlite::Result<()> {
    sql.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop)
}

fn commit(sql: &Connection) -> rusqlite::Result<()> {
    sql.prepare_cached("COMMIT")?.execute([]).map(drop)
}

/// One job in its savepoint. An error here is the whole group's.
fn run(job: &mut dyn Job, db: Db<'_>) -> rusqlite::Result<()> {
    db.sql.prepare_cached("SAVEPOINT job")?.execute([])?;
    if let Outcome::Undo = job.run(db) {
        if db.sql.is_autocommit() {
            // SQLite undid the transaction by itself (a full disk, an I/O error): the others' work is gone too.
            let gone = "the disk is full or fails; nothing of this group was written";
            return Err(rusqlite::Error::SqliteFailure(
                ffi::Error::new(ffi::SQLITE_ABORT),
                Some(gone.to_owned()),
            ));
        }
        db.sql.prepare_cached("ROLLBACK TO job")?.execute([])?;
    }
    db.sql.prepare_cached("RELEASE job")?.execute([]).map(drop)
}

fn scrub(sql: &Connection) {
    // Who reads just now is waited for, and nobody writes meanwhile.
    let _ = sql.busy_timeout(SCRUB);
    let _ = sql.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
    let _ = sql.busy_timeout(super::open::PATIENCE);
}

fn close(sql: Connection) {
    // The last connection's close checkpoints by itself; this one says so even while a backup still reads.
    let _ = sql.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
    let _ = sql.close();
}
