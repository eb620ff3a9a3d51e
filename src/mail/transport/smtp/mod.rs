//! SMTP (RFC 5321): a client that tells what became of each recipient and that no server can hang or flood.
//!
//! One command, one reply: for one mail that is enough. What a faster client needs too (replies,
//! dot-stuffing) stands in files of its own, the bounded stream in `mail/net`.

mod data;
pub(super) mod hello;
mod link;
pub mod pipeline;
pub mod reply;
mod session;
mod transaction;

pub use data::{into_stuffed, stuffed};
pub use link::Link;
pub use pipeline::{Fate, Letter, Pipeline, Wait};

use super::{Access, BeforeDot, Envelope, Outcome, SmtpServer, Times, TransportError};
use session::Session;

/// A server, and the connection to it once there is one.
#[derive(Debug)]
pub struct Smtp {
    server: SmtpServer,
    access: Access,
    session: Option<Session>,
}

impl Smtp {
    /// Connects to nobody yet.
    #[must_use]
    pub fn new(server: SmtpServer, mut access: Access) -> Self {
        access.times = server.timeout.map_or(access.times, Times::all);
        Self { server, access, session: None }
    }

    /// One message in one transaction; the connection is kept for the next.
    ///
    /// # Errors
    /// [`TransportError`] when it ended before the server had said anything about this mail.
    pub fn deliver(
        &mut self,
        envelope: &Envelope,
        message: &[u8],
        before_dot: BeforeDot<'_>,
    ) -> Result<Vec<Outcome>, TransportError> {
        if let Some(mut session) = self.session.take() {
            let result = session.transaction(envelope, message, before_dot);
            match result {
                // The server had tired of waiting, and has heard of nothing yet: once more, from the start.
                Err(TransportError::Connection { .. }) => {}
                Ok(outcomes) if outcomes.iter().all(|outcome| outcome.code == Some(421)) => {}
                result => {
                    self.keep(session);
                    return result;
                }
            }
        }
        let mut session = Session::open(&self.server, &self.access)?;
        let result = session.transaction(envelope, message, before_dot);
        self.keep(session);
        result
    }

    fn keep(&mut self, session: Session) {
        self.session = Some(session).filter(|session| !session.broken);
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        if let Some(session) = &mut self.session {
            session.quit();
        }
    }
}

#[cfg(test)]
mod tests;
