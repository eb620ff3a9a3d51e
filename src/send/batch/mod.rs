//! A stream of jobs becomes a stream of receipts, one for each recipient, in order of completion.
//!
//! ```text
//! lines (a thread) → queue → writing (threads: parse, tickets, compose, sign) → queue → connections | carriers
//! ```
//! Each queue holds so many bytes and no more, so memory is the same for ten jobs and ten million; and little, so that
//! what one stage has made is still in the processor's cache when the next one takes it. Nothing waits for a fuller group:
//! what is there goes on, and groups grow by themselves when a later stage is slower.

mod carriers;
mod connection;
mod connections;
pub mod job;
pub mod lines;
mod marks;
pub mod queue;
mod watch;
pub mod writing;

use std::{io, sync::Arc, thread};

pub use job::Slip;
pub use lines::Input;
pub use marks::Ledger;
pub use queue::Weighs;
pub use writing::{Buttons, Made, Parcel, Writing};

use crate::mail::{
    dkim::Algorithm,
    transport::{Access, Outcome, Via},
};
use lines::Chunk;
use queue::Queue;
use watch::{Wake, watch};

/// Bytes of mails that a writer hands on at once.
const PILE: usize = 64 << 10;
/// Bytes of input that wait for tickets.
const INPUT: usize = 2 << 20;
/// Bytes of mails with tickets that wait for a connection, while the next ones wait for theirs.
const LETTERS: usize = 4 << 20;
/// Bytes of jobs that wait for each connection.
const AHEAD: usize = 32 << 10;
/// Bytes of input that one writer takes at once when it asks for tickets: some hundred jobs.
const GROUP: usize = 1 << 20;
/// The most connections.
pub const CONNECTIONS: usize = 500;

/// Who hears of what became of the jobs.
pub trait Receipts {
    /// Asked before a letter is offered to an SMTP server: whether it is to be put off untried.
    fn holds(&mut self, _letter: &Parcel) -> bool {
        false
    }
    /// That was so.
    fn held(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        self.outcomes(slip, outcomes);
    }
    /// What became of the recipients of a letter.
    fn outcomes(&mut self, slip: Slip, outcomes: Vec<Outcome>);
    /// What never was a letter.
    fn made(&mut self, made: Made);
    /// Nothing happens for a while: what was said is handed on.
    fn pause(&mut self);
    /// Nobody listens any more: no further letter is begun.
    fn is_over(&self) -> bool;
}

/// How a batch goes out.
#[derive(Debug)]
pub struct Batch {
    /// Where to.
    pub via: Via,
    /// With what.
    pub access: Access,
    /// How many connections at most, 1 to [`CONNECTIONS`].
    pub connections: usize,
    /// How jobs become mails.
    pub writing: Writing,
}

/// What stands between those who write letters and those who hand them over.
#[derive(Debug)]
struct Stage {
    letters: Queue<Made>,
    wake: Wake,
}

/// What one writer has made, until there is enough to be handed on.
#[derive(Debug)]
struct Pile<'a> {
    stage: &'a Stage,
    made: Vec<Made>,
    weight: usize,
    /// Somebody still takes it.
    wanted: bool,
}

impl Pile<'_> {
    fn lay(&mut self, made: Made) {
        self.weight += made.weight();
        self.made.push(made);
        if self.weight >= PILE {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        self.weight = 0;
        self.wanted = self.wanted && self.stage.letters.put(self.made.drain(..));
        self.made.clear();
        self.stage.wake.wake();
    }
}

impl Weighs for Made {
    fn weight(&self) -> usize {
        match self {
            Self::Letter(letter) => letter.wire.len() + 500,
            _ => 500,
        }
    }
}

impl Batch {
    /// Takes jobs from `input` to its end, and says what became of each.
    ///
    /// # Errors
    /// The system gives no thread or pipe. What happens to jobs is told to `receipts`.
    pub fn run(
        self,
        input: Input,
        ledger: Option<Box<dyn Ledger>>,
        receipts: &mut dyn Receipts,
    ) -> io::Result<()> {
        let Self { via, access, connections, writing } = self;
        let writers = writers(&writing);
        let connections = connections.clamp(1, CONNECTIONS);
        let group = if writing.buttons.is_some() { GROUP } else { 1 };
        let (most, letters) = match &input {
            Input::Lines(_) if writing.buttons.is_some() => (INPUT, LETTERS),
            Input::Lines(_) => (2 * writers * lines::READ, writers * PILE),
            // Whoever makes them could give them to another sender, too: no more than keeps these connections busy.
            Input::Jobs(_) => (INPUT.min(connections * AHEAD), LETTERS.min(2 * connections * AHEAD)),
        };
        let chunks = Arc::new(Queue::<Chunk>::new(most, 1));
        let (wake, watch) = watch()?;
        let stage = Arc::new(Stage { letters: Queue::new(letters, writers), wake });
        let reading = Arc::clone(&chunks);
        thread::Builder::new().name("read".to_owned()).spawn(move || lines::take_in(input, &reading))?;
        let writing = Arc::new(writing);
        for _ in 0..writers {
            let (chunks, stage, writing) = (Arc::clone(&chunks), Arc::clone(&stage), Arc::clone(&writing));
            thread::Builder::new().name("write".to_owned()).spawn(move || {
                while let Some(some) = chunks.take(group) {
                    let mut pile = Pile { stage: &stage, made: Vec::new(), weight: 0, wanted: true };
                    writing.write(some, &mut |made| pile.lay(made));
                    pile.hand_on();
                    if !pile.wanted {
                        chunks.close();
                        break;
                    }
                }
                stage.letters.end();
                stage.wake.wake();
            })?;
        }
        match &via {
            Via::Smtp(server) => {
                let all = connections::Connections::new(server, &access, connections, stage, watch, ledger)?;
                all.run(receipts)?;
            }
            _ => carriers::run((&via, &access), connections, &stage, ledger, receipts)?,
        }
        receipts.pause();
        Ok(())
    }
}

/// One is enough for writing; RSA and waiting for tickets want company.
fn writers(writing: &Writing) -> usize {
    let rsa = writing.signer.as_ref().is_some_and(|signer| signer.uses(Algorithm::Rsa));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    match (rsa, writing.buttons.is_some()) {
        (true, _) => cores.clamp(2, 64),
        (_, true) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
