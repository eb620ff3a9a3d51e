//! Carries a session's actions out: a thread of its own with sockets and timers, so that a face that waits for
//! a slow terminal or disk does not hold up the heartbeat.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    io,
    pin::Pin,
    sync::mpsc as std_mpsc,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    runtime::LocalRuntime,
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Bytes, Message};

use super::{
    LiveError, Permit, Target,
    connect::{Failure, Socket},
    session::{Action, Event, Session, Shown, Wish},
};
use crate::wire::{self, display, frame::ClientFrame, frame::ServerFrame};

/// Things to show that wait for the face; beyond it nothing more is read from the server.
const WAITING: usize = 64;
/// How long a socket that is closed may take to send what is left.
const CLOSING: Duration = Duration::from_secs(2);

/// What a face is told.
#[derive(Debug)]
pub enum Happening {
    /// Show this.
    Shown(Shown),
    /// Nothing more comes.
    Ended(Result<(), LiveError>),
}

/// A live connection that runs. Dropping it lets go of the socket without a goodbye.
#[derive(Debug, Clone)]
pub struct Live {
    wishes: mpsc::UnboundedSender<Wish>,
}

impl Live {
    /// Starts the session's thread. What happens goes `to` the face, at its own speed; `beside` runs on the same
    /// thread (for signals) and is dropped with it.
    ///
    /// # Errors
    /// When the system gives no thread, or no runtime for it.
    pub fn start<T: From<Happening> + Send + 'static>(
        target: Target,
        session: Session,
        to: mpsc::Sender<T>,
        beside: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<Self> {
        let (wishes, wished) = mpsc::unbounded_channel();
        let (ready, is_ready) = std_mpsc::channel();
        thread::Builder::new().name("live".into()).spawn(move || {
            // A local runtime cannot leave its thread, and does not bring the scheduler of many threads along.
            let runtime = match LocalRuntime::new() {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let _ = ready.send(Ok(()));
            runtime.block_on(async {
                tokio::spawn(beside);
                Driver::new(target, session).run(wished, to).await;
            });
        })?;
        is_ready.recv().map_err(io::Error::other)??;
        Ok(Self { wishes })
    }

    /// Says or asks something; see [`Wish`].
    pub fn send(&self, frame: ClientFrame) {
        self.wish(Wish::Send(frame, None));
    }

    /// Says a line that came from an input behind a gate.
    pub fn say(&self, line: ClientFrame, permit: Option<Permit>) {
        self.wish(Wish::Send(line, permit));
    }

    /// Ends politely; [`Happening::Ended`] comes when that is done.
    pub fn finish(&self) {
        self.wish(Wish::Finish);
    }

    fn wish(&self, wish: Wish) {
        // After the end nobody takes wishes, and nobody misses them.
        let _ = self.wishes.send(wish);
    }
}

type Connecting = Pin<Box<dyn Future<Output = Result<Socket, Failure>> + Send>>;

struct Driver {
    target: Target,
    session: Session,
    began: Instant,
    connecting: Option<Connecting>,
    line: Option<Line>,
    closing: JoinSet<()>,
    waiting: VecDeque<Happening>,
    end: Option<Result<(), LiveError>>,
}

impl Driver {
    fn new(target: Target, session: Session) -> Self {
        Self {
            target,
            session,
            began: Instant::now(),
            connecting: None,
            line: None,
            closing: JoinSet::new(),
            waiting: VecDeque::new(),
            end: None,
        }
    }

    async fn run<T: From<Happening>>(
        mut self,
        mut wishes: mpsc::UnboundedReceiver<Wish>,
        to: mpsc::Sender<T>,
    ) {
        self.event(Event::Tick);
        while self.end.is_none() || !self.waiting.is_empty() {
            let full = self.waiting.len() >= WAITING;
            let wake = self.session.wake(self.began.elapsed()).map(|at| self.began + at);
            tokio::select! {
                place = to.reserve(), if !self.waiting.is_empty() => match (place, self.waiting.pop_front()) {
                    (Ok(place), Some(happening)) => place.send(happening.into()),
                    _ => return,
                },
                wish = wishes.recv(), if self.end.is_none() => match wish {
                    Some(wish) => self.event(Event::Wish(wish)),
                    None => return,
                },
                event = poll_fn(|cx| poll(&mut self.line, cx, !full)), if self.line.is_some() => {
                    if matches!(event, Event::Lost(_)) {
                        self.line = None;
                    }
                    self.event(event);
                }
                connected = async { Some(self.connecting.as_mut()?.await) }, if self.connecting.is_some() => {
                    self.connecting = None;
                    if let Some(connected) = connected {
                        self.connected(connected);
                    }
                }
                () = sleep_until(wake.unwrap_or(self.began)), if wake.is_some() => {
                    if full {
                        // It is we who do not listen: that is no silence of the server's.
                        self.event(Event::Alive);
                    }
                    self.event(Event::Tick);
                }
            }
        }
        // The face may end the process when it hears of the end: by then everything has been said.
        let _ = timeout(CLOSING, async { while self.closing.join_next().await.is_some() {} }).await;
        let _ = to.send(Happening::Ended(self.end.unwrap_or(Ok(()))).into()).await;
    }

    fn connected(&mut self, connected: Result<Socket, Failure>) {
        match connected {
            Ok(socket) => {
                self.line = Some(Line { socket, out: VecDeque::new(), unflushed: false });
                self.event(Event::Connected);
            }
            Err(Failure::Lost(why)) => self.event(Event::Lost(why)),
            Err(Failure::Final(error)) => self.event(Event::Failed(error)),
        }
    }

    fn event(&mut self, event: Event) {
        self.session.on(event, self.began.elapsed());
        while let Some(action) = self.session.action() {
            match action {
                Action::Connect => {
                    let target = self.target.clone();
                    self.connecting = Some(Box::pin(async move { target.connect().await }));
                }
                Action::Send(frame) => {
                    // Every frame has a JSON form; one that had none would be left out.
                    if let (Some(line), Ok(text)) = (&mut self.line, wire::to_json(&frame)) {
                        line.out.push_back(Message::text(text));
                    }
                }
                Action::Ping => {
                    if let Some(line) = &mut self.line {
                        line.out.push_back(Message::Ping(Bytes::new()));
                    }
                }
                Action::Close => {
                    self.connecting = None;
                    if let Some(line) = self.line.take() {
                        self.closing.spawn(line.close());
                    }
                }
                Action::Show(shown) => self.waiting.push_back(Happening::Shown(shown)),
                Action::Stop(end) => self.end = Some(end),
            }
        }
    }
}

/// An open socket and what is to be written to it.
struct Line {
    socket: Socket,
    out: VecDeque<Message>,
    unflushed: bool,
}

/// Writes what can be written and, if `read`, waits for what comes.
fn poll(line: &mut Option<Line>, cx: &mut Context<'_>, read: bool) -> Poll<Event> {
    let Some(line) = line else { return Poll::Pending };
    if let Err(error) = line.poll_write(cx) {
        return Poll::Ready(broken(error));
    }
    if read { line.socket.poll_next_unpin(cx).map(heard) } else { Poll::Pending }
}

impl Line {
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<(), tungstenite::Error> {
        while !self.out.is_empty() {
            match self.socket.poll_ready_unpin(cx) {
                Poll::Ready(ready) => ready?,
                Poll::Pending => return Ok(()),
            }
            if let Some(message) = self.out.pop_front() {
                self.socket.start_send_unpin(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed
            && let Poll::Ready(flushed) = self.socket.poll_flush_unpin(cx)
        {
            flushed?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// Sends what is left and says goodbye, if that can be done soon. Reads until the server has closed, too: a
    /// socket that is dropped with something unread takes back what the server has not read yet.
    async fn close(mut self) {
        let goodbye = async {
            for message in self.out {
                self.socket.feed(message).await?;
            }
            self.socket.close(None).await?;
            while let Some(Ok(_)) = self.socket.next().await {}
            Ok::<(), tungstenite::Error>(())
        };
        let _ = timeout(CLOSING, goodbye).await;
    }
}

/// What the server said.
fn heard(message: Option<Result<Message, tungstenite::Error>>) -> Event {
    match message {
        Some(Ok(Message::Text(text))) => decode(&text),
        Some(Ok(Message::Binary(_))) => Event::Garbage("a frame that is no text".into()),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Event::Alive,
        Some(Ok(Message::Close(frame))) => {
            let reason = frame.map(|frame| display::clean(&frame.reason)).filter(|why| !why.is_empty());
            Event::Lost(reason.unwrap_or_else(|| "the server closed the connection".into()))
        }
        Some(Err(error)) => broken(error),
        None => Event::Lost("the server closed the connection".into()),
    }
}

/// What a socket's error means.
fn broken(error: tungstenite::Error) -> Event {
    use tungstenite::{Error, error::ProtocolError};
    match error {
        Error::Io(error) => Event::Lost(crate::client::http::plain_words(&error)),
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing) => {
            Event::Lost("the connection broke".into())
        }
        other => Event::Garbage(other.to_string()),
    }
}

/// A frame, if it is one and of our version.
fn decode(text: &str) -> Event {
    #[derive(serde::Deserialize)]
    struct Version {
        v: Option<u64>,
    }
    let ours = text.starts_with("{\"v\":1,");
    if !ours
        && let Ok(Version { v: Some(v) }) = serde_json::from_str(text)
        && v != u64::from(wire::VERSION)
    {
        let why = format!("it speaks version {v}, this tool version {}", wire::VERSION);
        return Event::Failed(LiveError::Protocol { server: "the server".into(), why });
    }
    match serde_json::from_str::<ServerFrame>(text) {
        Ok(frame) => Event::Frame(Box::new(frame)),
        Err(error) => Event::Garbage(format!("a frame that is not understood: {error}")),
    }
}
