//! Watching many connections at once, and waking who does.

use std::{
    io,
    os::fd::{AsFd, AsRawFd},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};

/// What the waker is called; connections have the numbers of their places.
const WAKER: Token = Token(usize::MAX);
/// Events that are taken at once.
const AT_ONCE: usize = 256;

/// Wakes a [`Watch`] when something has happened elsewhere.
#[derive(Debug)]
pub struct Wake {
    waker: Waker,
    asleep: AtomicBool,
}

/// Connections, each at its place: told once that there is something to read, or room to write again, so both are to be
/// done until there is nothing left.
#[derive(Debug)]
pub struct Watch {
    poll: Poll,
    events: Events,
}

/// Something has come in at a place, or its connection is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readable {
    /// Which.
    pub place: usize,
    /// What comes in ends: it is to be read to its end.
    pub ends: bool,
}

/// A watch, and what wakes whoever looks at it.
///
/// # Errors
/// The system gives nothing to watch with.
pub fn watch() -> io::Result<(Wake, Watch)> {
    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    Ok((
        Wake { waker, asleep: AtomicBool::new(false) },
        Watch { poll, events: Events::with_capacity(AT_ONCE) },
    ))
}

impl Wake {
    /// Something has happened: who sleeps wakes up.
    pub fn wake(&self) {
        if self.asleep.swap(false, Ordering::SeqCst) {
            // It fails only when the one who sleeps is gone.
            let _ = self.waker.wake();
        }
    }

    /// What happens from here on wakes. Look once more for what has happened before, then wait.
    pub fn doze(&self) {
        self.asleep.store(true, Ordering::SeqCst);
    }

    /// Awake.
    pub fn rise(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }
}

impl Watch {
    /// One more connection. It is forgotten when it is closed.
    ///
    /// # Errors
    /// The system's.
    pub fn add(&self, place: usize, connection: &impl AsFd) -> io::Result<()> {
        let fd = connection.as_fd().as_raw_fd();
        self.poll.registry().register(
            &mut SourceFd(&fd),
            Token(place),
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    /// Waits for anything, `time` at most; whether there was.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&mut self, time: Option<Duration>) -> io::Result<bool> {
        match self.poll.poll(&mut self.events, time) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.events.clear(),
            done => done?,
        }
        Ok(!self.events.is_empty())
    }

    /// What the last wait saw come in.
    pub fn readable(&self) -> impl Iterator<Item = Readable> {
        self.events
            .iter()
            .filter(|event| event.token() != WAKER)
            .filter(|event| event.is_readable() || event.is_read_closed() || event.is_error())
            .map(|event| Readable {
                place: event.token().0,
                ends: event.is_read_closed() || event.is_error(),
            })
    }
}
