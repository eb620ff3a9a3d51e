//! Who is connected: the one face behind which a second node would stand.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use crate::{
    call::Party,
    store::DeviceRow,
    wire::{
        ConversationId, DeviceId, LineId, LoginId, SecretHash,
        frame::{Invite, Role},
    },
};

/// Frames that wait for one connection. A client that reads more slowly than that falls behind: lines are read
/// again from the database, anything else closes it.
pub const QUEUE: usize = 512;

/// The number of no connection, for what everybody is told.
pub const NOBODY: u64 = 0;

/// What is pushed to a connection from elsewhere.
#[derive(Debug, Clone)]
pub enum Push {
    /// Goes out as it is.
    Frame(Utf8Bytes),
    /// Goes out if this connection follows the conversation; may be lost.
    Watch(Arc<Watched>),
    /// A line became durable.
    Line(Arc<LineNews>),
    /// What the knocker says in this conversation is heard from now on.
    Heard(ConversationId),
    /// An invite that found a call which was just ending, or beginning: it is tried again.
    Invite(Box<Invite>),
    /// The call it takes part in under this id is over.
    Over(crate::wire::CallId),
    /// Close: the server stops, or the device was revoked.
    Close(&'static str),
}

/// What those who follow a conversation are told and may miss.
#[derive(Debug)]
pub struct Watched {
    /// Where.
    pub conversation: ConversationId,
    /// The frame.
    pub frame: Utf8Bytes,
}

/// A line that became durable, ready to go out.
#[derive(Debug)]
pub struct LineNews {
    /// Where.
    pub conversation: ConversationId,
    /// Its place.
    pub position: u64,
    /// Its id, and the connection that said it, which gets an acknowledgement instead of the frame.
    pub id: LineId,
    /// See `id`.
    pub speaker: u64,
    /// The frame.
    pub frame: Utf8Bytes,
}

/// What a slow client missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Behind {
    /// Nothing.
    Nothing = 0,
    /// Lines: they are read again from the database.
    Lines = 1,
    /// Something that is nowhere else: it must connect anew.
    Frames = 2,
}

/// One connection, as others see it.
pub struct Socket {
    /// Its number, unique in this process.
    pub id: u64,
    /// What kind of client.
    pub role: Role,
    /// The login, if a token said so.
    pub login: Option<LoginId>,
    /// The device whose token that was.
    pub device: Option<DeviceId>,
    /// The guest, if a secret said so.
    pub guest: Option<SecretHash>,
    behind: AtomicU8,
    out: mpsc::Sender<Push>,
}

impl Socket {
    /// A connection, and what is pushed to it.
    #[must_use]
    pub fn new(
        role: Role,
        device: Option<&DeviceRow>,
        guest: Option<SecretHash>,
    ) -> (Arc<Self>, mpsc::Receiver<Push>) {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (out, pushed) = mpsc::channel(QUEUE);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let login = device.map(|device| device.login.clone());
        let device = device.map(|device| device.id.clone());
        (Arc::new(Self { id, role, login, device, guest, behind: AtomicU8::new(0), out }), pushed)
    }

    /// Pushes. Never waits: a line that finds no room is marked to be read again.
    pub fn push(&self, push: Push) {
        match self.out.try_send(push) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(Push::Watch(..))) => {}
            Err(mpsc::error::TrySendError::Full(Push::Line(_) | Push::Heard(_))) => {
                self.behind.fetch_max(Behind::Lines as u8, Ordering::AcqRel);
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.behind.fetch_max(Behind::Frames as u8, Ordering::AcqRel);
            }
        }
    }

    /// What found no room since the last time this was asked.
    pub fn fell_behind(&self) -> Behind {
        match self.behind.swap(0, Ordering::AcqRel) {
            0 => Behind::Nothing,
            1 => Behind::Lines,
            _ => Behind::Frames,
        }
    }

    /// Who it is: a login, a guest, or both (a login that pressed a mail sent to somebody else).
    pub fn parties(&self) -> impl Iterator<Item = Party> + '_ {
        let login = self.login.clone().map(Party::Login);
        login.into_iter().chain(self.guest.map(Party::Guest))
    }

    /// Whether it can be rung.
    #[must_use]
    pub fn is_agent(&self) -> bool {
        self.role == Role::Agent && self.login.is_some()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// All connections by party.
#[derive(Debug, Default)]
pub struct Registry {
    parties: RwLock<HashMap<Party, Vec<Arc<Socket>>>>,
}

impl Registry {
    /// A connection is there.
    pub fn join(&self, socket: &Arc<Socket>) {
        let mut parties = self.parties.write().unwrap_or_else(PoisonError::into_inner);
        for party in socket.parties() {
            parties.entry(party).or_default().push(Arc::clone(socket));
        }
    }

    /// It is gone.
    pub fn leave(&self, socket: &Socket) {
        let mut parties = self.parties.write().unwrap_or_else(PoisonError::into_inner);
        for party in socket.parties() {
            if let Some(sockets) = parties.get_mut(&party) {
                sockets.retain(|other| other.id != socket.id);
                if sockets.is_empty() {
                    parties.remove(&party);
                }
            }
        }
    }

    /// Everybody who is this party.
    #[must_use]
    pub fn of(&self, party: &Party) -> Vec<Arc<Socket>> {
        let parties = self.parties.read().unwrap_or_else(PoisonError::into_inner);
        parties.get(party).cloned().unwrap_or_default()
    }

    /// Those of a party that can be rung: a login's agents, or a guest's open pages.
    #[must_use]
    pub fn devices(&self, party: &Party) -> Vec<Arc<Socket>> {
        let mut sockets = self.of(party);
        if party.login().is_some() {
            sockets.retain(|socket| socket.is_agent());
        }
        sockets
    }

    /// Pushes to everybody who is this party, but not to the connection `but`.
    pub fn push(&self, party: &Party, but: u64, push: &Push) {
        let parties = self.parties.read().unwrap_or_else(PoisonError::into_inner);
        for socket in parties.get(party).into_iter().flatten().filter(|socket| socket.id != but) {
            socket.push(push.clone());
        }
    }

    /// Pushes to everybody. Returns how many parties there are.
    pub fn push_all(&self, push: &Push) -> usize {
        let parties = self.parties.read().unwrap_or_else(PoisonError::into_inner);
        parties.values().flatten().for_each(|socket| socket.push(push.clone()));
        parties.len()
    }
}
