//! What a connection says and is told of conversations: lines, marks, typing, history, notices.

use std::sync::Arc;

use axum::extract::ws::Message;

use super::{
    connection::{Connection, Gone},
    frames,
    registry::{LineNews, Push},
};
use crate::{
    call::feed::News,
    server::Problem,
    store::{Body, LineRow, Marks, Said, Say, StoreError},
    wire::{
        Code, ConversationId, ErrorRecord, LineId, NoticeId, Time,
        frame::{Resume, ServerFrame},
        limits,
    },
};

/// Lines read from the database at once.
const PAGE: u32 = 200;

impl Connection {
    /// `line`: on its way to the database; [`Connection::said`] goes on when it is durable.
    pub(super) async fn say(
        &mut self,
        conversation: ConversationId,
        id: LineId,
        text: Option<String>,
        sealed: Option<String>,
    ) -> Result<(), Gone> {
        let refused = |code, words: &str| {
            let (id, conversation) = (Some(id.clone()), Some(conversation.clone()));
            ErrorRecord { id, conversation, ..ErrorRecord::new(code, words) }
        };
        let body = match (text, sealed) {
            (_, Some(sealed)) => Body::Sealed(sealed),
            (Some(text), None) => Body::Text(text),
            (None, None) => return self.problem(refused(Code::BadRequest, "a line has a text")).await,
        };
        let (Body::Text(said) | Body::Sealed(said)) = &body;
        if !limits::is_line(said) {
            let words = "a line is at most 16 KiB, and 48 KiB as JSON writes it";
            return self.problem(refused(Code::TooLarge, words)).await;
        }
        let side = match self.seats.load(&self.shared.store, &self.socket, &conversation).await {
            Ok(Some(seat)) => seat.side,
            Ok(None) => return self.problem(refused(Code::NotFound, "no such conversation of yours")).await,
            Err(error) => {
                let Problem(found) = error.into();
                let words = found.message.clone();
                return self.problem(ErrorRecord { retry: found.retry, ..refused(found.code, &words) }).await;
            }
        };
        if !self.awake {
            self.awake = true;
            self.person_did_something().await;
        }
        let say = Say { conversation, side, by: None, id, body, at: Time::now() };
        let Some(seat) = self.seats.get(&say.conversation) else { return Ok(()) };
        let (known, heard) = (Arc::clone(&seat.conversation), seat.heard);
        // In the queue before the next frame is read: what is said first comes first.
        let begun = match self.shared.store.begin_say(say.clone()).await {
            Ok(begun) => begun,
            Err(error) => return self.said(say.conversation, say.id, Err(error)).await,
        };
        let (shared, socket) = (self.shared.clone(), self.socket.id);
        self.own.insert(say.id.clone());
        self.saying.push_back(Box::pin(async move {
            let said = begun.durable().await;
            if let Ok(Said { position, fresh: true }) = said {
                let row =
                    LineRow { position, side, by: say.by, id: say.id.clone(), body: say.body, at: say.at };
                let (conversation, frame) = (say.conversation.clone(), frames::line(&known, &row));
                let news = Arc::new(LineNews { conversation, position, frame });
                let registry = &shared.live.0.registry;
                registry.push(&known.party(side), socket, &Push::Line(Arc::clone(&news)));
                if heard {
                    registry.push(&known.party(side.other()), socket, &Push::Line(news));
                }
            }
            (say.conversation, say.id, said)
        }));
        Ok(())
    }

    /// A line is durable, or could not be made so.
    pub(super) async fn said(
        &mut self,
        conversation: ConversationId,
        id: LineId,
        said: Result<Said, StoreError>,
    ) -> Result<(), Gone> {
        let said = match said {
            Ok(said) => said,
            Err(error) => {
                self.own.remove(&id);
                let Problem(found) = error.into();
                return self
                    .problem(ErrorRecord { id: Some(id), conversation: Some(conversation), ..found })
                    .await;
            }
        };
        if said.fresh {
            self.shared.metrics.lines.one();
        }
        // Everything before it is told first, so that a position that was acknowledged means: I have it all.
        if let Some(seat) = self.seats.get(&conversation)
            && seat.feed.offer(said.position) == News::Gap
        {
            self.sync(&conversation).await?;
        }
        // What came before it may have told it too.
        if self.own.remove(&id) { self.acknowledge(conversation, id, said.position).await } else { Ok(()) }
    }

    async fn acknowledge(
        &mut self,
        conversation: ConversationId,
        id: LineId,
        position: u64,
    ) -> Result<(), Gone> {
        let (id, position) = (Some(id), Some(position));
        self.tell(&ServerFrame::Ack { conversation, id, position, received: None, read: None }).await
    }

    /// News of a line that somebody else said.
    pub(super) async fn line_news(&mut self, news: &LineNews) -> Result<(), Gone> {
        if !self.follows(&news.conversation) {
            return Ok(());
        }
        let seat = match self.seats.load(&self.shared.store, &self.socket, &news.conversation).await {
            Ok(Some(seat)) => seat,
            Ok(None) => return Ok(()),
            Err(error) => return self.problem(Problem::from(error).0).await,
        };
        match seat.feed.offer(news.position) {
            News::Next => self.write(Message::Text(news.frame.clone())).await,
            News::Old => Ok(()),
            News::Gap => self.sync(&news.conversation).await,
        }
    }

    /// Tells everything of a conversation that was not told yet, in order.
    pub(super) async fn sync(&mut self, conversation: &ConversationId) -> Result<(), Gone> {
        loop {
            let Some(seat) = self.seats.get(conversation) else { return Ok(()) };
            let after = seat.feed.sent();
            let known = Arc::clone(&seat.conversation);
            let rows = match self.shared.store.lines_after(conversation.clone(), after, PAGE).await {
                Ok(rows) => rows,
                Err(error) => return self.problem(Problem::from(error).0).await,
            };
            let full = rows.len() == PAGE as usize;
            for row in rows {
                let Some(seat) = self.seats.get(conversation) else { return Ok(()) };
                let own = row.side == seat.side && self.own.contains(&row.id);
                if seat.feed.offer(row.position) != News::Next {
                    continue;
                }
                // One's own line is told by its acknowledgement.
                if own {
                    self.own.remove(&row.id);
                    self.acknowledge(conversation.clone(), row.id, row.position).await?;
                } else {
                    self.write(Message::Text(frames::line(&known, &row))).await?;
                }
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// News found no room in the queue: read everything again from where each seat is.
    pub(super) async fn catch_up(&mut self) -> Result<(), Gone> {
        for conversation in self.seats.ids() {
            self.sync(&conversation).await?;
        }
        Ok(())
    }

    /// `resume`: the rest of a conversation from where the client was, and its answered call.
    pub(super) async fn take_up(&mut self, resume: Resume) -> Result<(), Gone> {
        let id = resume.conversation;
        match self.seats.load(&self.shared.store, &self.socket, &id).await {
            Ok(Some(seat)) => {
                seat.feed = crate::call::feed::Feed::after(resume.received);
                let side = seat.side;
                self.sync(&id).await?;
                if let Some(call) = self.shared.live.0.board.in_conversation(&id) {
                    call.resumed(&self.socket, side);
                    self.calls.insert(call.id.clone(), call);
                }
                Ok(())
            }
            Ok(None) => {
                let words = "no such conversation of yours to resume";
                self.problem(ErrorRecord {
                    conversation: Some(id),
                    ..ErrorRecord::new(Code::NotFound, words)
                })
                .await
            }
            Err(error) => self.problem(Problem::from(error).0).await,
        }
    }

    /// A knock was answered: what was said while it waited is told now.
    pub(super) async fn becomes_heard(&mut self, conversation: &ConversationId) -> Result<(), Gone> {
        if !self.follows(conversation) {
            return Ok(());
        }
        match self.seats.load(&self.shared.store, &self.socket, conversation).await {
            Ok(Some(seat)) => seat.heard = true,
            Ok(None) => return Ok(()),
            Err(error) => return self.problem(Problem::from(error).0).await,
        }
        self.sync(conversation).await
    }

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
        self.marking.push(Box::pin(async move {
            let done = store.mark(id.clone(), side, Some(marks.received), Some(marks.read)).await;
            (id, done)
        }));
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
        if seat.heard {
            let frame = frames::text(&ServerFrame::Ack {
                conversation: conversation.clone(),
                id: None,
                position: None,
                received: Some(marks.received),
                read: Some(marks.read),
            });
            let other = seat.conversation.party(seat.side.other());
            let push = Push::Watch(conversation.clone(), frame);
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
        if seat.heard {
            let frame = frames::text(&ServerFrame::Typing { conversation: conversation.clone(), state });
            let other = seat.conversation.party(seat.side.other());
            let push = Push::Watch(conversation.clone(), frame);
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
        let known = match self.seats.load(&self.shared.store, &self.socket, &conversation).await {
            Ok(Some(seat)) => Arc::clone(&seat.conversation),
            Ok(None) => {
                let words = "no such conversation of yours";
                let error = ErrorRecord::new(Code::NotFound, words);
                return self.problem(ErrorRecord { conversation: Some(conversation), ..error }).await;
            }
            Err(error) => return self.problem(Problem::from(error).0).await,
        };
        let limit = limit.unwrap_or(PAGE).clamp(1, limits::HISTORY);
        match self.shared.store.lines_before(conversation.clone(), before, limit).await {
            Ok(rows) => {
                for row in rows {
                    self.write(Message::Text(frames::line(&known, &row))).await?;
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
        if let Some(press) = self.press.as_ref().filter(|_| done.is_ok()) {
            let id = press.conversation.id.clone();
            done = self.shared.store.seen_in(id, press.side, notices).await;
        }
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.problem(Problem::from(error).0).await,
        }
    }
}
