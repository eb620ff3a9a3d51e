//! Faces of a conversation: plain lines and records. (The full-screen terminal is a third, to come.)
//!
//! A *course* ([`Caller`]: one call, to its outcome; [`Agent`]: being rung) decides what is said, told and asked;
//! it is pure. [`talk`] carries that out between the live connection, the input and a [`Screen`].

pub mod agent;
pub mod alarm;
pub mod caller;
pub mod course;
pub mod framed;
pub mod quiet;
pub mod reader;
pub mod screen;
pub mod talk;
#[cfg(test)]
mod tests;
pub mod typed;
mod unread;
pub mod words;

pub use agent::Agent;
pub use caller::Caller;
pub use course::{Course, Do, Outcome};
pub use reader::Input;
pub use screen::{End, Manner, Screen, TalkError};
pub use talk::Talk;
