//! The records that go over pipes: flat but for a mail's `chat`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ConversationId, ErrorRecord, LoginId, NoticeId, Port, Ticket, Time,
    members::DueMember,
    promotion::{Ad, Campaign, Finding, Granted, Member, PlannedRecord},
    report::Report,
};

/// Any record a tool prints or reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    /// Who one is.
    Login(Login),
    /// A port and what it leads to.
    Port(PortRecord),
    /// An attempt that was missed.
    Notice(Notice),
    /// A mail and what it offers.
    Mail(Box<Mail>),
    /// A mail to send.
    Job(Box<Job>),
    /// What became of one recipient.
    Sent(Sent),
    /// A ticket for one recipient.
    Ticket(TicketRecord),
    /// A delivery that was begun.
    Mark(MarkRecord),
    /// A device of a login.
    Device(Device),
    /// A code for a second device.
    Code(CodeRecord),
    /// What a login was given.
    Role(Granted),
    /// A person the shop knows.
    Member(Box<Member>),
    /// What is promoted.
    Ad(Box<Ad>),
    /// An ad on its way to an audience.
    Campaign(Box<Campaign>),
    /// Who gets a campaign, and why others do not.
    Planned(PlannedRecord),
    /// What is wrong with a campaign's mail.
    Finding(Finding),
    /// What came of a campaign.
    Report(Box<Report>),
    /// Somebody whom the law wants told something.
    Due(Box<DueMember>),
    /// Something failed.
    Error(ErrorRecord),
    /// A type this reader does not know.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// Whether somebody can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// An agent is connected.
    Online,
    /// Refreshed within the last 10 minutes, no agent.
    On,
    /// Neither.
    Off,
    /// An agent is connected and its person does not want to be rung.
    Busy,
    /// An agent is connected and lists calls without alerting.
    Away,
    /// Not to be told; also one that this reader does not know yet.
    #[serde(other)]
    Unknown,
}

/// `login`: who one is on which server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Login {
    /// The login ID.
    pub login: LoginId,
    /// Its mail address.
    pub mail: String,
    /// Whether the address was confirmed.
    pub verified: bool,
    /// The CH server's URL.
    pub server: String,
    /// The latest host.
    pub host: Option<String>,
    /// This device's name.
    pub device: Option<String>,
}

/// `port`: what a port leads to (S103).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PortRecord {
    /// The number.
    pub port: Port,
    /// Its owner.
    pub login: LoginId,
    /// The owner's latest host.
    pub host: Option<String>,
    /// The owner's presence.
    pub state: Presence,
    /// Until when it is kept if nothing uses it.
    pub until: Option<Time>,
}

/// Why there is a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// The computer was off.
    Off,
    /// The computer was on, nobody listening.
    On,
    /// Rung, not answered.
    Expired,
    /// Rung, and the caller gave up.
    Cancelled,
    /// The person had said `busy`.
    Busy,
    /// An attempt without the right to ring.
    Knock,
    /// A line was left.
    Line,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// `notice`: you were called while you were off (S117, S219).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// Its id, to say it was seen.
    pub id: NoticeId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Who: a login, or the address of the recipient whose mail was pressed.
    pub from: String,
    /// The subject of the mail that was pressed.
    pub subject: Option<String>,
    /// That mail's Message-ID.
    pub message_id: Option<String>,
    /// Why.
    pub reason: Missed,
    /// The last line that was left.
    pub line: Option<String>,
    /// How many attempts this notice stands for.
    pub count: u32,
    /// The latest attempt.
    pub at: Time,
}

/// `mail`: what a mail says and offers (S107).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Mail {
    /// Where it came from: a path, or `-`.
    pub source: String,
    /// Message-ID without brackets.
    pub message_id: Option<String>,
    /// `Date`.
    pub date: Option<Time>,
    /// Decoded subject.
    pub subject: Option<String>,
    /// `Name <address>` or the address.
    pub from: Option<String>,
    /// The same, each of `To`.
    pub to: Vec<String>,
    /// The same, each of `Cc`.
    pub cc: Vec<String>,
    /// The text part; null without `--full`, or when there is none.
    pub text: Option<String>,
    /// Names of the attachments; none without `--full`.
    pub attachments: Vec<String>,
    /// What is wrong, each beginning with a fixed phrase (`docs/wire.md` lists them).
    pub problems: Vec<String>,
    /// The chat button.
    pub chat: Option<Chat>,
}

/// A mail's chat button: the header fields as they stand (S105).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chat {
    /// `CH-Login-ID`.
    pub login: LoginId,
    /// `CH-Port`.
    pub port: Port,
    /// `CH-Host`.
    pub host: Option<String>,
    /// `CH-Server`.
    pub server: String,
    /// `CH-Ticket`.
    pub ticket: Ticket,
    /// When the ticket expires, as it says itself.
    pub expires: Time,
    /// The link that opens the chat in a browser.
    pub url: String,
}

/// One address or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// A string.
    One(String),
    /// An array of strings.
    Many(Vec<String>),
}

impl OneOrMany {
    /// Each.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

impl Default for OneOrMany {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// `job`: a mail to send.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Job {
    /// The sender's own name for it; comes back in `sent`.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// `From`.
    pub from: Option<String>,
    /// Recipients.
    pub to: OneOrMany,
    /// Subject.
    pub subject: Option<String>,
    /// Text body.
    pub text: Option<String>,
    /// HTML body.
    pub html: Option<String>,
    /// Further header fields, name to value.
    pub headers: std::collections::BTreeMap<String, String>,
    /// Paths of files to attach.
    pub attachments: Vec<String>,
    /// A finished message, instead of subject and bodies.
    pub raw: Option<String>,
    /// `false`: no button.
    pub chat: Option<bool>,
    /// A `mark` ticket, made durable before the message's final dot.
    pub mark: Option<Ticket>,
}

/// What became of one recipient of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The mail server took it.
    Accepted,
    /// Not now (4yz).
    Deferred,
    /// Never (5yz).
    Rejected,
    /// Kept here, to be tried again.
    Queued,
    /// The connection broke between the message's end and the answer; also one that this reader does not know yet.
    #[serde(other)]
    Unknown,
}

/// `sent`: the receipt, one per recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sent {
    /// The job's own name.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The envelope recipient.
    pub recipient: String,
    /// What became of it.
    pub status: Status,
    /// The SMTP reply code.
    pub code: Option<u16>,
    /// The reply's words, or what failed.
    pub reply: Option<String>,
    /// The Message-ID without brackets.
    pub message_id: Option<String>,
    /// When.
    pub at: Time,
}

/// `ticket`: one recipient's ticket, as `POST /v1/tickets` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TicketRecord {
    /// The asker's own name for the mail.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// The recipient it is for.
    pub to: String,
    /// The mail's Message-ID without brackets: the asker's, or the one that the server was asked to make.
    pub message_id: Option<String>,
    /// The port it names.
    pub port: Port,
    /// The ticket.
    pub ticket: Ticket,
    /// The link for a browser.
    pub url: String,
    /// When it expires.
    pub expires: Time,
}

/// `mark`: a delivery that is about to be attempted, durable, as `POST /v1/marks` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MarkRecord {
    /// The `mark` ticket.
    pub ticket: Ticket,
    /// When it was marked first.
    pub at: Time,
    /// It had been marked before: somebody began this delivery already.
    pub again: bool,
}

/// `device`: one machine of a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// Its id, to revoke it.
    pub id: super::DeviceId,
    /// Its name.
    pub name: String,
    /// Registered when.
    pub created: Time,
    /// Last seen when.
    pub seen: Option<Time>,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// `code`: what lets a second machine in, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CodeRecord {
    /// The login it is for.
    pub login: LoginId,
    /// The code, to be typed or piped into `ch-register LOGIN --code-file -`.
    pub code: String,
    /// Good until.
    pub expires: Time,
}
