//! Mails on their way into a Maildir.

use std::{collections::HashMap, ops::ControlFlow};

use ring::digest::{Context, Digest, SHA256};

use super::{
    FetchError, Watch,
    delivery::Delivery,
    known::{Key, Known, Mark, Print, key},
    mailbox::Take,
};
use crate::{
    mail::{button, scan},
    wire::hex,
};

/// Whether a header has a chat button, whatever is wrong with it.
pub(super) fn has_button(header: &[u8]) -> bool {
    let header = scan::header(header, |_| false);
    button::find(header.fields.iter().map(|field| (field.name, field.value))).0.is_some()
}

/// The id of a mail that the server gives none: what is in it, and its number among those that are alike.
#[derive(Debug, Default)]
pub(super) struct Contents {
    seen: HashMap<String, u32>,
}

impl Contents {
    pub(super) fn id(&mut self, digest: &Digest) -> String {
        let digest = hex(digest.as_ref());
        let times = self.seen.entry(digest.clone()).or_default();
        *times += 1;
        format!("h{digest}.{times}")
    }
}

/// Keeps what is wanted.
pub(super) struct Keep<'a> {
    pub(super) delivery: Delivery,
    pub(super) ids: &'a [Option<String>],
    pub(super) known: &'a mut Known,
    pub(super) contents: Contents,
    pub(super) only_chat: bool,
    pub(super) left: usize,
    pub(super) watch: &'a mut dyn Watch,
    /// Places of mails that are safe, of this run and of earlier ones.
    pub(super) safe: Vec<usize>,
    pub(super) count: usize,
    /// What the server has again, as it was.
    pub(super) back: Vec<Key>,
    at: usize,
    header: Vec<u8>,
    digest: Context,
}

impl<'a> Keep<'a> {
    pub(super) fn new(
        delivery: Delivery,
        ids: &'a [Option<String>],
        known: &'a mut Known,
        watch: &'a mut dyn Watch,
    ) -> Self {
        Self {
            delivery,
            ids,
            known,
            contents: Contents::default(),
            only_chat: false,
            left: usize::MAX,
            watch,
            safe: Vec::new(),
            count: 0,
            back: Vec::new(),
            at: 0,
            header: Vec::new(),
            digest: Context::new(&SHA256),
        }
    }

    /// What is in its place now.
    pub(super) fn told(&mut self) {
        for delivered in self.delivery.delivered() {
            self.safe.push(delivered.at);
            self.count += 1;
            self.watch.delivered(&delivered.path);
        }
    }
}

impl Take for Keep<'_> {
    fn begin(&mut self, at: usize) -> Result<(), FetchError> {
        self.at = at;
        self.header.clear();
        self.digest = Context::new(&SHA256);
        self.delivery.begin(self.ids[at].as_deref())
    }

    fn piece(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.digest.update(bytes);
        if self.only_chat {
            let room = (scan::HEADER + 1).saturating_sub(self.header.len());
            self.header.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        self.watch.came(bytes.len() as u64);
        self.delivery.write(bytes)
    }

    fn end(&mut self) -> Result<ControlFlow<()>, FetchError> {
        self.watch.done();
        let digest = std::mem::replace(&mut self.digest, Context::new(&SHA256)).finish();
        let mut print = Print::default();
        print.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        let id = self.ids[self.at].clone().unwrap_or_else(|| self.contents.id(&digest));
        let key = key(&id);
        match self.known.get(&key) {
            Some(Mark::Here(_)) => {
                self.delivery.discard();
                self.safe.push(self.at);
            }
            Some(Mark::Gone(was)) if *was == print => {
                self.delivery.discard();
                self.safe.push(self.at);
                self.known.insert(key, Mark::Here(Some(print)));
                self.back.push(key);
            }
            _ if self.only_chat && !has_button(&self.header) => self.delivery.discard(),
            _ => {
                self.known.insert(key, Mark::Here(Some(print)));
                self.delivery.keep(self.at, id, print)?;
                self.left -= 1;
            }
        }
        self.told();
        Ok(if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}
