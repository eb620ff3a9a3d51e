//! The whole way: what is remembered, what is there, what is new, and what may be deleted.

use std::{
    collections::HashSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use super::{
    FetchError, Source,
    delivery::{Delivery, Place},
    keep::{Contents, Keep},
    known::{Key, Known, Mark, key},
    mailbox::{Mailbox, Refused},
    state::{Log, Opened},
    stream::{Select, Stream},
};
use crate::{
    mail::{
        pop3::{Access, What},
        read::Depth,
    },
    wire::record::Mail,
};

/// Mails that a server does not give are named up to so many.
const TOLD: usize = 5;

/// What to fetch, and where to.
#[derive(Debug)]
pub struct Fetch {
    /// From where.
    pub source: Source,
    /// What a POP3 server wants to know.
    pub access: Option<Access>,
    /// Where to.
    pub to: Destination,
    /// Only mails with a chat button.
    pub only_chat: bool,
    /// No more mails than this.
    pub limit: Option<usize>,
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// Into a Maildir.
    Maildir {
        /// Which; made where nothing is.
        path: PathBuf,
        /// Whether mails that are safe there are deleted where they came from.
        delete: bool,
    },
    /// To [`Watch::mail`], as records. Nothing is ever deleted.
    Stream {
        /// The file that remembers what was handed on; without one, everything is new each time.
        state: Option<PathBuf>,
        /// Whether bodies are read too.
        full: bool,
    },
}

/// What is told meanwhile.
pub trait Watch {
    /// So many mails are to come, of so many bytes as the server says.
    fn expect(&mut self, mails: usize, bytes: u64);
    /// Some bytes came in.
    fn came(&mut self, bytes: u64);
    /// One of those mails is dealt with.
    fn done(&mut self);
    /// A mail of a stream. Its record must be out when this returns; `Break`: nobody reads any more.
    fn mail(&mut self, mail: Mail) -> ControlFlow<()>;
    /// A mail is in the Maildir for good.
    fn delivered(&mut self, path: &Path);
    /// Something went wrong with one mail only. `transient`: it may go well next time.
    fn failed(&mut self, what: &str, transient: bool);
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fetched {
    /// Mails that were not there before.
    pub mails: usize,
    /// Mails that were deleted where they came from.
    pub deleted: usize,
}

/// What is asked for in one pass over a mailbox.
struct Plan {
    /// What each mail is known by.
    ids: Vec<Option<String>>,
    /// Places of mails that are new, or cannot be told to be old.
    new: Vec<usize>,
    /// Places of mails that an earlier run has delivered.
    had: Vec<usize>,
}

impl Fetch {
    /// Fetches. What was delivered before an error is safe and known, and nothing is deleted after one.
    ///
    /// # Errors
    /// Any [`FetchError`].
    pub fn run(&self, watch: &mut dyn Watch) -> Result<Fetched, FetchError> {
        let mailbox = self.source.name();
        match &self.to {
            Destination::Maildir { path, delete } => {
                let place = Place::open(path, &mailbox)?;
                let mut opened = Log::open(&place.state(), &mailbox)?;
                place.recover(&mut opened)?;
                self.deliver(place, opened, *delete, watch)
            }
            Destination::Stream { state, full } => {
                let opened = state.as_deref().map(|path| Log::open(path, &mailbox)).transpose()?;
                self.hand_on(opened, *full, watch)
            }
        }
    }

    fn deliver(
        &self,
        place: Place,
        opened: Opened,
        delete: bool,
        watch: &mut dyn Watch,
    ) -> Result<Fetched, FetchError> {
        let Opened { mut log, mut known, .. } = opened;
        let mut mailbox = Mailbox::open(&self.source, self.access.as_ref())?;
        let mut plan = plan(&mailbox, &known, self.only_chat);
        if self.only_chat {
            self.select(&mut mailbox, &mut plan, Some(&mut log))?;
        }
        self.expect(&mailbox, &plan.new, watch);
        let mut keep = Keep::new(Delivery::new(place, log), &plan.ids, &mut known, watch);
        (keep.only_chat, keep.left) = (self.only_chat, self.limit.unwrap_or(usize::MAX));
        let passed =
            if keep.left == 0 { Ok(Vec::new()) } else { mailbox.pass(What::Whole, &plan.new, &mut keep) };
        // Whatever happened to the connection, what is whole is kept, and told.
        let log = keep.delivery.finish();
        keep.told();
        let (safe, mails) = (std::mem::take(&mut keep.safe), keep.count);
        let back = std::mem::take(&mut keep.back);
        drop(keep);
        let mut log = log?;
        if let Some(log) = log.as_mut().filter(|_| !back.is_empty()) {
            log.back(&back)?;
        }
        tell(&mailbox, &passed?, watch);

        let mut gone = if delete { [plan.had, safe].concat() } else { Vec::new() };
        gone.sort_unstable();
        let kept = mailbox.delete(&gone)?;
        kept.iter().for_each(|(_, what)| watch.failed(what, true));
        gone.retain(|at| kept.iter().all(|(other, _)| other != at));
        if let Some(mut log) = log {
            note_gone(&mut log, &known, &plan.ids, &gone)?;
        }
        Ok(Fetched { mails, deleted: gone.len() })
    }

    fn hand_on(
        &self,
        opened: Option<Opened>,
        full: bool,
        watch: &mut dyn Watch,
    ) -> Result<Fetched, FetchError> {
        let (mut log, known) = opened.map_or_else(Default::default, |o| (Some(o.log), o.known));
        let mut mailbox = Mailbox::open(&self.source, self.access.as_ref())?;
        let mut plan = plan(&mailbox, &known, self.only_chat);
        if self.only_chat && full {
            self.select(&mut mailbox, &mut plan, log.as_mut())?;
        }
        // A mail without an id is known by all of it.
        let whole = full || (log.is_some() && plan.ids.iter().any(Option::is_none));
        self.expect(&mailbox, &plan.new, watch);
        let mut stream = Stream {
            what: if whole { What::Whole } else { What::Header },
            depth: if full { Depth::Full } else { Depth::Headers },
            sources: (0..mailbox.entries.len()).map(|at| mailbox.source(at)).collect(),
            sizes: mailbox.entries.iter().map(|entry| entry.size).collect(),
            ids: &plan.ids,
            known,
            log,
            only_chat: self.only_chat,
            left: self.limit.unwrap_or(usize::MAX),
            watch: &mut *watch,
            contents: Contents::default(),
            count: 0,
            closed: false,
            at: 0,
            bytes: Vec::new(),
            length: 0,
            digest: None,
        };
        let mut passed = Ok(Vec::new());
        if stream.left > 0 {
            passed = mailbox.pass(stream.what, &plan.new, &mut stream);
        }
        if let (Ok(refused), What::Header, false) = (&passed, stream.what, stream.left == 0 || stream.closed)
            && !refused.is_empty()
        {
            // A server without TOP.
            let again: Vec<_> = refused.iter().map(|refused| refused.at).collect();
            stream.what = What::Whole;
            passed = mailbox.pass(What::Whole, &again, &mut stream);
        }
        let (mails, closed) = (stream.count, stream.closed);
        let (mut log, known) = (stream.log.take(), std::mem::take(&mut stream.known));
        drop(stream);
        log.as_mut().map_or(Ok(()), Log::sync)?;
        if closed {
            return Ok(Fetched { mails, deleted: 0 });
        }
        tell(&mailbox, &passed?, watch);
        mailbox.delete(&[])?;
        if let Some(mut log) = log {
            note_gone(&mut log, &known, &plan.ids, &[])?;
        }
        Ok(Fetched { mails, deleted: 0 })
    }

    /// Leaves in the plan those with a button, and those that only a look at the whole of them can tell.
    fn select(
        &self,
        mailbox: &mut Mailbox,
        plan: &mut Plan,
        log: Option<&mut Log>,
    ) -> Result<(), FetchError> {
        let mut select = Select::new(self.limit.unwrap_or(usize::MAX));
        let refused = mailbox.pass(What::Header, &plan.new, &mut select)?;
        let Select { mut with, without, .. } = select;
        if let Some(log) = log {
            let ids: Vec<_> = without.iter().filter_map(|&at| plan.ids[at].clone()).collect();
            log.passed(&ids)?;
        }
        with.extend(refused.iter().map(|refused| refused.at));
        with.sort_unstable();
        plan.new = with;
        Ok(())
    }

    fn expect(&self, mailbox: &Mailbox, new: &[usize], watch: &mut dyn Watch) {
        let most = self.limit.unwrap_or(usize::MAX);
        let sizes = new.iter().take(most).map(|&at| mailbox.entries[at].size);
        watch.expect(new.len().min(most), sizes.fold(0, u64::saturating_add));
    }
}

fn plan(mailbox: &Mailbox, known: &Known, only_chat: bool) -> Plan {
    let ids: Vec<_> =
        mailbox.entries.iter().map(|entry| entry.uid.as_ref().map(|uid| format!("u{uid}"))).collect();
    let (mut new, mut had) = (Vec::new(), Vec::new());
    for (at, id) in ids.iter().enumerate() {
        match id.as_ref().and_then(|id| known.get(&key(id))) {
            Some(Mark::Here(_)) => had.push(at),
            Some(Mark::Passed) if only_chat => {}
            _ => new.push(at),
        }
    }
    Plan { ids, new, had }
}

/// Notes which mails the server has no longer, `gone` among them: it may give their ids to others (RFC 1939 §7), which
/// would never be fetched, and deleted unfetched.
fn note_gone(log: &mut Log, known: &Known, ids: &[Option<String>], gone: &[usize]) -> Result<(), FetchError> {
    let mut there = HashSet::new();
    for (at, id) in ids.iter().enumerate() {
        // Without ids, mails are known by what is in them, which the listing does not tell.
        let Some(id) = id else { return Ok(()) };
        if gone.binary_search(&at).is_err() {
            there.insert(key(id));
        }
    }
    let is_over = |(key, mark): &(&Key, &Mark)| !matches!(mark, Mark::Gone(_)) && !there.contains(*key);
    let over: Vec<_> = known.iter().filter(is_over).map(|(key, _)| *key).collect();
    if !over.is_empty() {
        log.gone(&over)?;
        log.sync()?;
    }
    log.tidy(&there)
}

fn tell(mailbox: &Mailbox, refused: &[Refused], watch: &mut dyn Watch) {
    for (number, Refused { at, reply }) in refused.iter().enumerate() {
        let permanent = reply.code.as_deref() == Some("SYS/PERM");
        let (source, words) = (mailbox.source(*at), reply.words());
        let more = refused.len() - number - 1;
        let others =
            if number + 1 == TOLD && more > 0 { format!(" (and {more} others)") } else { String::new() };
        watch.failed(&format!("{source}: the server does not give it: {words}{others}"), !permanent);
        if number + 1 == TOLD {
            break;
        }
    }
}
