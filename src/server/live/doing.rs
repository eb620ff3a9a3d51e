//! What a call does: its machine's actions carried out, in order, what must be durable first.

use std::sync::Arc;

use super::{
    actor::Actor,
    frames,
    registry::{Push, Socket},
    seated::Kept,
};
use crate::{
    call::{
        Action, Side,
        words::{Alert, Standing, State},
    },
    server::letters,
    store::{CallRow, CallState, NewNotice, StoreError},
    wire::{
        CallId, ConversationId, ErrorRecord, NoticeId, Time,
        frame::{Knock, Path, Reason, Ring, ServerFrame},
        record::Missed,
    },
};

impl Actor {
    /// Carries one action out. False: the call cannot go on (its beginning could not be made durable).
    pub(super) async fn carry(&mut self, action: Action, socket: Option<&Arc<Socket>>) -> bool {
        match action {
            Action::Save => return self.save().await,
            Action::Presence(state) => {
                self.evenly().await;
                self.told = Some(state);
                let login = self.callee_login();
                let presence = |call| ServerFrame::Presence { call: Some(call), login: login.clone(), state };
                self.to_caller(presence);
            }
            Action::Ring(alert) => {
                for device in self.shared.live.0.registry.devices(&self.callee()) {
                    self.ring(&device, alert);
                }
            }
            Action::RingNew(alert) => {
                if let Some(device) = socket {
                    self.ring(device, alert);
                }
            }
            Action::Ringing => self.to_caller(|call| ServerFrame::Ringing { call }),
            Action::Answered => self.answered(socket).await,
            Action::AnsweredAgain(side) => self.answered_again(side, socket),
            Action::Notice(why) => self.leave(why).await,
            Action::ClearNotice => self.clear_notice().await,
            Action::Dismiss => {
                for device in self.invited.values() {
                    self.tell_ended(device, &self.handle.id, Reason::Declined, None, None);
                }
            }
            Action::End { reason, leave, retry } => self.end(reason, leave, retry).await,
        }
        true
    }

    fn row(&self, state: CallState, now: Time) -> CallRow {
        CallRow {
            id: self.handle.id.clone(),
            conversation: self.subject.conversation.id.clone(),
            caller: self.call.caller(),
            state,
            rang: self.call.rang(),
            started: self.call.started(),
            changed: now,
            // A call always has a JSON form; without one it is not taken up after a restart, no more.
            snapshot: serde_json::to_string(&Kept { call: &self.call, seated: &self.seated })
                .unwrap_or_default(),
        }
    }

    /// Makes the call durable. What fails after the first time is logged: the record of the attempt stands.
    pub(super) async fn save(&mut self) -> bool {
        if !self.subject.real {
            return true;
        }
        let state = if self.call.state() == State::Answered { CallState::Answered } else { CallState::Open };
        let row = self.row(state, Time::now());
        match self.shared.store.put_call(row).await {
            Ok(()) => true,
            Err(error) if self.told.is_none() && self.call.state() != State::Answered => {
                let found = crate::server::Problem::from(error).0;
                for seat in self.inside.values() {
                    let error = ErrorRecord { call: Some(seat.id.clone()), ..found.clone() };
                    self.tell(&seat.socket, &ServerFrame::Error(error));
                }
                false
            }
            Err(error) => {
                tracing::error!("a call's state was not written: {error}");
                true
            }
        }
    }

    fn ring(&mut self, device: &Arc<Socket>, alert: Alert) {
        let conversation = &self.subject.conversation;
        let side = self.call.caller();
        let frame = ServerFrame::Invite(Ring {
            call: self.handle.id.clone(),
            conversation: conversation.id.clone(),
            from: conversation.name(side).to_owned(),
            login: conversation.party(side).login().cloned(),
            subject: conversation.subject.clone(),
            message_id: conversation.message_id.clone(),
            ring: alert.secs,
            knock: alert.knock,
            silent: alert.silent,
        });
        self.tell(device, &frame);
        self.invited.insert(device.id, Arc::clone(device));
    }

    async fn answered(&mut self, by: Option<&Arc<Socket>>) {
        self.shared.metrics.answered.one();
        self.talked = true;
        for seat in self.inside.values() {
            self.tell_answered(&seat.socket, seat.side, &seat.id);
        }
        for device in self.invited.values().filter(|device| !self.inside.contains_key(&device.id)) {
            self.tell_ended(device, &self.handle.id, Reason::AnsweredElsewhere, None, None);
            device.push(Push::Over(self.handle.id.clone()));
        }
        self.invited.clear();
        self.hear_each_other();
        if by.is_some()
            && let Some(login) = self.callee_login()
            && let Err(error) = self.shared.store.is_awake(login).await
        {
            tracing::warn!("a login's unanswered rings were not reset: {error}");
        }
    }

    fn answered_again(&self, side: Side, socket: Option<&Arc<Socket>>) {
        for seat in self.inside.values().filter(|seat| seat.side == side) {
            if socket.is_none_or(|socket| socket.id == seat.socket.id) {
                self.tell_answered(&seat.socket, side, &seat.id);
            }
        }
        self.hear_each_other();
    }

    /// From the answer on, whatever was said waiting for it is heard.
    fn hear_each_other(&self) {
        let conversation = &self.subject.conversation;
        for side in [Side::Owner, Side::Peer] {
            let push = Push::Heard(conversation.id.clone());
            self.shared.live.0.registry.push(&conversation.party(side), 0, &push);
        }
    }

    fn tell_answered(&self, socket: &Socket, side: Side, call: &CallId) {
        let conversation = &self.subject.conversation;
        let peer = conversation.name(side.other()).to_owned();
        let (call, id) = (call.clone(), conversation.id.clone());
        self.tell(socket, &ServerFrame::Answered { call, conversation: id, path: Path::Relay, peer });
    }

    /// Leaves a notice while the call goes on.
    async fn leave(&mut self, why: Missed) {
        match self.shared.store.leave_notice(self.new_notice(why)).await {
            Ok(id) => {
                self.deliver_notice(&id, why).await;
                self.notice = Some(id);
            }
            Err(error) => tracing::error!("a notice was not left: {error}"),
        }
    }

    fn new_notice(&self, reason: Missed) -> NewNotice {
        let to = self.call.caller().other();
        NewNotice { conversation: self.subject.conversation.id.clone(), to, reason, at: Time::now() }
    }

    async fn clear_notice(&mut self) {
        let Some(id) = self.notice.take() else { return };
        let to = self.call.caller().other();
        let conversation = self.subject.conversation.id.clone();
        if let Err(error) = self.shared.store.seen_in(conversation, to, vec![id]).await {
            tracing::warn!("a notice that is no longer true was not cleared: {error}");
        }
    }

    /// A notice is there: to the callee's agents at once, and by mail when this server sends mail.
    async fn deliver_notice(&self, id: &NoticeId, why: Missed) {
        let devices = self.shared.live.0.registry.devices(&self.callee());
        if !devices.is_empty()
            && let Ok(Some(row)) = self.shared.store.notice(id.clone()).await
        {
            devices.iter().for_each(|device| self.tell(device, &ServerFrame::Notice(row.notice.clone())));
        }
        // Whoever is still connected may leave a line, which goes along.
        let live = &self.shared.live.0;
        let caller = self.subject.conversation.party(self.call.caller());
        let wait = if live.registry.of(&caller).is_empty() { 0 } else { live.times.notice_waits };
        if why != Missed::Knock
            && let Err(problem) = letters::owe_notice(&self.shared, id.clone(), Time::now().plus(wait)).await
        {
            tracing::error!("a notice's letter was not kept: {}", problem.0.message);
        }
    }

    async fn end(&mut self, reason: Reason, leave: Option<Missed>, retry: Option<u32>) {
        // What was refused before it began is no decline of its own, or each try would prolong the last one.
        let written = if retry.is_some() && reason == Reason::Declined { Reason::Cancelled } else { reason };
        let left = if self.subject.real { self.write_end(written, leave).await } else { Ok(None) };
        self.evenly().await;
        let notice = match left {
            Ok(left) => left.or_else(|| self.notice.clone()),
            Err(error) => {
                tracing::error!("the end of a call was not written: {error}");
                None
            }
        };
        if let (Some(id), Some(why)) = (&notice, leave) {
            self.deliver_notice(id, why).await;
        }
        let mut devices = self.invited.clone();
        for seat in self.inside.values() {
            devices.remove(&seat.socket.id);
            let shown = if self.is_knocker() { None } else { notice.clone() };
            self.tell_ended(&seat.socket, &seat.id, reason, shown, retry);
        }
        for device in devices.values() {
            self.tell_ended(device, &self.handle.id, reason, notice.clone(), None);
        }
    }

    async fn write_end(
        &mut self,
        reason: Reason,
        leave: Option<Missed>,
    ) -> Result<Option<NoticeId>, StoreError> {
        let now = Time::now();
        let store = &self.shared.store;
        match reason {
            Reason::Declined => store.put_call(self.row(CallState::Declined, now)).await.map(|()| None),
            // The last is no end that this version gives a call.
            Reason::Bye | Reason::AnsweredElsewhere | Reason::Other => {
                store.put_call(self.row(CallState::Ended, now)).await.map(|()| None)
            }
            Reason::Busy | Reason::Cancelled | Reason::Expired | Reason::Off => {
                let notice = leave.map(|why| self.new_notice(why));
                store.miss_call(self.row(CallState::Missed, now), notice).await
            }
        }
    }

    /// The caller's frames carry its own id for the call.
    fn to_caller(&self, frame: impl Fn(CallId) -> ServerFrame) {
        for seat in self.inside.values().filter(|seat| seat.side == self.call.caller()) {
            self.tell(&seat.socket, &frame(seat.id.clone()));
        }
    }

    pub(super) fn tell(&self, socket: &Socket, frame: &ServerFrame) {
        socket.push(Push::Frame(frames::text(frame)));
    }

    pub(super) fn tell_ended(
        &self,
        socket: &Socket,
        call: &CallId,
        reason: Reason,
        notice: Option<NoticeId>,
        retry: Option<u32>,
    ) {
        let conversation = self.shown_conversation(socket);
        self.tell(socket, &ServerFrame::Ended { call: call.clone(), conversation, reason, notice, retry });
    }

    /// A stranger who knocks at a login gets a name for the conversation that leads nowhere: it must not be able to
    /// ask whether there is one.
    fn shown_conversation(&self, socket: &Socket) -> ConversationId {
        let conversation = &self.subject.conversation;
        let caller = conversation.party(self.call.caller());
        let knocks = self.is_knocker() && socket.parties().any(|party| party == caller);
        match self.call.standing() {
            Standing::Knock(Knock::Stranger) | Standing::Hidden(Knock::Stranger) if knocks => {
                ConversationId::random().unwrap_or_else(|_| conversation.id.clone())
            }
            _ => conversation.id.clone(),
        }
    }
}
