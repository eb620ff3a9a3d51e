//! A line to somebody who is not there (S117): a guest whose page is closed finds a notice, and a mail if they stay
//! away, with a button back into the conversation.

use crate::{
    call::{Party, Side},
    server::{Problem, Shared, letters},
    store::{Conversation, NewNotice},
    wire::{Time, record::Missed},
};

/// Whether `side` is a guest with no connection. A login finds its unread lines with its next one.
pub fn is_absent(shared: &Shared, conversation: &Conversation, side: Side) -> bool {
    let party = conversation.party(side);
    matches!(party, Party::Guest(_)) && shared.live.0.registry.of(&party).is_empty()
}

/// Leaves the notice. The mail waits as long as a call is kept for somebody whose connection dropped: a locked phone
/// is no reason to write to its owner.
pub async fn tell(shared: &Shared, conversation: &Conversation, side: Side) {
    let now = Time::now();
    let notice = NewNotice { conversation: conversation.id.clone(), to: side, reason: Missed::Line, at: now };
    let due = now.plus(shared.live.0.times.caller_keeps);
    let told = async {
        let id = shared.store.leave_notice(notice).await?;
        letters::owe_notice(shared, id, due).await
    };
    if let Err(Problem(error)) = told.await {
        tracing::error!("a line's notice was not left: {}", error.message);
    }
}
