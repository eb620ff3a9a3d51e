//! The frames of `/v1/live`, and of `ch-chat --json` on stdin and stdout.
//!
//! What a client says and what the server says are two types, so that neither can hold the other's fields.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CallId, ConversationId, DeviceId, Epoch, ErrorRecord, LineId, LoginId, NoticeId, Secret, Ticket, Time,
    record::{Notice, Presence},
};

/// What kind of client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Can be rung: makes its login online.
    Agent,
    /// Wants to talk; is not rung.
    #[default]
    Caller,
    /// A script.
    Tool,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// Where a client was in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resume {
    /// Which.
    pub conversation: ConversationId,
    /// The last position it has.
    pub received: u64,
}

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// First frame: who is there.
    Hello(Hello),
    /// Ring (S109).
    Invite(Invite),
    /// This device really alerts; said again every 30 s.
    Ringing { call: CallId },
    /// Take the call (S111).
    Answer { call: CallId },
    /// Refuse it.
    Decline { call: CallId },
    /// Give up one's own call.
    Cancel { call: CallId },
    /// Hang up.
    Bye {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<CallId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        conversation: Option<ConversationId>,
    },
    /// Say something. At least one of `text` and `sealed`.
    Line {
        conversation: ConversationId,
        id: LineId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sealed: Option<String>,
    },
    /// How far one has received and read; only grows.
    Ack {
        conversation: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
    },
    /// Typing, or no longer; nothing durable.
    Typing { conversation: ConversationId, state: bool },
    /// `online`, `busy` or `away`; `off` says goodbye.
    Presence { state: Presence },
    /// Ask for older lines.
    History {
        conversation: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
    },
    /// These notices were shown to the person.
    Seen { notices: Vec<NoticeId> },
    /// A type this reader does not know.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// `hello`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Hello {
    /// A device's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// A `chat` or `live` ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// The guest secret, with a `chat` ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<Secret>,
    /// What to call this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What kind of client.
    pub role: Role,
    /// What an agent says of its person from the first moment: `online` (unless it says otherwise), `busy`, `away`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// The `epoch` of the welcome under which it got to be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// Where it was.
    pub resume: Vec<Resume>,
}

/// `invite` from the caller. Exactly one of ticket, login, conversation; none: the ticket of `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    /// The caller's own id for the call. The same again while the call lives takes it up again.
    pub call: CallId,
    /// Press this button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// Ring this login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginId>,
    /// Ring the other side of this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
    /// One invite's life in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring: Option<u32>,
    /// How long to keep trying, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub give_up: Option<u32>,
    /// Stay when the other computer is off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub until_on: bool,
}

impl Invite {
    /// Rings whoever the ticket of `hello` leads to, in the server's own times.
    #[must_use]
    pub fn new(call: CallId) -> Self {
        Self {
            call,
            ticket: None,
            login: None,
            conversation: None,
            ring: None,
            give_up: None,
            until_on: false,
        }
    }
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The callee refused.
    Declined,
    /// The callee wants no calls now, or is in this very call already.
    Busy,
    /// The caller gave up.
    Cancelled,
    /// Nobody answered in time.
    Expired,
    /// The callee's computer is off.
    Off,
    /// Somebody hung up, or one side was away too long.
    Bye,
    /// Another device of the callee answered.
    AnsweredElsewhere,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// Why an invite is a knock: listed silently, never rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Knock {
    /// Not the first to use this mail.
    NotFirst,
    /// The mail's ticket has expired.
    ExpiredTicket,
    /// A login that shares no conversation and was not allowed.
    Stranger,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// How the lines travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// Through the CH server.
    Relay,
    /// Between the two computers.
    Direct,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Answers `hello`.
    Welcome(Welcome),
    /// Somebody calls (S109).
    Invite(Ring),
    /// Whether the callee can be rung; to the caller at once, and when it changes.
    Presence { call: Option<CallId>, login: Option<LoginId>, state: Presence },
    /// A device of the callee alerts.
    Ringing { call: CallId },
    /// To both sides (S111). `peer` is the other side: a login, or the recipient's address.
    Answered { call: CallId, conversation: ConversationId, path: Path, peer: String },
    /// The call is over.
    Ended {
        call: CallId,
        conversation: ConversationId,
        reason: Reason,
        notice: Option<NoticeId>,
        /// Seconds before which the same attempt cannot ring.
        retry: Option<u32>,
    },
    /// Something was said.
    Line(Line),
    /// Durable (to the speaker: `id`, `position`), or how far the other side is (`received`, `read`).
    Ack {
        conversation: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<LineId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        received: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
    },
    /// The other side types, or no longer.
    Typing { conversation: ConversationId, state: bool },
    /// The way the lines travel changed.
    Path { conversation: ConversationId, path: Path, address: Option<String> },
    /// The end of what `history` asked for.
    Complete { conversation: ConversationId },
    /// A missed attempt.
    Notice(Notice),
    /// A frame could not be served.
    Error(ErrorRecord),
    /// A type this reader does not know.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// `welcome`: who one is to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Welcome {
    /// The login, if a token said so.
    pub login: Option<LoginId>,
    /// What the other side sees as the name of a guest.
    pub guest: Option<String>,
    /// This device.
    pub device: Option<DeviceId>,
    /// The ticket's conversation.
    pub conversation: Option<ConversationId>,
    /// A login's conversations, the latest first.
    pub conversations: Vec<ConversationSummary>,
    /// Notices not seen yet.
    pub notices: Vec<Notice>,
    /// Which life of the server's database positions belong to: another one after a backup was brought back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
}

/// One line of a login's list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationSummary {
    /// Which.
    pub conversation: ConversationId,
    /// The other side.
    pub with: String,
    /// Its mail's subject.
    pub subject: Option<String>,
    /// The last position said.
    pub last: u64,
    /// The last position this login has read.
    pub read: u64,
    /// Lines of the other side that are new to this login: behind what it has read, and behind its own last line.
    #[serde(default)]
    pub unread: u64,
}

/// `invite` as the callee's devices get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ring {
    /// The server's id for this call.
    pub call: CallId,
    /// Which conversation it is in.
    pub conversation: ConversationId,
    /// The caller's login, or the address of the recipient whose mail was pressed.
    pub from: String,
    /// The caller's login, if there is one.
    pub login: Option<LoginId>,
    /// The pressed mail's subject.
    pub subject: Option<String>,
    /// The pressed mail's Message-ID.
    pub message_id: Option<String>,
    /// Seconds until this invite is a missed call.
    pub ring: u32,
    /// Set: list it, do not alert.
    pub knock: Option<Knock>,
    /// The person is away: list it, do not alert.
    pub silent: bool,
}

/// `line` as both sides get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Its place: 1, 2, 3 …
    pub position: u64,
    /// The speaker's own id for it.
    pub id: LineId,
    /// The side that speaks: a login, or the recipient's address.
    pub from: String,
    /// The person who wrote for that side, if another login did.
    pub by: Option<LoginId>,
    /// What was said.
    pub text: Option<String>,
    /// The same, end-to-end encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// When it became durable.
    pub at: Time,
}
