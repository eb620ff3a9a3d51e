//! Claims become jobs, as a batch takes them.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::Desk;
use crate::{
    promo::render::Letter,
    send::batch::Weighs,
    wire::{
        Time,
        campaigns::{Delivery, TAKE, Take},
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

/// Bytes of mails that are written before they go on.
const GROUP: usize = 64 * 1024;

/// Jobs, some at a time; ends when nothing is due now.
pub struct Source {
    desk: Arc<dyn Desk>,
    letter: Arc<Letter>,
    claim: u32,
    stop: Stop,
    waiting: VecDeque<Delivery>,
    over: bool,
    /// Told when it ends: why, if it broke off.
    ended: Box<dyn FnMut(Option<String>) + Send>,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("claim", &self.claim).finish_non_exhaustive()
    }
}

impl Source {
    /// What `claim` is handed at `desk`, written as `letter` says.
    pub fn new(
        desk: Arc<dyn Desk>,
        letter: Arc<Letter>,
        claim: u32,
        stop: Stop,
        ended: impl FnMut(Option<String>) + Send + 'static,
    ) -> Self {
        let ended = Box::new(ended);
        Self { desk, letter, claim, stop, waiting: VecDeque::new(), over: false, ended }
    }

    /// Some jobs; none: nothing is due now. What is ready goes on before the ledger is asked again.
    fn group(&mut self) -> Result<Vec<Job>, String> {
        if self.waiting.is_empty() {
            let taken = self
                .desk
                .take(&Take { claim: self.claim, count: TAKE })
                .map_err(|error| format!("take deliveries: {error}"))?;
            if taken.state != CampaignState::Running {
                return Ok(Vec::new());
            }
            self.waiting = taken.deliveries.into();
        }
        let (mut jobs, mut weight) = (Vec::new(), 0);
        while weight < GROUP
            && let Some(delivery) = self.waiting.pop_front()
        {
            let job = job(&self.letter, delivery)?;
            weight += job.weight();
            jobs.push(job);
        }
        Ok(jobs)
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
        if self.over || self.stop.is_told() {
            return None;
        }
        let group = self.group();
        if let Ok(jobs) = &group
            && !jobs.is_empty()
        {
            return group.ok();
        }
        self.over = true;
        (self.ended)(group.err());
        None
    }
}
