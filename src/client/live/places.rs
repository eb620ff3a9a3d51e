//! Where a session is in each conversation, and which of them a `hello` says when it cannot say all.

use std::collections::{BTreeMap, BTreeSet};

use super::reading::Reading;
use crate::wire::{ConversationId, frame::Resume, limits};

/// Bytes that `resume` may take of `hello`'s frame; the rest is for the token, the ticket and the names.
const RESUME: usize = limits::FRAME - 4 * 1024;
/// Bytes of one entry beside its id and its position: names and punctuation.
const ENTRY: usize = r#"{"conversation":"","received":},"#.len();

/// One conversation.
#[derive(Debug)]
struct Place {
    reading: Reading,
    /// The higher, the later something happened there.
    turn: u64,
    /// Bytes held back, as they were counted last.
    held: usize,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Places {
    all: BTreeMap<ConversationId, Place>,
    turns: u64,
    /// Those with an answered call.
    calls: BTreeSet<ConversationId>,
    held: usize,
}

impl Places {
    /// How many.
    #[must_use]
    pub fn number(&self) -> usize {
        self.all.len()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &ConversationId) -> Option<&Reading> {
        self.all.get(id).map(|place| &place.reading)
    }

    /// One of them, to be changed; [`Places::count`] follows when lines were taken or released.
    pub fn get_mut(&mut self, id: &ConversationId) -> Option<&mut Reading> {
        self.all.get_mut(id).map(|place| &mut place.reading)
    }

    /// A new one, the latest.
    pub fn put(&mut self, id: &ConversationId, reading: Reading) {
        self.turns += 1;
        self.all.insert(id.clone(), Place { reading, turn: self.turns, held: 0 });
    }

    /// Something happened there.
    pub fn touch(&mut self, id: &ConversationId) {
        if let Some(place) = self.all.get_mut(id) {
            self.turns += 1;
            place.turn = self.turns;
        }
    }

    /// Whether there is an answered call in it.
    pub fn talks(&mut self, id: &ConversationId, answered: bool) {
        if answered && self.all.contains_key(id) {
            self.calls.insert(id.clone());
        } else if !answered {
            self.calls.remove(id);
        }
    }

    /// It is none of ours.
    pub fn remove(&mut self, id: &ConversationId) {
        if let Some(place) = self.all.remove(id) {
            self.held -= place.held;
        }
        self.calls.remove(id);
    }

    /// Nothing is known of any of them but that they are followed.
    pub fn begin_anew(&mut self) {
        for place in self.all.values_mut() {
            (place.reading, place.held) = (Reading::default(), 0);
        }
        self.held = 0;
    }

    /// Bytes held back in all of them, as counted.
    #[must_use]
    pub fn held(&self) -> usize {
        self.held
    }

    /// Counts anew what is held back in one.
    pub fn count(&mut self, id: &ConversationId) {
        if let Some(place) = self.all.get_mut(id) {
            self.held = self.held - place.held + place.reading.held();
            place.held = place.reading.held();
        }
    }

    /// What `hello` says: those with a call first, then the latest, as many as fit. `unplaced`: what to say of one
    /// in which nothing was received yet; `None`: nothing.
    #[must_use]
    pub fn resume(&self, unplaced: Option<u64>) -> Vec<Resume> {
        let mut order: Vec<_> = self.all.iter().collect();
        order.sort_unstable_by_key(|(id, place)| (!self.calls.contains(*id), u64::MAX - place.turn));
        let mut room = RESUME;
        let said = order.into_iter().filter_map(|(id, place)| {
            let received = place.reading.place().or(unplaced)?;
            Some(Resume { conversation: id.clone(), received })
        });
        said.take(limits::RESUME)
            .take_while(|resume| {
                let digits = resume.received.checked_ilog10().map_or(1, |last| last as usize + 1);
                let left = room.checked_sub(ENTRY + digits + resume.conversation.as_str().len());
                room = left.unwrap_or(0);
                left.is_some()
            })
            .collect()
    }
}
