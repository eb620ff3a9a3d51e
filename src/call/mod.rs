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

pub use machine::{Action, Call, Event};
pub use party::{Party, Side};
pub use times::Times;
