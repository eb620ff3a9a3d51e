//! A call's states and a conversation's positions: pure. No clock, no socket, no database: events in,
//! actions out, and the time comes with the event.

pub mod party;

pub use party::{Party, Side};
