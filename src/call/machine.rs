//! One call: inviting → ringing → answered → ended (S109–S117), or waiting while the other computer is on and
//! nobody listens. It is told what happens and when; it says what to do.

use serde::{Deserialize, Serialize};

use super::{
    Side,
    manners::Admission,
    times::Times,
    words::{Action, Alert, Event, Standing, State, Wish},
};
use crate::wire::{
    Time,
    frame::Reason,
    record::{Missed, Presence},
    time::SECOND,
};

/// A call. Its serde form is the snapshot that a server takes it up from after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    caller: Side,
    standing: Standing,
    state: State,
    started: Time,
    ring: i64,
    give_up: Time,
    until_on: bool,
    silent: bool,
    rang: bool,
    noticed: bool,
    caller_gone: Option<Time>,
    callee_gone: Option<Time>,
}

impl Call {
    /// Starts a call.
    #[must_use]
    pub fn start(
        caller: Side,
        wish: Wish,
        admission: Admission,
        presence: Presence,
        now: Time,
    ) -> (Self, Vec<Action>) {
        let standing = match admission {
            Admission::Ring | Admission::Refuse { .. } => Standing::Ring,
            Admission::Knock(why) => Standing::Knock(why),
            Admission::Hidden(why) => Standing::Hidden(why),
        };
        let mut call = Self {
            caller,
            standing,
            state: State::Waiting,
            started: now,
            ring: wish.ring.max(SECOND),
            give_up: now.plus(wish.give_up.max(0)),
            until_on: wish.until_on,
            silent: false,
            rang: false,
            noticed: false,
            caller_gone: None,
            callee_gone: None,
        };
        let mut actions = Vec::new();
        if let Admission::Refuse { reason, leave, retry } = admission {
            call.state = State::Ended(reason);
            call.noticed = leave.is_some();
            actions.push(Action::End { reason, leave, retry: Some(retry) });
            return (call, actions);
        }
        match standing {
            Standing::Ring => call.follow(presence, now, true, &mut actions),
            Standing::Knock(_) => {
                call.state = State::Inviting { until: call.give_up };
                let alert = call.alert(now);
                actions.extend([Action::Save, Action::Presence(Presence::Unknown), Action::Ring(alert)]);
            }
            Standing::Hidden(_) => actions.extend([Action::Save, Action::Presence(Presence::Unknown)]),
        }
        (call, actions)
    }

    /// Takes a call up again from its snapshot: nobody is connected yet.
    pub fn restore(&mut self, now: Time) {
        self.caller_gone.get_or_insert(now);
        if self.state == State::Answered {
            self.callee_gone.get_or_insert(now);
        }
    }

    /// Something happened.
    pub fn on(&mut self, event: Event, now: Time, times: &Times) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.state {
            State::Ended(_) => {}
            State::Answered => self.while_talking(event, now, times, &mut actions),
            _ => self.while_open(event, now, times, &mut actions),
        }
        actions
    }

    /// When [`Event::Tick`] is due.
    #[must_use]
    pub fn deadline(&self, times: &Times) -> Option<Time> {
        match self.state {
            State::Ended(_) => None,
            State::Answered => {
                [self.caller_gone, self.callee_gone].iter().flatten().map(|at| at.plus(times.absence)).min()
            }
            State::Waiting | State::Inviting { .. } | State::Ringing { .. } => {
                let kept = self.caller_gone.map(|at| at.plus(times.caller_keeps));
                let again = self.rings_until();
                [Some(self.give_up), kept, again].into_iter().flatten().min()
            }
        }
    }

    /// The side that called.
    #[must_use]
    pub fn caller(&self) -> Side {
        self.caller
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The caller's right.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Since when.
    #[must_use]
    pub fn started(&self) -> Time {
        self.started
    }

    /// Whether the callee's devices were really rung.
    #[must_use]
    pub fn rang(&self) -> bool {
        self.rang
    }

    /// Whether a notice was left while it goes on.
    #[must_use]
    pub fn has_notice(&self) -> bool {
        self.noticed
    }

    /// Whether `side` has no connection in this call.
    #[must_use]
    pub fn is_gone(&self, side: Side) -> bool {
        if side == self.caller { self.caller_gone.is_some() } else { self.callee_gone.is_some() }
    }

    fn rings_until(&self) -> Option<Time> {
        match self.state {
            State::Inviting { until } | State::Ringing { until } => Some(until),
            _ => None,
        }
    }

    fn alert(&self, now: Time) -> Alert {
        let knock = match self.standing {
            Standing::Ring => None,
            Standing::Knock(why) | Standing::Hidden(why) => Some(why),
        };
        let until = self.rings_until().unwrap_or(self.give_up);
        let secs = u32::try_from(until.since(now).max(0) / SECOND).unwrap_or(u32::MAX).max(1);
        Alert { knock, silent: self.silent, secs }
    }

    /// Rings, or lists silently, for one invite's life. What is durable first is the attempt.
    fn ring(&mut self, now: Time, tell: Option<Presence>, actions: &mut Vec<Action>) {
        let until = now.plus(self.ring).min(self.give_up);
        self.state = State::Inviting { until };
        self.rang |= !self.silent;
        actions.push(Action::Save);
        actions.extend(tell.map(Action::Presence));
        actions.push(Action::Ring(self.alert(now)));
    }

    /// Does what the callee's presence asks for. Only for a call that may ring.
    fn follow(&mut self, presence: Presence, now: Time, tell: bool, actions: &mut Vec<Action>) {
        let told = tell.then_some(presence);
        match presence {
            Presence::Online | Presence::Away => {
                self.silent = presence == Presence::Away;
                if self.state == State::Waiting {
                    return self.ring(now, told, actions);
                }
                actions.extend(told.map(Action::Presence));
            }
            Presence::On => self.wait(Missed::On, told, actions),
            Presence::Off | Presence::Unknown if self.until_on => self.wait(Missed::Off, told, actions),
            Presence::Busy => {
                actions.extend(told.map(Action::Presence));
                self.end(Reason::Busy, actions);
            }
            Presence::Off | Presence::Unknown => {
                actions.extend(told.map(Action::Presence));
                self.end(Reason::Off, actions);
            }
        }
    }

    /// Waits for somebody to ring. The notice comes before the snapshot that says there is one.
    fn wait(&mut self, why: Missed, tell: Option<Presence>, actions: &mut Vec<Action>) {
        self.state = State::Waiting;
        if !self.noticed {
            self.noticed = true;
            actions.push(Action::Notice(why));
        }
        actions.push(Action::Save);
        actions.extend(tell.map(Action::Presence));
    }

    fn end(&mut self, reason: Reason, actions: &mut Vec<Action>) {
        let missed = match (reason, self.standing) {
            (_, Standing::Hidden(_)) => None,
            (Reason::Declined | Reason::Bye | Reason::AnsweredElsewhere | Reason::Other, _) => None,
            (_, Standing::Knock(_)) => Some(Missed::Knock),
            (Reason::Off, _) => Some(Missed::Off),
            (Reason::Busy, _) => Some(Missed::Busy),
            (Reason::Expired, _) => Some(Missed::Expired),
            (Reason::Cancelled, _) => Some(Missed::Cancelled),
        };
        if self.noticed && reason == Reason::Declined {
            self.noticed = false;
            actions.push(Action::ClearNotice);
        }
        let leave = if self.noticed { None } else { missed };
        self.noticed |= leave.is_some();
        self.state = State::Ended(reason);
        actions.push(Action::End { reason, leave, retry: None });
    }

    fn while_open(&mut self, event: Event, now: Time, times: &Times, actions: &mut Vec<Action>) {
        let may_ring = self.standing == Standing::Ring;
        let hidden = matches!(self.standing, Standing::Hidden(_));
        match event {
            Event::Presence(presence) if may_ring => self.follow(presence, now, true, actions),
            Event::DeviceCame(presence) if may_ring => {
                let rings = self.rings_until().is_some();
                self.follow(presence, now, !rings, actions);
                if rings && self.rings_until().is_some() {
                    actions.push(Action::RingNew(self.alert(now)));
                }
            }
            Event::DeviceCame(_) if !hidden => actions.push(Action::RingNew(self.alert(now))),
            Event::Ringing if may_ring && !self.silent => {
                if let Some(until) = self.rings_until() {
                    self.state = State::Ringing { until };
                    actions.push(Action::Ringing);
                }
            }
            Event::Answer => self.answer(actions),
            Event::Decline if may_ring => self.end(Reason::Declined, actions),
            Event::Decline => self.dismiss(actions),
            Event::Bye(side) if side != self.caller && may_ring => self.end(Reason::Declined, actions),
            Event::Bye(side) if side != self.caller => self.dismiss(actions),
            Event::Cancel | Event::Bye(_) => self.end(Reason::Cancelled, actions),
            Event::Gone(side) if side == self.caller => {
                self.caller_gone = Some(now);
                actions.push(Action::Save);
            }
            Event::Back(side) if side == self.caller => {
                self.caller_gone = None;
                if matches!(self.state, State::Ringing { .. }) {
                    actions.push(Action::Ringing);
                }
            }
            Event::Tick => self.tick(now, times, actions),
            _ => {}
        }
    }

    fn tick(&mut self, now: Time, times: &Times, actions: &mut Vec<Action>) {
        if self.caller_gone.is_some_and(|at| now >= at.plus(times.caller_keeps)) {
            self.end(Reason::Cancelled, actions);
        } else if now >= self.give_up {
            self.end(Reason::Expired, actions);
        } else if self.standing == Standing::Ring && self.rings_until().is_some_and(|until| now >= until) {
            self.ring(now, None, actions);
        }
    }

    fn answer(&mut self, actions: &mut Vec<Action>) {
        self.state = State::Answered;
        self.callee_gone = None;
        actions.push(Action::Save);
        if self.noticed {
            self.noticed = false;
            actions.push(Action::ClearNotice);
        }
        actions.push(Action::Answered);
    }

    /// The callee wants a knock off the list. The knocker must not learn it.
    fn dismiss(&mut self, actions: &mut Vec<Action>) {
        if let Standing::Knock(why) = self.standing {
            self.standing = Standing::Hidden(why);
            self.state = State::Waiting;
            actions.extend([Action::Save, Action::Dismiss]);
        }
    }

    fn while_talking(&mut self, event: Event, now: Time, times: &Times, actions: &mut Vec<Action>) {
        match event {
            Event::Bye(_) | Event::Cancel => self.end(Reason::Bye, actions),
            Event::Gone(side) => {
                *self.gone(side) = Some(now);
                actions.push(Action::Save);
            }
            Event::Back(side) => {
                *self.gone(side) = None;
                actions.push(Action::AnsweredAgain(side));
            }
            Event::Tick => {
                let away = |at: Option<Time>| at.is_some_and(|at| now >= at.plus(times.absence));
                if away(self.caller_gone) || away(self.callee_gone) {
                    self.end(Reason::Bye, actions);
                }
            }
            _ => {}
        }
    }

    fn gone(&mut self, side: Side) -> &mut Option<Time> {
        if side == self.caller { &mut self.caller_gone } else { &mut self.callee_gone }
    }
}
