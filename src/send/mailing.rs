//! One mail to its recipients: written for each, handed over for each, a receipt for each.

use url::Url;

use super::{ButtonWish, Issuer, SendError, button::buttons};
use crate::{
    mail::{
        address::Address,
        chat_line::Lang,
        compose::{Button, Draft, compose},
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
    /// What is written; without a button.
    pub draft: Draft,
    /// Who gets it besides those in `To` and `Cc`, and is named nowhere.
    pub bcc: Vec<Address>,
    /// The language of the chat line; `None`: no line.
    pub line: Option<Lang>,
}

/// A mail that can go out.
#[derive(Debug)]
pub struct Ready {
    draft: Draft,
    line: Option<Lang>,
    recipients: Vec<(Address, Option<Chat>)>,
}

impl Mailing {
    /// Everybody who gets it, once, those in the header first.
    #[must_use]
    pub fn recipients(&self) -> Vec<Address> {
        let header = self.draft.to.iter().chain(&self.draft.cc).map(|mailbox| &mailbox.address);
        let mut seen = std::collections::HashSet::new();
        header.chain(&self.bcc).filter(|to| seen.insert(to.normalised())).cloned().collect()
    }

    /// Without buttons.
    #[must_use]
    pub fn plain(self) -> Ready {
        let recipients = self.recipients().into_iter().map(|to| (to, None)).collect();
        Ready { draft: self.draft, line: self.line, recipients }
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
        let recipients = self.recipients();
        let header = self.draft.to.iter().chain(&self.draft.cc);
        let visible: std::collections::HashSet<String> = header.map(|m| m.address.normalised()).collect();
        let visible = |to: &Address| visible.contains(&to.normalised());
        let draft = &self.draft;
        let made = buttons(issuer, wish, &recipients, visible, &draft.message_id, draft.subject.as_ref());
        match made {
            Ok(chats) => {
                let recipients = recipients.into_iter().zip(chats).collect();
                Ok(Ready { draft: self.draft, line: self.line, recipients })
            }
            Err(error) => Err((Box::new(self), error)),
        }
    }
}

impl Ready {
    /// How many get it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.recipients.len()
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

    /// The message as the recipient in that place gets it.
    ///
    /// # Errors
    /// [`SendError::Compose`].
    pub fn message(&mut self, place: usize) -> Result<Vec<u8>, SendError> {
        let chat = self.recipients.get(place).and_then(|(_, chat)| chat.clone());
        self.draft.button = chat.map(|chat| Button { chat, line: self.line });
        Ok(compose(&self.draft)?)
    }

    /// Hands it over to each recipient in a transaction of their own, and tells `each` what became of them; once
    /// somebody has been told of, everybody is.
    ///
    /// # Errors
    /// [`SendError::Compose`] or [`SendError::Transport`] when it failed before anybody got it; `E` when `each`
    /// fails.
    pub fn send<E: From<SendError>>(
        &mut self,
        transport: &mut Transport,
        mut each: impl FnMut(Sent) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut lost: Option<String> = None;
        for place in 0..self.recipients.len() {
            let recipient = self.recipients[place].0.clone();
            if let Some(why) = &lost {
                each(self.sent(Outcome::new(&recipient, Status::Deferred, None, why.as_str())))?;
                continue;
            }
            let message = self.message(place)?;
            let envelope = Envelope {
                reverse_path: Some(self.draft.from.address.clone()),
                recipients: vec![recipient.clone()],
            };
            match transport.deliver(&envelope, &message) {
                Ok(outcomes) => {
                    for outcome in outcomes {
                        each(self.sent(outcome))?;
                    }
                }
                Err(error) if place == 0 => return Err(SendError::from(error).into()),
                Err(error) => {
                    each(self.sent(Outcome::new(&recipient, Status::Deferred, None, error.to_string())))?;
                    lost = Some(error.to_string());
                }
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
            message_id: Some(self.draft.message_id.to_string()),
            at: Time::now(),
        }
    }
}

#[cfg(test)]
#[path = "mailing/tests.rs"]
mod tests;
