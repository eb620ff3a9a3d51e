//! One client's loop: what it says, what is pushed to it, and the heartbeat between.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::{
    SinkExt, StreamExt,
    stream::{FuturesOrdered, FuturesUnordered},
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    board::Handle,
    frames,
    pace::Pace,
    press::Opened,
    registry::{Behind, Push, Socket},
    seats::Seats,
    welcome::Entered,
};
use crate::{
    server::{Problem, Shared},
    store::{Marks, Said, StoreError},
    wire::{
        CallId, Code, ConversationId, ErrorRecord, LineId,
        frame::{ClientFrame, Resume, ServerFrame, Welcome},
        record::Presence,
    },
};

/// Silence after which the other end is asked whether it is there.
const PING_AFTER: Duration = Duration::from_secs(25);
/// Lines of one connection on their way to the database.
const SAYING: usize = 256;
/// What a connection that is gone still waits for its last lines.
const SAID_WITHIN: Duration = Duration::from_secs(10);
/// Frames that are not understood, until the connection is closed.
const NONSENSE: u32 = 20;
/// Pushes handled before what they wrote goes out.
const BATCH: usize = 64;

/// The connection is over.
#[derive(Debug)]
pub struct Gone;

type Saying = Pin<Box<dyn Future<Output = (ConversationId, LineId, Result<Said, StoreError>)> + Send>>;
type Marking = Pin<Box<dyn Future<Output = (ConversationId, Result<Marks, StoreError>)> + Send>>;

/// A client that said who it is.
pub struct Connection {
    pub(super) shared: Shared,
    pub(super) ws: WebSocket,
    pub(super) socket: Arc<Socket>,
    pub(super) seats: Seats,
    pub(super) opened: Option<Opened>,
    pub(super) may_ring: bool,
    /// Calls of its own, by the id it gave them, and those it answered.
    pub(super) calls: HashMap<CallId, Handle>,
    pub(super) saying: FuturesOrdered<Saying>,
    /// The lines in `saying`.
    pub(super) own: HashSet<(ConversationId, LineId)>,
    pub(super) marking: FuturesUnordered<Marking>,
    pub(super) invites: Vec<Instant>,
    pub(super) awake: bool,
    pushed: mpsc::Receiver<Push>,
    pace: Pace,
    nonsense: u32,
    pub(super) goodbye: bool,
    welcome: Option<Welcome>,
    first_presence: Presence,
    pub(super) heard_at: Instant,
    resume: Vec<Resume>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl Connection {
    /// A connection that has not been welcomed yet.
    pub fn new(shared: Shared, ws: WebSocket, entered: Entered) -> Self {
        Self {
            shared,
            ws,
            socket: entered.socket,
            seats: entered.seats,
            opened: entered.opened,
            may_ring: entered.may_ring,
            calls: HashMap::new(),
            saying: FuturesOrdered::new(),
            own: HashSet::new(),
            marking: FuturesUnordered::new(),
            invites: Vec::new(),
            awake: false,
            pushed: entered.pushed,
            pace: Pace::new(Instant::now()),
            nonsense: 0,
            goodbye: false,
            first_presence: entered.presence.unwrap_or(Presence::Online),
            heard_at: Instant::now(),
            welcome: Some(entered.welcome),
            resume: entered.resume,
        }
    }

    /// Serves it until it is gone.
    pub async fn run(&mut self) {
        // What the client is told about its end does not reach it any more, or was told where it happened.
        if Box::pin(self.greet()).await.is_ok() {
            let _ = self.listen().await;
        }
        self.finish_saying().await;
        self.shared.live.0.registry.leave(&self.socket);
        self.calls.values().for_each(|call| call.left(self.socket.id));
        if self.socket.is_agent() && !self.goodbye {
            Box::pin(self.agent_leaves(false)).await;
        }
        self.guest_leaves();
        self.caller_leaves().await;
        let _ = tokio::time::timeout(Duration::from_secs(2), self.ws.close()).await;
    }

    /// What was said is on its way and will be durable: it reaches the others although its speaker is gone.
    async fn finish_saying(&mut self) {
        let all = async { while self.saying.next().await.is_some() {} };
        let _ = tokio::time::timeout(SAID_WITHIN, all).await;
    }

    /// `welcome`, and whatever it missed.
    async fn greet(&mut self) -> Result<(), Gone> {
        if let Some(welcome) = self.welcome.take() {
            self.tell(&ServerFrame::Welcome(frames::fit(welcome))).await?;
        }
        self.flush().await?;
        let left_for_it = self.seats.ids();
        for resume in std::mem::take(&mut self.resume) {
            self.take_up(resume).await?;
        }
        for conversation in left_for_it {
            self.sync(&conversation).await?;
        }
        if self.socket.is_agent() {
            self.agent_says(self.first_presence).await;
        }
        self.guest_came();
        self.flush().await
    }

    /// What a connection waits in, ten thousand of them most of the time: whatever needs more room than this is boxed.
    async fn listen(&mut self) -> Result<(), Gone> {
        let mut heard = Instant::now();
        let mut asked = false;
        let mut deaf_until: Option<Instant> = None;
        let gone_after =
            Duration::from_millis(u64::try_from(self.shared.live.0.times.agent_gone).unwrap_or(60_000));
        let ping_after = PING_AFTER.min(gone_after / 2);
        let mut timer = pin!(sleep_until(heard + ping_after));
        loop {
            let due = deaf_until.unwrap_or(heard + if asked { gone_after } else { ping_after });
            // Later, it is moved when it rings: most frames do not touch it.
            if due < timer.deadline() {
                timer.as_mut().reset(due);
            }
            let deaf = deaf_until.is_some() || self.saying.len() >= SAYING;
            tokio::select! {
                push = self.pushed.recv() => match push {
                    Some(push) => self.pushed_to(push).await?,
                    None => return Err(Gone),
                },
                Some((conversation, id, said)) = self.saying.next() => {
                    Box::pin(self.said(conversation, id, said)).await?;
                }
                Some((conversation, marks)) = self.marking.next() => {
                    Box::pin(self.marked(conversation, marks)).await?;
                }
                message = self.ws.recv(), if !deaf => {
                    heard = Instant::now();
                    self.heard_at = heard;
                    asked = false;
                    match message {
                        Some(Ok(Message::Text(text))) => {
                            deaf_until = self.pace.frame(heard);
                            // What was there for it before its frame was read is told before the answer.
                            for _ in 0..self.pushed.len() {
                                let Some(push) = self.next_push() else { break };
                                self.pushed_to(push).await?;
                            }
                            self.heard(&text).await?;
                        }
                        Some(Ok(Message::Binary(_))) => {
                            Box::pin(self.misunderstood("frames are text")).await?;
                        }
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Gone),
                    }
                }
                () = timer.as_mut() => if Instant::now() < due {
                    timer.as_mut().reset(due);
                } else if deaf_until.take().is_some() {
                    heard = due;
                } else if asked {
                    return Err(Gone);
                } else {
                    asked = true;
                    self.write(Message::Ping(axum::body::Bytes::new())).await?;
                }
            }
            for _ in 0..BATCH {
                let Some(push) = self.next_push() else { break };
                self.pushed_to(push).await?;
            }
            match self.socket.fell_behind() {
                Behind::Nothing => {}
                Behind::Lines => Box::pin(self.catch_up()).await?,
                Behind::Frames => return Err(Gone),
            }
            self.flush().await?;
        }
    }

    /// What was pushed and waits.
    pub(super) fn next_push(&mut self) -> Option<Push> {
        self.pushed.try_recv().ok()
    }

    pub(super) async fn pushed_to(&mut self, push: Push) -> Result<(), Gone> {
        match push {
            Push::Frame(frame) => self.write(Message::Text(frame)).await,
            Push::Watch(news) if self.follows(&news.conversation) => {
                self.write(Message::Text(news.frame.clone())).await
            }
            Push::Watch(..) => Ok(()),
            other => Box::pin(self.pushed_more(other)).await,
        }
    }

    async fn pushed_more(&mut self, push: Push) -> Result<(), Gone> {
        match push {
            Push::Frame(_) | Push::Watch(..) => Ok(()),
            Push::Line(news) => self.line_news(&news).await,
            Push::Heard(conversation) => self.becomes_heard(&conversation).await,
            Push::Invite(invite) => {
                let call = invite.call.clone();
                match self.try_invite(*invite, Instant::now()).await {
                    Ok(()) => Ok(()),
                    Err(Problem(error)) => self.problem(ErrorRecord { call: Some(call), ..error }).await,
                }
            }
            Push::Over(call) => {
                self.calls.remove(&call);
                Ok(())
            }
            Push::Close(why) => {
                let close = CloseFrame { code: close_code::AWAY, reason: why.into() };
                self.write(Message::Close(Some(close))).await?;
                self.flush().await?;
                Err(Gone)
            }
        }
    }

    /// An agent follows all of its login's conversations, anybody else those they sit in.
    pub(super) fn follows(&self, conversation: &ConversationId) -> bool {
        self.socket.is_agent() || self.seats.has(conversation)
    }

    async fn heard(&mut self, text: &Utf8Bytes) -> Result<(), Gone> {
        match serde_json::from_str::<ClientFrame>(text) {
            Ok(ClientFrame::Typing { conversation, state }) => self.typing(&conversation, state).await,
            Ok(frame) => Box::pin(self.frame(frame)).await,
            Err(error) => Box::pin(self.misunderstood(&format!("a frame is not understood: {error}"))).await,
        }
    }

    async fn frame(&mut self, frame: ClientFrame) -> Result<(), Gone> {
        match frame {
            ClientFrame::Hello(_) => self.misunderstood("hello comes once, first").await,
            ClientFrame::Invite(invite) => self.invite(invite).await,
            ClientFrame::Ringing { call } => self.with_call(&call, Handle::ringing).await,
            ClientFrame::Answer { call } => {
                self.person_did_something().await;
                self.with_call(&call, Handle::answer).await
            }
            ClientFrame::Decline { call } => {
                self.person_did_something().await;
                self.with_call(&call, Handle::decline).await
            }
            ClientFrame::Cancel { call } => self.with_call(&call, Handle::cancel).await,
            ClientFrame::Bye { call: Some(call), .. } => self.with_call(&call, Handle::bye).await,
            ClientFrame::Bye { conversation: Some(conversation), .. } => self.bye(&conversation).await,
            ClientFrame::Bye { .. } => self.misunderstood("bye names a call or a conversation").await,
            ClientFrame::Line { conversation, id, text, sealed } => {
                self.say(conversation, id, text, sealed).await
            }
            ClientFrame::Ack { conversation, received, read } => {
                self.mark(conversation, received, read).await
            }
            ClientFrame::Typing { conversation, state } => self.typing(&conversation, state).await,
            ClientFrame::Presence { state } => self.presence(state).await,
            ClientFrame::History { conversation, before, limit } => {
                self.history(conversation, before, limit).await
            }
            ClientFrame::Seen { notices } => self.seen(notices).await,
            ClientFrame::Unknown => Ok(()),
        }
    }

    pub(super) async fn misunderstood(&mut self, why: &str) -> Result<(), Gone> {
        self.nonsense += 1;
        self.problem(Problem::new(Code::BadRequest, why).0).await?;
        if self.nonsense < NONSENSE { Ok(()) } else { Err(Gone) }
    }

    /// Tells the client what failed.
    pub(super) async fn problem(&mut self, error: ErrorRecord) -> Result<(), Gone> {
        self.tell(&ServerFrame::Error(error)).await
    }

    /// Writes a frame into the buffer.
    pub(super) async fn tell(&mut self, frame: &ServerFrame) -> Result<(), Gone> {
        self.write(Message::Text(frames::text(frame))).await
    }

    /// Writes a message into the buffer. A client that does not read holds up only itself, and the stream below
    /// gives up on it after a while (`server::socket`).
    pub(super) async fn write(&mut self, message: Message) -> Result<(), Gone> {
        self.ws.feed(message).await.map_err(|_| Gone)
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        self.ws.flush().await.map_err(|_| Gone)
    }
}
