//! What a connection says beside lines: how far it is, that it types, what it wants to see again.

use std::sync::Arc;

use axum::extract::ws::Message;

use super::{
    connection::{Connection, Gone},
    frames,
    lines::PAGE,
    registry::{Push, Watched},
};
use crate::{
    server::Problem,
    store::{Marks, StoreError},
    wire::{Code, ConversationId, ErrorRecord, NoticeId, frame::ServerFrame, limits},
};

impl Connection {
    /// `ack`: how far this side is. Written one at a time; what comes meanwhile goes with the next.
    pub(super) async fn mark(
        &mut self,
        conversation: ConversationId,
        received: Option<u64>,
        read: Option<u64>,
    ) -> Result<(), Gone> {
        if let Ok(Some(seat)) = self.seats.load(&self.shared.store, &self.socket, &conversation).await {
            seat.marks.received = seat.marks.received.max(received.unwrap_or(0)).max(read.unwrap_or(0));
            seat.marks.read = seat.marks.read.max(read.unwrap_or(0));
            if !seat.marking {
                self.write_marks(&conversation);
            }
        }
        Ok(())
    }

    fn write_marks(&mut self, conversation: &ConversationId) {
        let Some(seat) = self.seats.get(conversation) else { return };
        seat.marking = true;
        let (id, side, marks) = (conversation.clone(), seat.side, seat.marks);
        let store = self.shared.store.clone();
        // A task of its own: what this connection does not look at must not keep a place in the writer's queue.
        let mark =
            tokio::spawn(async move { store.mark(id, side, Some(marks.received), Some(marks.read)).await });
        let id = conversation.clone();
        self.marking.push(Box::pin(async move { (id, mark.await.unwrap_or(Err(StoreError::Closed))) }));
    }

    /// Marks are durable: the other side is told.
    pub(super) async fn marked(
        &mut self,
        conversation: ConversationId,
        marks: Result<Marks, StoreError>,
    ) -> Result<(), Gone> {
        let Some(seat) = self.seats.get(&conversation) else { return Ok(()) };
        seat.marking = false;
        let Ok(marks) = marks else { return Ok(()) };
        let more = seat.marks.received > marks.received || seat.marks.read > marks.read;
        let beyond = seat.marks.received > seat.feed.sent();
        if seat.is_heard() {
            let frame = frames::text(&ServerFrame::Ack {
                conversation: conversation.clone(),
                id: None,
                position: None,
                received: Some(marks.received),
                read: Some(marks.read),
            });
            let other = seat.conversation.party(seat.side.other());
            let push = Push::Watch(Arc::new(Watched { conversation: conversation.clone(), frame }));
            self.shared.live.0.registry.push(&other, self.socket.id, &push);
        }
        // A client that claims more than was ever said is not asked again and again.
        if more && !beyond {
            self.write_marks(&conversation);
        }
        Ok(())
    }

    /// `typing`: to the other side, at once or never.
    pub(super) async fn typing(&mut self, conversation: &ConversationId, state: bool) -> Result<(), Gone> {
        let Some(seat) = self.seats.get(conversation) else { return Ok(()) };
        if seat.is_heard() {
            let frame = frames::text(&ServerFrame::Typing { conversation: conversation.clone(), state });
            let other = seat.conversation.party(seat.side.other());
            let push = Push::Watch(Arc::new(Watched { conversation: conversation.clone(), frame }));
            self.shared.live.0.registry.push(&other, self.socket.id, &push);
        }
        Ok(())
    }

    /// `history`: lines before a position, oldest first, then `complete`.
    pub(super) async fn history(
        &mut self,
        conversation: ConversationId,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<(), Gone> {
        if self.is_unpressed(&conversation) {
            return self.tell(&ServerFrame::Complete { conversation }).await;
        }
        let (known, side, hears) =
            match self.seats.load(&self.shared.store, &self.socket, &conversation).await {
                Ok(Some(seat)) => (Arc::clone(&seat.conversation), seat.side, seat.hears),
                Ok(None) => {
                    let words = "no such conversation of yours";
                    let error = ErrorRecord::new(Code::NotFound, words);
                    return self.problem(ErrorRecord { conversation: Some(conversation), ..error }).await;
                }
                Err(error) => return self.problem(Problem::from(error).0).await,
            };
        if !hears {
            return self.tell(&ServerFrame::Complete { conversation }).await;
        }
        let limit = limit.unwrap_or(PAGE).clamp(1, limits::HISTORY);
        let theirs = self.shared.store.marks(conversation.clone(), side.other()).await;
        match self.shared.store.lines_before(conversation.clone(), before, limit).await {
            Ok(rows) => {
                for row in rows {
                    self.write(Message::Text(frames::line(&known, &row))).await?;
                }
                // How far the other side is: whoever looks at old lines wants to know which of them arrived.
                if let Ok(Marks { received, read }) = theirs
                    && received > 0
                {
                    let (received, read) = (Some(received), Some(read));
                    let conversation = conversation.clone();
                    self.tell(&ServerFrame::Ack { conversation, id: None, position: None, received, read })
                        .await?;
                }
                self.tell(&ServerFrame::Complete { conversation }).await
            }
            Err(error) => self.problem(Problem::from(error).0).await,
        }
    }

    /// `seen`: these notices were shown.
    pub(super) async fn seen(&mut self, notices: Vec<NoticeId>) -> Result<(), Gone> {
        let mut done = match &self.socket.login {
            Some(login) => self.shared.store.seen(login.clone(), notices.clone()).await,
            None => Ok(()),
        };
        let opened = self.opened.as_ref().map(|opened| opened.conversation.clone());
        if let Some(seat) = opened.and_then(|id| self.seats.get(&id)).filter(|_| done.is_ok()) {
            let (id, side) = (seat.conversation.id.clone(), seat.side);
            done = self.shared.store.seen_in(id, side, notices).await;
        }
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.problem(Problem::from(error).0).await,
        }
    }
}
