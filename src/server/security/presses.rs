//! What may open a WebSocket with a `live` ticket, and what the ticket's number stands for, for 60 seconds.
//!
//! In memory only: a page whose server restarts within the minute asks again.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    call::Party,
    wire::{
        ConversationId, SecretHash, Time,
        ticket::{Action, Claims},
    },
};

/// Tickets remembered at once; the oldest goes first.
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

/// What a `live` ticket is good for: one of these, never another.
#[derive(Debug, Clone)]
pub enum Opens {
    /// The conversation of a press, for who pressed. Good again within its time: a slow line may drop twice.
    Press(Pressed),
    /// The login of the browser whose cookie holds this secret (hashed). Good once.
    Browser(SecretHash),
}

/// The `live` tickets of the last minute.
#[derive(Debug, Default)]
pub struct Presses(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    last: u64,
    by_number: HashMap<u64, (Time, Opens)>,
    by_age: VecDeque<u64>,
}

impl Presses {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what a `live` ticket opens. The number goes into the ticket as `mail`.
    pub fn add(&self, opens: Opens, now: Time) -> u64 {
        let mut table = self.table();
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
        table.by_number.insert(number, (now.plus(Action::Live.lifetime()), opens));
        table.by_age.push_back(number);
        number
    }

    /// What the ticket opens, while it is younger than 60 s; a browser's is used up by asking.
    #[must_use]
    pub fn take(&self, number: u64, now: Time) -> Option<Opens> {
        let mut table = self.table();
        let opens = table.by_number.get(&number).filter(|(until, _)| *until > now)?.1.clone();
        if matches!(opens, Opens::Browser(_)) {
            table.by_number.remove(&number);
        }
        Some(opens)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::wire::time::SECOND;

    #[test]
    fn a_browsers_ticket_opens_once_and_not_after_a_minute() {
        let (presses, now) = (Presses::default(), Time(1_000_000));
        let secret = SecretHash::of(b"a secret");
        let number = presses.add(Opens::Browser(secret), now);
        assert!(
            matches!(presses.take(number, now.plus(59 * SECOND)), Some(Opens::Browser(s)) if s == secret)
        );
        assert!(presses.take(number, now).is_none(), "once");
        let number = presses.add(Opens::Browser(secret), now);
        assert!(presses.take(number, now.plus(60 * SECOND)).is_none(), "a stolen one is of no use for long");
        assert!(presses.take(number + 1, now).is_none());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let (presses, now) = (Presses::default(), Time(1_000_000));
        let first = presses.add(Opens::Browser(SecretHash::of(b"first")), now);
        for _ in 0..PRESSES {
            presses.add(Opens::Browser(SecretHash::of(b"other")), now);
        }
        assert!(presses.take(first, now).is_none());
        assert!(presses.take(first + 1, now).is_some());
    }
}
