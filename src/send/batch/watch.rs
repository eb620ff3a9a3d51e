//! Waking the one that waits for many connections at once.

use std::{
    io::{self, PipeReader, PipeWriter, Read, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::event::{PollFd, PollFlags};

/// A pipe that is written to when something has happened elsewhere.
#[derive(Debug)]
pub struct Wake {
    reader: PipeReader,
    writer: PipeWriter,
    asleep: AtomicBool,
}

impl Wake {
    /// A fresh one.
    ///
    /// # Errors
    /// The system gives no pipe.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { reader, writer, asleep: AtomicBool::new(false) })
    }

    /// Something has happened: who sleeps wakes up.
    pub fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            // A pipe that is full wakes, too.
            let _ = (&self.writer).write(&[0]);
        }
    }

    /// What happens from here on wakes. Look once more for what has happened before, then wait.
    pub fn doze(&self) {
        self.asleep.store(true, Ordering::SeqCst);
    }

    /// Awake; `rang`: the pipe was written to.
    pub fn rise(&self, rang: bool) {
        let was_asleep = self.asleep.swap(false, Ordering::SeqCst);
        // Somebody has taken it upon themselves to write, if they have not done so yet.
        if rang || !was_asleep {
            let _ = (&self.reader).read(&mut [0; 8]);
        }
    }

    /// For poll(2).
    pub fn fd(&self) -> PollFd<'_> {
        PollFd::new(&self.reader, PollFlags::IN)
    }
}
