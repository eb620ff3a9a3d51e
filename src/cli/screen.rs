//! A talk on standard output, and the signals that end it.

use std::io::{self, IsTerminal, Write};

use jiff::{Timestamp, civil, tz::TimeZone};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::interval,
};

use super::{Io, OutputError, words};
use crate::{
    chat::{self, Input, talk::TICK},
    client::ClientError,
    wire::{ErrorRecord, display::clean, frame::ServerFrame, record::Notice},
};

/// Standard output and standard error, as a talk uses them.
#[derive(Debug)]
pub struct Screen<'a>(pub &'a mut Io);

impl chat::Screen for Screen<'_> {
    fn is_records(&self) -> bool {
        self.0.out.is_records()
    }

    fn frame(&mut self, frame: &ServerFrame) -> io::Result<()> {
        self.0.out.record(frame).map_err(plain)
    }

    fn text(&mut self, line: &str) -> io::Result<()> {
        self.0.out.text(line).map_err(plain)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.out.flush().map_err(plain)
    }

    fn notice(&self, notice: &Notice) -> String {
        words::notice(notice)
    }

    fn bell(&mut self) -> bool {
        let mut stderr = io::stderr();
        stderr.is_terminal() && stderr.write_all(b"\x07").is_ok()
    }

    fn complain(&mut self, error: &ErrorRecord) {
        self.0.report(&ClientError::Refused(error.clone()).into());
    }

    fn note(&mut self, text: &str) {
        self.0.note(&clean(text));
    }

    fn clock(&self) -> civil::Time {
        local_time()
    }
}

/// The time of day where this machine is.
#[must_use]
pub fn local_time() -> civil::Time {
    Timestamp::now().to_zoned_datetime(TimeZone::system()).time()
}

/// The talk's errors are plain I/O errors; a closed pipe keeps its kind.
fn plain(error: OutputError) -> io::Error {
    match error {
        OutputError::Closed => io::ErrorKind::BrokenPipe.into(),
        OutputError::Io(error) => error,
        OutputError::Record(error) => io::Error::other(error),
    }
}

/// Tells a talk when time passes, and when the person asks it to end (SIGINT, SIGTERM, SIGHUP).
pub async fn signals(to: mpsc::Sender<Input>) {
    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let [Ok(mut int), Ok(mut term), Ok(mut hup)] = kinds.map(signal) else { return };
    let mut ticks = interval(TICK);
    loop {
        tokio::select! {
            _ = int.recv() => drop(to.send(Input::Stop).await),
            _ = term.recv() => drop(to.send(Input::Stop).await),
            _ = hup.recv() => drop(to.send(Input::Stop).await),
            // A talk that is behind needs no more of these.
            _ = ticks.tick() => drop(to.try_send(Input::Tick)),
        }
    }
}
