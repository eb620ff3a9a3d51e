//! A call's states and a conversation's positions: pure. No clock, no socket, no database: events in,
//! actions out, and the time comes with the event.

pub mod crossing;
pub mod feed;
pub mod machine;
pub mod manners;
pub mod party;
pub mod presence;
#[cfg(test)]
mod tests;
pub mod times;
pub mod words;

pub use machine::Call;
pub use party::{Party, Side};
pub use times::Times;
pub use words::{Action, Event};
