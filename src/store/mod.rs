//! The databases: methods named for what the domain asks, all SQL behind them.
//!
//! One writer thread commits groups and answers after COMMIT, so whatever a method that writes returns is
//! durable. Readers run beside it. What is personal (addresses, names, subjects, hosts, the text of lines) is
//! sealed before it reaches a table and looked up by keyed index.

pub mod rows;
mod stub;

pub use rows::*;
pub use stub::Store;
