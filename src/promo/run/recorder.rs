//! Receipts go back to the ledger, many at a time: with the next marks, or, when none are asked for, by a thread of its own. A
//! ledger that is away is asked again; what it never took is handed back.
//!
//! Before a delivery is marked, every receipt that was said before is recorded ([`Marker`]): a connection asks for its next
//! mark after the receipt of its last mail, so a crash leaves at most one delivery of each connection in doubt.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Desk, Stop};
use crate::{
    client::{ClientError, Marks},
    send::batch::Ledger,
    wire::{Code, ErrorRecord, ask::Mark, record::Sent},
};

/// Receipts that may wait.
const WAITING: usize = 20_000;
/// Receipts in one question.
const GROUP: usize = 250;
/// How often the ledger hears that the sender is there.
const ALIVE: Duration = Duration::from_secs(15);
/// How long receipts wait for company.
const MOMENT: Duration = Duration::from_millis(20);
/// Between two tries.
const AGAIN: Duration = Duration::from_millis(500);

/// What all share; the ledger is asked one question at a time.
struct Shared {
    desk: Arc<dyn Desk>,
    patience: Duration,
    stop: Stop,
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// What the ledger was told; held while it is asked.
    asking: Mutex<Recorded>,
}

/// What was said and is not told yet.
struct Waiting {
    receipts: Vec<Sent>,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// The thread looks at nothing for a while.
    dozes: bool,
    /// When the ledger heard of us last.
    told: Instant,
    /// There come no more.
    is_over: bool,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// Takes receipts in.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Marks deliveries, once what was said before is recorded.
#[derive(Debug)]
pub struct Marker(Arc<Shared>);

impl Ledger for Marker {
    fn mark(&self, asks: &[Mark]) -> Result<Marks, ClientError> {
        // A recorder that has given up leaves its receipts to the next run: nothing is begun.
        let away = || ErrorRecord::new(Code::Unavailable, "the ledger takes no receipts");
        let marks = self.0.turn(&mut asks.to_vec());
        Ok(marks.unwrap_or_else(|| asks.iter().map(|_| Err(away())).collect()))
    }
}

/// How it ended.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Receipts that were news to the ledger.
    pub news: u64,
    /// Receipts of no delivery of this campaign.
    pub foreign: u64,
    /// Receipts that the ledger never took.
    pub left: Vec<Sent>,
    /// Why.
    pub error: Option<ClientError>,
}

impl Recorder {
    /// Starts. `patience`: how long a ledger that is away is asked again; then `stop` is told, and asked for once more at
    /// the end.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(desk: Arc<dyn Desk>, patience: Duration, stop: Stop) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            desk,
            patience,
            stop,
            waiting: Mutex::new(Waiting {
                receipts: Vec::new(),
                since: None,
                dozes: false,
                told: Instant::now(),
                is_over: false,
            }),
            changed: Condvar::new(),
            asking: Mutex::default(),
        });
        let recording = Arc::clone(&shared);
        let thread = thread::Builder::new().name("record".to_owned()).spawn(move || recording.record())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Marks, until this ends.
    #[must_use]
    pub fn marker(&self) -> Marker {
        Marker(Arc::clone(&self.shared))
    }

    /// One more. Waits while too many wait.
    pub fn put(&self, sent: Sent) {
        self.shared.put(sent);
    }

    /// Waits until all is recorded, or given up.
    #[must_use]
    pub fn finish(mut self) -> Recorded {
        self.shared.end();
        // Should it have panicked: what it had stands there.
        let _panicked = self.thread.take().map(JoinHandle::join);
        let mut recorded = std::mem::take(&mut *self.shared.asking());
        recorded.left.append(&mut self.shared.waiting().receipts);
        recorded
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.end();
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asking(&self) -> MutexGuard<'_, Recorded> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, sent: Sent) {
        let mut waiting = self.waiting();
        while waiting.receipts.len() >= WAITING && !self.stop.is_told() {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.receipts.push(sent);
        waiting.since.get_or_insert_with(Instant::now);
        // The thread is told of the first, and when there are enough; in between it looks by itself.
        if waiting.dozes || waiting.receipts.len() == GROUP {
            self.changed.notify_all();
        }
    }

    fn end(&self) {
        self.waiting().is_over = true;
        self.changed.notify_all();
    }

    /// Records what no mark takes along within a moment, to the end.
    fn record(&self) {
        let mut not_before = Instant::now();
        loop {
            let mut waiting = self.waiting();
            if waiting.is_over {
                break;
            }
            let now = Instant::now();
            let wait = match waiting.since {
                Some(_) if now < not_before => not_before - now,
                Some(_) if waiting.receipts.len() >= GROUP => Duration::ZERO,
                Some(since) => MOMENT.saturating_sub(since.elapsed()),
                None => ALIVE.saturating_sub(waiting.told.elapsed()),
            };
            if !wait.is_zero() {
                waiting.dozes = waiting.since.is_none();
                let (mut waiting, _) =
                    self.changed.wait_timeout(waiting, wait).unwrap_or_else(PoisonError::into_inner);
                waiting.dozes = false;
                continue;
            }
            let is_idle = waiting.since.is_none();
            drop(waiting);
            if is_idle {
                // A ledger that is away hears of us with the next receipts.
                let _ = self.desk.alive();
                self.waiting().told = Instant::now();
            } else if self.turn(&mut []).is_none() {
                not_before = Instant::now() + AGAIN;
            }
        }
        let _no_marks = self.turn(&mut []);
    }

    /// Has what was said until now recorded, and then `asks` marked; what became of them, or `None`: it could not be had.
    fn turn(&self, asks: &mut [Mark]) -> Option<Marks> {
        let mut recorded = self.asking();
        loop {
            let is_last = self.take(&mut recorded.left);
            if recorded.left.is_empty() && asks.is_empty() {
                return Some(Marks::new());
            }
            let marks = self.ask(&mut recorded, if is_last { &mut *asks } else { &mut [] });
            if marks.is_none() {
                // It is to be asked again. And nobody waits for room in vain, nor is about to.
                self.waiting().since.get_or_insert_with(Instant::now);
                self.changed.notify_all();
            }
            let marks = marks?;
            self.waiting().told = Instant::now();
            if is_last {
                return Some(marks);
            }
        }
    }

    /// Takes of what waits what one question can still hold; whether that was all.
    fn take(&self, left: &mut Vec<Sent>) -> bool {
        let mut waiting = self.waiting();
        let was_full = waiting.receipts.len() >= WAITING;
        let many = waiting.receipts.len().min(GROUP.saturating_sub(left.len()));
        left.extend(waiting.receipts.drain(..many));
        if was_full {
            self.changed.notify_all();
        }
        let is_last = waiting.receipts.is_empty();
        if is_last {
            waiting.since = None;
        }
        is_last
    }

    /// One question, asked again while the ledger is away.
    fn ask(&self, recorded: &mut Recorded, asks: &mut [Mark]) -> Option<Marks> {
        let began = Instant::now();
        loop {
            let turned = match asks.is_empty() {
                true => self.desk.settle(&recorded.left).map(|settled| (settled, Marks::new())),
                false => self.desk.turn(&recorded.left, asks),
            };
            match turned {
                Ok((settled, marks)) => {
                    recorded.news += settled.news;
                    recorded.foreign += settled.foreign;
                    recorded.left.clear();
                    recorded.error = None;
                    return Some(marks);
                }
                Err(error)
                    if error.is_transient() && began.elapsed() < self.patience && !self.stop.is_told() =>
                {
                    thread::sleep(AGAIN);
                    // The answer may have been lost, not the question.
                    asks.iter_mut().for_each(|ask| ask.again = true);
                }
                Err(error) => {
                    recorded.error = Some(error);
                    self.stop.tell();
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
