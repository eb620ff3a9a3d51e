//! The edge: exit statuses, operands, output, settings. Only here and in `src/bin`: clap, anyhow, the
//! environment, the terminal.

pub mod args;
pub mod config;
pub mod connect;
pub mod dkim;
pub mod exit;
pub mod generate;
pub mod input;
pub mod listing;
pub mod machine;
pub mod mailer;
pub mod output;
pub mod press;
pub mod progress;
pub mod promo;
pub mod records;
pub mod resolve;
pub mod run;
pub mod save;
pub mod screen;
pub mod sending;
pub mod trust;
pub mod verify;
pub mod words;

pub use exit::{Exit, fail};
pub use output::{Out, OutputError};
pub use run::{Io, run};
