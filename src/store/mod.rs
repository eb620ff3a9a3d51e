//! The databases: methods named for what the domain asks, all SQL behind them.
//!
//! One writer thread commits groups and answers after COMMIT, so whatever a method that writes returns is
//! durable. Readers run beside it. What is personal (addresses, subjects, hosts, the text of lines, devices'
//! names) is sealed before it reaches a table and looked up by keyed index.
//!
//! ```text
//! open       lock, connections, migrations     schema/   one file a version
//! keys seal  what makes and opens              files     what must outlast a power cut
//! writer     the groups                        readers   beside it
//! db         a question's connection           pool      which ports there are
//! logins devices browsers codes presence ports mails press conversations lines calls manners rules notices letters
//!            what the domain asks: `impl Store`, and the same inside a transaction, `impl Db`
//! members ads campaigns roles
//!            the promotion's: who agreed to what, what is mailed, to whom it went, who may do that
//! sweep      keeping house                     backup    and restore, which begins another `epoch`
//! client     the chat client's own disk
//! ```

mod ads;
mod attempts;
mod backup;
mod browsers;
mod calls;
mod campaigns;
pub mod client;
mod codes;
mod conversations;
mod db;
mod devices;
mod epoch;
mod error;
mod files;
mod joining;
mod keys;
mod letters;
mod lines;
mod logins;
mod mails;
mod manners;
mod members;
mod notices;
mod open;
mod pool;
mod ports;
mod presence;
mod press;
mod readers;
mod recent;
mod roles;
pub mod rows;
mod rules;
mod seal;
mod sweep;
mod writer;

#[cfg(test)]
mod tests;

use std::{fmt, path::PathBuf, sync::Arc};

use crate::wire::{DeviceId, Epoch, LoginId, Ticket, ticket::Claims};

pub use ads::{AdText, NewAd};
pub use attempts::Delivery;
pub use browsers::BROWSER_KEPT;
use campaigns::Marking;
pub use campaigns::{
    CampaignRow, CampaignText, Fixed, Gate, Handed, LeftOut, Marked, NewCampaign, News, State, Taken,
    Unsettled, Validity, Whose,
};
pub use client::ClientStore;
pub use error::StoreError;
pub use joining::{Joined, Joining};
pub use mails::{KeptMail, MailRow, NewMail};
pub use members::{Addressee, Changed, Entry, Held, Kind, MemberChange, Proof, Subscriber, WhyNot};
pub use rows::*;
pub use writer::Begun;

use db::Db;
use devices::Devices;
use keys::Keys;
use pool::Pool;
use readers::Readers;
use recent::Recent;
use writer::Writer;

type Result<T> = std::result::Result<T, StoreError>;

/// Where the database and its keys are, and the bounds it keeps.
#[derive(Debug, Clone)]
pub struct Place {
    /// `DATA`: `ch.db` and, unless told otherwise, `keys/`.
    pub data: PathBuf,
    /// `--keys DIR`.
    pub keys: Option<PathBuf>,
    /// The pool of ports, as inclusive ranges.
    pub ports: Vec<(u32, u32)>,
}

/// A handle on the server's database; cheap to clone.
///
/// Every method may fail with `Disk` (nothing was written; later may help), `Closed` (after [`Store::close`]),
/// and, where it reads what is sealed, `Damaged` or `Keys`. Methods say only what they add to that. A future
/// that is dropped before it is ready may or may not have written.
#[derive(Clone)]
pub struct Store {
    epoch: Arc<Epoch>,
    keys: Arc<Keys>,
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    devices: Arc<Devices>,
    seen: Arc<Recent<DeviceId, ()>>,
    hosts: Arc<Recent<LoginId, String>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or makes the database and its keys (blocking; call before the listener opens). Only one process
    /// at a time may have it open.
    ///
    /// # Errors
    /// `Locked` while another server has the directory; `Keys` for a database without its key files, and for
    /// key files that are damaged or readable by others; `Version` for a database of a later chmail; `File`,
    /// `Disk`.
    pub fn open(place: &Place) -> Result<Self> {
        let lock = place.lock()?;
        let keys = Arc::new(Keys::open(&place.key_dir(), place.has_database())?);
        let epoch = Arc::new(place.epoch()?);
        let pool = Arc::new(Pool::new(&place.ports));
        let sql = open::writer(&place.database())?;
        keys.check(&sql)?;
        let writer = Writer::start(sql, Arc::clone(&keys), Arc::clone(&pool), lock)?;
        Ok(Self {
            epoch,
            readers: Arc::new(Readers::new(place.database(), Arc::clone(&keys), pool)),
            keys,
            writer: Arc::new(writer),
            devices: Arc::default(),
            seen: Arc::default(),
            hosts: Arc::default(),
        })
    }

    /// Commits what waits, checkpoints, stops the writer and gives the directory free. Later calls get
    /// `Closed`. Dropping the last handle does the same, but blocks.
    pub async fn close(&self) {
        self.readers.stop().await;
        self.writer.stop().await;
    }

    /// Signs with the newest key; `claims.key` is filled in.
    #[must_use]
    pub fn sign(&self, claims: Claims) -> Ticket {
        self.keys.sign(claims)
    }

    /// Whether one of the keys signed it (expiry and withdrawal are the caller's to check).
    #[must_use]
    pub fn is_ours(&self, ticket: &Ticket) -> bool {
        self.keys.is_ours(ticket)
    }

    async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.read(ask).await
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(work).await
    }
}
