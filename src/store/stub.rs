//! CONTRACT ONLY: signatures that the rest of the house is built against while the store is written.
#![allow(clippy::todo, unused_variables, clippy::missing_errors_doc, clippy::unused_async)]

use std::path::{Path, PathBuf};

use super::rows::*;
use crate::{
    call::{Party, Side},
    wire::{
        CallId, ConversationId, DeviceId, LoginId, NoticeId, Port, SecretHash, Ticket, Time,
        frame::ConversationSummary,
        record::{Notice, Presence},
        ticket::Claims,
    },
};

type Result<T> = std::result::Result<T, StoreError>;

/// Where the database and its keys are, and the bounds it keeps.
#[derive(Debug, Clone)]
pub struct Place {
    /// `DATA`: `ch.db` and, unless told otherwise, `keys/`.
    pub data: PathBuf,
    /// `--keys DIR`.
    pub keys: Option<PathBuf>,
    /// The pool of ports, as inclusive ranges.
    pub ports: Vec<(u32, u32)>,
}

/// A handle on the server's database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {}

impl Store {
    /// Opens or makes the database and its keys (blocking; call before the listener opens).
    pub fn open(place: &Place) -> Result<Self> {
        todo!()
    }
    /// Commits what waits, checkpoints, stops the writer. Later calls get `Closed`.
    pub async fn close(&self) {
        todo!()
    }
    /// `backup FILE`: a consistent copy beside a running server, without the keys.
    pub fn backup(place: &Place, file: &Path) -> Result<()> {
        todo!()
    }
    /// `restore FILE` into a data directory that has no database yet.
    pub fn restore(place: &Place, file: &Path) -> Result<()> {
        todo!()
    }

    // ---- tickets: the newest key signs, all check
    /// Signs; `claims.key` is filled in.
    pub fn sign(&self, claims: Claims) -> Ticket {
        todo!()
    }
    /// Whether one of the keys signed it (expiry and withdrawal are the caller's to check).
    pub fn is_ours(&self, ticket: &Ticket) -> bool {
        todo!()
    }

    // ---- logins and devices
    pub async fn register(
        &self,
        login: LoginId,
        mail: String,
        device: NewDevice,
        now: Time,
    ) -> Result<Registered> {
        todo!()
    }
    pub async fn login(&self, login: LoginId) -> Result<Option<LoginRow>> {
        todo!()
    }
    /// By the row number that a `confirm` or `sign-in` ticket names.
    pub async fn login_by_row(&self, row: u64) -> Result<Option<LoginRow>> {
        todo!()
    }
    /// The login whose *confirmed* address this is.
    pub async fn login_by_mail(&self, address: String) -> Result<Option<LoginId>> {
        todo!()
    }
    /// The address is confirmed, unless another login confirmed it first (then false).
    pub async fn confirm(&self, login: LoginId, now: Time) -> Result<bool> {
        todo!()
    }
    /// A code (hashed) that lets one more device in, once.
    pub async fn add_code(&self, login: LoginId, code: SecretHash, expires: Time) -> Result<()> {
        todo!()
    }
    /// `NotFound("code")` or `Expired("code")`; the same code with the same token again: the same answer.
    pub async fn use_code(
        &self,
        login: LoginId,
        code: SecretHash,
        device: NewDevice,
        now: Time,
    ) -> Result<LoginRow> {
        todo!()
    }
    /// Who has this token. Must be fast (an in-memory map in front of the table is fine).
    pub async fn device(&self, token: SecretHash) -> Result<Option<DeviceRow>> {
        todo!()
    }
    pub async fn devices(&self, login: LoginId) -> Result<Vec<DeviceRow>> {
        todo!()
    }
    /// This device made an authenticated request. Writes at most once in 60 s a device.
    pub async fn saw_device(&self, device: DeviceId, now: Time) -> Result<()> {
        todo!()
    }
    pub async fn revoke(&self, login: LoginId, device: DeviceId) -> Result<()> {
        todo!()
    }
    /// The login, its devices, ports, presence, rules, notices and mail rows; its side of conversations is
    /// emptied. The name stays taken (a tombstone), so that nobody inherits its mails' buttons.
    pub async fn delete_login(&self, login: LoginId, now: Time) -> Result<()> {
        todo!()
    }

    // ---- the first database
    /// Any authenticated request: the latest host. Writes only when the host changed or 60 s passed.
    pub async fn touch(&self, login: LoginId, host: String, now: Time) -> Result<()> {
        todo!()
    }
    /// `PUT /v1/presence`: one durable transaction. Clears `seen`, sets host, refreshed and (unless an agent
    /// holds it online) state On. The hot path: tens of thousands a second.
    pub async fn refresh(
        &self,
        login: LoginId,
        host: String,
        seen: Vec<NoticeId>,
        now: Time,
    ) -> Result<PresenceRow> {
        todo!()
    }
    /// Records a change: Online/Busy/Away when an agent is there, On or Off when not.
    pub async fn set_state(&self, login: LoginId, state: Presence, now: Time) -> Result<()> {
        todo!()
    }
    pub async fn presence(&self, login: LoginId) -> Result<Option<PresenceRow>> {
        todo!()
    }
    /// Logins recorded as having an agent: what a server that starts counts as online for 60 s.
    pub async fn with_agents(&self) -> Result<Vec<PresenceRow>> {
        todo!()
    }
    /// The person did something: unanswered rings in a row are 0 again.
    pub async fn is_awake(&self, login: LoginId) -> Result<()> {
        todo!()
    }

    // ---- the second database
    /// The current port, renewed; or another made current. 90 days ahead, 24 hours while unconfirmed.
    pub async fn assign_port(&self, login: LoginId, new: bool, now: Time) -> Result<PortRow> {
        todo!()
    }
    pub async fn port(&self, port: Port) -> Result<Option<PortRow>> {
        todo!()
    }
    /// Releasing withdraws the port's buttons; the number is not given out again for 90 days.
    pub async fn release_port(&self, login: LoginId, port: Port, now: Time) -> Result<()> {
        todo!()
    }
    /// Tickets minted before `now` are withdrawn; the port stays.
    pub async fn withdraw(&self, login: LoginId, port: Port, now: Time) -> Result<()> {
        todo!()
    }
    /// (in use, size of the pool): for the warning at 90 % and the metrics.
    pub async fn pool(&self, now: Time) -> Result<(u64, u64)> {
        todo!()
    }

    // ---- mails with a button
    /// One transaction for all; renews the port.
    pub async fn add_mails(
        &self,
        owner: Option<LoginId>,
        port: Port,
        mails: Vec<NewMail>,
        now: Time,
    ) -> Result<Vec<u64>> {
        todo!()
    }
    pub async fn mail(&self, row: u64) -> Result<Option<MailRow>> {
        todo!()
    }
    pub async fn recipient(&self, row: u64, recipient: u32) -> Result<Option<String>> {
        todo!()
    }
    /// The conversation that an answer to one of these Message-IDs by `by` to `recipient` belongs to.
    pub async fn conversation_answered(
        &self,
        by: LoginId,
        message_ids: Vec<String>,
        recipient: String,
    ) -> Result<Option<Conversation>> {
        todo!()
    }

    // ---- conversations and lines
    /// Finds or makes the conversation of this mail row, recipient and presser; who was first is decided here.
    /// A mail that leads `into` a conversation leads its two parties there and others to one of their own.
    /// Its sender pressing the own mail's button: `NotFound("ticket")`.
    pub async fn press(&self, mail: u64, recipient: u32, presser: Party, now: Time) -> Result<Press> {
        todo!()
    }
    /// Finds or makes the conversation of two logins without a mail.
    pub async fn pair(&self, caller: LoginId, callee: LoginId, now: Time) -> Result<Conversation> {
        todo!()
    }
    pub async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>> {
        todo!()
    }
    /// A login's, the latest first, at most `limit`.
    pub async fn conversations_of(&self, login: LoginId, limit: u32) -> Result<Vec<ConversationSummary>> {
        todo!()
    }
    /// Durable when it returns. The hot path: tens of thousands a second.
    pub async fn say(&self, say: Say) -> Result<Said> {
        todo!()
    }
    /// Positions after `after`, at most `limit`, oldest first.
    pub async fn lines_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> Result<Vec<LineRow>> {
        todo!()
    }
    /// The `limit` newest before `before` (`None`: the newest), oldest first.
    pub async fn lines_before(
        &self,
        conversation: ConversationId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<LineRow>> {
        todo!()
    }
    /// Only grows; never past the last position. Returns the marks as they stand.
    pub async fn mark(
        &self,
        conversation: ConversationId,
        side: Side,
        received: Option<u64>,
        read: Option<u64>,
    ) -> Result<Marks> {
        todo!()
    }
    pub async fn marks(&self, conversation: ConversationId, side: Side) -> Result<Marks> {
        todo!()
    }

    // ---- calls, manners, notices
    /// Writes or replaces by id.
    pub async fn put_call(&self, call: CallRow) -> Result<()> {
        todo!()
    }
    /// A call that ends without an answer and the notice it leaves, in one transaction. Raises the callee's
    /// unanswered rings in a row when `call.rang`.
    pub async fn miss_call(&self, call: CallRow, notice: Option<NewNotice>) -> Result<Option<NoticeId>> {
        todo!()
    }
    /// `Open` and `Answered` ones: what a server that starts takes up again.
    pub async fn open_calls(&self) -> Result<Vec<CallRow>> {
        todo!()
    }
    pub async fn call(&self, id: CallId) -> Result<Option<CallRow>> {
        todo!()
    }
    pub async fn manners(&self, conversation: ConversationId, caller: Side, now: Time) -> Result<Manners> {
        todo!()
    }
    pub async fn set_rule(&self, login: LoginId, rule: RuleTarget, remove: bool) -> Result<()> {
        todo!()
    }
    pub async fn leave_notice(&self, notice: NewNotice) -> Result<NoticeId> {
        todo!()
    }
    pub async fn notices(&self, login: LoginId, limit: u32) -> Result<Vec<Notice>> {
        todo!()
    }
    pub async fn notice(&self, id: NoticeId) -> Result<Option<NoticeRow>> {
        todo!()
    }
    pub async fn seen(&self, login: LoginId, notices: Vec<NoticeId>) -> Result<()> {
        todo!()
    }
    /// The unseen notice of one side of a conversation: how a guest, who has no login, gets theirs.
    pub async fn notices_in(&self, conversation: ConversationId, side: Side) -> Result<Vec<Notice>> {
        todo!()
    }
    /// Those of `notices` that belong to this side were shown to its person.
    pub async fn seen_in(
        &self,
        conversation: ConversationId,
        side: Side,
        notices: Vec<NoticeId>,
    ) -> Result<()> {
        todo!()
    }

    // ---- letters the server owes (an outbox: durable before it is promised)
    pub async fn add_letter(&self, letter: Letter, now: Time) -> Result<()> {
        todo!()
    }
    /// Adds `Letter::Notice` unless one went to this person from this caller within 10 minutes (false).
    pub async fn add_notice_letter(&self, notice: NoticeId, now: Time) -> Result<bool> {
        todo!()
    }
    pub async fn letters_due(&self, now: Time, limit: u32) -> Result<Vec<LetterRow>> {
        todo!()
    }
    pub async fn letter_done(&self, row: u64) -> Result<()> {
        todo!()
    }
    pub async fn letter_later(&self, row: u64, next: Time) -> Result<()> {
        todo!()
    }

    /// How many letters wait, for the metrics.
    pub async fn letters_waiting(&self) -> Result<u64> {
        todo!()
    }

    // ---- keeping house
    /// Conversations a year after their last line (or `keep`), seen notices, ended calls, used codes, ports
    /// past their time. Returns how many rows went.
    pub async fn sweep(&self, now: Time, keep: i64) -> Result<u64> {
        todo!()
    }
    /// Writes and commits something of no meaning: whether the database can, for `/healthz`.
    pub async fn probe(&self, now: Time) -> Result<()> {
        todo!()
    }
}
