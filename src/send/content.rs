//! What is sent: a mail of our own writing, or one that a mail program finished.

use crate::{
    mail::{
        address::Address,
        appended, button,
        chat_line::Lang,
        compose::{Button, ComposeError, Draft, compose},
        message_id::MessageId,
        submission::Submission,
        text::Unstructured,
    },
    wire::record::Chat,
};

/// A mail without its button.
#[derive(Debug, Clone)]
pub enum Content {
    /// To be written.
    Draft(Box<Draft>),
    /// Passed on as it is.
    Finished(Box<Submission>),
}

impl Content {
    /// Who can be read in its header.
    #[must_use]
    pub fn named(&self) -> Vec<Address> {
        match self {
            Self::Draft(draft) => {
                draft.to.iter().chain(&draft.cc).map(|mailbox| mailbox.address.clone()).collect()
            }
            Self::Finished(submission) => submission.named().to_vec(),
        }
    }

    /// Its Message-ID; `None` for a finished one whose id cannot be kept.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        match self {
            Self::Draft(draft) => Some(&draft.message_id),
            Self::Finished(submission) => submission.message_id(),
        }
    }

    /// Its subject.
    #[must_use]
    pub fn subject(&self) -> Option<&Unstructured> {
        match self {
            Self::Draft(draft) => draft.subject.as_ref(),
            Self::Finished(submission) => submission.subject(),
        }
    }

    /// The whole message with a button, and with the chat line in a language where the text can take it.
    ///
    /// # Errors
    /// [`ComposeError`] for a draft that cannot be written.
    pub fn message(&self, chat: Option<&Chat>, line: Option<Lang>) -> Result<Vec<u8>, ComposeError> {
        match self {
            Self::Draft(draft) => match chat {
                Some(chat) => {
                    let button = Some(Button { chat: chat.clone(), line });
                    compose(&Draft { button, ..Draft::clone(draft) })
                }
                None => compose(draft),
            },
            Self::Finished(submission) => {
                let message = submission.message(&chat.map(button::fields).unwrap_or_default());
                let with_line =
                    chat.zip(line).and_then(|(chat, lang)| appended::chat_line(&message, lang, &chat.url));
                Ok(with_line.unwrap_or(message))
            }
        }
    }
}
