//! Sends what is owed, one after the other, and tries again what did not go.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::oneshot,
    task::spawn_blocking,
    time::{Instant, sleep_until},
};

use super::compose::{Finished, finish};
use crate::{
    mail::transport::{Envelope, Outcome, Transport, TransportError},
    server::{Shared, options::Way, stop::Stop},
    store::{Letter, LetterRow},
    wire::{Time, record::Status, time::MINUTE},
};

/// How often to look for letters whose time has come again, at least and at most.
const LOOK: Duration = Duration::from_secs(15);
const SOONEST: Duration = Duration::from_millis(200);
/// Letters taken at once.
const BATCH: u32 = 50;
/// The longest wait between two tries, in milliseconds.
const LONGEST: i64 = 120 * MINUTE;
/// Tries of a letter: about three days.
const TRIES: u32 = 40;
/// Tries of a code that is good for an hour, and of a link that somebody waits for.
const CODE_TRIES: u32 = 6;

/// Runs until told to stop.
pub async fn run(shared: Shared, way: Way, mut stop: Stop) {
    let way = Arc::new(way);
    loop {
        let more = tokio::select! {
            () = stop.told() => return,
            more = send_due(&shared, &way) => more,
        };
        if more {
            continue;
        }
        let next = Instant::now() + next_look(&shared).await;
        tokio::select! {
            () = stop.told() => return,
            () = shared.letters.notified() => {}
            () = sleep_until(next) => {}
        }
    }
}

/// How long until the next one is due.
async fn next_look(shared: &Shared) -> Duration {
    let due = shared.store.next_letter().await.ok().flatten();
    let wait =
        due.map_or(LOOK, |due| Duration::from_millis(u64::try_from(due.since(Time::now())).unwrap_or(0)));
    wait.clamp(SOONEST, LOOK)
}

/// What [`run`] does when it wakes, for tests.
#[cfg(test)]
pub async fn once(shared: &Shared) {
    if let Some(way) = shared.options.way.clone() {
        send_due(shared, &Arc::new(way)).await;
    }
}

/// Sends a batch; whether there may be more.
async fn send_due(shared: &Shared, way: &Arc<Way>) -> bool {
    let due = match shared.store.letters_due(Time::now(), BATCH).await {
        Ok(due) => due,
        Err(error) => {
            tracing::error!("letters: {error}");
            return false;
        }
    };
    let full = due.len() >= BATCH as usize;
    let mut transport = None;
    for letter in due {
        let (row, tries) = (letter.row, letter.tries);
        let done = match send(shared, way, &mut transport, &letter).await {
            Sent::Gone => {
                shared.metrics.letters_sent.one();
                true
            }
            Sent::NotOwed => true,
            Sent::Never(why) => {
                tracing::warn!("letter {row} will never go: {why}");
                shared.metrics.letters_failed.one();
                true
            }
            Sent::Later(why) if tries + 1 >= most(&letter.letter) => {
                tracing::warn!("letter {row} was given up after {} tries: {why}", tries + 1);
                shared.metrics.letters_failed.one();
                true
            }
            Sent::Later(why) => {
                tracing::warn!("letter {row} did not go, and is tried again: {why}");
                false
            }
        };
        let noted = if done {
            shared.store.letter_done(row).await
        } else {
            shared.store.letter_later(row, Time::now().plus(wait(tries))).await
        };
        if let Err(error) = noted {
            tracing::error!("letters: {error}");
            return false;
        }
    }
    full
}

fn most(letter: &Letter) -> u32 {
    if matches!(letter, Letter::Recover { .. } | Letter::SignIn { .. }) { CODE_TRIES } else { TRIES }
}

/// 1, 2, 4 … minutes, at most two hours.
fn wait(tries: u32) -> i64 {
    MINUTE.saturating_mul(1 << tries.min(10)).min(LONGEST)
}

/// What became of a letter; the words never hold an address.
enum Sent {
    Gone,
    NotOwed,
    Later(String),
    Never(String),
}

async fn send(
    shared: &Shared,
    way: &Arc<Way>,
    transport: &mut Option<Transport>,
    letter: &LetterRow,
) -> Sent {
    let finished = match finish(shared, way.from.clone(), letter, Time::now()).await {
        Ok(Some(finished)) => finished,
        Ok(None) => return Sent::NotOwed,
        Err(error) => return Sent::Later(error.to_string()),
    };
    let open = transport.take();
    let way = Arc::clone(way);
    let (answer, answered) = oneshot::channel();
    // The blocking thread keeps the connection for the next letter; a panic in it loses only the connection.
    spawn_blocking(move || {
        let mut transport = open.unwrap_or_else(|| Transport::open(&way.via, &way.access));
        let outcome = deliver(&mut transport, &finished);
        let _ = answer.send((transport, outcome));
    });
    let Ok((open, outcome)) = answered.await else { return Sent::Later("the delivery broke off".to_owned()) };
    match outcome {
        Ok(outcome) => {
            *transport = Some(open);
            of_outcome(outcome)
        }
        // What is set wrongly here may be set right; the letter waits for that.
        Err(error) => Sent::Later(error.to_string()),
    }
}

fn deliver(transport: &mut Transport, finished: &Finished) -> Result<Option<Outcome>, TransportError> {
    let envelope = Envelope { reverse_path: None, recipients: vec![finished.to.clone()] };
    Ok(transport.deliver(&envelope, &finished.bytes)?.pop())
}

fn of_outcome(outcome: Option<Outcome>) -> Sent {
    let Some(Outcome { recipient, status, code, reply }) = outcome else {
        return Sent::Later("the transport said nothing".to_owned());
    };
    let words = reply.unwrap_or_default().replace(recipient.as_str(), "the recipient");
    let why = code.map_or(words.clone(), |code| format!("{code} {words}"));
    match status {
        Status::Accepted | Status::Queued => Sent::Gone,
        // It may have arrived: the same Message-ID lets its reader's mail program see that.
        Status::Unknown | Status::Deferred => Sent::Later(why),
        Status::Rejected => Sent::Never(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart() {
        assert_eq!(
            (0..9).map(|tries| wait(tries) / MINUTE).collect::<Vec<_>>(),
            [1, 2, 4, 8, 16, 32, 64, 120, 120]
        );
        assert_eq!(wait(u32::MAX), LONGEST);
        let whole: i64 = (0..TRIES).map(wait).sum();
        assert!((60..80).contains(&(whole / MINUTE / 60)), "{whole}");
    }
}
