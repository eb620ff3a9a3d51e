//! The open calls of this server, and how to reach each.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{sync::mpsc, time::Instant};

use super::{actor, registry::Socket, seated::Seated};
use crate::{
    call::{
        Call, Event, Party, Side,
        words::{Standing, State},
    },
    server::Shared,
    store::{CallRow, CallState, Conversation, NewNotice, StoreError},
    wire::{
        CallId, ConversationId, LoginId, Time, ask,
        frame::Invite,
        record::{Missed, Presence},
    },
};

/// Open calls of one party that are shown to it at once; further attempts are not shown.
pub const CALLS_TO_ONE: usize = 50;

/// What a call is told.
#[derive(Debug)]
pub enum News {
    /// Something for the machine.
    Event(Event),
    /// A device of the callee does something.
    Device(Arc<Socket>, Event),
    /// A side of the call, on this connection, does something.
    Party(Arc<Socket>, Event),
    /// An invite finds this call open.
    Invite {
        socket: Arc<Socket>,
        side: Side,
        invite: Box<Invite>,
        /// In this call's conversation, not another one of the two.
        here: bool,
    },
    /// A connection is gone.
    Left(u64),
    /// A connection says where it was in the conversation.
    Resumed(Arc<Socket>, Side),
}

/// One open call, as connections hold it.
#[derive(Debug, Clone)]
pub struct Handle {
    /// The server's id for it.
    pub id: CallId,
    /// Where.
    pub conversation: ConversationId,
    /// Who called.
    pub from: String,
    /// About which mail.
    pub subject: Option<String>,
    /// The side that called.
    pub caller: Side,
    /// Who is called.
    pub callee: Party,
    pair: Pair,
    /// It waits for an agent (a ring, not a knock, not answered).
    pub waits: Arc<AtomicBool>,
    news: mpsc::UnboundedSender<News>,
}

impl Handle {
    fn tell(&self, news: News) {
        // A call that is over tells nobody anything any more.
        let _ = self.news.send(news);
    }

    /// The callee's presence changed.
    pub fn presence(&self, presence: Presence) {
        self.tell(News::Event(Event::Presence(presence)));
    }

    /// A device of the callee connected.
    pub fn device_came(&self, socket: &Arc<Socket>, presence: Presence) {
        self.tell(News::Device(Arc::clone(socket), Event::DeviceCame(presence)));
    }

    /// A device alerts.
    pub fn ringing(&self, socket: &Arc<Socket>) {
        self.tell(News::Device(Arc::clone(socket), Event::Ringing));
    }

    /// A device takes it.
    pub fn answer(&self, socket: &Arc<Socket>) {
        self.tell(News::Device(Arc::clone(socket), Event::Answer));
    }

    /// A device refuses it.
    pub fn decline(&self, socket: &Arc<Socket>) {
        self.tell(News::Device(Arc::clone(socket), Event::Decline));
    }

    /// The caller gives up.
    pub fn cancel(&self, socket: &Arc<Socket>) {
        self.tell(News::Party(Arc::clone(socket), Event::Cancel));
    }

    /// A side hangs up.
    pub fn bye(&self, socket: &Arc<Socket>) {
        // The actor knows which side the connection is; the event's own side is filled in there.
        self.tell(News::Party(Arc::clone(socket), Event::Bye(Side::Owner)));
    }

    /// An invite finds it open. Given back: the call is over meanwhile, and off the board.
    pub fn invited(
        &self,
        socket: &Arc<Socket>,
        side: Side,
        invite: Invite,
        here: bool,
    ) -> Result<(), Box<Invite>> {
        let news = News::Invite { socket: Arc::clone(socket), side, invite: Box::new(invite), here };
        match self.news.send(news) {
            Err(mpsc::error::SendError(News::Invite { invite, .. })) => Err(invite),
            _ => Ok(()),
        }
    }

    /// A connection is gone.
    pub fn left(&self, socket: u64) {
        self.tell(News::Left(socket));
    }

    /// A connection says where it was.
    pub fn resumed(&self, socket: &Arc<Socket>, side: Side) {
        self.tell(News::Resumed(Arc::clone(socket), side));
    }
}

/// All open calls.
#[derive(Debug, Default)]
pub struct Board(Mutex<Table>);

/// The two of a call, in order.
type Pair = [Party; 2];

fn pair(conversation: &Conversation) -> Pair {
    let mut two = [conversation.party(Side::Owner), conversation.party(Side::Peer)];
    two.sort();
    two
}

#[derive(Debug, Default)]
struct Table {
    by_id: HashMap<CallId, Handle>,
    by_conversation: HashMap<ConversationId, CallId>,
    by_pair: HashMap<Pair, CallId>,
    by_callee: HashMap<Party, Vec<CallId>>,
}

/// A place on the board for a call that begins.
#[derive(Debug)]
pub struct Place {
    /// How others reach it.
    pub handle: Handle,
    /// What they tell it.
    pub news: mpsc::UnboundedReceiver<News>,
}

impl Board {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The call that is open between the two of a conversation.
    pub fn between(&self, conversation: &Conversation) -> Option<Handle> {
        let table = self.table();
        table.by_pair.get(&pair(conversation)).and_then(|id| table.by_id.get(id)).cloned()
    }

    /// A place for a call in `conversation`, or the call that is open between its two: one open call per pair.
    /// `shown`: the callee's devices get to see it.
    pub fn place(
        &self,
        id: CallId,
        conversation: &Conversation,
        caller: Side,
        shown: bool,
    ) -> Result<Place, Box<Handle>> {
        let mut table = self.table();
        let pair = pair(conversation);
        if let Some(open) = table.by_pair.get(&pair).and_then(|id| table.by_id.get(id)) {
            return Err(Box::new(open.clone()));
        }
        let callee = conversation.party(caller.other());
        let (sender, news) = mpsc::unbounded_channel();
        let handle = Handle {
            id: id.clone(),
            conversation: conversation.id.clone(),
            from: conversation.name(caller).to_owned(),
            subject: conversation.subject.clone(),
            caller,
            callee: callee.clone(),
            pair: pair.clone(),
            waits: Arc::new(AtomicBool::new(false)),
            news: sender,
        };
        table.by_id.insert(id.clone(), handle.clone());
        table.by_conversation.insert(conversation.id.clone(), id.clone());
        table.by_pair.insert(pair, id.clone());
        if shown {
            table.by_callee.entry(callee).or_default().push(id);
        }
        Ok(Place { handle, news })
    }

    /// The call is over.
    pub fn clear(&self, handle: &Handle) {
        let mut table = self.table();
        table.by_id.remove(&handle.id);
        table.by_conversation.remove(&handle.conversation);
        table.by_pair.remove(&handle.pair);
        if let Some(calls) = table.by_callee.get_mut(&handle.callee) {
            calls.retain(|id| *id != handle.id);
            if calls.is_empty() {
                table.by_callee.remove(&handle.callee);
            }
        }
    }

    /// The call with this id of the server's.
    pub fn get(&self, id: &CallId) -> Option<Handle> {
        self.table().by_id.get(id).cloned()
    }

    /// The open call of a conversation.
    pub fn in_conversation(&self, id: &ConversationId) -> Option<Handle> {
        let table = self.table();
        table.by_conversation.get(id).and_then(|id| table.by_id.get(id)).cloned()
    }

    /// Open calls to somebody.
    pub fn to(&self, callee: &Party) -> Vec<Handle> {
        let table = self.table();
        let ids = table.by_callee.get(callee);
        ids.into_iter().flatten().filter_map(|id| table.by_id.get(id)).cloned().collect()
    }

    /// Whether so many calls to somebody are open that a further one is not shown.
    pub fn is_crowded(&self, callee: &Party) -> bool {
        self.table().by_callee.get(callee).is_some_and(|calls| calls.len() > CALLS_TO_ONE)
    }

    /// Calls to a login that wait for an agent.
    pub fn waiting(&self, login: &LoginId) -> Vec<ask::Waiting> {
        let waits = self
            .to(&Party::Login(login.clone()))
            .into_iter()
            .filter(|call| call.waits.load(Ordering::Acquire));
        waits.map(|call| ask::Waiting { call: call.id, from: call.from, subject: call.subject }).collect()
    }
}

/// Takes up the calls that a server before this one left open.
pub async fn restore(shared: &Shared, now: Time) -> Result<(), StoreError> {
    for row in shared.store.open_calls().await? {
        let Some(conversation) = shared.store.conversation(row.conversation.clone()).await? else { continue };
        match serde_json::from_str::<Call>(&row.snapshot) {
            Ok(call) if !matches!(call.state(), State::Ended(_)) => {
                // What an earlier version wrote says nothing of seats.
                let seated = serde_json::from_str(&row.snapshot).unwrap_or_default();
                take_up(shared, row, conversation, (call, seated), now).await?;
            }
            _ => give_up(shared, row, now).await?,
        }
    }
    Ok(())
}

async fn take_up(
    shared: &Shared,
    row: CallRow,
    conversation: Conversation,
    (mut call, seated): (Call, Seated),
    now: Time,
) -> Result<(), StoreError> {
    let shown = !matches!(call.standing(), Standing::Hidden(_));
    let Ok(place) = shared.live.0.board.place(row.id, &conversation, row.caller, shown) else {
        return Ok(());
    };
    call.restore(now);
    let callee = row.caller.other();
    let notice = shared.store.waiting_notice(conversation.id.clone(), callee).await?;
    let notice = notice.filter(|_| call.has_notice());
    let told = match call.standing() {
        Standing::Ring => actor::presence(shared, &conversation.party(callee), now).await?.0,
        Standing::Knock(_) | Standing::Hidden(_) => Presence::Unknown,
    };
    let began = Instant::now();
    let start = actor::Start { actions: Vec::new(), caller: None, seated, notice, told: Some(told), began };
    actor::spawn(shared, actor::Subject { conversation, real: true }, call, place, start);
    Ok(())
}

/// A call whose end was decided and not written, or whose snapshot says nothing: it was missed.
async fn give_up(shared: &Shared, row: CallRow, now: Time) -> Result<(), StoreError> {
    let state = if row.state == CallState::Answered { CallState::Ended } else { CallState::Missed };
    let notice = NewNotice {
        conversation: row.conversation.clone(),
        to: row.caller.other(),
        reason: Missed::Expired,
        at: row.started,
    };
    let row = CallRow { state, changed: now, ..row };
    match state {
        CallState::Missed => shared.store.miss_call(row, Some(notice)).await.map(drop),
        _ => shared.store.put_call(row).await,
    }
}
