//! A campaign on its way through one sender: what the ledger hands out becomes jobs, receipts go back to it.
//!
//! ```text
//! desk     what the ledger is asked       source     claims → mails → jobs       recorder   receipts → ledger
//! restraint    domains that say "not now"
//! ```

mod recorder;
mod restraint;
mod source;

pub use recorder::{Marker, Recorded, Recorder};
pub use restraint::Restraint;
pub use source::{Ended, HandedOut, SOON, Source, Stop};

use crate::{
    client::{Api, ClientError, Marks},
    wire::{
        ask::Mark,
        campaigns::{Settled, Take, Taken},
        record::Sent,
    },
};

/// What a sender asks the ledger: the CH server, or a test's double.
pub trait Desk: Send + Sync {
    /// Deliveries for a claim.
    ///
    /// # Errors
    /// Any [`ClientError`].
    fn take(&self, ask: &Take) -> Result<Taken, ClientError>;

    /// What became of some; durable when this returns.
    ///
    /// # Errors
    /// Any [`ClientError`]; the same again is harmless.
    fn settle(&self, receipts: &[Sent]) -> Result<Settled, ClientError>;

    /// The same, and then marks deliveries: for each, in order, whether it may go.
    ///
    /// # Errors
    /// Any [`ClientError`]; then none can be relied on.
    fn turn(&self, receipts: &[Sent], marks: &[Mark]) -> Result<(Settled, Marks), ClientError>;

    /// The sender is there.
    ///
    /// # Errors
    /// Any [`ClientError`].
    fn alive(&self) -> Result<(), ClientError>;
}

/// One campaign at a CH server.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Where.
    pub api: Api,
    /// Its name.
    pub name: String,
}

impl Desk for Campaign {
    fn take(&self, ask: &Take) -> Result<Taken, ClientError> {
        self.api.take(&self.name, ask)
    }

    fn settle(&self, receipts: &[Sent]) -> Result<Settled, ClientError> {
        self.api.settle(&self.name, receipts)
    }

    fn turn(&self, receipts: &[Sent], marks: &[Mark]) -> Result<(Settled, Marks), ClientError> {
        self.api.turn(&self.name, receipts, marks)
    }

    fn alive(&self) -> Result<(), ClientError> {
        self.api.alive(&self.name).map(drop)
    }
}
