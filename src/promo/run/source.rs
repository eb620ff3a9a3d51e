//! Claims become lines of jobs, as a batch reads them.

use std::{
    collections::VecDeque,
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::Desk;
use crate::{
    promo::render::Letter,
    wire::{
        self, Record, Time,
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

/// Reads as lines of `job` records; ends when nothing is due now.
pub struct Source {
    desk: Arc<dyn Desk>,
    letter: Arc<Letter>,
    claim: u32,
    stop: Stop,
    waiting: VecDeque<Delivery>,
    line: Vec<u8>,
    at: usize,
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
        Self {
            desk,
            letter,
            claim,
            stop,
            waiting: VecDeque::new(),
            line: Vec::new(),
            at: 0,
            over: false,
            ended: Box::new(ended),
        }
    }

    fn next(&mut self) -> Result<bool, String> {
        if self.waiting.is_empty() {
            let taken = self
                .desk
                .take(&Take { claim: self.claim, count: TAKE })
                .map_err(|error| format!("take deliveries: {error}"))?;
            if taken.state != CampaignState::Running {
                return Ok(false);
            }
            self.waiting = taken.deliveries.into();
        }
        let Some(delivery) = self.waiting.pop_front() else { return Ok(false) };
        self.line = job(&self.letter, delivery)?;
        self.at = 0;
        Ok(true)
    }
}

/// A delivery's job, with its line end.
///
/// # Errors
/// What cannot be written.
fn job(letter: &Letter, delivery: Delivery) -> Result<Vec<u8>, String> {
    let message =
        letter.message(&delivery, Time::now()).map_err(|error| format!("write the mail: {error}"))?;
    let raw = String::from_utf8(message).map_err(|_| "write the mail: not ASCII".to_owned())?;
    let job = Job {
        reference: Some(delivery.reference),
        from: Some(letter.from().address.to_string()),
        to: OneOrMany::One(delivery.to),
        raw: Some(raw),
        chat: Some(false),
        mark: delivery.mark,
        ..Job::default()
    };
    wire::to_line(&Record::Job(Box::new(job))).map(String::into_bytes).map_err(|error| error.to_string())
}

impl Read for Source {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < to.len() {
            if self.at == self.line.len() {
                if self.over || self.stop.is_told() {
                    break;
                }
                match self.next() {
                    Ok(true) => {}
                    end => {
                        self.over = true;
                        (self.ended)(end.err());
                        break;
                    }
                }
            }
            let some = (to.len() - count).min(self.line.len() - self.at);
            to[count..count + some].copy_from_slice(&self.line[self.at..self.at + some]);
            (self.at, count) = (self.at + some, count + some);
            // What is ready goes on before the ledger is asked again.
            if self.at == self.line.len() && self.waiting.is_empty() {
                break;
            }
        }
        Ok(count)
    }
}
