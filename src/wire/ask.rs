//! What the HTTP calls ask and answer, beyond the records themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CallId, ConversationId, LoginId, NoticeId, Secret, Ticket, Time,
    record::{Login, Notice},
};

/// `POST /v1/logins`: register a login, or another device of one (with a code).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Register {
    /// The wished login.
    pub login: LoginId,
    /// Its mail address; left out with a code.
    #[serde(default)]
    pub mail: Option<String>,
    /// Made, written and fsynced by the client before it asks.
    pub token: Secret,
    /// What to call this device.
    #[serde(default)]
    pub device: Option<String>,
    /// From `--invite` or `--recover`.
    #[serde(default)]
    pub code: Option<String>,
}

/// `POST /v1/logins/recover`: mail a code to the login's verified address. The answer is always 202.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recover {
    /// Whose.
    pub login: LoginId,
}

/// `POST /v1/sign-in`: mail a link that signs a browser in. One of the two; the answer is always 202.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SignIn {
    /// The login's confirmed address.
    pub mail: Option<String>,
    /// Or the login.
    pub login: Option<LoginId>,
}

/// Answers `POST /v1/sign-in/live`, which a page of a browser that is signed in asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignedIn {
    /// Opens the WebSocket as the login's device: once, within 60 s.
    pub live: Ticket,
    /// Who is signed in.
    pub login: LoginId,
}

/// `POST /v1/confirm`: a `confirm` ticket back from the mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Confirm {
    /// The ticket.
    pub ticket: Ticket,
}

/// `POST /v1/unsubscribe`: an `unsubscribe` ticket that came back by mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unsubscribe {
    /// The ticket.
    pub ticket: Ticket,
}

/// `PUT /v1/presence`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Refresh {
    /// A host name the person set; else the server takes the address it sees.
    pub host: Option<String>,
    /// Say goodbye.
    pub off: bool,
    /// Notices that were shown since the last refresh.
    pub seen: Vec<NoticeId>,
}

/// Answers `PUT /v1/presence`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refreshed {
    /// The login as the server has it now.
    pub login: Login,
    /// Notices not seen yet.
    pub notices: Vec<Notice>,
    /// Calls that wait for an agent (`ch-register --on-ring`).
    pub calls: Vec<Waiting>,
}

/// A call that waits for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// Its id.
    pub call: CallId,
    /// Who calls.
    pub from: String,
    /// About which mail.
    pub subject: Option<String>,
}

/// `POST /v1/ports`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AssignPort {
    /// Make another one current.
    pub new: bool,
}

/// One line of `POST /v1/tickets` (NDJSON): one mail. Answered by a `ticket` record per recipient, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Mint {
    /// The asker's own name for the mail.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Recipients' addresses.
    pub to: Vec<String>,
    /// The mail's Message-ID without brackets.
    pub message_id: Option<String>,
    /// It has none yet: the server is to name it.
    pub unnamed: bool,
    /// Its subject.
    pub subject: Option<String>,
    /// The ticket of the mail this one answers: leads into the same conversation.
    pub reply_ticket: Option<Ticket>,
    /// Message-IDs that this one answers, the nearest last; the same, for answers to one's own mail.
    pub in_reply_to: Vec<String>,
}

/// One line of `POST /v1/marks` (NDJSON): a `mark` ticket, to be made durable. Answered in order by a `mark` record or an
/// `error` record each, after COMMIT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// Which ticket.
    pub ticket: Ticket,
    /// The asker asked for it before and has sent nothing since. A campaign's delivery that somebody else began is `taken`.
    #[serde(default)]
    pub again: bool,
}

/// `POST /v1/tickets/look`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Which ticket.
    pub ticket: Ticket,
    /// The From address of the mail that carries it.
    #[serde(default)]
    pub from: Option<String>,
}

/// Answers `POST /v1/tickets/look`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Looked {
    /// Whose port it names.
    pub login: LoginId,
    /// The mail's subject.
    pub subject: Option<String>,
    /// Whether the login's address is confirmed.
    pub confirmed: bool,
    /// Whether From is the login's address; null when none was given.
    pub from_matches: Option<bool>,
    /// When the ticket expires.
    pub expires: Time,
    /// Whether the button was withdrawn.
    pub withdrawn: bool,
    /// The conversation that a mail within one (a notice, an answer) leads back into. Whoever is no side of it can
    /// only knock.
    #[serde(default)]
    pub into: Option<ConversationId>,
    /// Whom the server wrote to with a notice that `into` was called: a login, which calls back. Nobody else can press
    /// that.
    #[serde(default)]
    pub addressee: Option<LoginId>,
    /// Who called, if that is a login; a guest's address is told to the addressee alone.
    #[serde(default)]
    pub caller: Option<LoginId>,
}

/// `POST /v1/press`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Press {
    /// The `chat` ticket.
    pub ticket: Ticket,
    /// The guest secret.
    pub guest: Secret,
}

/// Answers `POST /v1/press`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pressed {
    /// Opens the WebSocket, for 60 s.
    pub live: Ticket,
    /// The conversation it leads to.
    pub conversation: ConversationId,
}

/// `POST /v1/rules`: who may ring (`allow`) and who may not even knock (`block`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rule {
    /// This login may ring.
    pub allow: Option<LoginId>,
    /// A login, a mail address or a ticket that may not.
    pub block: Option<String>,
    /// Take the rule back.
    pub remove: bool,
}

/// Answers `GET /v1/server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// Always `chmail`.
    pub name: String,
    /// The server's version.
    pub version: String,
    /// The URL under which people reach it: what stands in mails as `CH-Server`.
    pub url: String,
    /// Whether it can send mail.
    pub mail: bool,
}
