//! What the store's methods take and give.

use crate::{
    call::{Party, Side},
    wire::{
        CallId, ConversationId, DeviceId, LineId, LoginId, NoticeId, Port, SecretHash, Time,
        frame::Knock,
        record::{Missed, Presence},
    },
};

/// A login as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRow {
    /// The row's number: what a `confirm` ticket names.
    pub row: u64,
    /// The name.
    pub login: LoginId,
    /// Its address.
    pub mail: String,
    /// Whether the address was confirmed.
    pub verified: bool,
    /// Since when.
    pub created: Time,
}

/// A device to add.
#[derive(Debug, Clone)]
pub struct NewDevice {
    /// What the server keeps of its token.
    pub token: SecretHash,
    /// Its name.
    pub name: String,
}

/// A device as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// Whose.
    pub login: LoginId,
    /// Its name.
    pub name: String,
    /// Since when.
    pub created: Time,
    /// Last seen.
    pub seen: Option<Time>,
}

/// Whether a registration made something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// A new login.
    New(LoginRow),
    /// The same registration as before, answered the same.
    Same(LoginRow),
}

/// The first database: login → latest host, when seen, state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceRow {
    /// Whose.
    pub login: LoginId,
    /// The latest host.
    pub host: Option<String>,
    /// The latest refresh (not just any request).
    pub refreshed: Option<Time>,
    /// The state at the last change: `Online`, `Busy`, `Away` while an agent is connected, else `On` or `Off`.
    pub state: Presence,
    /// Unanswered rings in a row.
    pub missed_in_row: u32,
}

/// What a refresh answers with.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The login.
    pub login: LoginRow,
    /// Its host and state.
    pub presence: PresenceRow,
    /// What waits for it, the oldest first.
    pub notices: Vec<crate::wire::record::Notice>,
}

/// The second database: port → login, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortRow {
    /// The number.
    pub port: Port,
    /// Whose.
    pub login: LoginId,
    /// Kept until, if nothing uses it.
    pub until: Time,
    /// The login's current one.
    pub current: bool,
    /// Tickets minted before this are withdrawn.
    pub not_before: Time,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// The side that sent the mail; of a pair, the one that sorts first.
    pub owner: LoginId,
    /// The side that pressed.
    pub peer: Party,
    /// What the owner sees as the peer's name: its login, or the recipient's address.
    pub peer_name: String,
    /// The mail row and recipient, unless it is a pair of logins.
    pub mail: Option<(u64, u32)>,
    /// Whether the peer was the first to press this ticket (always true of a pair).
    pub first: bool,
    /// The mail's subject.
    pub subject: Option<String>,
    /// The mail's Message-ID.
    pub message_id: Option<String>,
    /// The last position said.
    pub last: u64,
}

impl Conversation {
    /// Which side `party` is, if it is one.
    #[must_use]
    pub fn side_of(&self, party: &Party) -> Option<Side> {
        if party.login() == Some(&self.owner) {
            Some(Side::Owner)
        } else if *party == self.peer {
            Some(Side::Peer)
        } else {
            None
        }
    }

    /// The party on `side`.
    #[must_use]
    pub fn party(&self, side: Side) -> Party {
        match side {
            Side::Owner => Party::Login(self.owner.clone()),
            Side::Peer => self.peer.clone(),
        }
    }

    /// What the other side sees as `side`'s name.
    #[must_use]
    pub fn name(&self, side: Side) -> &str {
        match side {
            Side::Owner => self.owner.as_str(),
            Side::Peer => &self.peer_name,
        }
    }
}

/// A line's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain.
    Text(String),
    /// End-to-end encrypted, opaque to the server.
    Sealed(String),
}

/// A line to keep.
#[derive(Debug, Clone)]
pub struct Say {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub side: Side,
    /// The person who wrote for that side, if another login did.
    pub by: Option<LoginId>,
    /// The speaker's own id.
    pub id: LineId,
    /// What.
    pub body: Body,
    /// When.
    pub at: Time,
}

/// A line that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its place: 1, 2, 3 … without a gap in each conversation.
    pub position: u64,
    /// False: this (conversation, side, id) was said before; the position is the first one's.
    pub fresh: bool,
}

/// A line as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// Its place.
    pub position: u64,
    /// Who.
    pub side: Side,
    /// For whom.
    pub by: Option<LoginId>,
    /// The speaker's own id.
    pub id: LineId,
    /// What.
    pub body: Body,
    /// When.
    pub at: Time,
}

/// How far a side is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Has received up to here.
    pub received: u64,
    /// Has read up to here.
    pub read: u64,
}

/// A notice to leave. One unseen notice per (to, conversation): a second attempt raises its count.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// The side of `conversation` that missed the attempt.
    pub conversation: ConversationId,
    /// Which side.
    pub to: Side,
    /// Why.
    pub reason: Missed,
    /// When.
    pub at: Time,
}

/// A notice as it stands.
#[derive(Debug, Clone)]
pub struct NoticeRow {
    /// To whom.
    pub to: Party,
    /// Which side of the conversation that is.
    pub side: Side,
    /// The record; `line` is the other side's last line that was left unread, if any.
    pub notice: crate::wire::record::Notice,
}

/// Where a call stands, for those who were not there: written when it starts, upgraded as it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// Started, not answered; if nothing else is ever written, it was missed.
    Open,
    /// Answered, going on.
    Answered,
    /// Over after an answer.
    Ended,
    /// Over without one.
    Missed,
    /// Refused.
    Declined,
}

/// A call to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// The server's id for it.
    pub id: CallId,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Which side called.
    pub caller: Side,
    /// Where it stands.
    pub state: CallState,
    /// Whether the callee's devices were really rung (not a knock, not silent).
    pub rang: bool,
    /// When it started.
    pub started: Time,
    /// When `state` last changed: a decline counts from here.
    pub changed: Time,
    /// The call machine's own words, to take it up again after a restart.
    pub snapshot: String,
}

/// What the manners of DESIGN §3 need to know before a ring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manners {
    /// The callee blocked this caller (login, address or ticket).
    pub blocked: bool,
    /// The latest decline of this side's calls in this conversation.
    pub declined: Option<Time>,
    /// When each unanswered ring of the last 24 hours with this ticket (or pair) started, oldest first.
    pub unanswered: Vec<Time>,
    /// Of a pair: the callee allowed the caller, or they share a conversation in which both have spoken or a
    /// ticket was pressed.
    pub acquainted: bool,
    /// The callee's unanswered rings in a row.
    pub missed_in_row: u32,
}

/// Whether what a side says reaches the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The owner's.
    pub owner: bool,
    /// The peer's.
    pub peer: bool,
}

impl Heard {
    /// That of `side`.
    #[must_use]
    pub fn of(self, side: Side) -> bool {
        match side {
            Side::Owner => self.owner,
            Side::Peer => self.peer,
        }
    }
}

/// What a press found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Press {
    /// The conversation, found or made.
    pub conversation: Conversation,
    /// Which side of it the presser is.
    pub side: Side,
    /// `Some`: may only knock, and why.
    pub knock: Option<Knock>,
}

/// A mail that the server owes somebody, kept until it went out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// Confirm your address.
    Confirm { login: LoginId },
    /// The code that brings a lost login back.
    Recover { login: LoginId, code: String },
    /// Somebody registered with an address that is confirmed for another login: its owner is told.
    AddressTaken { owner: LoginId, login: LoginId },
    /// The link that signs a browser in. `lang`: the language (`en`, `ko`) of the page that asked for it.
    SignIn { login: LoginId, lang: Option<String> },
    /// Somebody asked to become a member.
    Join { joining: u64 },
    /// You were called.
    Notice { notice: NoticeId },
}

/// A letter that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterRow {
    /// Its number.
    pub row: u64,
    /// What.
    pub letter: Letter,
    /// How often it was tried.
    pub tries: u32,
}

/// A rule a person made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleTarget {
    /// This login may ring.
    Allow(LoginId),
    /// This login may not even knock.
    BlockLogin(LoginId),
    /// Nor whoever holds a mail to this address.
    BlockAddress(String),
    /// Nor whoever holds this ticket.
    BlockTicket { mail: u64, recipient: u32 },
}
