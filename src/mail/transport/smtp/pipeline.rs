//! A connection that is kept busy (RFC 2920): the next envelope goes out behind the last message, so that a mail takes
//! one round trip. Pure: replies in, bytes and fates out; no socket, no clock.
//!
//! ```text
//! message 1 . MAIL 2 RCPT 2 DATA 2  →  250 250 250 354  →  message 2 . MAIL 3 …
//! ```
//! Replies carry no names: which is whose is known by their order alone. So each command that was written waits for
//! its reply in a line (`due`), and a reply that nobody waits for ends the connection before anything is mistaken.
//! A server without PIPELINING gets one command at a time, through the same line.

mod flight;
mod letter;

use std::{collections::VecDeque, mem};

pub use letter::{Fate, Letter, RECIPIENTS, Wait};

use flight::{Command, Due, Flight};
use letter::settle;

use super::{reply::Reply, session::Offers};
use crate::{
    mail::{address::Address, transport::Outcome},
    wire::record::Status,
};

/// Bytes that are kept for the next mail's commands and body.
const ROOM: usize = 32 * 1024;

/// One connection's state.
#[derive(Debug)]
pub struct Pipeline<T> {
    server: String,
    offers: Offers,
    /// What is to be written is `out[start..]`.
    out: Vec<u8>,
    start: usize,
    /// Bytes handed over of all that was ever put into `out`.
    written: u64,
    due: VecDeque<Due>,
    /// Commands that are not written yet.
    script: VecDeque<Command>,
    /// Between its envelope's first command and the reply to DATA.
    opening: Option<Flight<T>>,
    /// Between its body's first byte and the reply to its dot.
    sending: Option<Flight<T>>,
    /// `opening` got its 354 and is held.
    waiting: bool,
    over: bool,
    fates: Vec<Fate<T>>,
}

impl<T> Pipeline<T> {
    pub(super) fn new(server: String, offers: Offers) -> Self {
        Self {
            server,
            offers,
            out: Vec::with_capacity(ROOM),
            start: 0,
            written: 0,
            due: VecDeque::new(),
            script: VecDeque::new(),
            opening: None,
            sending: None,
            waiting: false,
            over: false,
            fates: Vec::new(),
        }
    }

    /// Host and port.
    #[must_use]
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Whether it takes a letter now.
    #[must_use]
    pub fn wants(&self) -> bool {
        !self.over && self.opening.is_none() && (self.offers.pipelining || self.is_idle())
    }

    /// Whether nothing is on its way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.opening.is_none() && self.sending.is_none() && self.due.is_empty()
    }

    /// Whether the connection is of no use any more. Everything on it has its fate then.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The letters' fates so far, each once.
    pub fn fates(&mut self) -> Vec<Fate<T>> {
        mem::take(&mut self.fates)
    }

    /// Takes a letter; only when it [wants](Self::wants) one.
    pub fn give(&mut self, letter: Letter<T>) {
        if let Some(why) = self.cannot_take(&letter) {
            let all = letter.envelope.recipients.iter();
            let outcomes = all.map(|to| Outcome::new(to, Status::Rejected, None, why.as_str())).collect();
            self.fates.push(Fate::Settled(letter, outcomes));
            return;
        }
        self.script.push_back(Command::Mail);
        self.script.extend((0..letter.envelope.recipients.len()).map(Command::Rcpt));
        self.script.push_back(Command::Data);
        let outcomes = Vec::with_capacity(letter.envelope.recipients.len());
        self.opening = Some(Flight { letter, outcomes, refused: None, dot: 0 });
        self.pump();
    }

    fn cannot_take(&self, letter: &Letter<T>) -> Option<String> {
        if !self.offers.eight_bit && !letter.wire.is_ascii() {
            return Some("the server takes no 8-bit mail (RFC 6152)".to_owned());
        }
        let limit = self.offers.size.filter(|limit| *limit > 0)?;
        let size = letter.wire.len() as u64;
        (size > limit).then(|| format!("the mail has {size} bytes, the server takes {limit}"))
    }

    /// What is to be written.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        &self.out[self.start..]
    }

    /// So many bytes of [`Self::output`] were handed to the connection.
    pub fn wrote(&mut self, count: usize) {
        self.written += count as u64;
        self.start += count;
        if self.start == self.out.len() {
            self.out.clear();
            self.out.shrink_to(ROOM);
            self.start = 0;
        }
    }

    /// What it waits for.
    #[must_use]
    pub fn wait(&self) -> Wait {
        if !self.output().is_empty() {
            return Wait::Writing;
        }
        match self.due.front() {
            Some(Due { to: Command::Last, .. }) => Wait::Last,
            Some(_) => Wait::Reply,
            None if self.waiting => Wait::Release,
            None => Wait::Letter,
        }
    }

    /// The letter that is held: its envelope was taken, its body goes out when it is released.
    #[must_use]
    pub fn held(&self) -> Option<&Letter<T>> {
        self.opening.as_ref().filter(|_| self.waiting).map(|flight| &flight.letter)
    }

    /// Lets the held letter go, or not: then its recipients are told what became of it and why, and the connection is over, because there
    /// is no other way out of DATA that sends nothing.
    pub fn release(&mut self, free: Result<(), (Status, String)>) {
        if !mem::take(&mut self.waiting) {
            return;
        }
        match (free, self.opening.take()) {
            (Ok(()), Some(flight)) => self.body(flight),
            (Err((status, why)), Some(mut flight)) => {
                settle(&mut flight.outcomes, status, None, &why);
                self.fates.push(Fate::Settled(flight.letter, flight.outcomes));
                self.over = true;
            }
            (_, None) => {}
        }
    }

    /// Takes the next reply.
    pub fn reply(&mut self, reply: &Reply) {
        if self.over {
            return;
        }
        let Some(due) = self.due.pop_front() else {
            return match reply.code {
                421 => self.lost(Some(421), &reply.words()),
                code => self.lost(None, &format!("{} answered {code} to nothing", self.server)),
            };
        };
        if due.to == Command::Last {
            return self.last(&due, reply);
        }
        if reply.code == 421 {
            return self.lost(Some(421), &reply.words());
        }
        if self.written < due.end {
            return self.lost(None, &format!("{} answered {} before it was asked", self.server, reply.code));
        }
        let in_step = match due.to {
            Command::Mail => self.mail(reply),
            Command::Rcpt(place) => self.rcpt(place, reply),
            Command::Data => self.data(reply),
            Command::Nobody => (200..600).contains(&reply.code) && reply.code / 100 != 3,
            Command::Rset | Command::Last => reply.is_yes(),
        };
        if in_step {
            self.pump();
        } else {
            let what = format!("{} answered {} out of turn: {}", self.server, reply.code, reply.words());
            self.lost(None, &what);
        }
    }

    fn mail(&mut self, reply: &Reply) -> bool {
        let Some(flight) = &mut self.opening else { return false };
        if reply.status().is_none() {
            return false;
        }
        if !reply.is_yes() {
            flight.refused = Some(reply.clone());
            if !self.offers.pipelining {
                self.script.clear();
                self.refuse();
            }
        }
        true
    }

    fn rcpt(&mut self, place: usize, reply: &Reply) -> bool {
        let Some(flight) = &mut self.opening else { return false };
        let Some(status) = reply.status() else { return false };
        let to = &flight.letter.envelope.recipients[place];
        flight.outcomes.push(Outcome::new(to, status, Some(reply.code), reply.words()));
        let nobody = !flight.outcomes.iter().any(|outcome| outcome.status == Status::Accepted);
        if nobody && self.script == [Command::Data] && !self.offers.pipelining {
            self.script.clear();
            self.refuse();
        }
        true
    }

    fn data(&mut self, reply: &Reply) -> bool {
        let Some(flight) = &mut self.opening else { return false };
        let somebody = flight.outcomes.iter().any(|outcome| outcome.status == Status::Accepted);
        match reply.code {
            354 if flight.refused.is_some() => return false,
            354 if somebody && flight.letter.held => self.waiting = true,
            354 if somebody => {
                if let Some(flight) = self.opening.take() {
                    self.body(flight);
                }
            }
            354 => {
                // RFC 2920 §3.1: no recipient was taken, yet DATA was. A single dot ends it and reaches nobody.
                self.refuse_as(Command::Nobody);
            }
            400..600 => {
                let status = reply.status().unwrap_or(Status::Deferred);
                settle(&mut flight.outcomes, status, Some(reply.code), &reply.words());
                self.refuse();
            }
            // A 2yz is no answer to DATA.
            _ => return false,
        }
        true
    }

    /// The letter in `opening` goes to nobody: its recipients learn why, the transaction is forgotten.
    fn refuse(&mut self) {
        self.refuse_as(Command::Rset);
    }

    fn refuse_as(&mut self, then: Command) {
        let Some(mut flight) = self.opening.take() else { return };
        flight.heed_refusal();
        self.fates.push(Fate::Settled(flight.letter, flight.outcomes));
        self.command(then, None);
    }

    /// The body and the final dot.
    fn body(&mut self, mut flight: Flight<T>) {
        self.out.extend_from_slice(&flight.letter.wire);
        flight.dot = self.end();
        self.out.extend_from_slice(b".\r\n");
        self.due.push_back(Due { to: Command::Last, end: self.end() });
        self.sending = Some(flight);
    }

    fn last(&mut self, due: &Due, reply: &Reply) {
        // A server may say no before it has read everything; a yes to something it has not read is none.
        let early = self.written < due.end;
        match reply.status() {
            Some(status) if !early || status != Status::Accepted => {
                if let Some(mut flight) = self.sending.take() {
                    settle(&mut flight.outcomes, status, Some(reply.code), &reply.words());
                    self.fates.push(Fate::Settled(flight.letter, flight.outcomes));
                }
                if reply.code == 421 || early {
                    self.lost(Some(reply.code), &reply.words());
                } else {
                    self.pump();
                }
            }
            _ => self.lost(None, &format!("{} answered {} to the end of a mail", self.server, reply.code)),
        }
    }

    /// The connection is gone, or what comes on it can no longer be told apart: every letter on it gets its fate.
    pub fn lost(&mut self, code: Option<u16>, why: &str) {
        if mem::replace(&mut self.over, true) {
            return;
        }
        self.waiting = false;
        self.due.clear();
        self.script.clear();
        self.out.clear();
        self.start = 0;
        if let Some(mut flight) = self.sending.take() {
            if self.written > flight.dot {
                // From the first byte of the dot on, only the server knows.
                let why = format!("{why}; the mail may have been taken all the same");
                settle(&mut flight.outcomes, Status::Unknown, None, &why);
                self.fates.push(Fate::Settled(flight.letter, flight.outcomes));
            } else {
                self.fates.push(flight.again(code, why));
            }
        }
        if let Some(flight) = self.opening.take() {
            self.fates.push(flight.again(code, why));
        }
    }

    /// Writes what may be written now: everything, or one command when the server takes no more.
    fn pump(&mut self) {
        while self.offers.pipelining || self.due.is_empty() {
            let Some(command) = self.script.pop_front() else { return };
            let flight = self.opening.take();
            self.command(command, flight.as_ref());
            self.opening = flight;
        }
    }

    fn command(&mut self, command: Command, flight: Option<&Flight<T>>) {
        let letter = flight.map(|flight| &flight.letter);
        match (command, letter) {
            (Command::Mail, Some(letter)) => {
                let reverse = letter.envelope.reverse_path.as_ref().map_or("", Address::as_str);
                self.say(&["MAIL FROM:<", reverse, ">"]);
                if self.offers.size.is_some() {
                    self.say(&[" SIZE=", &letter.wire.len().to_string()]);
                }
                if self.offers.eight_bit && !letter.wire.is_ascii() {
                    self.say(&[" BODY=8BITMIME"]);
                }
                self.say(&["\r\n"]);
            }
            (Command::Rcpt(place), Some(letter)) => {
                self.say(&["RCPT TO:<", letter.envelope.recipients[place].as_str(), ">\r\n"]);
            }
            (Command::Data, _) => self.say(&["DATA\r\n"]),
            (Command::Nobody, _) => self.say(&[".\r\n"]),
            (Command::Rset, _) => self.say(&["RSET\r\n"]),
            (Command::Mail | Command::Rcpt(_) | Command::Last, _) => return,
        }
        self.due.push_back(Due { to: command, end: self.end() });
    }

    /// Where in all that is written what is in `out` ends.
    fn end(&self) -> u64 {
        self.written + self.output().len() as u64
    }

    fn say(&mut self, words: &[&str]) {
        words.iter().for_each(|word| self.out.extend_from_slice(word.as_bytes()));
    }
}

#[cfg(test)]
mod tests;
