//! Claims become jobs, as a batch takes them.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::Desk;
use crate::{
    promo::render::Letter,
    send::batch::Weighs,
    wire::{
        Time,
        campaigns::{Delivery, TAKE, Take, Taken},
        promotion::CampaignState,
        record::{Job, OneOrMany},
    },
};

/// Tells a source to hand out nothing further.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Nothing further.
    pub fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was told.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many deliveries a source has been handed so far.
#[derive(Debug, Clone, Default)]
pub struct HandedOut(Arc<AtomicU64>);

impl HandedOut {
    /// So many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn more(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::SeqCst);
    }
}

/// Bytes of mails that are written before they go on.
const GROUP: usize = 64 * 1024;
/// What is due within so many milliseconds is waited for, with all connections open.
pub const SOON: i64 = 3_000;
/// Between two looks while it waits.
const STEP: Duration = Duration::from_millis(20);
/// The same when more is due: who handed out nothing has only looked at some of it.
const AT_ONCE: Duration = Duration::from_millis(2);

/// How a source ended: what it was told last, or why it broke off.
pub type Ended = Result<Taken, String>;

/// Some deliveries; or, when none is due soon, what the ledger said.
type Handed = Result<Result<Vec<Delivery>, Taken>, String>;

/// Who asks the ledger.
#[derive(Clone)]
struct Asker {
    desk: Arc<dyn Desk>,
    claim: u32,
    stop: Stop,
    handed_out: HandedOut,
}

/// Jobs, some at a time; ends when nothing is due soon. While some are written, the next are asked for.
pub struct Source {
    asker: Asker,
    letter: Arc<Letter>,
    waiting: VecDeque<Delivery>,
    ahead: Option<JoinHandle<Handed>>,
    over: bool,
    /// Told when it ends by itself.
    ended: Box<dyn FnMut(Ended) + Send>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("claim", &self.asker.claim).finish_non_exhaustive()
    }
}

impl Source {
    /// What `claim` is handed at `desk`, written as `letter` says.
    pub fn new(
        desk: Arc<dyn Desk>,
        letter: Arc<Letter>,
        claim: u32,
        stop: Stop,
        ended: impl FnMut(Ended) + Send + 'static,
    ) -> Self {
        let asker = Asker { desk, claim, stop, handed_out: HandedOut::default() };
        Self { asker, letter, waiting: VecDeque::new(), ahead: None, over: false, ended: Box::new(ended) }
    }

    /// Tells, from now on, how many it was handed.
    #[must_use]
    pub fn handed_out(&self) -> HandedOut {
        self.asker.handed_out.clone()
    }

    /// Some jobs; or what the ledger said when nothing was due.
    fn group(&mut self) -> Result<Result<Vec<Job>, Taken>, String> {
        if self.waiting.is_empty() {
            let handed = match self.ahead.take().map(JoinHandle::join) {
                Some(Ok(handed)) => handed?,
                // It panicked, or there was no thread for it.
                _ => self.asker.take()?,
            };
            match handed {
                Ok(deliveries) => self.waiting = deliveries.into(),
                Err(taken) => return Ok(Err(taken)),
            }
            let asker = self.asker.clone();
            self.ahead = thread::Builder::new().name("take".to_owned()).spawn(move || asker.take()).ok();
        }
        let (mut jobs, mut weight) = (Vec::new(), 0);
        while weight < GROUP
            && let Some(delivery) = self.waiting.pop_front()
        {
            let job = job(&self.letter, delivery)?;
            weight += job.weight();
            jobs.push(job);
        }
        Ok(Ok(jobs))
    }
}

impl Asker {
    /// Asks the ledger, until it hands out something or has nothing that is due soon.
    fn take(&self) -> Handed {
        loop {
            let taken = self
                .desk
                .take(&Take { claim: self.claim, count: TAKE })
                .map_err(|error| format!("take deliveries: {error}"))?;
            if !taken.deliveries.is_empty() {
                self.handed_out.more(taken.deliveries.len());
                return Ok(Ok(taken.deliveries));
            }
            let goes_on = matches!(taken.state, CampaignState::Running | CampaignState::Planned);
            let next = taken.next.filter(|next| goes_on && next.since(Time::now()) <= SOON);
            let Some(next) = next else { return Ok(Err(taken)) };
            let mut step = if next <= Time::now() { AT_ONCE } else { STEP };
            while !step.is_zero() {
                thread::sleep(step);
                if self.stop.is_told() {
                    return Ok(Err(taken));
                }
                step = if next <= Time::now() { Duration::ZERO } else { STEP };
            }
        }
    }
}

/// A delivery's job.
///
/// # Errors
/// What cannot be written.
fn job(letter: &Letter, delivery: Delivery) -> Result<Job, String> {
    let message =
        letter.message(&delivery, Time::now()).map_err(|error| format!("write the mail: {error}"))?;
    let raw = String::from_utf8(message).map_err(|_| "write the mail: not ASCII".to_owned())?;
    Ok(Job {
        reference: Some(delivery.reference),
        from: Some(letter.from().address.to_string()),
        to: OneOrMany::One(delivery.to),
        raw: Some(raw),
        chat: Some(false),
        mark: delivery.mark,
        ..Job::default()
    })
}

impl Iterator for Source {
    type Item = Vec<Job>;

    fn next(&mut self) -> Option<Vec<Job>> {
        if self.over || self.asker.stop.is_told() {
            return None;
        }
        let ended = match self.group() {
            Ok(Ok(jobs)) => return Some(jobs),
            Ok(Err(taken)) => Ok(taken),
            Err(why) => Err(why),
        };
        self.over = true;
        (self.ended)(ended);
        None
    }
}
