//! Notices of lines that the chat on the screen is about to show itself.

use super::course::Do;
use crate::wire::{ConversationId, NoticeId};

/// Notices held at a time; one more is shown like any other.
const HELD: usize = 1000;

/// In a chat, a connection that was lost for a moment leaves a notice of each line said meanwhile, and then the line
/// itself comes. The line is enough. Its notice is said to be seen only after it: until then a client that is killed
/// has read nothing.
#[derive(Debug, Default)]
pub(super) struct Unread {
    held: Vec<(ConversationId, NoticeId)>,
}

impl Unread {
    /// Holds a notice back. `false`: there is no room, show it.
    pub(super) fn hold(&mut self, conversation: &ConversationId, notice: &NoticeId) -> bool {
        let known = self.held.iter().any(|(_, held)| held == notice);
        if !known && self.held.len() < HELD {
            self.held.push((conversation.clone(), notice.clone()));
            return true;
        }
        known
    }

    /// A line of that conversation was shown: what there is to say is seen.
    pub(super) fn shown(&mut self, conversation: &ConversationId) -> Option<Do> {
        let shown = self.held.extract_if(.., |(here, _)| here == conversation);
        let seen: Vec<_> = shown.map(|(_, notice)| notice).collect();
        (!seen.is_empty()).then_some(Do::Seen(seen))
    }
}
