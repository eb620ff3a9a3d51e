//! A press becomes a call: whom it is for, whether it may ring, and whether a call is open already (S107, S109).

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    actor::{self, Caller},
    board::Handle,
    connection::{Connection, Gone},
    frames,
    registry::{Push, Socket},
    welcome,
};
use crate::{
    call::{
        Call, Party, Side,
        manners::{Admission, Attempt, admit},
        words::{Standing, State, Wish},
    },
    server::{Problem, Shared},
    store::{Conversation, Press, StoreError},
    wire::{
        CallId, Code, ConversationId, ErrorRecord, LoginId, Time,
        frame::{Invite, Knock, ServerFrame},
        limits,
        record::Presence,
        time::SECOND,
    },
};

/// Invites one connection may send a minute.
const INVITES: usize = 30;
/// A call to a login answers no sooner than this, so that the work done for one that exists does not show.
const EVEN: Duration = Duration::from_millis(50);

/// Whom an invite is for.
struct Target {
    conversation: Conversation,
    side: Side,
    knock: Option<Knock>,
    /// Nobody has that login. The caller must not learn it: it sees a knock that nobody answers.
    nobody: bool,
}

impl From<Press> for Target {
    fn from(press: Press) -> Self {
        Self { conversation: press.conversation, side: press.side, knock: press.knock, nobody: false }
    }
}

impl Connection {
    /// `invite`.
    pub(super) async fn invite(&mut self, invite: Invite) -> Result<(), Gone> {
        let began = Instant::now();
        let call = invite.call.clone();
        let to_login = invite.login.is_some();
        let done = self.try_invite(invite, began).await;
        if to_login && done.is_err() {
            sleep_until(began + EVEN).await;
        }
        match done {
            Ok(()) => Ok(()),
            Err(Problem(error)) => self.problem(ErrorRecord { call: Some(call), ..error }).await,
        }
    }

    async fn try_invite(&mut self, invite: Invite, began: Instant) -> Result<(), Problem> {
        self.count_invite(began)?;
        if !self.may_ring {
            return Err(Problem::new(Code::Forbidden, "a page rings with a live ticket: press first"));
        }
        let now = Time::now();
        let target = self.target(&invite, now).await?;
        let Target { conversation, side, knock, nobody } = target;
        let id = server_id(&conversation.id, side, &invite.call);
        let shared = self.shared.clone();
        let board = &shared.live.0.board;
        if let Some(open) = board.in_conversation(&conversation.id) {
            open.invited(&self.socket, side, invite.call.clone());
            self.calls.insert(invite.call, open);
            return Ok(());
        }
        if let Some(done) = ended_before(&shared, &id, &invite.call, &conversation.id).await? {
            self.socket.push(Push::Frame(frames::text(&done)));
            return Ok(());
        }
        let (admission, presence) = if nobody {
            (Admission::Hidden(Knock::Stranger), Presence::Off)
        } else {
            let admission = admission(&shared, &conversation, side, knock, now).await?;
            let heard = matches!(admission, Admission::Ring | Admission::Refuse { .. });
            self.sit(&conversation, side, heard).await?;
            (admission, actor::presence(&shared, &conversation.party(side.other()), now).await?.0)
        };
        if invite.login.is_some() {
            sleep_until(began + EVEN).await;
        }
        match board.place(id, &conversation, side) {
            Err(open) => {
                open.invited(&self.socket, side, invite.call.clone());
                self.calls.insert(invite.call, *open);
            }
            Ok(place) => {
                let (machine, actions) = Call::start(side, wish(&invite), admission, presence, now);
                let caller = Caller { socket: Arc::clone(&self.socket), id: invite.call.clone() };
                self.calls.insert(invite.call, place.handle.clone());
                shared.metrics.calls.one();
                let subject = actor::Subject { conversation, real: !nobody };
                actor::spawn(&shared, subject, machine, actions, place, Some(caller));
            }
        }
        Ok(())
    }

    fn count_invite(&mut self, now: Instant) -> Result<(), Problem> {
        self.invites.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
        if self.invites.len() >= INVITES {
            return Err(Problem(ErrorRecord::new(Code::TooMany, "too many calls in a minute").retry(60)));
        }
        self.invites.push(now);
        Ok(())
    }

    async fn target(&mut self, invite: &Invite, now: Time) -> Result<Target, Problem> {
        let shared = self.shared.clone();
        let login = self.socket.login.clone();
        if let Some(ticket) = &invite.ticket {
            let press = welcome::press(&shared, ticket, login.as_ref(), self.socket.guest, now).await?;
            return Ok(press.into());
        }
        if let Some(callee) = &invite.login {
            let words = "only a registered login can call a login";
            let caller = login.ok_or_else(|| Problem::new(Code::Unauthorized, words))?;
            if caller == *callee {
                return Err(Problem::new(Code::BadRequest, "that is you"));
            }
            if shared.store.login(callee.clone()).await?.is_none() {
                return Ok(nobody(caller, callee));
            }
            let conversation = shared.store.pair(caller.clone(), callee.clone(), now).await?;
            let side = conversation.side_of(&Party::Login(caller)).ok_or_else(Problem::not_found)?;
            return Ok(Target { conversation, side, knock: None, nobody: false });
        }
        if let Some(id) = &invite.conversation {
            let seat = self.seats.load(&shared.store, &self.socket, id).await?;
            let seat = seat.ok_or_else(Problem::not_found)?;
            // Without the ticket, somebody who was not the first to use the mail has no more right than with it.
            let knock = (!seat.heard && seat.conversation.mail.is_some()).then_some(Knock::NotFirst);
            let conversation = Conversation::clone(&seat.conversation);
            return Ok(Target { conversation, side: seat.side, knock, nobody: false });
        }
        let words = "an invite names a ticket, a login or a conversation";
        let press = self.press.clone().ok_or_else(|| Problem::new(Code::BadRequest, words))?;
        Ok(press.into())
    }

    async fn sit(&mut self, conversation: &Conversation, side: Side, heard: bool) -> Result<(), Problem> {
        if !self.seats.has(&conversation.id) {
            let sent = self.shared.store.marks(conversation.id.clone(), side).await?.received;
            self.seats.take(conversation.clone(), side, heard, sent);
        }
        Ok(())
    }

    /// Does something with a call: one of its own by its own id, or one it is rung for by the server's.
    pub(super) async fn with_call(
        &mut self,
        id: &CallId,
        act: impl FnOnce(&Handle, &Arc<Socket>),
    ) -> Result<(), Gone> {
        let known = self.calls.get(id).cloned();
        let rung = || self.shared.live.0.board.get(id).filter(|call| self.takes_part(call));
        match known.or_else(rung) {
            Some(call) => {
                act(&call, &self.socket);
                self.calls.entry(id.clone()).or_insert(call);
                Ok(())
            }
            None => {
                let error = ErrorRecord::new(Code::NotFound, "that call is over, or it is not yours");
                self.problem(ErrorRecord { call: Some(id.clone()), ..error }).await
            }
        }
    }

    fn takes_part(&self, call: &Handle) -> bool {
        let called = self.socket.parties().any(|party| party == call.callee);
        called || self.seats.has(&call.conversation)
    }

    /// `bye` to a conversation: to the call that is open in it.
    pub(super) async fn bye(&mut self, conversation: &ConversationId) -> Result<(), Gone> {
        let open = self.shared.live.0.board.in_conversation(conversation);
        match open.filter(|call| self.takes_part(call)) {
            Some(call) => {
                call.bye(&self.socket);
                Ok(())
            }
            None => {
                let error = ErrorRecord::new(Code::NotFound, "no call is open in that conversation");
                self.problem(ErrorRecord { conversation: Some(conversation.clone()), ..error }).await
            }
        }
    }
}

/// What the manners allow.
async fn admission(
    shared: &Shared,
    conversation: &Conversation,
    side: Side,
    knock: Option<Knock>,
    now: Time,
) -> Result<Admission, Problem> {
    let manners = shared.store.manners(conversation.id.clone(), side, now).await?;
    let stranger = conversation.mail.is_none() && !manners.acquainted;
    let attempt = Attempt {
        knock: knock.or(stranger.then_some(Knock::Stranger)),
        blocked: manners.blocked,
        declined: manners.declined,
        unanswered: manners.unanswered,
    };
    let admission = admit(&attempt, now, &shared.live.0.times);
    let crowded = shared.live.0.board.is_crowded(&conversation.party(side.other()));
    Ok(match admission {
        Admission::Knock(why) if crowded => Admission::Hidden(why),
        other => other,
    })
}

/// The same call again after it ended while its caller was not connected: the same end.
async fn ended_before(
    shared: &Shared,
    id: &CallId,
    own: &CallId,
    conversation: &ConversationId,
) -> Result<Option<ServerFrame>, StoreError> {
    let row = shared.store.call(id.clone()).await?;
    let call = row.and_then(|row| serde_json::from_str::<Call>(&row.snapshot).ok());
    Ok(call.and_then(|call| match (call.standing(), call.state()) {
        (Standing::Ring, State::Ended(reason)) => Some(ServerFrame::Ended {
            call: own.clone(),
            conversation: conversation.clone(),
            reason,
            notice: None,
            retry: None,
        }),
        _ => None,
    }))
}

fn wish(invite: &Invite) -> Wish {
    let most = limits::GIVE_UP_MAX_SECS;
    let usual = if invite.until_on { most } else { limits::GIVE_UP_SECS };
    let millis = |secs: u32| i64::from(secs) * SECOND;
    Wish {
        ring: millis(invite.ring.unwrap_or(limits::RING_SECS).clamp(1, most)),
        give_up: millis(invite.give_up.unwrap_or(usual).clamp(1, most)),
        until_on: invite.until_on,
    }
}

/// A conversation that stands nowhere, for a call to a login that nobody has. Its id is a function of the two, so
/// that a second call finds the first, as it would with somebody there.
fn nobody(caller: LoginId, callee: &LoginId) -> Target {
    let conversation = Conversation {
        id: ConversationId::of(&format!("nobody\n{caller}\n{callee}")),
        owner: caller,
        peer: Party::Login(callee.clone()),
        peer_name: callee.to_string(),
        mail: None,
        first: true,
        subject: None,
        message_id: None,
        last: 0,
    };
    Target { conversation, side: Side::Owner, knock: None, nobody: true }
}

/// The server's id for a call: a function of who calls, where, and the caller's own id, so that the same invite
/// after a reconnect or a restart finds the same call.
pub(super) fn server_id(conversation: &ConversationId, side: Side, own: &CallId) -> CallId {
    let side = match side {
        Side::Owner => "owner",
        Side::Peer => "peer",
    };
    CallId::of(&format!("{conversation}\n{side}\n{own}"))
}
