//! What a talk needs of the edge, and what it tells it at the end.

use std::io;

use jiff::civil;

use super::{course::Outcome, quiet::Quiet};
use crate::{
    client::{StoreError, live::LiveError},
    wire::{ErrorRecord, frame::ServerFrame, record::Notice},
};

/// Where a talk is shown. The edge makes it; only there is the terminal.
pub trait Screen {
    /// Whether frames are due; else text.
    fn is_records(&self) -> bool;
    /// Writes a frame as its line.
    ///
    /// # Errors
    /// `BrokenPipe` when the reader went away, which is no failure; else the disk's or device's.
    fn frame(&mut self, frame: &ServerFrame) -> io::Result<()>;
    /// Writes a line of clean text.
    ///
    /// # Errors
    /// As [`Screen::frame`].
    fn text(&mut self, line: &str) -> io::Result<()>;
    /// Hands over what was written.
    ///
    /// # Errors
    /// As [`Screen::frame`].
    fn flush(&mut self) -> io::Result<()>;
    /// A notice in words.
    fn notice(&self, notice: &Notice) -> String;
    /// Rings the terminal's bell. False: there is no terminal.
    fn bell(&mut self) -> bool;
    /// Reports one thing that failed, beside the output.
    fn complain(&mut self, error: &ErrorRecord);
    /// Tells the person something, beside the output.
    fn note(&mut self, text: &str);
    /// The time of day where the person is.
    fn clock(&self) -> civil::Time;
}

/// How a talk is carried out.
#[derive(Debug)]
pub struct Manner {
    /// The server as the client's store knows it.
    pub server: String,
    /// Under which name the store keeps what was received: a program in the background and a person at a terminal
    /// are not at the same place.
    pub book: String,
    /// An agent: it has no other way back into the call it answered than the conversation's place in the store.
    pub listens: bool,
    /// Keep notices for later: they are neither shown nor said to be seen.
    pub keeps_notices: bool,
    /// Remember the server as one that the person trusts, once it has welcomed us.
    pub learn: bool,
    /// A person types the input.
    pub typed: bool,
    /// What was shown was read.
    pub reads: bool,
    /// When not to be rung.
    pub quiet: Option<Quiet>,
    /// What is run when somebody calls.
    pub on_ring: Option<String>,
}

/// How a talk ended.
#[derive(Debug)]
pub struct End {
    /// What the course says.
    pub outcome: Outcome,
    /// The reader of the output went away.
    pub closed: bool,
    /// Some input was no frame.
    pub bad_input: bool,
    /// Lines that were said and neither acknowledged nor refused in time.
    pub unsaid: usize,
}

/// Why a talk failed.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// The connection, for good.
    #[error(transparent)]
    Live(LiveError),
    /// The output.
    #[error("write to standard output: {0}")]
    Screen(io::Error),
    /// Our own disk.
    #[error(transparent)]
    Store(StoreError),
}
