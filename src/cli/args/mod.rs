//! The tools' arguments, one file each, and what they have in common. They stand in the library so that man
//! pages and completions can be made from them.

mod flags;
pub mod port;
pub mod register;

pub use flags::{Common, Face, Tool};
