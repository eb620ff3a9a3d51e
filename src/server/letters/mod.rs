//! Letters: the mails that the server itself owes people. An outbox, so that a restart forgets none.

mod compose;
mod notice;
pub(super) mod outbox;
mod words;

use super::{Problem, Shared};
use crate::{
    call::Side,
    store::Letter,
    wire::{Code, ConversationId, NoticeId, Time},
};

/// Whether a letter may be promised.
///
/// # Errors
/// `forbidden`, in words, when this server sends no mail.
pub fn possible(shared: &Shared) -> Result<(), Problem> {
    if shared.sends_mail() {
        Ok(())
    } else {
        Err(Problem::new(Code::Forbidden, "this server sends no mail: its operator can set --via"))
    }
}

/// Puts a letter into the outbox and wakes who sends it. Durable when it returns.
///
/// # Errors
/// What the store says.
pub async fn owe(shared: &Shared, letter: Letter, now: Time) -> Result<(), Problem> {
    shared.store.add_letter(letter, now).await?;
    shared.letters.notify_one();
    Ok(())
}

/// A notice goes by mail too, unless this server sends none, its person has no address we may write to, or one
/// went to this person from this caller within 10 minutes. It goes at `due`.
///
/// # Errors
/// What the store says.
pub async fn owe_notice(shared: &Shared, notice: NoticeId, due: Time) -> Result<(), Problem> {
    // Asked before the letter is added: one that cannot go would hold up another person's at the same address.
    let goes = shared.sends_mail() && notice::can_go(shared, notice.clone()).await?;
    if goes && shared.store.add_notice_letter(notice, due).await? {
        shared.letters.notify_one();
    }
    Ok(())
}

/// Who called and left a notice for `to` says no more: its mail need not wait for a line.
///
/// # Errors
/// What the store says.
pub async fn notice_is_whole(shared: &Shared, conversation: ConversationId, to: Side) -> Result<(), Problem> {
    if shared.sends_mail() && shared.store.hurry_notice_letter(conversation, to, Time::now()).await? {
        shared.letters.notify_one();
    }
    Ok(())
}
