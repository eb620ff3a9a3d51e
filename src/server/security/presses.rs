//! Presses that may open a WebSocket: what a `live` ticket's number stands for, for 60 seconds.
//!
//! In memory only: a page whose server restarts within the minute presses again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use crate::{
    call::Party,
    wire::{
        ConversationId, Time,
        ticket::{Action, Claims},
    },
};

/// Presses remembered at once; the oldest goes first.
const PRESSES: usize = 100_000;

/// What was pressed, and by whom.
#[derive(Debug, Clone)]
pub struct Pressed {
    /// Who pressed.
    pub presser: Party,
    /// Where it leads.
    pub conversation: ConversationId,
    /// What the pressed `chat` ticket says.
    pub chat: Claims,
}

/// The presses of the last minute.
#[derive(Debug, Default)]
pub struct Presses(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    last: u64,
    by_number: HashMap<u64, (Time, Pressed)>,
    by_age: VecDeque<u64>,
}

impl Presses {
    /// Remembers a press. The number goes into the `live` ticket as `mail`.
    pub fn add(&self, pressed: Pressed, now: Time) -> u64 {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(&oldest) = table.by_age.front() {
            let over = table.by_number.get(&oldest).is_none_or(|(until, _)| *until <= now);
            if !over && table.by_age.len() < PRESSES {
                break;
            }
            table.by_age.pop_front();
            table.by_number.remove(&oldest);
        }
        // Starting at the clock keeps the numbers of a server that restarted from meaning another press.
        let number = table.last.max(u64::try_from(now.0).unwrap_or(0)) + 1;
        table.last = number;
        table.by_number.insert(number, (now.plus(Action::Live.lifetime()), pressed));
        table.by_age.push_back(number);
        number
    }

    /// What the press was, while it is younger than 60 s.
    #[must_use]
    pub fn get(&self, number: u64, now: Time) -> Option<Pressed> {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.by_number.get(&number).filter(|(until, _)| *until > now).map(|(_, pressed)| pressed.clone())
    }
}
