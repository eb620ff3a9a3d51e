//! The course of one call that one places oneself: pressing a mail's button, calling a login. To its outcome.

use std::time::Duration;

use super::{
    course::{Course, Do, Here, Outcome, Said},
    typed::{HELP, Typed},
    unread::Unread,
    words,
};
use crate::{
    client::live::Permit,
    wire::{
        CallId, Code, ConversationId, ErrorRecord, LoginId,
        display::clean,
        frame::{ClientFrame, Invite, Line, Reason, ServerFrame, Welcome},
        record::{Missed, Notice, Presence},
    },
};

/// How long a polite end may take.
const POLITE: Duration = Duration::from_secs(5);
/// How long what was left for the other side may take to become durable.
const LEAVING: Duration = Duration::from_secs(30);

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The call's id.
    pub call: CallId,
    /// Whom to call; `None`: whom the ticket of `hello` leads to.
    pub login: Option<LoginId>,
    /// The name of the other side, if it is known.
    pub peer: Option<String>,
    /// One invite's life, in seconds.
    pub ring: Option<u32>,
    /// How long to keep trying, in seconds.
    pub give_up: Option<u32>,
    /// Stay when the other computer is off.
    pub until_on: bool,
    /// A line to leave before an answer.
    pub leave: Option<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    /// Not welcomed yet.
    Placing,
    /// Invited.
    Pending,
    Answered,
    Over(Outcome),
}

/// One call.
#[derive(Debug)]
pub struct Caller {
    pub(super) plan: Plan,
    stage: Stage,
    conversation: Option<ConversationId>,
    /// Said before there was a conversation to say it in.
    early: Vec<(Said, Option<Permit>)>,
    input_ended: bool,
    hangs_up: bool,
    told: Option<Presence>,
    rings: bool,
    unread: Unread,
    /// That no words were left was said.
    left_nothing: bool,
}

impl Caller {
    /// A call that is not placed yet.
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            stage: Stage::Placing,
            conversation: None,
            early: Vec::new(),
            input_ended: false,
            hangs_up: false,
            told: None,
            rings: false,
            unread: Unread::default(),
            left_nothing: false,
        }
    }

    fn who(&self) -> String {
        self.plan.peer.as_deref().map_or_else(|| "the other side".to_owned(), clean)
    }

    fn welcomed(&mut self, welcome: &Welcome) -> Vec<Do> {
        let mut doing = Vec::new();
        if self.plan.login.is_none() {
            self.conversation.clone_from(&welcome.conversation);
        }
        doing.extend(welcome.notices.iter().filter_map(|notice| self.notice(notice)));
        if self.stage == Stage::Placing {
            self.stage = Stage::Pending;
            if let Some(leave) = self.plan.leave.take() {
                self.early.insert(0, (leave, None));
            }
            self.say_early(&mut doing);
            let Plan { call, login, ring, give_up, until_on, .. } = &self.plan;
            let (call, login) = (call.clone(), login.clone());
            let (ring, give_up, until_on) = (*ring, *give_up, *until_on);
            let invite = Invite { login, ring, give_up, until_on, ..Invite::new(call) };
            doing.push(Do::Send(ClientFrame::Invite(invite), None));
        }
        doing
    }

    /// Notices of other conversations are not for this screen, so they are kept.
    fn notice(&mut self, notice: &Notice) -> Option<Do> {
        let here = self.conversation.as_ref().filter(|here| **here == notice.conversation)?;
        let comes = self.stage == Stage::Answered && notice.reason == Missed::Line;
        if comes && self.unread.hold(here, &notice.id) {
            return None;
        }
        Some(Do::Notice(notice.clone()))
    }

    fn say_early(&mut self, doing: &mut Vec<Do>) {
        if let Some(here) = &self.conversation {
            let lines = self.early.drain(..).map(|(said, permit)| Do::Send(said.to(here.clone()), permit));
            doing.extend(lines);
        }
    }

    fn presence(&mut self, login: Option<&LoginId>, state: Presence) -> Vec<Do> {
        if let Some(login) = login {
            self.plan.peer = Some(login.to_string());
        }
        self.rings = false;
        if self.told.replace(state) == Some(state) {
            return Vec::new();
        }
        words::presence(&self.who(), state, self.plan.until_on).map(Do::Tell).into_iter().collect()
    }

    fn answered(&mut self, conversation: &ConversationId, peer: &str) -> Vec<Do> {
        let again = self.stage == Stage::Answered;
        (self.stage, self.conversation) = (Stage::Answered, Some(conversation.clone()));
        self.plan.peer = Some(peer.to_owned());
        let mut doing = Vec::new();
        self.say_early(&mut doing);
        if !again {
            doing.insert(0, Do::Tell(format!("{} answered", self.who())));
        }
        if self.input_ended {
            doing.extend(self.hang_up());
        }
        doing
    }

    fn ended(
        &mut self,
        conversation: &ConversationId,
        reason: Reason,
        told: bool,
        retry: Option<u32>,
    ) -> Vec<Do> {
        let who = self.who();
        let words = match self.stage {
            Stage::Over(_) => return Vec::new(),
            Stage::Answered if self.hangs_up || reason != Reason::Bye => "the chat is over".to_owned(),
            Stage::Answered => format!("{who} hung up"),
            _ => words::not_answered(&who, reason, told, retry),
        };
        let talked = self.stage == Stage::Answered;
        self.stage = Stage::Over(if talked { Outcome::Done } else { Outcome::No });
        // What was said to a login before there was an answer is left for it.
        self.conversation.get_or_insert_with(|| conversation.clone());
        let mut doing = vec![Do::Tell(words)];
        self.say_early(&mut doing);
        doing.push(Do::Finish(LEAVING));
        doing
    }

    fn failed(&mut self, error: &ErrorRecord) -> Vec<Do> {
        let ours = error.call.as_ref() == Some(&self.plan.call);
        match self.stage {
            // The words went with the call, and a stranger's call leaves none: the same whether or not there is such a login.
            Stage::Over(_) if self.plan.login.is_some() && error.code == Code::NotFound => {
                let why = format!(
                    "nothing was left: {who} takes no words from people they do not know (until {who} answers, or runs \
                     ch-chat allow)",
                    who = self.who()
                );
                match std::mem::replace(&mut self.left_nothing, true) {
                    true => Vec::new(),
                    false => vec![Do::Report(ErrorRecord::new(Code::Forbidden, why))],
                }
            }
            Stage::Over(_) => vec![Do::Report(error.clone())],
            // Given up or hung up, and the server has forgotten it already.
            _ if ours && error.code == Code::NotFound && self.hangs_up => self.gone(),
            Stage::Answered if ours && error.code == Code::NotFound => self.gone(),
            _ if ours => {
                self.stage = Stage::Over(Outcome::Refused(error.clone()));
                vec![Do::Finish(POLITE)]
            }
            _ => vec![Do::Report(error.clone())],
        }
    }

    fn gone(&mut self) -> Vec<Do> {
        let outcome = if self.stage == Stage::Answered { Outcome::Done } else { Outcome::No };
        self.stage = Stage::Over(outcome);
        vec![Do::Finish(POLITE)]
    }

    fn hang_up(&mut self) -> Vec<Do> {
        if std::mem::replace(&mut self.hangs_up, true) {
            return Vec::new();
        }
        let call = self.plan.call.clone();
        let frame = match self.stage {
            Stage::Answered => ClientFrame::Bye { call: Some(call), conversation: None },
            Stage::Pending => ClientFrame::Cancel { call },
            Stage::Placing | Stage::Over(_) => return Vec::new(),
        };
        vec![Do::Send(frame, None)]
    }

    fn line(&mut self, line: &Line) -> Vec<Do> {
        if self.conversation.as_ref() == Some(&line.conversation) {
            let seen = self.unread.shown(&line.conversation);
            [Do::Tell(words::line(line))].into_iter().chain(seen).collect()
        } else {
            Vec::new()
        }
    }
}

impl Course for Caller {
    fn shown(&mut self, frame: &ServerFrame, _now: Duration) -> Vec<Do> {
        let ours = |call: &CallId| *call == self.plan.call;
        match frame {
            ServerFrame::Welcome(welcome) => self.welcomed(welcome),
            ServerFrame::Presence { call: Some(call), login, state } if ours(call) => {
                self.presence(login.as_ref(), *state)
            }
            ServerFrame::Ringing { call } if ours(call) => {
                let first = !std::mem::replace(&mut self.rings, true);
                first.then(|| Do::Tell("ringing…".to_owned())).into_iter().collect()
            }
            ServerFrame::Answered { call, conversation, peer, .. } if ours(call) => {
                self.answered(conversation, peer)
            }
            ServerFrame::Ended { call, conversation, reason, notice, retry } if ours(call) => {
                self.ended(conversation, *reason, notice.is_some(), *retry)
            }
            ServerFrame::Line(line) => self.line(line),
            ServerFrame::Error(error) => self.failed(error),
            ServerFrame::Notice(notice) => self.notice(notice).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn never_placed(&mut self, call: &CallId) -> Vec<Do> {
        if *call == self.plan.call { self.gone() } else { Vec::new() }
    }

    fn said(&mut self, said: Said, permit: Permit) -> Vec<Do> {
        match &self.conversation {
            Some(here) => vec![Do::Send(said.to(here.clone()), Some(permit))],
            None => {
                self.early.push((said, Some(permit)));
                Vec::new()
            }
        }
    }

    fn typed(&mut self, typed: Typed) -> Vec<Do> {
        match typed {
            Typed::Text(_) => Vec::new(),
            Typed::Bye | Typed::Quit if self.stage == Stage::Placing => self.stop(),
            Typed::Bye | Typed::Quit => self.hang_up(),
            Typed::Help => vec![Do::Tell(HELP.to_owned())],
            Typed::Answer(_) | Typed::Decline(_) => {
                vec![Do::Complain("nobody calls here: this is a call of your own".into())]
            }
            Typed::Unknown(command) => vec![Do::Complain(format!("there is no {command}; {HELP}"))],
        }
    }

    fn end_of_input(&mut self) -> Vec<Do> {
        self.input_ended = true;
        if self.stage == Stage::Answered { self.hang_up() } else { Vec::new() }
    }

    fn stop(&mut self) -> Vec<Do> {
        let mut doing = self.hang_up();
        if self.stage == Stage::Placing {
            self.stage = Stage::Over(Outcome::No);
        }
        doing.push(Do::Finish(POLITE));
        doing
    }

    fn alarmed(&mut self, _call: &CallId) -> Vec<Do> {
        Vec::new()
    }

    fn tick(&mut self, _now: Duration, _quiet: bool) -> Vec<Do> {
        Vec::new()
    }

    fn here(&self) -> Here {
        Here { conversation: self.conversation.clone(), rings: None, call: Some(self.plan.call.clone()) }
    }

    fn outcome(&self) -> Outcome {
        match &self.stage {
            Stage::Over(outcome) => outcome.clone(),
            Stage::Answered => Outcome::Done,
            Stage::Placing | Stage::Pending => Outcome::No,
        }
    }
}
