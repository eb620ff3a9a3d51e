//! What a live connection does, without doing it: events in, actions out, the time comes with the event.
//!
//! It connects again after a drop (at once, then with growing jittered waits), says where it was, says again
//! what was not acknowledged, takes its calls up again, and shows each line once and in order.
//! Moments are measured from the session's start.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{LiveError, Pace, Permit, asks::Asks, follow::Follow, outbox::Outbox};
use crate::wire::{
    CallId, Code, ConversationId, ErrorRecord, LineId, NoticeId,
    frame::{ClientFrame, Hello, Role, ServerFrame},
    limits,
    record::Presence,
};

mod events;
mod frames;
#[cfg(test)]
mod tests;

pub use events::{Action, Event, Shown, Wish};

/// Connections that may end in something that is no frame before the server counts as none.
const STRIKES: u32 = 3;
/// A connection without garbage for so long wipes the slate.
const STRIKES_FORGOTTEN: Duration = Duration::from_secs(60);
/// Acknowledgements of received lines go at most this often.
const MARKS_EVERY: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
enum Link {
    /// Not connected; tried again then.
    Down(Duration),
    Connecting,
    /// `hello` was said then.
    Greeting(Duration),
    Up,
}

/// How far one has received and read, as far as it is to be said.
#[derive(Debug, Default)]
struct Marks {
    received: Option<u64>,
    read: Option<u64>,
    said: bool,
}

/// The state of one live connection over all its sockets.
#[derive(Debug)]
pub struct Session {
    hello: Hello,
    server: String,
    pace: Pace,
    chance: u64,
    link: Link,
    tries: u32,
    /// Since when there is no connection.
    outage: Option<Duration>,
    /// Whether the face knows of the outage.
    told: bool,
    welcomed: bool,
    up_since: Duration,
    heard: Duration,
    next_ping: Duration,
    strikes: u32,
    /// What the other sides see as one's own names.
    me: Vec<String>,
    presence: Presence,
    follow: Follow,
    /// Where the calls are that ring.
    rings: BTreeMap<CallId, ConversationId>,
    marks: BTreeMap<ConversationId, Marks>,
    next_marks: Duration,
    seen: Vec<NoticeId>,
    outbox: Outbox,
    asks: Asks,
    finishing: bool,
    stopped: bool,
    actions: VecDeque<Action>,
}

impl Session {
    /// A session that has not connected yet.
    ///
    /// `hello` without `resume`; `server` names the server in errors; `positions` is what was received in
    /// earlier runs; `seed` is any number that differs between clients.
    #[must_use]
    pub fn new(
        hello: Hello,
        server: String,
        positions: impl IntoIterator<Item = (ConversationId, u64)>,
        pace: Pace,
        seed: u64,
    ) -> Self {
        let follow = Follow::new(positions, hello.role == Role::Agent, pace.gap);
        let presence = hello.presence.unwrap_or(Presence::Online);
        Self {
            hello,
            server,
            pace,
            chance: seed | 1,
            link: Link::Down(Duration::ZERO),
            tries: 0,
            outage: None,
            told: false,
            welcomed: false,
            up_since: Duration::ZERO,
            heard: Duration::ZERO,
            next_ping: Duration::ZERO,
            strikes: 0,
            me: Vec::new(),
            presence,
            follow,
            rings: BTreeMap::new(),
            marks: BTreeMap::new(),
            next_marks: Duration::ZERO,
            seen: Vec::new(),
            outbox: Outbox::default(),
            asks: Asks::default(),
            finishing: false,
            stopped: false,
            actions: VecDeque::new(),
        }
    }

    /// Takes an event.
    pub fn on(&mut self, event: Event, now: Duration) {
        if self.stopped {
            return;
        }
        match event {
            Event::Connected => self.greet(now),
            Event::Lost(why) => self.lost(why, Duration::ZERO, now),
            Event::Failed(error) => self.stop(Err(error)),
            Event::Frame(frame) => {
                self.heard = now;
                self.frame(*frame, now);
            }
            Event::Garbage(why) => self.strike(why, now),
            Event::Alive => self.heard = now,
            Event::Wish(Wish::Send(frame, permit)) => self.wish(frame, permit, now),
            Event::Wish(Wish::Finish) => self.finishing = true,
            Event::Tick => {}
        }
        self.due(now);
    }

    /// The next thing to do, until there is none.
    pub fn action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// When [`Event::Tick`] is due, unless something else happens before.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        if self.stopped {
            return None;
        }
        match self.link {
            Link::Down(until) => Some(until),
            Link::Connecting => None,
            Link::Greeting(since) => Some(since + self.pace.greeting),
            Link::Up => {
                let marks = self.marks.values().any(|marks| !marks.said).then_some(self.next_marks);
                [self.outbox.wake(now), self.asks.wake(now), self.follow.wake(), marks]
                    .into_iter()
                    .flatten()
                    .chain([self.next_ping, self.heard + self.pace.silence])
                    .min()
            }
        }
    }

    fn due(&mut self, now: Duration) {
        match self.link {
            _ if self.stopped => {}
            Link::Down(until) if now >= until && !self.has_finished() => {
                self.link = Link::Connecting;
                self.actions.push_back(Action::Connect);
            }
            Link::Greeting(since) if now >= since + self.pace.greeting => {
                self.actions.push_back(Action::Close);
                self.lost("no answer to hello".into(), Duration::ZERO, now);
            }
            Link::Up if now >= self.heard + self.pace.silence => {
                self.actions.push_back(Action::Close);
                let secs = self.pace.silence.as_secs();
                self.lost(format!("nothing heard for {secs} s"), Duration::ZERO, now);
            }
            Link::Up if self.follow.gets_stuck(now) => {
                self.actions.push_back(Action::Close);
                self.lost("no answer to history".into(), Duration::ZERO, now);
            }
            Link::Up => {
                if now >= self.next_ping {
                    self.next_ping = now + self.pace.ping;
                    self.actions.push_back(Action::Ping);
                }
                if now >= self.up_since + STRIKES_FORGOTTEN {
                    self.strikes = 0;
                }
                self.fill_gaps(now);
                self.flush(now);
            }
            Link::Down(_) | Link::Connecting | Link::Greeting(_) => {}
        }
        if !self.stopped && self.has_finished() {
            self.say_goodbye();
        }
    }

    fn greet(&mut self, now: Duration) {
        self.link = Link::Greeting(now);
        let resume = self.follow.resume();
        let presence = (self.hello.role == Role::Agent).then_some(self.presence);
        self.send(ClientFrame::Hello(Hello { resume, presence, ..self.hello.clone() }));
    }

    fn lost(&mut self, why: String, retry: Duration, now: Duration) {
        if matches!(self.link, Link::Up) && now >= self.up_since + self.pace.success {
            self.tries = 0;
        }
        let began = *self.outage.get_or_insert(now);
        let outage = now.saturating_sub(began);
        let chance = self.chance();
        self.link = Link::Down(now + self.pace.wait(self.tries, outage, chance).max(retry));
        self.tries += 1;
        self.outbox.lost();
        self.asks.lost();
        self.follow.lost();
        for marks in self.marks.values_mut() {
            marks.said = false;
        }
        let allowed = if self.welcomed { self.pace.lost } else { self.pace.first };
        if allowed.is_some_and(|allowed| outage >= allowed) {
            self.stop(Err(LiveError::Unreachable { server: self.server.clone(), why }));
        } else if !self.told {
            self.told = true;
            self.show(Shown::Lost(why));
        }
    }

    /// The server said something that is no frame: another connection may do better, but not for ever.
    fn strike(&mut self, why: String, now: Duration) {
        self.strikes += 1;
        self.actions.push_back(Action::Close);
        if self.strikes >= STRIKES {
            self.stop(Err(LiveError::Protocol { server: self.server.clone(), why }));
        } else {
            self.lost(why, Duration::ZERO, now);
        }
    }

    fn wish(&mut self, frame: ClientFrame, permit: Option<Permit>, now: Duration) {
        let up = matches!(self.link, Link::Up);
        match frame {
            ClientFrame::Hello(_) | ClientFrame::Unknown => {}
            ClientFrame::Line { ref conversation, ref id, ref text, ref sealed } => {
                if [text, sealed].into_iter().flatten().all(|words| limits::is_line(words)) {
                    self.follow.start(conversation);
                    self.outbox.say(frame, permit);
                } else {
                    self.refuse_line(conversation.clone(), id.clone());
                }
            }
            ClientFrame::Ack { conversation, received, read } => {
                let marks = self.marks.entry(conversation).or_default();
                let grown = (marks.received.max(received), marks.read.max(read));
                if grown != (marks.received, marks.read) {
                    *marks = Marks { received: grown.0, read: grown.1, said: false };
                }
            }
            ClientFrame::Presence { state } => {
                self.presence = state;
                if up {
                    self.send(frame);
                }
            }
            ClientFrame::Seen { notices } => self.seen.extend(notices),
            // Of the moment: of no use later.
            ClientFrame::Ringing { .. } | ClientFrame::Typing { .. } => {
                if up {
                    self.send(frame);
                }
            }
            ClientFrame::Cancel { ref call } | ClientFrame::Bye { call: Some(ref call), .. } => {
                let call = call.clone();
                if !self.asks.ask(frame) {
                    self.show(Shown::NeverPlaced(call));
                }
            }
            _ => {
                // What one answers one takes part in, also when the connection drops before that is confirmed.
                if let ClientFrame::Answer { call } = &frame
                    && let Some(conversation) = self.rings.get(call)
                {
                    self.follow.start(conversation);
                }
                self.asks.ask(frame);
            }
        }
        if up {
            self.flush(now);
        }
    }

    /// No server takes it, and one that closes the connection over it would be asked again for ever.
    fn refuse_line(&mut self, conversation: ConversationId, id: LineId) {
        let words = "a line is at most 16 KiB, and 48 KiB as JSON writes it";
        let error = ErrorRecord::new(Code::TooLarge, words);
        let error = ErrorRecord { conversation: Some(conversation), id: Some(id), ..error };
        self.show(Shown::Frame { frame: Box::new(ServerFrame::Error(error)), received: None });
    }

    fn flush(&mut self, now: Duration) {
        let all_said = self.outbox.is_empty();
        self.actions.extend(self.asks.to_send(now, all_said).map(Action::Send));
        self.actions.extend(self.outbox.to_send(now).map(Action::Send));
        while !self.seen.is_empty() {
            let notices = self.seen.drain(..self.seen.len().min(limits::NOTICES)).collect();
            self.send(ClientFrame::Seen { notices });
        }
        if now >= self.next_marks || self.finishing {
            for (conversation, marks) in self.marks.iter_mut().filter(|(_, marks)| !marks.said) {
                marks.said = true;
                self.next_marks = now + MARKS_EVERY;
                self.actions.push_back(Action::Send(ClientFrame::Ack {
                    conversation: conversation.clone(),
                    received: marks.received,
                    read: marks.read,
                }));
            }
        }
    }

    fn has_finished(&self) -> bool {
        self.finishing && self.outbox.is_empty() && self.asks.is_settled()
    }

    fn say_goodbye(&mut self) {
        if matches!(self.link, Link::Up) && self.hello.role == Role::Agent {
            self.send(ClientFrame::Presence { state: Presence::Off });
        }
        self.stop(Ok(()));
    }

    fn stop(&mut self, end: Result<(), LiveError>) {
        if !self.stopped {
            self.stopped = true;
            self.actions.extend([Action::Close, Action::Stop(end)]);
        }
    }

    fn send(&mut self, frame: ClientFrame) {
        self.actions.push_back(Action::Send(frame));
    }

    fn show(&mut self, shown: Shown) {
        self.actions.push_back(Action::Show(shown));
    }

    /// A number that differs each time and between clients (xorshift; nothing secret hangs on it).
    fn chance(&mut self) -> u32 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        u32::try_from(self.chance >> 32).unwrap_or(0)
    }
}
