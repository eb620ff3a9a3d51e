//! Receipts go back to the ledger, many at a time, in a thread of its own so that no connection waits for it. A ledger
//! that is away is asked again; what it never took is handed back.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Desk, Stop};
use crate::{client::ClientError, wire::record::Sent};

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

/// The way to the thread.
#[derive(Debug)]
pub struct Recorder {
    send: Option<SyncSender<Sent>>,
    thread: Option<JoinHandle<Recorded>>,
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
        let (send, receive) = sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || record(&*desk, &receive, patience, &stop))?;
        Ok(Self { send: Some(send), thread: Some(thread) })
    }

    /// One more.
    pub fn put(&self, sent: Sent) {
        if let Some(send) = &self.send {
            // It ends only when we do.
            let _ = send.send(sent);
        }
    }

    /// Waits until all is recorded, or given up.
    #[must_use]
    pub fn finish(mut self) -> Recorded {
        self.send = None;
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn record(desk: &dyn Desk, receive: &Receiver<Sent>, patience: Duration, stop: &Stop) -> Recorded {
    let mut recorded = Recorded::default();
    let mut told = Instant::now();
    let mut is_over = false;
    while !is_over {
        match receive.recv_timeout(ALIVE.saturating_sub(told.elapsed())) {
            Ok(sent) => recorded.left.push(sent),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => is_over = true,
        }
        let began = Instant::now();
        while !is_over && recorded.left.len() < GROUP {
            match receive.recv_timeout(MOMENT.saturating_sub(began.elapsed())) {
                Ok(sent) => recorded.left.push(sent),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => is_over = true,
            }
        }
        if recorded.left.is_empty() {
            // A ledger that is away hears of us with the next receipts.
            let _ = desk.alive();
        } else {
            settle(desk, &mut recorded, patience, stop);
        }
        told = Instant::now();
    }
    recorded
}

fn settle(desk: &dyn Desk, recorded: &mut Recorded, patience: Duration, stop: &Stop) {
    let began = Instant::now();
    loop {
        match desk.settle(&recorded.left) {
            Ok(settled) => {
                recorded.news += settled.news;
                recorded.foreign += settled.foreign;
                recorded.left.clear();
                recorded.error = None;
                return;
            }
            Err(error) if error.is_transient() && began.elapsed() < patience && !stop.is_told() => {
                thread::sleep(AGAIN);
            }
            Err(error) => {
                recorded.error = Some(error);
                stop.tell();
                return;
            }
        }
    }
}
