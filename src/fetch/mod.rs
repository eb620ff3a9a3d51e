//! From a mailbox to a Maildir or a stream of mails: nothing lost, nothing doubled, whenever it is killed.
//!
//! [`Source`] is where mails come from, `state` what is remembered of a mailbox, `delivery` how a mail gets into a
//! Maildir for good, and [`Fetch`] the way from one to the other.

mod delivery;
mod error;
mod keep;
mod known;
mod mailbox;
mod run;
mod source;
mod state;
mod stream;

pub use error::FetchError;
pub use run::{Destination, Fetch, Fetched, Watch};
pub use source::{BadSource, Source};
