//! Work on several threads at once, whose results come one by one in the order of the work.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

/// How far a thread may be ahead of the result that is due: what waits for its turn is bounded by this, times the
/// threads.
const AHEAD: usize = 4;

/// Does each of `jobs` with `work`, on `threads` threads with a scratch space each, and hands the results to `take` in
/// the order of the jobs, on this thread. Ends when there are no more jobs, or when `take` breaks off.
///
/// One thread means this one. Jobs are drawn when somebody is free for them, and no more than a few for each thread
/// before their results were taken: memory does not grow with their number.
pub fn in_order<J, R: Send, S: Default, B>(
    threads: usize,
    mut jobs: impl Iterator<Item = J> + Send,
    work: impl Fn(&mut S, J) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    if threads <= 1 {
        let mut scratch = S::default();
        return jobs.try_for_each(|job| take(work(&mut scratch, job)));
    }
    let lanes = Lanes {
        ahead: AHEAD * threads,
        state: Mutex::new(State {
            jobs,
            drawn: 0,
            taken: 0,
            done: BTreeMap::new(),
            over: false,
            failed: false,
        }),
        changed: Condvar::new(),
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let _end = End(&lanes);
                let mut scratch = S::default();
                while let Some((place, job)) = lanes.draw() {
                    let result = work(&mut scratch, job);
                    lanes.state().done.insert(place, result);
                    lanes.changed.notify_all();
                }
            });
        }
        let end = End(&lanes);
        while let Some(result) = lanes.due() {
            take(result)?;
        }
        drop(end);
        ControlFlow::Continue(())
    })
}

struct Lanes<I, R> {
    ahead: usize,
    state: Mutex<State<I, R>>,
    changed: Condvar,
}

struct State<I, R> {
    jobs: I,
    /// How many jobs were given out, and how many results were taken.
    drawn: usize,
    taken: usize,
    /// Results that wait for their turn.
    done: BTreeMap<usize, R>,
    /// No job is given out any more.
    over: bool,
    /// A thread panicked: its result will not come. (The panic goes on when the threads are joined.)
    failed: bool,
}

impl<J, I: Iterator<Item = J>, R> Lanes<I, R> {
    fn draw(&self) -> Option<(usize, J)> {
        let mut state = self.state();
        while !state.over && state.drawn >= state.taken + self.ahead {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.over {
            return None;
        }
        let Some(job) = state.jobs.next() else {
            state.over = true;
            self.changed.notify_all();
            return None;
        };
        state.drawn += 1;
        Some((state.drawn - 1, job))
    }

    /// The next result; `None` after the last.
    fn due(&self) -> Option<R> {
        let mut state = self.state();
        loop {
            let place = state.taken;
            if let Some(result) = state.done.remove(&place) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(result);
            }
            if state.over && (state.taken == state.drawn || state.failed) {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<I, R> Lanes<I, R> {
    fn state(&self) -> MutexGuard<'_, State<I, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever goes, whatever the reason, leaves nobody waiting.
struct End<'a, I, R>(&'a Lanes<I, R>);

impl<I, R> Drop for End<'_, I, R> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.over = true;
        state.failed |= thread::panicking();
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// The results of `count` jobs of which every seventh takes longer.
    fn run(threads: usize, count: usize, most: usize) -> Vec<usize> {
        let mut taken = Vec::new();
        let work = |scratch: &mut usize, job: usize| {
            *scratch += 1;
            if job.is_multiple_of(7) {
                (0..50).for_each(|_| thread::yield_now());
            }
            job * 2
        };
        let _broken = in_order(threads, 0..count, work, |result| {
            taken.push(result);
            if taken.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        taken
    }

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for threads in [1, 2, 5] {
            assert_eq!(run(threads, 1000, usize::MAX), (0..1000).map(|job| job * 2).collect::<Vec<_>>());
            assert!(run(threads, 0, usize::MAX).is_empty());
            assert_eq!(run(threads, 1000, 10).len(), 10);
        }
    }

    #[test]
    fn nobody_runs_far_ahead_of_who_takes() {
        let (drawn, mut taken) = (AtomicUsize::new(0), 0);
        let jobs = (0..500).inspect(|_| {
            drawn.fetch_add(1, Ordering::SeqCst);
        });
        let done = in_order(
            2,
            jobs,
            |(): &mut (), job| job,
            |_| {
                assert!(drawn.load(Ordering::SeqCst) <= taken + 2 * AHEAD + 1);
                taken += 1;
                ControlFlow::<()>::Continue(())
            },
        );
        assert!(done.is_continue() && taken == 500);
    }

    #[test]
    fn a_panic_goes_on_and_nobody_waits() {
        let work = |(): &mut (), job: usize| assert!(job != 20, "no");
        let caught = std::panic::catch_unwind(|| {
            in_order(3, 0..100, work, |()| ControlFlow::<()>::Continue(())).is_break()
        });
        assert!(caught.is_err());
    }
}
