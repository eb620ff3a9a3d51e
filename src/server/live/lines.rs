//! What a connection says and is told of conversations: lines, marks, typing, history, notices.

use std::sync::{Arc, atomic::Ordering};

use axum::extract::ws::Message;

use super::{
    absent,
    connection::{Connection, Gone},
    frames,
    registry::{LineNews, NOBODY, Push},
};
use crate::{
    call::feed::{Feed, News},
    server::Problem,
    store::{Body, LineRow, Said, Say, StoreError},
    wire::{
        Code, ConversationId, ErrorRecord, LineId, Time,
        frame::{Resume, ServerFrame},
        limits,
    },
};

/// Lines read from the database at once.
pub(super) const PAGE: u32 = 200;
/// Conversations an agent that fell behind looks through.
const CAUGHT_UP: u32 = 200;

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
        if let Err(Problem(found)) = self.press_to_speak(&conversation).await {
            let words = found.message.clone();
            return self.problem(ErrorRecord { retry: found.retry, ..refused(found.code, &words) }).await;
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
        let (known, heard) = (Arc::clone(&seat.conversation), Arc::clone(&seat.heard));
        let (registry, speaker) = (Arc::clone(&self.shared.live.0.registry), self.socket.id);
        let (conversation, id, line) = (say.conversation.clone(), say.id.clone(), say.clone());
        let absent = (heard.load(Ordering::Acquire) && absent::is_absent(&self.shared, &known, side.other()))
            .then(|| (self.shared.clone(), Arc::clone(&known)));
        // Everybody is told in the order of the positions, this connection too, so that nobody has to look up what
        // came between. One that was said before is told, too: its speaker may have dropped before the others were.
        let tell = move |said: &Said| {
            let Say { conversation, by, id, body, at, .. } = line;
            let row = LineRow { position: said.position, side, by, id, body, at };
            let frame = frames::line(&known, &row);
            let news =
                Arc::new(LineNews { conversation, position: said.position, id: row.id, speaker, frame });
            registry.push(&known.party(side), NOBODY, &Push::Line(Arc::clone(&news)));
            if heard.load(Ordering::Acquire) {
                registry.push(&known.party(side.other()), NOBODY, &Push::Line(news));
            }
        };
        // In the queue before the next frame is read: what is said first comes first.
        let begun = match self.shared.store.begin_say(say, tell).await {
            Ok(begun) => begun,
            Err(error) => return self.said(conversation, id, Err(error)).await,
        };
        self.own.insert((conversation.clone(), id.clone()));
        self.saying.push_back(Box::pin(async move {
            let said = begun.durable().await;
            if let Some((shared, known)) = absent.filter(|_| said.is_ok()) {
                // A task of its own: what this connection does not look at must not keep a place in the store's queues.
                let told = tokio::spawn(async move { absent::tell(&shared, &known, side.other()).await });
                let _ = told.await;
            }
            (conversation, id, said)
        }));
        Ok(())
    }

    /// The ticket's conversation, not made yet.
    pub(super) fn is_unpressed(&self, conversation: &ConversationId) -> bool {
        let opens = self.opened.as_ref().is_some_and(|opened| opened.conversation == *conversation);
        opens && !self.seats.has(conversation)
    }

    /// Who says a line in the ticket's conversation presses its button.
    async fn press_to_speak(&mut self, conversation: &ConversationId) -> Result<(), Problem> {
        if self.is_unpressed(conversation)
            && let Some(opened) = self.opened.clone()
        {
            opened.press(&self.shared, Time::now()).await?;
        }
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
                self.own.remove(&(conversation.clone(), id.clone()));
                let Problem(found) = error.into();
                return self
                    .problem(ErrorRecord { id: Some(id), conversation: Some(conversation), ..found })
                    .await;
            }
        };
        if said.fresh {
            self.shared.metrics.lines.one();
        }
        // Its news came before this, and those of what was said before it: mostly it is acknowledged with them.
        while let Some(push) = self.next_push() {
            self.pushed_to(push).await?;
        }
        // Everything before it is told first, so that a position that was acknowledged means: I have it all.
        if let Some(seat) = self.seats.get(&conversation)
            && seat.feed.offer(said.position) == News::Gap
        {
            self.sync(&conversation).await?;
        }
        // What came before it may have told it too.
        if self.own.remove(&(conversation.clone(), id.clone())) {
            self.acknowledge(conversation, id, said.position).await
        } else {
            Ok(())
        }
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

    /// A line that this connection said and was not told of.
    fn is_own(&mut self, news: &LineNews) -> bool {
        news.speaker == self.socket.id && self.own.remove(&(news.conversation.clone(), news.id.clone()))
    }

    /// News of a line.
    pub(super) async fn line_news(&mut self, news: &LineNews) -> Result<(), Gone> {
        if !self.follows(&news.conversation) {
            return Ok(());
        }
        let is_new = !self.seats.has(&news.conversation);
        let seat = match self.seats.load(&self.shared.store, &self.socket, &news.conversation).await {
            Ok(Some(seat)) => seat,
            Ok(None) => return Ok(()),
            Err(error) => return self.problem(Problem::from(error).0).await,
        };
        if is_new && news.position <= seat.feed.sent() {
            // Another device of this side has it already; this one does not.
            seat.feed = Feed::after(news.position - 1);
        }
        if !seat.hears {
            return Ok(());
        }
        match seat.feed.offer(news.position) {
            News::Next if self.is_own(news) => {
                self.acknowledge(news.conversation.clone(), news.id.clone(), news.position).await
            }
            News::Next => self.write(Message::Text(news.frame.clone())).await,
            News::Old => Ok(()),
            News::Gap => self.sync(&news.conversation).await,
        }
    }

    /// Tells everything of a conversation that was not told yet, in order.
    pub(super) async fn sync(&mut self, conversation: &ConversationId) -> Result<(), Gone> {
        loop {
            let Some(seat) = self.seats.get(conversation) else { return Ok(()) };
            if !seat.hears {
                return Ok(());
            }
            let after = seat.feed.sent();
            let known = Arc::clone(&seat.conversation);
            let rows = match self.shared.store.lines_after(conversation.clone(), after, PAGE).await {
                Ok(rows) => rows,
                Err(error) => return self.problem(Problem::from(error).0).await,
            };
            let full = rows.len() == PAGE as usize;
            for row in rows {
                let Some(seat) = self.seats.get(conversation) else { return Ok(()) };
                let said = (conversation.clone(), row.id.clone());
                let own = row.side == seat.side && self.own.contains(&said);
                if seat.feed.offer(row.position) != News::Next {
                    continue;
                }
                // One's own line is told by its acknowledgement.
                if own {
                    self.own.remove(&said);
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
        if let Some(login) = self.socket.login.clone().filter(|_| self.socket.is_agent()) {
            let listed = self.shared.store.conversations_of(login, CAUGHT_UP).await.unwrap_or_default();
            for summary in listed.into_iter().filter(|summary| summary.last > summary.read) {
                // One that cannot be read now is read with its next line.
                let _ = self.seats.load(&self.shared.store, &self.socket, &summary.conversation).await;
            }
        }
        for conversation in self.seats.ids() {
            self.sync(&conversation).await?;
        }
        Ok(())
    }

    /// `resume`: the rest of a conversation from where the client was, and its answered call.
    pub(super) async fn take_up(&mut self, resume: Resume) -> Result<(), Gone> {
        let id = resume.conversation;
        if self.is_unpressed(&id) {
            return Ok(());
        }
        match self.seats.load(&self.shared.store, &self.socket, &id).await {
            Ok(Some(seat)) => {
                let side = seat.side;
                self.seats.resume(&id, resume.received);
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
        let seat = match self.seats.load(&self.shared.store, &self.socket, conversation).await {
            Ok(Some(seat)) => seat,
            Ok(None) => return Ok(()),
            Err(error) => return self.problem(Problem::from(error).0).await,
        };
        seat.hears = true;
        if !seat.heard.swap(true, Ordering::AcqRel) {
            // What this side said meanwhile may have missed the other's look: it looks once more.
            let other = seat.conversation.party(seat.side.other());
            let push = Push::Heard(conversation.clone());
            self.shared.live.0.registry.push(&other, self.socket.id, &push);
        }
        self.sync(conversation).await
    }
}
