//! The course of an agent: it is rung, alerts, answers, and goes on until it is told to stop.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    course::{Alarm, Course, Do, Here, Outcome, Said},
    typed::{HELP, Typed},
    unread::Unread,
    words,
};
use crate::{
    client::live::Permit,
    wire::{
        CallId, ConversationId, ErrorRecord, NoticeId,
        display::clean,
        frame::{ClientFrame, Reason, Ring, ServerFrame},
        record::{Missed, Notice, Presence},
    },
};

/// How often an alarm is repeated, and said to be.
const ALARM_EVERY: Duration = Duration::from_secs(30);
/// How long a polite end may take.
const POLITE: Duration = Duration::from_secs(5);
/// Notices remembered as shown.
const SHOWN: usize = 10_000;
/// Calls listed at a time; beyond it the oldest is no longer listed.
const CALLS: usize = 1000;

/// How an agent behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Answers calls that may ring by itself.
    pub answers: bool,
    /// What the person said of themselves at the start; `None`: online.
    pub presence: Option<Presence>,
    /// A person types: a line that has nowhere to go is a mistake, not something to keep for the next caller.
    pub terminal: bool,
}

/// A call that is listed.
#[derive(Debug)]
struct Call {
    number: usize,
    conversation: ConversationId,
    from: String,
    subject: Option<String>,
    /// May alert.
    rings: bool,
    answered: bool,
    /// A missed call from then on.
    until: Duration,
    /// The next alarm.
    alarm: Duration,
}

/// An agent.
#[derive(Debug)]
pub struct Agent {
    manner: Manner,
    said: Presence,
    calls: BTreeMap<CallId, Call>,
    numbers: usize,
    conversation: Option<ConversationId>,
    over: bool,
    early: Vec<(Said, Permit)>,
    shown: BTreeSet<NoticeId>,
    unread: Unread,
    greeted: bool,
}

impl Agent {
    /// An agent that is not connected yet.
    #[must_use]
    pub fn new(manner: Manner) -> Self {
        Self {
            said: manner.presence.unwrap_or(Presence::Online),
            manner,
            calls: BTreeMap::new(),
            numbers: 0,
            conversation: None,
            over: false,
            early: Vec::new(),
            shown: BTreeSet::new(),
            unread: Unread::default(),
            greeted: false,
        }
    }

    fn notice(&mut self, notice: &Notice) -> Option<Do> {
        let here = &notice.conversation;
        let comes = notice.reason == Missed::Line && self.talk_in(here).is_some();
        if comes && self.unread.hold(here, &notice.id) {
            return None;
        }
        // It comes again with each connection until the server knows that it was seen.
        if self.shown.len() >= SHOWN || !self.shown.insert(notice.id.clone()) {
            return Some(Do::Seen(vec![notice.id.clone()]));
        }
        Some(Do::Notice(notice.clone()))
    }

    fn rung(&mut self, ring: &Ring, now: Duration) -> Vec<Do> {
        // An invite that was on its way when the person stopped being there is listed, too.
        let rings = ring.knock.is_none() && !ring.silent && self.said == Presence::Online;
        let until = now + Duration::from_secs(ring.ring.into());
        let mut doing = Vec::new();
        if let Some(known) = self.calls.get_mut(&ring.call) {
            (known.until, known.rings) = (until, rings);
        } else {
            if self.calls.len() >= CALLS
                && let Some(oldest) = self.calls.iter().min_by_key(|(_, call)| call.number)
            {
                let oldest = oldest.0.clone();
                self.calls.remove(&oldest);
            }
            self.numbers += 1;
            doing.push(Do::Tell(words::ring(self.numbers, ring)));
            let call = Call {
                number: self.numbers,
                conversation: ring.conversation.clone(),
                from: ring.from.clone(),
                subject: ring.subject.clone(),
                rings,
                answered: false,
                until,
                alarm: now,
            };
            self.calls.insert(ring.call.clone(), call);
        }
        if rings && self.manner.answers {
            doing.push(Do::Send(ClientFrame::Answer { call: ring.call.clone() }, None));
        } else {
            doing.extend(self.alarm(now));
        }
        doing
    }

    /// Alarms that are due.
    fn alarm(&mut self, now: Duration) -> Vec<Do> {
        let due = |call: &Call| call.rings && !call.answered && now >= call.alarm && now < call.until;
        let due = self.calls.iter_mut().filter(|(_, call)| due(call));
        due.map(|(id, call)| {
            call.alarm = now + ALARM_EVERY;
            Do::Alarm(Alarm { call: id.clone(), from: call.from.clone(), subject: call.subject.clone() })
        })
        .collect()
    }

    fn answered(&mut self, id: &CallId, conversation: &ConversationId, peer: &str) -> Vec<Do> {
        let mut doing = vec![Do::Hush(id.clone())];
        let again = match self.calls.get_mut(id) {
            Some(call) => std::mem::replace(&mut call.answered, true),
            None => {
                // A call of one's own, placed by a frame.
                let call = Call {
                    number: 0,
                    conversation: conversation.clone(),
                    from: peer.to_owned(),
                    subject: None,
                    rings: false,
                    answered: true,
                    until: Duration::MAX,
                    alarm: Duration::MAX,
                };
                self.calls.insert(id.clone(), call);
                false
            }
        };
        if !again {
            doing.push(Do::Tell(format!("you talk with {}", clean(peer))));
            self.conversation = Some(conversation.clone());
            self.over = false;
        }
        let early = self.early.drain(..);
        doing.extend(early.map(|(said, permit)| Do::Send(said.to(conversation.clone()), Some(permit))));
        doing
    }

    fn ended(&mut self, id: &CallId, reason: Reason) -> Vec<Do> {
        let mut doing = vec![Do::Hush(id.clone())];
        if let Some(call) = self.calls.remove(id) {
            self.over |= Some(&call.conversation) == self.conversation.as_ref();
            doing.push(Do::Tell(words::call_over(&clean(&call.from), reason, call.answered)));
        }
        doing
    }

    fn failed(&mut self, error: &ErrorRecord) -> Vec<Do> {
        let mut doing = vec![Do::Report(error.clone())];
        if let Some(call) = &error.call {
            self.calls.remove(call);
            doing.push(Do::Hush(call.clone()));
        }
        doing
    }

    /// The call that a command means: the one of that number, else the latest that rings, else the latest.
    fn meant(&self, number: Option<usize>) -> Option<&CallId> {
        let open = || self.calls.iter().filter(|(_, call)| !call.answered);
        let latest = || open().max_by_key(|(_, call)| (call.rings, call.number));
        let meant = match number {
            Some(number) => open().find(|(_, call)| call.number == number),
            None => latest(),
        };
        meant.map(|(id, _)| id)
    }

    fn on_call(&self, number: Option<usize>, ask: impl FnOnce(CallId) -> ClientFrame) -> Vec<Do> {
        match (self.meant(number), number) {
            (Some(call), _) => vec![Do::Send(ask(call.clone()), None)],
            (None, Some(number)) => vec![Do::Complain(format!("there is no call {number}"))],
            (None, None) => vec![Do::Complain("nobody calls".into())],
        }
    }

    /// The answered call in the conversation that lines go to.
    fn talk(&self) -> Option<&CallId> {
        self.talk_in(self.conversation.as_ref()?)
    }

    fn talk_in(&self, here: &ConversationId) -> Option<&CallId> {
        let talks = |(_, call): &(&CallId, &Call)| call.answered && call.conversation == *here;
        self.calls.iter().find(talks).map(|(id, _)| id)
    }

    fn hang_up_all(&self) -> Vec<Do> {
        let answered = self.calls.iter().filter(|(_, call)| call.answered);
        answered.map(|(id, _)| Do::Send(bye(id.clone()), None)).collect()
    }
}

fn bye(call: CallId) -> ClientFrame {
    ClientFrame::Bye { call: Some(call), conversation: None }
}

impl Course for Agent {
    fn shown(&mut self, frame: &ServerFrame, now: Duration) -> Vec<Do> {
        match frame {
            ServerFrame::Welcome(welcome) => {
                let mut doing = Vec::new();
                if !std::mem::replace(&mut self.greeted, true) {
                    let login = welcome.login.as_ref().map(ToString::to_string).unwrap_or_default();
                    doing.push(Do::Tell(format!("listening as {login}")));
                }
                doing.extend(welcome.notices.iter().filter_map(|notice| self.notice(notice)));
                doing
            }
            ServerFrame::Invite(ring) => self.rung(ring, now),
            ServerFrame::Answered { call, conversation, peer, .. } => self.answered(call, conversation, peer),
            ServerFrame::Ended { call, reason, .. } => self.ended(call, *reason),
            ServerFrame::Line(line) => {
                let seen = self.unread.shown(&line.conversation);
                [Do::Tell(words::line(line))].into_iter().chain(seen).collect()
            }
            ServerFrame::Notice(notice) => self.notice(notice).into_iter().collect(),
            ServerFrame::Error(error) => self.failed(error),
            _ => Vec::new(),
        }
    }

    fn never_placed(&mut self, call: &CallId) -> Vec<Do> {
        self.calls.remove(call);
        Vec::new()
    }

    fn said(&mut self, said: Said, permit: Permit) -> Vec<Do> {
        match &self.conversation {
            Some(here) => {
                let mut doing = vec![Do::Send(said.to(here.clone()), Some(permit))];
                if std::mem::take(&mut self.over) {
                    doing.push(Do::Tell("(the chat is over: the other side finds this line later)".into()));
                }
                doing
            }
            None if self.manner.terminal => {
                vec![Do::Complain("nobody to say it to: no chat is open".into())]
            }
            // A script's words, for whoever is answered first.
            None => {
                self.early.push((said, permit));
                Vec::new()
            }
        }
    }

    fn typed(&mut self, typed: Typed) -> Vec<Do> {
        match typed {
            Typed::Text(_) => Vec::new(),
            Typed::Answer(number) => self.on_call(number, |call| ClientFrame::Answer { call }),
            Typed::Decline(number) => self.on_call(number, |call| ClientFrame::Decline { call }),
            Typed::Bye => match self.talk() {
                Some(call) => vec![Do::Send(bye(call.clone()), None)],
                None => vec![Do::Complain("no chat is open".into())],
            },
            Typed::Quit => self.stop(),
            Typed::Help => vec![Do::Tell(HELP.to_owned())],
            Typed::Unknown(command) => vec![Do::Complain(format!("there is no {command}; {HELP}"))],
        }
    }

    fn end_of_input(&mut self) -> Vec<Do> {
        self.hang_up_all()
    }

    fn stop(&mut self) -> Vec<Do> {
        let mut doing = self.hang_up_all();
        doing.extend(self.calls.keys().cloned().map(Do::Hush));
        doing.push(Do::Finish(POLITE));
        doing
    }

    fn alarmed(&mut self, call: &CallId) -> Vec<Do> {
        vec![Do::Send(ClientFrame::Ringing { call: call.clone() }, None)]
    }

    fn tick(&mut self, now: Duration, quiet: bool) -> Vec<Do> {
        let mut doing = Vec::new();
        let wished = match self.manner.presence {
            Some(said) => said,
            None if quiet => Presence::Away,
            None => Presence::Online,
        };
        if wished != self.said {
            self.said = wished;
            doing.push(Do::Send(ClientFrame::Presence { state: wished }, None));
        }
        let missed = |call: &Call| !call.answered && now >= call.until + ALARM_EVERY;
        let over: Vec<_> =
            self.calls.iter().filter(|(_, call)| missed(call)).map(|(id, _)| id.clone()).collect();
        for id in over {
            // The server said so, while there was no connection.
            self.calls.remove(&id);
            doing.push(Do::Hush(id));
        }
        doing.extend(self.alarm(now));
        doing
    }

    fn here(&self) -> Here {
        Here {
            conversation: self.conversation.clone(),
            rings: self.meant(None).cloned(),
            call: self.talk().cloned(),
        }
    }

    fn outcome(&self) -> Outcome {
        Outcome::Done
    }
}
