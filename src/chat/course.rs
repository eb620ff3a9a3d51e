//! What a course of a chat is told, and what it wants done.

use std::time::Duration;

use crate::{
    client::live::Permit,
    wire::{
        CallId, ConversationId, ErrorRecord, LineId, NoticeId,
        frame::{ClientFrame, ServerFrame},
        record::Notice,
        secret,
    },
};

use super::typed::Typed;

/// What to do, in order.
#[derive(Debug)]
pub enum Do {
    /// Tell the person, one clean line. Not in the face of records, where the frame itself is shown.
    Tell(String),
    /// Report what the server refused. Not in the face of records, where the frame itself is shown.
    Report(ErrorRecord),
    /// Report what was wrong with the input, in every face.
    Complain(String),
    /// Say or ask something of the server.
    Send(ClientFrame, Option<Permit>),
    /// Show a notice, and then say that it was seen.
    Notice(Notice),
    /// What these notices told was shown already: say that they were seen.
    Seen(Vec<NoticeId>),
    /// Alert the person that somebody calls.
    Alarm(Alarm),
    /// No need to alert any more.
    Hush(CallId),
    /// End once everything said was acknowledged and everything asked answered; at the latest after this long.
    Finish(Duration),
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which call.
    pub call: CallId,
    /// The caller.
    pub from: String,
    /// About which mail.
    pub subject: Option<String>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Well: they talked, or the agent was told to stop.
    Done,
    /// With a clean no: off, declined, busy, expired, cancelled.
    No,
    /// The server refused.
    Refused(ErrorRecord),
}

/// What a frame on standard input may leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// The conversation that lines go to.
    pub conversation: Option<ConversationId>,
    /// The call that can be answered or declined.
    pub rings: Option<CallId>,
    /// The call that can be cancelled or hung up.
    pub call: Option<CallId>,
}

/// Something said whose conversation is not named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its id.
    pub id: LineId,
    /// The words, or
    pub text: Option<String>,
    /// the same, end-to-end encrypted.
    pub sealed: Option<String>,
}

impl Said {
    /// The line, in a conversation.
    #[must_use]
    pub fn to(self, conversation: ConversationId) -> ClientFrame {
        ClientFrame::Line { conversation, id: self.id, text: self.text, sealed: self.sealed }
    }

    /// Words that a person typed.
    ///
    /// # Errors
    /// When the system gives no random bytes for an id.
    pub fn words(text: String) -> Result<Self, secret::NoRandom> {
        Ok(Self { id: line_id()?, text: Some(text), sealed: None })
    }
}

/// A fresh id for a line.
///
/// # Errors
/// When the system gives no random bytes.
pub fn line_id() -> Result<LineId, secret::NoRandom> {
    secret::random_name()?.parse().map_err(|_| secret::NoRandom)
}

/// A fresh id for a call.
///
/// # Errors
/// When the system gives no random bytes.
pub fn call_id() -> Result<CallId, secret::NoRandom> {
    secret::random_name()?.parse().map_err(|_| secret::NoRandom)
}

/// A course of a chat: told what happens, at a moment measured from its start, it says what to do.
pub trait Course {
    /// The server said something that is for a person.
    fn shown(&mut self, frame: &ServerFrame, now: Duration) -> Vec<Do>;
    /// A call was given up before the server heard of it.
    fn never_placed(&mut self, call: &CallId) -> Vec<Do>;
    /// The person said something, without naming a conversation.
    fn said(&mut self, said: Said, permit: Permit) -> Vec<Do>;
    /// The person typed a command.
    fn typed(&mut self, typed: Typed) -> Vec<Do>;
    /// There is no more input.
    fn end_of_input(&mut self) -> Vec<Do>;
    /// The person asks the tool to end.
    fn stop(&mut self) -> Vec<Do>;
    /// The alarm for a call was really given.
    fn alarmed(&mut self, call: &CallId) -> Vec<Do>;
    /// Time passes. `quiet`: it is a quiet hour.
    fn tick(&mut self, now: Duration, quiet: bool) -> Vec<Do>;
    /// What input may leave out.
    fn here(&self) -> Here;
    /// How it ended, when the connection ended well.
    fn outcome(&self) -> Outcome;
}
