//! The gate before standard input: so many things at once may be on their way to the server, no more.
//!
//! Whoever reads input takes a [`Permit`] before each line and sends it along; it comes back when the line has
//! been acknowledged (or turned out to need no server). While the connection is down the gate closes by itself,
//! and the pipe behind standard input fills up: back-pressure, nothing dropped.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// How many lines may be on their way.
pub const LINES: usize = 256;

/// Counts permits; cheap to clone.
#[derive(Debug, Clone)]
pub struct Gate(Arc<(Mutex<usize>, Condvar)>);

/// The right to have one line on its way. Dropping it gives it back.
#[derive(Debug)]
pub struct Permit(Gate);

impl Gate {
    /// A gate that lets `lines` through at a time.
    #[must_use]
    pub fn new(lines: usize) -> Self {
        Self(Arc::new((Mutex::new(lines), Condvar::new())))
    }

    /// Waits until there is room. Blocks the thread: for the one that reads input.
    #[must_use]
    pub fn pass(&self) -> Permit {
        let (free, freed) = &*self.0;
        let mut free = freed
            .wait_while(free.lock().unwrap_or_else(PoisonError::into_inner), |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Permit(self.clone())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let (free, freed) = &*self.0.0;
        *free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    #[test]
    fn a_full_gate_waits_for_a_permit_to_come_back() {
        let gate = Gate::new(2);
        let (first, _second) = (gate.pass(), gate.pass());
        let (passed, has_passed) = mpsc::channel();
        let reader = thread::spawn({
            let gate = gate.clone();
            move || {
                let _third = gate.pass();
                passed.send(()).unwrap();
            }
        });
        assert_eq!(has_passed.try_recv(), Err(mpsc::TryRecvError::Empty));
        drop(first);
        has_passed.recv().unwrap();
        reader.join().unwrap();
    }
}
