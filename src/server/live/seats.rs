//! What a connection knows of the conversations it follows.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::registry::Socket;
use crate::{
    call::{Side, feed::Feed},
    store::{Conversation, Marks, Store, StoreError},
    wire::ConversationId,
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
    pub heard: Arc<AtomicBool>,
    /// Whether it is told what the other side says.
    pub hears: bool,
    /// What it was told.
    pub feed: Feed,
    /// How far it says it is, and what of that is on its way to the database.
    pub marks: Marks,
    /// A write of the marks is under way.
    pub marking: bool,
}

/// All of a connection's seats.
#[derive(Debug, Default)]
pub struct Seats {
    all: HashMap<ConversationId, Seat>,
    /// What the client knows of positions is from before a backup was brought back.
    other_epoch: bool,
}

impl Seats {
    /// None yet, of a client whose positions are of this epoch of the database, or of another.
    pub fn new(other_epoch: bool) -> Self {
        Self { all: HashMap::new(), other_epoch }
    }

    /// The seat in `id`, if it was taken before.
    pub fn get(&mut self, id: &ConversationId) -> Option<&mut Seat> {
        self.all.get_mut(id)
    }

    /// Whether a seat was taken.
    pub fn has(&self, id: &ConversationId) -> bool {
        self.all.contains_key(id)
    }

    /// The ids of all.
    pub fn ids(&self) -> Vec<ConversationId> {
        self.all.keys().cloned().collect()
    }

    /// A client that connects says where it was in a conversation whose seat was just taken.
    pub fn resume(&mut self, id: &ConversationId, received: u64) {
        if let Some(seat) = self.all.get_mut(id) {
            seat.begin(received, self.other_epoch);
        }
    }

    /// Gives a seat up when there are too many. When its conversation moves again it is taken anew, from where its
    /// side has received.
    fn make_room(&mut self) {
        let idle = self.all.iter().find(|(_, seat)| !seat.marking).map(|(id, _)| id.clone());
        if let Some(id) = idle.filter(|_| self.all.len() >= SEATS) {
            self.all.remove(&id);
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
            let heard = store.heard(id.clone()).await?;
            let seat = Seat {
                conversation: Arc::new(conversation),
                side,
                heard: Arc::new(AtomicBool::new(heard.of(side))),
                hears: heard.of(side.other()),
                feed: Feed::after(sent),
                marks: Marks::default(),
                marking: false,
            };
            self.all.insert(id.clone(), seat);
        }
        Ok(self.all.get_mut(id))
    }
}

impl Seat {
    /// Where a client that says it has everything up to `received` goes on. A position that is not there, or that is
    /// of another epoch, may be another line now: then it is as far as the database knows its side to be, which may
    /// tell it a few lines twice and keeps none from it.
    fn begin(&mut self, received: u64, other_epoch: bool) {
        let marked = self.feed.sent();
        let is_doubtful = other_epoch || received > self.conversation.last;
        self.feed = Feed::after(if is_doubtful { received.min(marked) } else { received });
    }

    /// Whether what it says reaches the other side now.
    pub fn is_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire)
    }
}
