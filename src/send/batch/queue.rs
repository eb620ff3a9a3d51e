//! What stands between two stages of a batch: a queue that holds so much and no more, so that a slow stage slows the
//! one before it, and in the end whoever writes to our standard input.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// Something that takes room.
pub trait Weighs {
    /// Bytes, roughly.
    fn weight(&self) -> usize;
}

/// A bounded queue.
#[derive(Debug)]
pub struct Queue<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    most: usize,
}

#[derive(Debug)]
struct Inside<T> {
    items: VecDeque<T>,
    weight: usize,
    /// Sources that wait for room.
    waiting: usize,
    /// Who still puts in.
    sources: usize,
    /// Nobody takes out any more.
    closed: bool,
}

impl<T: Weighs> Queue<T> {
    /// For `most` bytes (what is put in at once is let in whole), filled by so many sources.
    pub fn new(most: usize, sources: usize) -> Self {
        let inside = Inside { items: VecDeque::new(), weight: 0, waiting: 0, sources, closed: false };
        Self { inside: Mutex::new(inside), changed: Condvar::new(), most }
    }

    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts some in, once there is room for the first of them: whoever waits here has put in nothing that the one who
    /// takes out has not been told of. `false`: nobody takes it any more.
    pub fn put(&self, items: impl IntoIterator<Item = T>) -> bool {
        let mut inside = self.lock();
        while inside.weight >= self.most && !inside.closed {
            inside.waiting += 1;
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
            inside.waiting -= 1;
        }
        if inside.closed {
            return false;
        }
        for item in items {
            inside.weight += item.weight();
            inside.items.push_back(item);
        }
        self.changed.notify_all();
        true
    }

    /// A source has ended.
    pub fn end(&self) {
        self.lock().sources -= 1;
        self.changed.notify_all();
    }

    /// Waits for something, and takes it and what else is there, to about `most` bytes. `None`: there comes no more.
    pub fn take(&self, most: usize) -> Option<Vec<T>> {
        let mut inside = self.lock();
        loop {
            if !inside.items.is_empty() {
                return Some(self.out(inside, most));
            }
            if inside.sources == 0 || inside.closed {
                return None;
            }
            inside = self.changed.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What is there now, to about `most` bytes. `None`: there comes no more.
    pub fn try_take(&self, most: usize) -> Option<Vec<T>> {
        let inside = self.lock();
        if inside.items.is_empty() && (inside.sources == 0 || inside.closed) {
            return None;
        }
        Some(self.out(inside, most))
    }

    /// Whether there is something to take, or nothing will come any more.
    pub fn has_some(&self) -> bool {
        let inside = self.lock();
        !inside.items.is_empty() || inside.sources == 0 || inside.closed
    }

    fn out(&self, mut inside: MutexGuard<'_, Inside<T>>, most: usize) -> Vec<T> {
        let (mut taken, mut weight) = (Vec::new(), 0);
        while weight < most
            && let Some(item) = inside.items.pop_front()
        {
            weight += item.weight();
            taken.push(item);
        }
        inside.weight -= weight;
        // Not for each: who waits for room puts in many at once.
        if inside.waiting > 0 && inside.weight <= self.most / 2 {
            self.changed.notify_all();
        }
        taken
    }

    /// Nobody takes out any more: what is in it is dropped, and sources are told.
    pub fn close(&self) {
        let mut inside = self.lock();
        inside.closed = true;
        inside.items.clear();
        inside.weight = 0;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{sync::Arc, thread};

    use super::*;

    impl Weighs for usize {
        fn weight(&self) -> usize {
            *self
        }
    }

    #[test]
    fn everything_goes_through_in_order_and_no_more_than_the_bound_waits() {
        let queue = Arc::new(Queue::new(10, 1));
        let source = Arc::clone(&queue);
        let putting = thread::spawn(move || {
            assert!((0..100).all(|at| source.put([at % 7])));
            source.end();
        });
        let mut taken = Vec::new();
        while let Some(items) = queue.take(5) {
            assert!(queue.lock().weight < 10 + 7);
            taken.extend(items);
        }
        assert_eq!(taken, (0..100).map(|at| at % 7).collect::<Vec<_>>());
        assert_eq!(queue.try_take(5), None);
        putting.join().unwrap();
    }

    #[test]
    fn what_is_put_in_at_once_is_let_in_whole() {
        let queue = Queue::new(1, 1);
        assert!(queue.put([1, 2, 3]));
        assert_eq!(queue.take(usize::MAX), Some(vec![1, 2, 3]));
    }

    #[test]
    fn a_source_that_waits_is_told_when_nobody_takes_any_more() {
        let queue = Arc::new(Queue::new(1, 1));
        let source = Arc::clone(&queue);
        let putting = thread::spawn(move || source.put([1, 2, 3]) && source.put([4]));
        while queue.lock().items.is_empty() {
            thread::yield_now();
        }
        queue.close();
        assert!(!putting.join().unwrap());
        assert_eq!(queue.take(1), None);
    }
}
