//! Mails on their way into a stream of records, and headers that are only looked at.

use std::ops::ControlFlow;

use ring::digest::{Context, SHA256};

use super::{
    FetchError, Watch,
    keep::{Contents, has_button},
    known::{Known, Mark, key},
    mailbox::Take,
    state::Log,
};
use crate::{
    mail::{
        pop3::What,
        read::{self, Depth},
        scan,
        source::Message,
    },
    wire::Time,
};

/// Looks for buttons in headers.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) left: usize,
    pub(super) with: Vec<usize>,
    pub(super) without: Vec<usize>,
    at: usize,
    header: Vec<u8>,
}

impl Select {
    /// Ends after so many with a button.
    pub(super) fn new(left: usize) -> Self {
        Self { left, with: Vec::new(), without: Vec::new(), at: 0, header: Vec::new() }
    }
}

impl Take for Select {
    fn begin(&mut self, at: usize) -> Result<(), FetchError> {
        self.at = at;
        self.header.clear();
        Ok(())
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        let room = (scan::HEADER + 1).saturating_sub(self.header.len());
        self.header.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn end(&mut self) -> Result<ControlFlow<()>, FetchError> {
        if has_button(&self.header) {
            self.with.push(self.at);
        } else {
            self.without.push(self.at);
        }
        Ok(if self.with.len() >= self.left { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// Hands mails on as records.
pub(super) struct Stream<'a> {
    pub(super) what: What,
    pub(super) depth: Depth,
    pub(super) sources: Vec<String>,
    pub(super) sizes: Vec<u64>,
    pub(super) ids: &'a [Option<String>],
    pub(super) known: Known,
    pub(super) log: Option<Log>,
    pub(super) only_chat: bool,
    pub(super) left: usize,
    pub(super) watch: &'a mut dyn Watch,
    pub(super) contents: Contents,
    pub(super) count: usize,
    /// Whoever read the stream has gone.
    pub(super) closed: bool,
    pub(super) at: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) length: usize,
    pub(super) digest: Option<Context>,
}

impl Take for Stream<'_> {
    fn begin(&mut self, at: usize) -> Result<(), FetchError> {
        self.at = at;
        self.bytes.clear();
        self.length = 0;
        self.digest = (self.ids[at].is_none() && self.log.is_some()).then(|| Context::new(&SHA256));
        Ok(())
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        self.length += bytes.len();
        let most = match self.depth {
            Depth::Full => scan::MESSAGE,
            Depth::Headers => scan::HEADER + 1,
        };
        let room = most.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.watch.came(bytes.len() as u64);
        Ok(())
    }

    fn end(&mut self) -> Result<ControlFlow<()>, FetchError> {
        self.watch.done();
        let id = match self.digest.take() {
            Some(digest) => Some(self.contents.id(&digest.finish())),
            None => self.ids[self.at].clone(),
        };
        if id.as_ref().is_some_and(|id| matches!(self.known.get(&key(id)), Some(Mark::Here(_)))) {
            return Ok(ControlFlow::Continue(()));
        }
        let source = std::mem::take(&mut self.sources[self.at]);
        let (now, whole) = (Time::now(), self.what == What::Whole);
        let large =
            if whole { self.length > scan::MESSAGE } else { self.sizes[self.at] > scan::MESSAGE as u64 };
        let mail = match self.depth {
            Depth::Headers => read::head(&source, &self.bytes, large, now),
            Depth::Full => {
                if large {
                    self.bytes.truncate(scan::HEADER);
                }
                let message = Message { source, bytes: std::mem::take(&mut self.bytes), cut: large };
                let mail = read::message(&message, now, Depth::Full);
                self.bytes = message.bytes;
                mail
            }
        };
        if self.only_chat && mail.chat.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        if self.watch.mail(mail).is_break() {
            self.closed = true;
            return Ok(ControlFlow::Break(()));
        }
        // Only now it counts: the record is out.
        if let (Some(log), Some(id)) = (&mut self.log, &id) {
            log.handed_on(id)?;
        }
        self.known.extend(id.map(|id| (key(&id), Mark::Here(None))));
        self.count += 1;
        self.left -= 1;
        Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
