//! Standard output: records for pipes, text for terminals.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, IsTerminal, Write},
    os::fd::AsFd,
};

use serde::Serialize;

use crate::wire;

/// Why output failed.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The reader went away (EPIPE). Not a failure: the tool stops and ends with 0.
    #[error("the reader closed the pipe")]
    Closed,
    /// The disk is full, the device is broken.
    #[error("write to standard output: {0}")]
    Io(io::Error),
    /// A record that has no JSON form; no record of ours is one.
    #[error("write a record: {0}")]
    Record(#[from] serde_json::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Io(error) }
    }
}

/// The one path for all output. Buffered: call [`Out::flush`] before waiting for anything.
pub struct Out {
    to: BufWriter<Box<dyn Write + Send>>,
    records: bool,
    terminal: bool,
}

impl fmt::Debug for Out {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Out").field("records", &self.records).field("terminal", &self.terminal).finish()
    }
}

impl Out {
    /// Standard output. `records`: `--json` is `Some(true)`, `--text` is `Some(false)`; else records unless it
    /// is a terminal.
    #[must_use]
    pub fn stdout(records: Option<bool>) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        // A descriptor of our own: std's goes through a line buffer that would write twice as often.
        let to: Box<dyn Write + Send> = match stdout.as_fd().try_clone_to_owned() {
            Ok(descriptor) => Box::new(File::from(descriptor)),
            Err(_) => Box::new(stdout),
        };
        Self { to: BufWriter::new(to), records: records.unwrap_or(!terminal), terminal }
    }

    /// Anything else that can be written to, never a terminal: for tests.
    #[must_use]
    pub fn to(writer: impl Write + Send + 'static, records: bool) -> Self {
        Self { to: BufWriter::new(Box::new(writer)), records, terminal: false }
    }

    /// Whether records are due; else text.
    #[must_use]
    pub fn is_records(&self) -> bool {
        self.records
    }

    /// Whether a person looks at it.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes a record or frame as its line, whatever the face.
    ///
    /// # Errors
    /// [`OutputError`]; with a buffer, possibly that of an earlier write.
    pub fn record<T: Serialize>(&mut self, record: &T) -> Result<(), OutputError> {
        let line = wire::to_line(record)?;
        Ok(self.to.write_all(line.as_bytes())?)
    }

    /// Writes a line of text and a newline, whatever the face. Other people's text must have gone through
    /// [`wire::display::clean`].
    ///
    /// # Errors
    /// As [`Out::record`].
    pub fn text(&mut self, line: &str) -> Result<(), OutputError> {
        self.to.write_all(line.as_bytes())?;
        Ok(self.to.write_all(b"\n")?)
    }

    /// Writes `record`, or the line that `text` makes of it: whichever is due.
    ///
    /// # Errors
    /// As [`Out::record`].
    pub fn show<T: Serialize>(
        &mut self,
        record: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), OutputError> {
        if self.records { self.record(record) } else { self.text(&text(record)) }
    }

    /// Writes bytes as they are (a message).
    ///
    /// # Errors
    /// As [`Out::record`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), OutputError> {
        Ok(self.to.write_all(bytes)?)
    }

    /// Hands over all that was written. Until this returns, nothing counts as shown.
    ///
    /// # Errors
    /// As [`Out::record`].
    pub fn flush(&mut self) -> Result<(), OutputError> {
        Ok(self.to.flush()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::wire::{Code, ErrorRecord, Record};

    #[test]
    fn a_full_disk_is_an_error_and_a_closed_pipe_is_its_own() {
        let mut full = Out::to(File::options().write(true).open("/dev/full").unwrap(), false);
        full.text("lost").unwrap();
        assert!(matches!(full.flush(), Err(OutputError::Io(_))));

        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut closed = Out::to(writer, true);
        closed.record(&Record::Error(ErrorRecord::new(Code::Other, "x"))).unwrap();
        assert!(matches!(closed.flush(), Err(OutputError::Closed)));
    }
}
