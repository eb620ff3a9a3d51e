//! One mail to its recipients: written for each, handed over for each, a receipt for each.

use std::sync::Arc;

use url::Url;

use super::{ButtonWish, Content, Issuer, Queue, SendError, button::buttons};
use crate::{
    mail::{
        address::Address,
        chat_line::Lang,
        compose::Draft,
        dkim::Signer,
        submission::Submission,
        transport::{Envelope, Outcome, Transport, Via},
    },
    wire::{
        Time, reach,
        record::{Chat, Sent, Status},
    },
};

/// A mail before it has its buttons.
#[derive(Debug)]
pub struct Mailing {
    content: Content,
    reverse_path: Option<Address>,
    recipients: Vec<Address>,
    line: Option<Lang>,
}

/// A mail that can go out.
#[derive(Debug)]
pub struct Ready {
    content: Content,
    reverse_path: Option<Address>,
    line: Option<Lang>,
    recipients: Vec<(Address, Option<Chat>)>,
    signer: Option<Arc<Signer>>,
}

impl Mailing {
    /// A mail to be written, for those in its header and for `bcc`, who are named nowhere. `line`: the language of
    /// the chat line; `None`: no line.
    #[must_use]
    pub fn of_draft(draft: Draft, bcc: Vec<Address>, line: Option<Lang>) -> Self {
        let reverse_path = Some(draft.from.address.clone());
        let content = Content::Draft(Box::new(draft));
        let recipients = content.named().into_iter().chain(bcc).collect();
        Self { content, reverse_path, recipients: once(recipients), line }
    }

    /// A finished message, for those in its header and for `others`, from its sender.
    #[must_use]
    pub fn of_message(submission: Submission, others: Vec<Address>, line: Option<Lang>) -> Self {
        let reverse_path = submission.sender().map(|sender| sender.address.clone());
        let recipients = submission.recipients().iter().cloned().chain(others).collect();
        let content = Content::Finished(Box::new(submission));
        Self { content, reverse_path, recipients: once(recipients), line }
    }

    /// Reports failures to `reverse_path` instead of to the sender; `None`: to nobody.
    #[must_use]
    pub fn returning_to(self, reverse_path: Option<Address>) -> Self {
        Self { reverse_path, ..self }
    }

    /// Everybody who gets it, once.
    #[must_use]
    pub fn recipients(&self) -> &[Address] {
        &self.recipients
    }

    /// Without buttons.
    #[must_use]
    pub fn plain(self) -> Ready {
        let Self { content, reverse_path, recipients, line } = self;
        let recipients = recipients.into_iter().map(|to| (to, None)).collect();
        Ready { content, reverse_path, line, recipients, signer: None }
    }

    /// With a button for each recipient who is to have one. The mailing comes back when there are none to be had,
    /// so that it can still go out plain.
    ///
    /// # Errors
    /// [`SendError::Button`] or [`SendError::NoButton`].
    pub fn with_buttons(
        self,
        issuer: &impl Issuer,
        wish: &ButtonWish,
    ) -> Result<Ready, (Box<Self>, SendError)> {
        let named = self.content.named();
        let visible: std::collections::HashSet<String> = named.iter().map(Address::normalised).collect();
        let visible = |to: &Address| visible.contains(&to.normalised());
        let (id, subject) = (self.content.message_id(), self.content.subject());
        match buttons(issuer, wish, &self.recipients, visible, id, subject) {
            Ok(chats) => {
                let mut ready = self.plain();
                for (recipient, chat) in ready.recipients.iter_mut().zip(chats) {
                    recipient.1 = chat;
                }
                Ok(ready)
            }
            Err(error) => Err((Box::new(self), error)),
        }
    }
}

/// Each address once, in order.
fn once(mut addresses: Vec<Address>) -> Vec<Address> {
    let mut seen = std::collections::HashSet::new();
    addresses.retain(|address| seen.insert(address.normalised()));
    addresses
}

impl Ready {
    /// How many get it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.recipients.len()
    }

    /// The same without its buttons.
    #[must_use]
    pub fn without_buttons(mut self) -> Self {
        self.recipients.iter_mut().for_each(|recipient| recipient.1 = None);
        self
    }

    /// Whether its buttons lead anywhere from where `via` takes it.
    ///
    /// # Errors
    /// [`SendError::Private`] when they lead to a private address and the mail leaves this machine.
    pub fn check(&self, via: &Via) -> Result<(), SendError> {
        if via.stays_here() {
            return Ok(());
        }
        let servers = self.recipients.iter().filter_map(|(_, chat)| chat.as_ref());
        let private = |server: &str| Url::parse(server).is_ok_and(|url| reach::is_private_url(&url));
        match servers.map(|chat| &chat.server).find(|server| private(server)) {
            Some(server) => Err(SendError::Private(server.clone())),
            None => Ok(()),
        }
    }

    /// Signs each message, the last thing that happens to it.
    #[must_use]
    pub fn signed_by(self, signer: Option<Arc<Signer>>) -> Self {
        Self { signer, ..self }
    }

    /// The message as the recipient in that place gets it.
    ///
    /// # Errors
    /// [`SendError::Compose`], [`SendError::Sign`].
    pub fn message(&self, place: usize) -> Result<Vec<u8>, SendError> {
        let chat = self.recipients.get(place).and_then(|(_, chat)| chat.as_ref());
        let message = self.content.message(chat, self.line)?;
        match &self.signer {
            Some(signer) => Ok(signer.signed(&message, Time::now())?),
            None => Ok(message),
        }
    }

    /// Hands it over to each recipient in a transaction of their own, and tells `each` what became of them; once
    /// somebody has been told of, everybody is. With a `queue`, who is deferred waits there.
    ///
    /// # Errors
    /// [`SendError::Compose`] or [`SendError::Transport`] when it failed before anybody got it and does not wait; `E`
    /// when `each` fails.
    pub fn send<E: From<SendError>>(
        &self,
        transport: &mut Transport,
        queue: Option<Queue<'_>>,
        mut each: impl FnMut(Sent) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut lost: Option<String> = None;
        for (place, (recipient, _)) in self.recipients.iter().enumerate() {
            let deferred = |why: &str| Outcome::new(recipient, Status::Deferred, None, why);
            let message = self.message(place)?;
            let envelope =
                Envelope { reverse_path: self.reverse_path.clone(), recipients: vec![recipient.clone()] };
            let outcomes = match &lost {
                Some(why) => vec![deferred(why)],
                None => match transport.deliver(&envelope, &message) {
                    Ok(outcomes) => outcomes,
                    Err(error) if place == 0 && !(queue.is_some() && error.is_transient()) => {
                        return Err(SendError::from(error).into());
                    }
                    Err(error) => vec![deferred(lost.insert(error.to_string()))],
                },
            };
            for outcome in outcomes {
                each(self.sent(match queue {
                    Some(queue) if outcome.status == Status::Deferred => {
                        queue.keep(&envelope, self.content.message_id(), &message, outcome)
                    }
                    _ => outcome,
                }))?;
            }
        }
        Ok(())
    }

    fn sent(&self, outcome: Outcome) -> Sent {
        Sent {
            reference: None,
            recipient: outcome.recipient.to_string(),
            status: outcome.status,
            code: outcome.code,
            reply: outcome.reply,
            message_id: self.content.message_id().map(ToString::to_string),
            at: Time::now(),
        }
    }
}

#[cfg(test)]
#[path = "mailing/tests.rs"]
mod tests;
