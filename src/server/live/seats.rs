//! What a connection knows of the conversations it follows.

use std::{collections::HashMap, sync::Arc};

use super::registry::Socket;
use crate::{
    call::{Side, feed::Feed},
    store::{Conversation, Marks, Store, StoreError},
    wire::{ConversationId, Time},
};

/// Seats one connection may have.
pub const SEATS: usize = 2_000;

/// One connection's place in one conversation.
#[derive(Debug)]
pub struct Seat {
    /// Which.
    pub conversation: Arc<Conversation>,
    /// The side it sits on.
    pub side: Side,
    /// Whether what it says reaches the other side now. A knocker's lines wait until the knock is answered.
    pub heard: bool,
    /// What it was told.
    pub feed: Feed,
    /// How far it says it is, and what of that is on its way to the database.
    pub marks: Marks,
    /// A write of the marks is under way.
    pub marking: bool,
}

/// All of a connection's seats.
#[derive(Debug, Default)]
pub struct Seats(HashMap<ConversationId, Seat>);

impl Seats {
    /// The seat in `id`, if it was taken before.
    pub fn get(&mut self, id: &ConversationId) -> Option<&mut Seat> {
        self.0.get_mut(id)
    }

    /// Whether a seat was taken.
    pub fn has(&self, id: &ConversationId) -> bool {
        self.0.contains_key(id)
    }

    /// The ids of all.
    pub fn ids(&self) -> Vec<ConversationId> {
        self.0.keys().cloned().collect()
    }

    /// Takes a seat; a seat that was taken stays as it is, but for a right to be heard that is new.
    pub fn take(&mut self, conversation: Conversation, side: Side, heard: bool, sent: u64) -> &mut Seat {
        let id = conversation.id.clone();
        let seat = self.0.entry(id).or_insert_with(|| Seat {
            conversation: Arc::new(conversation),
            side,
            heard,
            feed: Feed::after(sent),
            marks: Marks::default(),
            marking: false,
        });
        seat.heard |= heard;
        seat
    }

    /// Gives a seat up when there are too many. When its conversation moves again it is taken anew, from where its
    /// side has received.
    fn make_room(&mut self) {
        let idle = self.0.iter().find(|(_, seat)| !seat.marking).map(|(id, _)| id.clone());
        if let Some(id) = idle.filter(|_| self.0.len() >= SEATS) {
            self.0.remove(&id);
        }
    }

    /// Takes a seat in a conversation that `socket` is a side of: from where that side has received.
    /// `None`: it is no side of it, or there is no such conversation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn load(
        &mut self,
        store: &Store,
        socket: &Socket,
        id: &ConversationId,
    ) -> Result<Option<&mut Seat>, StoreError> {
        if !self.has(id) {
            self.make_room();
            let Some(conversation) = store.conversation(id.clone()).await? else { return Ok(None) };
            let Some(side) = socket.parties().find_map(|party| conversation.side_of(&party)) else {
                return Ok(None);
            };
            let sent = store.marks(id.clone(), side).await?.received;
            let heard = is_heard(store, &conversation, side).await?;
            self.take(conversation, side, heard, sent);
        }
        Ok(self.0.get_mut(id))
    }
}

/// Whether a side may be heard without an answer: the owner of a mail's conversation always, its first presser
/// unless blocked, of a pair those who know each other.
async fn is_heard(store: &Store, conversation: &Conversation, side: Side) -> Result<bool, StoreError> {
    let of_mail = conversation.mail.is_some();
    if of_mail && side == Side::Owner {
        return Ok(true);
    }
    let manners = store.manners(conversation.id.clone(), side, Time::now()).await?;
    Ok(!manners.blocked && if of_mail { conversation.first } else { manners.acquainted })
}
