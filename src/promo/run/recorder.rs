//! Receipts go back to the ledger, many at a time, in a thread of its own. A ledger that is away is asked again; what it
//! never took is handed back.
//!
//! Before a delivery is marked, every receipt that was said before is recorded ([`Marker`]): a connection asks for its next
//! mark after the receipt of its last mail, so a crash leaves at most one delivery of each connection in doubt.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
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

/// What the thread is told.
#[derive(Debug)]
enum Word {
    Receipt(Sent),
    /// Marks, once all before it is recorded; what became of them is said there.
    Mark(Vec<Mark>, SyncSender<Marks>),
}

/// The way to the thread.
#[derive(Debug)]
pub struct Recorder {
    send: Option<SyncSender<Word>>,
    thread: Option<JoinHandle<Recorded>>,
}

/// Marks deliveries, once what was said before is recorded.
#[derive(Debug)]
pub struct Marker(SyncSender<Word>);

impl Ledger for Marker {
    fn mark(&self, asks: &[Mark]) -> Result<Marks, ClientError> {
        let (tell, told) = sync_channel(1);
        let marks = self.0.send(Word::Mark(asks.to_vec(), tell)).ok().and_then(|()| told.recv().ok());
        // A recorder that is over or has given up leaves its receipts to the next run: nothing is begun.
        let away = || ErrorRecord::new(Code::Unavailable, "the ledger takes no receipts");
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
        let (send, receive) = sync_channel(WAITING);
        let told = stop.clone();
        let thread = thread::Builder::new()
            .name("record".to_owned())
            .spawn(move || record(&*desk, &receive, patience, &told))?;
        Ok(Self { send: Some(send), thread: Some(thread) })
    }

    /// It is to be gone before [`Recorder::finish`].
    #[must_use]
    pub fn marker(&self) -> Option<Marker> {
        self.send.clone().map(Marker)
    }

    /// One more.
    pub fn put(&self, sent: Sent) {
        if let Some(send) = &self.send {
            // It ends only when we do.
            let _ = send.send(Word::Receipt(sent));
        }
    }

    /// Waits until all is recorded, or given up.
    #[must_use]
    pub fn finish(mut self) -> Recorded {
        self.send = None;
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

fn record(desk: &dyn Desk, receive: &Receiver<Word>, patience: Duration, stop: &Stop) -> Recorded {
    let mut recorded = Recorded::default();
    let mut told = Instant::now();
    let mut is_over = false;
    while !is_over {
        let mut asked = None;
        let began = Instant::now();
        loop {
            let wait = match recorded.left.is_empty() {
                true => ALIVE.saturating_sub(told.elapsed()),
                false => MOMENT.saturating_sub(began.elapsed()),
            };
            match receive.recv_timeout(wait) {
                Ok(Word::Receipt(sent)) => recorded.left.push(sent),
                Ok(Word::Mark(asks, tell)) => asked = Some((asks, tell)),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => is_over = true,
            }
            if is_over || asked.is_some() || recorded.left.len() >= GROUP {
                break;
            }
        }
        match asked {
            Some((mut asks, tell)) => {
                if let Some(marks) = turn(desk, &mut recorded, &mut asks, patience, stop) {
                    let _gone = tell.send(marks);
                }
                told = Instant::now();
            }
            None if !recorded.left.is_empty() => {
                let _no_marks = turn(desk, &mut recorded, &mut [], patience, stop);
                told = Instant::now();
            }
            None if told.elapsed() >= ALIVE => {
                // A ledger that is away hears of us with the next receipts.
                let _ = desk.alive();
                told = Instant::now();
            }
            None => {}
        }
    }
    recorded
}

/// Has what is left recorded, and then `asks` marked; what became of them, or `None`: it could not be had.
fn turn(
    desk: &dyn Desk,
    recorded: &mut Recorded,
    asks: &mut [Mark],
    patience: Duration,
    stop: &Stop,
) -> Option<Marks> {
    let began = Instant::now();
    loop {
        let turned = match asks.is_empty() {
            true => desk.settle(&recorded.left).map(|settled| (settled, Marks::new())),
            false => desk.turn(&recorded.left, asks),
        };
        match turned {
            Ok((settled, marks)) => {
                recorded.news += settled.news;
                recorded.foreign += settled.foreign;
                recorded.left.clear();
                recorded.error = None;
                return Some(marks);
            }
            Err(error) if error.is_transient() && began.elapsed() < patience && !stop.is_told() => {
                thread::sleep(AGAIN);
                // The answer may have been lost, not the question.
                asks.iter_mut().for_each(|ask| ask.again = true);
            }
            Err(error) => {
                recorded.error = Some(error);
                stop.tell();
                return None;
            }
        }
    }
}
