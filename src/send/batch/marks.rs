//! Marks: a job's `mark` ticket is durable at the CH server before its message's final dot, so that after a crash
//! nobody is mailed twice unknowingly. What waits goes in one question.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use crate::{
    client::{Api, ClientError, Marks as Marked},
    wire::{Code, ErrorRecord, Ticket, ask::Mark, record::Status},
};

/// Marks in one question.
const GROUP: usize = 500;
/// Tickets that are known to have been asked for.
const KNOWN: usize = 16 * 1024;

/// Whoever makes marks durable: the CH server, or a test's double.
pub trait Ledger: Send {
    /// For each, in order, whether it is durable now.
    ///
    /// # Errors
    /// Any [`ClientError`]; then none can be relied on.
    fn mark(&self, asks: &[Mark]) -> Result<Marked, ClientError>;
}

impl Ledger for Api {
    fn mark(&self, asks: &[Mark]) -> Result<Marked, ClientError> {
        Api::mark(self, asks)
    }
}

/// Whose letter it is: a connection's place and number.
pub type Holder = (usize, u64);

/// What becomes of a letter whose mark is refused, and why.
pub type Refusal = (Status, String);

/// Asks in a thread of its own.
#[derive(Debug)]
pub struct Marks {
    ask: Option<Sender<(Holder, Ticket)>>,
}

impl Marks {
    /// `told` hears of each mark once: that it is durable, or why not. Without a ledger none is.
    pub fn start(
        ledger: Option<Box<dyn Ledger>>,
        told: impl Fn(Holder, Result<(), Refusal>) + Send + 'static,
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
    pub fn ask(&self, holder: Holder, mark: Option<Ticket>) -> Result<(), Refusal> {
        let later = |why: &str| (Status::Deferred, why.to_owned());
        let nobody = || later("the mark needs a login at a CH server: ch-register LOGIN --mail ADDRESS");
        let (Some(ask), Some(mark)) = (&self.ask, mark) else { return Err(nobody()) };
        ask.send((holder, mark)).map_err(|_| later("nobody keeps marks any more"))
    }
}

fn answer(
    ledger: &dyn Ledger,
    asked: &Receiver<(Holder, Ticket)>,
    told: impl Fn(Holder, Result<(), Refusal>),
) {
    let mut known = Known::default();
    while let Ok(first) = asked.recv() {
        let group: Vec<_> = std::iter::once(first).chain(asked.try_iter().take(GROUP - 1)).collect();
        let asks: Vec<Mark> = group
            .iter()
            .map(|(_, ticket)| Mark { ticket: ticket.clone(), again: !known.add(ticket) })
            .collect();
        let said: HashMap<usize, Result<(), Refusal>> = match ledger.mark(&asks) {
            Ok(each) => each.into_iter().enumerate().map(|(at, one)| (at, one.map_err(refused))).collect(),
            Err(error) => {
                let why = format!("mark: {error}");
                (0..group.len()).map(|at| (at, Err((Status::Deferred, why.clone())))).collect()
            }
        };
        let mut said = said;
        for (at, (holder, _)) in group.into_iter().enumerate() {
            // What was not answered is not durable.
            let none = || Err((Status::Deferred, "mark: no answer".to_owned()));
            told(holder, said.remove(&at).unwrap_or_else(none));
        }
    }
}

/// The tickets that were asked for lately: a letter that another connection takes over asks again, and soon.
#[derive(Debug, Default)]
struct Known {
    tickets: HashSet<Ticket>,
    order: VecDeque<Ticket>,
}

impl Known {
    /// Whether it is new.
    fn add(&mut self, ticket: &Ticket) -> bool {
        if !self.tickets.insert(ticket.clone()) {
            return false;
        }
        self.order.push_back(ticket.clone());
        if self.order.len() > KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.tickets.remove(&oldest);
        }
        true
    }
}

/// A delivery that another sender began may have arrived: nothing is sent, and nobody says that it did not go out.
pub(super) fn refused(record: ErrorRecord) -> Refusal {
    let status = match record.code {
        Code::Taken => Status::Unknown,
        Code::BadRequest | Code::BadTicket => Status::Rejected,
        _ => Status::Deferred,
    };
    (status, format!("mark: {}", record.message))
}
