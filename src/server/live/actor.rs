//! One open call: the pure machine of the `call` room with the world around it. Everything that happens to a call
//! comes here in one queue; `doing` carries the machine's actions out.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    board::{Handle, News, Place},
    invite::server_id,
    registry::{Push, Socket},
    seated::Seated,
};
use crate::{
    call::{
        Action, Call, Event, Party, Side,
        crossing::{Crossing, Inviter, cross},
        words::{Standing, State},
    },
    server::Shared,
    store::{Conversation, StoreError},
    wire::{
        CallId, NoticeId, Time,
        frame::{Reason, ServerFrame},
        record::Presence,
    },
};

/// The connection that placed a call, and its own id for it.
#[derive(Debug)]
pub struct Caller {
    /// Which connection.
    pub socket: Arc<Socket>,
    /// Its id for the call.
    pub id: CallId,
}

/// What a call is about.
#[derive(Debug)]
pub struct Subject {
    /// Where it takes place.
    pub conversation: Conversation,
    /// False: there is nobody to call, and nothing is written.
    pub real: bool,
}

/// A call that goes on.
#[derive(Debug)]
pub struct Actor {
    pub(super) shared: Shared,
    pub(super) subject: Subject,
    pub(super) handle: Handle,
    pub(super) call: Call,
    /// Who takes part on each connection, and under which id.
    pub(super) inside: HashMap<u64, Seat>,
    /// Connections of the callee that were invited.
    pub(super) invited: HashMap<u64, Arc<Socket>>,
    /// Which devices have the two seats, also while they are not connected.
    pub(super) seated: Seated,
    /// The notice that was left while the call goes on.
    pub(super) notice: Option<NoticeId>,
    /// What the caller was last told of the callee.
    pub(super) told: Option<Presence>,
    /// They talk, or talked.
    pub(super) talked: bool,
    /// Before this a knocker is told nothing of what happens now.
    even: Instant,
}

/// How a call's task begins.
#[derive(Debug)]
pub struct Start {
    /// What to do first.
    pub actions: Vec<Action>,
    /// Who placed it; `None`: it is taken up after a restart.
    pub caller: Option<Caller>,
    /// Who sat in it before the restart.
    pub seated: Seated,
    /// The notice that was left before the restart.
    pub notice: Option<NoticeId>,
    /// What its caller knew of the callee before the restart.
    pub told: Option<Presence>,
    /// When the invite came in.
    pub began: Instant,
}

/// A knocker is told of anything only so long after it happened: what is done for somebody who is there takes time,
/// and what is done for nobody takes none.
const EVEN: Duration = Duration::from_millis(100);

/// A connection in a call.
#[derive(Debug, Clone)]
pub struct Seat {
    /// Which.
    pub socket: Arc<Socket>,
    /// On which side.
    pub side: Side,
    /// What it calls the call.
    pub id: CallId,
}

/// Starts a call's task.
pub fn spawn(shared: &Shared, subject: Subject, call: Call, place: Place, start: Start) {
    let side = call.caller();
    let Start { actions, caller, seated, notice, told, began } = start;
    let call_talks = call.state() == State::Answered;
    let mut actor = Actor {
        shared: shared.clone(),
        subject,
        handle: place.handle,
        call,
        inside: HashMap::new(),
        invited: HashMap::new(),
        seated,
        notice,
        told,
        talked: call_talks,
        even: began + EVEN,
    };
    if let Some(Caller { socket, id }) = caller {
        actor.sit(&socket, side, Some(id));
    }
    tokio::spawn(async move {
        actor.run(actions, place.news).await;
        let over = |socket: &Socket, id: &CallId| socket.push(Push::Over(id.clone()));
        actor.inside.values().for_each(|seat| over(&seat.socket, &seat.id));
        actor.invited.values().for_each(|socket| over(socket, &actor.handle.id));
    });
}

/// The presence of a party, and when it changes by itself. A guest is online while a page of theirs is open.
///
/// # Errors
/// When the database cannot be read.
pub async fn presence(
    shared: &Shared,
    party: &Party,
    now: Time,
) -> Result<(Presence, Option<Time>), StoreError> {
    let live = &shared.live.0;
    match party {
        Party::Login(login) => live.presences.of(&live.store, login, now, &live.times).await,
        Party::Guest(_) if live.registry.of(party).is_empty() => Ok((Presence::Off, None)),
        Party::Guest(_) => Ok((Presence::Online, None)),
    }
}

impl Actor {
    async fn run(&mut self, actions: Vec<Action>, mut news: mpsc::UnboundedReceiver<News>) {
        let mut over = self.carry_out(actions, None).await;
        while !over {
            let now = Time::now();
            let changes = self.presence_changes(now).await;
            let due = [self.call.deadline(&self.shared.live.0.times), changes].into_iter().flatten().min();
            let wait = due.map(|due| Duration::from_millis(u64::try_from(due.since(now)).unwrap_or(0)));
            // Without a deadline, look again in a day: both sides talk.
            let until = Instant::now() + wait.unwrap_or(Duration::from_secs(86_400));
            tokio::select! {
                Some(told) = news.recv() => over = self.hear(told).await,
                () = sleep_until(until) => over = self.time_passed(changes).await,
            }
        }
        // Off the board first: who finds the queue closed finds no call there either, and places a new one.
        self.shared.live.0.board.clear(&self.handle);
        news.close();
        while let Some(told) = news.recv().await {
            self.too_late(told);
        }
    }

    /// When the presence that an unanswered call depends on changes by itself.
    async fn presence_changes(&self, now: Time) -> Option<Time> {
        let open = !matches!(self.call.state(), State::Answered | State::Ended(_));
        if !open || !self.subject.real || self.call.standing() != Standing::Ring {
            return None;
        }
        presence(&self.shared, &self.callee(), now).await.ok().and_then(|(_, until)| until)
    }

    async fn time_passed(&mut self, changes: Option<Time>) -> bool {
        let now = Time::now();
        if changes.is_some_and(|at| at <= now)
            && let Ok((presence, _)) = presence(&self.shared, &self.callee(), now).await
            && self.told != Some(presence)
        {
            return self.event(Event::Presence(presence), None).await;
        }
        self.event(Event::Tick, None).await
    }

    /// Something happened. True: the call is over.
    async fn hear(&mut self, news: News) -> bool {
        match news {
            News::Event(Event::Presence(presence)) if self.told == Some(presence) => false,
            News::Event(event) => self.event(event, None).await,
            News::Device(socket, event) => self.device(socket, event).await,
            News::Party(socket, event) => self.party(&socket, event).await,
            News::Invite { socket, side, invite, here } => {
                self.invited_again(socket, side, invite.call, here).await
            }
            News::Left(id) => self.left(id).await,
            News::Resumed(socket, side) => {
                self.state_is_answered() && self.rejoins(&socket, side) && self.rejoin(socket, side).await
            }
        }
    }

    fn state_is_answered(&self) -> bool {
        self.call.state() == State::Answered
    }

    /// Whether a connection that was not in the call takes a side's place in it again: its device had it. The server
    /// may still believe in that device's old connection. A guest is no device: nobody may be left there.
    fn rejoins(&self, socket: &Socket, side: Side) -> bool {
        self.seated.is_of(side, socket) && (socket.device.is_some() || self.call.is_gone(side))
    }

    async fn rejoin(&mut self, socket: Arc<Socket>, side: Side) -> bool {
        self.sit(&socket, side, None);
        self.event(Event::Back(side), Some(socket)).await
    }

    async fn device(&mut self, socket: Arc<Socket>, event: Event) -> bool {
        let callee = self.callee();
        if !socket.parties().any(|party| party == callee) {
            return false;
        }
        let open = !matches!(self.call.state(), State::Answered | State::Ended(_));
        match event {
            Event::Answer if open => {
                if matches!(self.call.standing(), Standing::Hidden(_)) {
                    return false;
                }
                self.sit(&socket, self.call.caller().other(), None);
                self.event(event, Some(socket)).await
            }
            // Its connection dropped before it was told.
            Event::Answer if self.answers_again(&socket) => {
                self.rejoin(socket, self.call.caller().other()).await
            }
            // Somebody else was quicker.
            Event::Answer if !self.inside.contains_key(&socket.id) => {
                self.tell_ended(&socket, &self.handle.id, Reason::AnsweredElsewhere, None, None);
                false
            }
            _ => self.event(event, Some(socket)).await,
        }
    }

    fn answers_again(&self, socket: &Socket) -> bool {
        let side = self.call.caller().other();
        self.state_is_answered() && self.call.is_gone(side) && self.seated.is_of(side, socket)
    }

    async fn party(&mut self, socket: &Arc<Socket>, event: Event) -> bool {
        let side = match self.inside.get(&socket.id) {
            Some(seat) => Some(seat.side),
            None => socket.parties().find_map(|party| self.subject.conversation.side_of(&party)),
        };
        let Some(side) = side else { return false };
        match event {
            Event::Cancel if side != self.call.caller() => self.event(Event::Bye(side), None).await,
            Event::Bye(_) => self.event(Event::Bye(side), None).await,
            other => self.event(other, None).await,
        }
    }

    async fn invited_again(&mut self, socket: Arc<Socket>, side: Side, id: CallId, here: bool) -> bool {
        // A client that was killed and presses again was brought back to the answered call by its hello already.
        let brought_back = |seat: &Seat| self.state_is_answered() && seat.socket.id == socket.id;
        let is_it = |seat: &Seat| seat.side == side && (seat.id == id || brought_back(seat));
        let known = self.inside.values().any(is_it);
        let same_call = known || server_id(&self.subject.conversation.id, side, &id) == self.handle.id;
        match cross(&self.call, Inviter { side, same_call, same_conversation: here }) {
            Crossing::Busy => {
                self.tell_ended(&socket, &id, Reason::Busy, None, None);
                socket.push(Push::Over(id));
                false
            }
            Crossing::TakesUp => {
                self.inside.retain(|_, seat| seat.side != side || seat.id != id);
                if self.sit(&socket, side, Some(id.clone())) {
                    self.save().await;
                }
                if let Some(state) = self.told {
                    self.tell(
                        &socket,
                        &ServerFrame::Presence { call: Some(id), login: self.callee_login(), state },
                    );
                }
                self.event(Event::Back(side), Some(socket)).await
            }
            Crossing::Answers => {
                self.sit(&socket, side, Some(id));
                self.event(Event::Answer, Some(socket)).await
            }
        }
    }

    async fn left(&mut self, id: u64) -> bool {
        self.invited.remove(&id);
        let Some(seat) = self.inside.remove(&id) else { return false };
        if self.inside.values().any(|other| other.side == seat.side) {
            return false;
        }
        self.event(Event::Gone(seat.side), None).await
    }

    /// Feeds the machine and carries out what it says. True: the call is over.
    async fn event(&mut self, event: Event, socket: Option<Arc<Socket>>) -> bool {
        self.even = Instant::now() + EVEN;
        let actions = self.call.on(event, Time::now(), &self.shared.live.0.times);
        self.carry_out(actions, socket).await
    }

    async fn carry_out(&mut self, actions: Vec<Action>, socket: Option<Arc<Socket>>) -> bool {
        let waits = self.call.state() == State::Waiting && self.call.standing() == Standing::Ring;
        self.handle.waits.store(waits, Ordering::Release);
        for action in actions {
            if !self.carry(action, socket.as_ref()).await {
                return true;
            }
        }
        matches!(self.call.state(), State::Ended(_))
    }

    /// True: another device had the seat, or none.
    pub(super) fn sit(&mut self, socket: &Arc<Socket>, side: Side, id: Option<CallId>) -> bool {
        let id = id.unwrap_or_else(|| self.handle.id.clone());
        self.inside.insert(socket.id, Seat { socket: Arc::clone(socket), side, id });
        self.seated.sit(side, socket)
    }

    /// Waits until a knocker may be told.
    pub(super) async fn evenly(&self) {
        if self.is_knocker() {
            sleep_until(self.even).await;
        }
    }

    /// Whether the caller must not learn whether there is anybody.
    pub(super) fn is_knocker(&self) -> bool {
        self.call.standing() != Standing::Ring && !self.talked
    }

    /// News that came while the call ended. Another invite is another call.
    fn too_late(&self, news: News) {
        match news {
            News::Invite { socket, invite, .. } => socket.push(Push::Invite(invite)),
            News::Device(socket, Event::Answer) => {
                if let State::Ended(reason) = self.call.state() {
                    self.tell_ended(&socket, &self.handle.id, reason, None, None);
                }
            }
            _ => {}
        }
    }

    pub(super) fn callee(&self) -> Party {
        self.subject.conversation.party(self.call.caller().other())
    }

    pub(super) fn callee_login(&self) -> Option<crate::wire::LoginId> {
        self.callee().login().cloned()
    }
}
