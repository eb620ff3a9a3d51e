//! The queue: what could not go out now is kept, and sent later without a doubled mail.
//!
//! Before a kept mail's final dot it is in `cur`, durably; after the reply it is gone, back in `new` or in `failed`.
//! What is found in `cur` by a later run was cut off between the two: nobody knows, so nobody sends it again unasked.

use std::{collections::HashMap, path::PathBuf};

use super::spool::{Entry, Fate, Kept, Place, Spool, SpoolError};
use crate::{
    mail::{
        message_id::MessageId,
        transport::{Envelope, Outcome, Transport, TransportError},
    },
    wire::{
        Time,
        record::{Sent, Status},
        time::{DAY, HOUR, MINUTE},
    },
};

/// How long a mail is tried (RFC 5321 §4.5.4.1: at least 4 to 5 days).
pub const GIVE_UP: i64 = 5 * DAY;
/// The wait after the first attempt that the other side put off; each further one doubles it.
const FIRST_WAIT: i64 = 5 * MINUTE;
/// The longest wait.
const LONGEST_WAIT: i64 = HOUR;
/// Whose outcome was not seen.
const CUT_OFF: &str = "ch-send was stopped while it handed the mail over";

/// Where mails that have to wait are kept, and for which way out.
#[derive(Debug, Clone, Copy)]
pub struct Queue<'a> {
    /// The directory.
    pub spool: &'a Spool,
    /// The way out, as a URL.
    pub via: &'a str,
}

impl Queue<'_> {
    /// Keeps the mail of a recipient who was deferred: then that is the outcome. What cannot be kept stays deferred.
    pub(super) fn keep(
        &self,
        envelope: &Envelope,
        id: Option<&MessageId>,
        message: &[u8],
        outcome: Outcome,
    ) -> Outcome {
        let words = outcome.reply.clone().unwrap_or_default();
        let kept = Kept {
            reverse_path: envelope.reverse_path.as_ref().map(ToString::to_string),
            recipient: outcome.recipient.to_string(),
            message_id: id.map(ToString::to_string),
            via: self.via.to_owned(),
            at: Time::now(),
        };
        let why = outcome.code.map_or_else(|| words.clone(), |code| format!("{code} {words}"));
        match self.spool.keep(&kept, message, &why) {
            Ok(_) => Outcome { status: Status::Queued, ..outcome },
            Err(error) => {
                Outcome { reply: Some(format!("{words}; and it cannot be kept: {error}")), ..outcome }
            }
        }
    }
}

/// What a run through the queue has to tell.
#[derive(Debug)]
pub enum Event<E> {
    /// What became of a mail; where it is, when it was given up.
    Sent(Sent, Option<PathBuf>),
    /// A way out that cannot be used as it is set up: its mails wait.
    Closed(E),
    /// A mail that the directory would not give or move.
    Spool(SpoolError),
}

/// What is to become of mails whose fate is unknown, cut off by a crash or a lost connection.
///
/// # Errors
/// [`SpoolError`].
pub fn resend_unknown(spool: &Spool, now: Time) -> Result<(), SpoolError> {
    for mut entry in spool.list(Place::Failed)?.into_iter().filter(|entry| entry.fate == Some(Fate::Unknown))
    {
        spool.wait(&mut entry, now, false)?;
    }
    Ok(())
}

/// Names those mails that an earlier run left between the final dot and its reply. Only whoever holds the queue's
/// lock may call this.
///
/// # Errors
/// [`SpoolError`] when the directory cannot be read.
pub fn find_cut_off<E>(spool: &Spool, mut each: impl FnMut(Event<E>)) -> Result<(), SpoolError> {
    for mut entry in spool.list(Place::Cur)? {
        let kept = spool.read(&entry).map(|(kept, _)| kept);
        let moved = spool.give_up(&mut entry, Fate::Unknown);
        spool.note(&entry, CUT_OFF);
        each(match kept.and_then(|kept| moved.map(|()| kept)) {
            Ok(kept) => Event::Sent(receipt(kept, Status::Unknown, None, CUT_OFF), Some(spool.path(&entry))),
            Err(error) => Event::Spool(error),
        });
    }
    Ok(())
}

/// Sends what is due at `now`, each mail by the way out it was kept for, which `open` opens. Only whoever holds the
/// queue's lock may call this.
///
/// # Errors
/// [`SpoolError`] when the directory cannot be read.
pub fn flush<E: From<TransportError> + std::fmt::Display>(
    spool: &Spool,
    now: Time,
    mut open: impl FnMut(&str) -> Result<Transport, E>,
    mut each: impl FnMut(Event<E>),
) -> Result<(), SpoolError> {
    spool.sweep(now);
    let mut ways: HashMap<String, Way> = HashMap::new();
    for entry in
        spool.list(Place::New)?.into_iter().filter(|entry| entry.next.is_some_and(|next| next <= now))
    {
        let (kept, message) = match spool.read(&entry) {
            Ok(read) => read,
            Err(error) => {
                each(Event::Spool(error));
                continue;
            }
        };
        let way = ways.entry(kept.via.clone()).or_insert_with(|| {
            open(&kept.via).map_or_else(
                |error| {
                    let why = error.to_string();
                    each(Event::Closed(error));
                    Way::Closed(why)
                },
                |transport| Way::Open(Box::new(transport)),
            )
        });
        let mut one = One { spool, now, entry, kept };
        let told = match way {
            Way::Open(transport) => match one.hand_over(transport, &message) {
                Ok(told) => told,
                Err(error) => {
                    let why = error.to_string();
                    if !error.is_transient() {
                        each(Event::Closed(error.into()));
                    }
                    *way = Way::Closed(why.clone());
                    one.not_now(None, &why, false)
                }
            },
            Way::Closed(why) => one.not_now(None, why, false),
        };
        each(match told {
            Ok((sent, path)) => Event::Sent(sent, path),
            Err(error) => Event::Spool(error),
        });
    }
    Ok(())
}

/// A way out that is used for several mails.
enum Way {
    Open(Box<Transport>),
    Closed(String),
}

/// What is told of a mail, and where it lies if it was given up.
type Told = Result<(Sent, Option<PathBuf>), SpoolError>;

/// A mail that is due.
struct One<'a> {
    spool: &'a Spool,
    now: Time,
    entry: Entry,
    kept: Kept,
}

impl One<'_> {
    /// # Errors
    /// [`TransportError`]: the way is closed for all that want to go this way.
    fn hand_over(&mut self, transport: &mut Transport, message: &[u8]) -> Result<Told, TransportError> {
        let reverse_path = self.kept.reverse_path.as_ref().map(|text| text.parse()).transpose();
        let (Ok(reverse_path), Ok(recipient)) = (reverse_path, self.kept.recipient.parse()) else {
            return Ok(Err(SpoolError::Damaged(self.spool.path(&self.entry))));
        };
        let envelope = Envelope { reverse_path, recipients: vec![recipient] };
        let (spool, entry) = (self.spool, &mut self.entry);
        let outcomes = transport.deliver_after(&envelope, message, &mut || {
            spool.attempt(entry).map_err(|error| error.to_string())
        })?;
        let Some(outcome) = outcomes.into_iter().next() else {
            return Ok(self.not_now(None, "nothing was said about it", true));
        };
        let (code, words) = (outcome.code, outcome.reply.unwrap_or_default());
        Ok(match outcome.status {
            Status::Accepted => {
                let sent = receipt(self.kept.clone(), Status::Accepted, code, &words);
                self.spool.remove(&self.entry).map(|()| (sent, None))
            }
            Status::Deferred | Status::Queued => self.not_now(code, &words, true),
            Status::Rejected => self.give_up(Fate::Rejected, Status::Rejected, code, &words),
            Status::Unknown => self.give_up(Fate::Unknown, Status::Unknown, code, &words),
        })
    }

    /// It waits on, or has waited too long. `tried`: the other side put this very mail off.
    fn not_now(&mut self, code: Option<u16>, words: &str, tried: bool) -> Told {
        if self.now.since(self.kept.at) >= GIVE_UP {
            let words = format!("given up after {} days: {words}", GIVE_UP / DAY);
            return self.give_up(Fate::Expired, Status::Rejected, code, &words);
        }
        let next = if tried { self.now.plus(wait(self.entry.attempts)) } else { self.now };
        self.spool.wait(&mut self.entry, next, tried)?;
        self.note(code, words);
        Ok((receipt(self.kept.clone(), Status::Queued, code, words), None))
    }

    fn give_up(&mut self, fate: Fate, status: Status, code: Option<u16>, words: &str) -> Told {
        self.spool.give_up(&mut self.entry, fate)?;
        self.note(code, words);
        let path = self.spool.path(&self.entry);
        Ok((receipt(self.kept.clone(), status, code, words), Some(path)))
    }

    fn note(&self, code: Option<u16>, words: &str) {
        self.spool
            .note(&self.entry, &code.map_or_else(|| words.to_owned(), |code| format!("{code} {words}")));
    }
}

/// Milliseconds to wait after so many attempts.
fn wait(attempts: u32) -> i64 {
    FIRST_WAIT.saturating_mul(1 << attempts.min(10)).min(LONGEST_WAIT)
}

/// Every mail in the queue and what is known of it. `running`: somebody holds the queue's lock, so what is in `cur` is
/// being handed over.
///
/// # Errors
/// [`SpoolError`] when the directory cannot be read; a mail that goes meanwhile is left out.
pub fn list(spool: &Spool, running: bool) -> Result<Vec<Sent>, SpoolError> {
    let mut found = Vec::new();
    for place in [Place::New, Place::Cur, Place::Failed] {
        for entry in spool.list(place)? {
            let status = match (place, entry.fate) {
                (Place::Failed, Some(Fate::Rejected | Fate::Expired)) => Status::Rejected,
                (Place::Cur, _) if running => Status::Queued,
                (Place::Cur | Place::Failed, _) => Status::Unknown,
                _ => Status::Queued,
            };
            if let Ok((kept, _)) = spool.read(&entry) {
                let at = kept.at;
                let why = spool.why(&entry).unwrap_or_default();
                // As `note` wrote it.
                let code = why.split_once(' ').and_then(|(code, _)| code.parse().ok());
                let code = code.filter(|code| (200..600).contains(code));
                let words = code.map_or(why.as_str(), |_| why.get(4..).unwrap_or_default());
                found.push(Sent { at, ..receipt(kept, status, code, words) });
            }
        }
    }
    Ok(found)
}

fn receipt(kept: Kept, status: Status, code: Option<u16>, words: &str) -> Sent {
    Sent {
        reference: None,
        recipient: kept.recipient,
        status,
        code,
        reply: Some(words.to_owned()).filter(|words| !words.is_empty()),
        message_id: kept.message_id,
        at: Time::now(),
    }
}

#[cfg(test)]
#[path = "queue/tests.rs"]
mod tests;
