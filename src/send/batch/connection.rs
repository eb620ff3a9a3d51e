//! One connection of many: written to and read from without waiting, watched by the clock.

use std::{
    io,
    time::{Duration, Instant},
};

use super::job::Slip;
use crate::mail::transport::{
    Times,
    smtp::{Link, Pipeline, Wait},
};

/// A write of this much is progress.
const BLOCK: u64 = 64 * 1024;

/// One of many, and how long it has waited.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) link: Link,
    pub(super) pipeline: Pipeline<Slip>,
    /// Tells it from others that had its place.
    pub(super) number: u64,
    /// What it waits for, and since when.
    wait: Wait,
    pub(super) since: Instant,
    written: u64,
    /// Its held letter's mark was asked for.
    pub(super) asked: bool,
}

impl Connection {
    /// Fresh.
    pub(super) fn new(link: Link, pipeline: Pipeline<Slip>, number: u64) -> Self {
        Self { link, pipeline, number, wait: Wait::Letter, since: Instant::now(), written: 0, asked: false }
    }

    /// How long it may wait for what it waits for.
    pub(super) fn limit(&self, times: &Times) -> Option<Duration> {
        match self.wait {
            Wait::Letter | Wait::Release => None,
            Wait::Writing => Some(times.block),
            Wait::Reply => Some(times.reply),
            Wait::Last => Some(times.last),
        }
    }

    /// Writes what the connection takes.
    pub(super) fn flush(&mut self, now: Instant) {
        if self.pipeline.is_over() || (self.pipeline.output().is_empty() && !self.link.has_unsent()) {
            return self.set_clock(now);
        }
        let (count, ended) = self.link.write(self.pipeline.output());
        self.pipeline.wrote(count);
        self.written += count as u64;
        if self.written >= BLOCK {
            (self.written, self.since) = (0, now);
        }
        if let Err(error) = ended {
            // A server that closes in the middle may have said why.
            self.read(now, true);
            self.pipeline.lost(None, &self.said(&error));
        }
        self.set_clock(now);
    }

    /// The time that it may wait begins anew with what it waits for.
    fn set_clock(&mut self, now: Instant) {
        let wait = self.pipeline.wait();
        if wait != self.wait {
            (self.wait, self.since) = (wait, now);
        }
    }

    /// Reads what has come in; `ends`: to its end.
    pub(super) fn read(&mut self, now: Instant, ends: bool) {
        loop {
            let (link, pipeline, since) = (&mut self.link, &mut self.pipeline, &mut self.since);
            let more = link.read(ends, |reply| {
                pipeline.reply(reply);
                // The next reply has its own time.
                *since = now;
            });
            match more {
                Ok(true) if !self.pipeline.is_over() => {}
                Ok(_) => return,
                Err(error) => return self.pipeline.lost(None, &self.said(&error)),
            }
        }
    }

    fn said(&self, error: &io::Error) -> String {
        format!("{}: {error}", self.pipeline.server())
    }
}
