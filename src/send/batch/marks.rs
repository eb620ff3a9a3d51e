//! Marks: a job's `mark` ticket is durable at the CH server before its message's final dot, so that after a crash
//! nobody is mailed twice unknowingly. What waits goes in one question.

use std::{
    collections::HashMap,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use crate::{
    client::{Api, ClientError},
    wire::{ErrorRecord, Ticket},
};

/// Marks in one question.
const GROUP: usize = 500;

/// Whoever makes marks durable: the CH server, or a test's double.
pub trait Ledger: Send {
    /// For each ticket, in order, whether it is durable now.
    ///
    /// # Errors
    /// Any [`ClientError`]; then none can be relied on.
    fn mark(&self, tickets: &[Ticket]) -> Result<Vec<Result<(), ErrorRecord>>, ClientError>;
}

impl Ledger for Api {
    fn mark(&self, tickets: &[Ticket]) -> Result<Vec<Result<(), ErrorRecord>>, ClientError> {
        Api::mark(self, tickets)
    }
}

/// Whose letter it is: a connection's place and number.
pub type Holder = (usize, u64);

/// Asks in a thread of its own.
#[derive(Debug)]
pub struct Marks {
    ask: Option<Sender<(Holder, Ticket)>>,
}

impl Marks {
    /// `told` hears of each mark once: that it is durable, or why not. Without a ledger none is.
    pub fn start(
        ledger: Option<Box<dyn Ledger>>,
        told: impl Fn(Holder, Result<(), String>) + Send + 'static,
    ) -> std::io::Result<Self> {
        let Some(ledger) = ledger else { return Ok(Self { ask: None }) };
        let (ask, asked) = channel();
        thread::Builder::new().name("marks".to_owned()).spawn(move || answer(&*ledger, &asked, told))?;
        Ok(Self { ask: Some(ask) })
    }

    /// Asks for one.
    ///
    /// # Errors
    /// There is nobody to ask.
    pub fn ask(&self, holder: Holder, mark: Option<Ticket>) -> Result<(), String> {
        let nobody = || "the mark needs a login at a CH server: ch-register LOGIN --mail ADDRESS".to_owned();
        let (Some(ask), Some(mark)) = (&self.ask, mark) else { return Err(nobody()) };
        ask.send((holder, mark)).map_err(|_| "nobody keeps marks any more".to_owned())
    }
}

fn answer(
    ledger: &dyn Ledger,
    asked: &Receiver<(Holder, Ticket)>,
    told: impl Fn(Holder, Result<(), String>),
) {
    while let Ok(first) = asked.recv() {
        let group: Vec<_> = std::iter::once(first).chain(asked.try_iter().take(GROUP - 1)).collect();
        let tickets: Vec<Ticket> = group.iter().map(|(_, mark)| mark.clone()).collect();
        let said: HashMap<usize, Result<(), String>> = match ledger.mark(&tickets) {
            Ok(each) => each
                .into_iter()
                .enumerate()
                .map(|(at, one)| (at, one.map_err(|record| format!("mark: {}", record.message))))
                .collect(),
            Err(error) => (0..group.len()).map(|at| (at, Err(format!("mark: {error}")))).collect(),
        };
        let mut said = said;
        for (at, (holder, _)) in group.into_iter().enumerate() {
            // What was not answered is not durable.
            told(holder, said.remove(&at).unwrap_or_else(|| Err("mark: no answer".to_owned())));
        }
    }
}
