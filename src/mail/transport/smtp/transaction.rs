//! One mail over an open connection (RFC 5321 §3.3): from `MAIL` to the reply to the final dot.

use std::io;

use super::{
    data,
    reply::Reply,
    session::{LAST_WORDS, Session},
};
use crate::{
    mail::{
        address::Address,
        transport::{BeforeDot, Envelope, Outcome, TransportError},
    },
    wire::record::Status,
};

/// How much of a message one write takes: what [`Times::block`](crate::mail::transport::Times::block) is for.
const BLOCK: usize = 64 * 1024;

impl Session {
    /// One transaction (RFC 5321 §3.3). From `MAIL` on every recipient has an outcome, whatever happens.
    pub(super) fn transaction(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_dot: BeforeDot<'_>,
    ) -> Result<Vec<Outcome>, TransportError> {
        let all = |status, code, reply: &str| {
            envelope.recipients.iter().map(|to| Outcome::new(to, status, code, reply)).collect::<Vec<_>>()
        };
        let wire = data::stuffed(message);
        let eight_bit = !wire.is_ascii();
        if eight_bit && !self.offers.eight_bit {
            return Ok(all(Status::Rejected, None, "the server takes no 8-bit mail (RFC 6152)"));
        }
        let limit = self.offers.size.filter(|limit| *limit > 0);
        if limit.is_some_and(|limit| wire.len() as u64 > limit) {
            let why = format!("the mail has {} bytes, the server takes {}", wire.len(), limit.unwrap_or(0));
            return Ok(all(Status::Rejected, None, &why));
        }
        let reverse = envelope.reverse_path.as_ref().map_or("", Address::as_str);
        let mut mail = format!("MAIL FROM:<{reverse}>");
        if self.offers.size.is_some() {
            mail.push_str(&format!(" SIZE={}", wire.len()));
        }
        if eight_bit {
            mail.push_str(" BODY=8BITMIME");
        }
        let reply = self.command(&mail)?;
        if !reply.is_yes() {
            let status = self.judge(&reply);
            self.reset();
            return Ok(all(status, Some(reply.code), &reply.words()));
        }
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(envelope.recipients.len());
        for recipient in &envelope.recipients {
            match self.command(&format!("RCPT TO:<{recipient}>")) {
                Ok(reply) => {
                    let status = self.judge(&reply);
                    outcomes.push(Outcome::new(recipient, status, Some(reply.code), reply.words()));
                }
                // Nothing was handed over: all who were not refused may be tried again.
                Err(error) => {
                    outcomes.push(Outcome::new(recipient, Status::Deferred, None, error.to_string()));
                }
            }
            if self.broken {
                let why = outcomes.last().and_then(|last| last.reply.clone()).unwrap_or_default();
                settle(&mut outcomes, Status::Deferred, None, &why);
                let rest = &envelope.recipients[outcomes.len()..];
                outcomes.extend(rest.iter().map(|to| Outcome::new(to, Status::Deferred, None, why.as_str())));
                return Ok(outcomes);
            }
        }
        if outcomes.iter().any(|outcome| outcome.status == Status::Accepted) {
            let (status, code, words) = self.data(&wire, before_dot);
            settle(&mut outcomes, status, code, &words);
        } else {
            self.reset();
        }
        Ok(outcomes)
    }

    /// `DATA`, the message, the final dot; what became of those recipients that were taken.
    fn data(&mut self, wire: &[u8], before_dot: BeforeDot<'_>) -> (Status, Option<u16>, String) {
        let reply = match self.command("DATA").and_then(|reply| self.in_step().map(|()| reply)) {
            Ok(reply) => reply,
            Err(error) => return (Status::Deferred, None, error.to_string()),
        };
        if reply.code != 354 {
            let status = self.judge(&reply);
            // A 2yz is no answer to DATA; nothing was sent.
            let status = if status == Status::Accepted { Status::Deferred } else { status };
            self.broken = true;
            return (status, Some(reply.code), reply.words());
        }
        for block in wire.chunks(BLOCK) {
            self.stream.within(self.access.times.block);
            if let Err(error) = self.stream.write(block) {
                return self.cut_short(&error);
            }
        }
        if let Err(why) = before_dot() {
            self.broken = true;
            return (Status::Deferred, None, why);
        }
        // From the first byte of the dot on, only the server knows.
        let unknown = |why: String| {
            (Status::Unknown, None, format!("{why}; the mail may have been taken all the same"))
        };
        self.stream.within(self.access.times.last);
        if let Err(error) = self.stream.write(b".\r\n") {
            self.broken = true;
            return unknown(format!("{}: {error}", self.server));
        }
        match self.next_reply() {
            Ok(reply) if reply.status().is_some() => (self.judge(&reply), Some(reply.code), reply.words()),
            Ok(reply) => {
                self.broken = true;
                unknown(format!("{} answered {} to the end of the mail", self.server, reply.code))
            }
            Err(error) => unknown(error.to_string()),
        }
    }

    /// What became of a mail whose writing failed before the dot: nobody has it. A server that closes in the
    /// middle may have said why.
    fn cut_short(&mut self, error: &io::Error) -> (Status, Option<u16>, String) {
        self.stream.within(LAST_WORDS);
        let reply = self.next_reply().ok().filter(|reply| reply.code >= 400);
        self.broken = true;
        match reply {
            Some(reply) => (self.judge(&reply), Some(reply.code), reply.words()),
            None => (Status::Deferred, None, format!("{}: {error}", self.server)),
        }
    }

    /// The recipient's status by a reply; 421 and 3yz are also the end of the connection.
    fn judge(&mut self, reply: &Reply) -> Status {
        if reply.code == 421 {
            self.broken = true;
        }
        reply.status().unwrap_or_else(|| {
            self.broken = true;
            Status::Deferred
        })
    }

    /// Forgets a transaction in which nobody was taken, so that the connection is good for the next.
    fn reset(&mut self) {
        if !self.broken && !self.command("RSET").is_ok_and(|reply| reply.is_yes()) {
            self.broken = true;
        }
    }
}

/// Gives those that were taken at RCPT their final outcome.
fn settle(outcomes: &mut [Outcome], status: Status, code: Option<u16>, words: &str) {
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.status == Status::Accepted) {
        *outcome = Outcome::new(&outcome.recipient.clone(), status, code, words);
    }
}
