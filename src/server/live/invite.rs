//! A press becomes a call: whom it is for, whether it may ring, and whether a call is open already (S107, S109).

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    actor::{self, Caller},
    board::Handle,
    connection::{Connection, Gone},
    frames,
    press::Opened,
    registry::{Push, Socket},
    seated::Seated,
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
        frame::{Invite, Knock, Reason, ServerFrame},
        limits,
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
        let done = match self.count_invite(began) {
            Ok(()) => self.try_invite(invite, began).await,
            Err(problem) => Err(problem),
        };
        if to_login && done.is_err() {
            sleep_until(began + EVEN).await;
        }
        match done {
            Ok(()) => Ok(()),
            Err(Problem(error)) => self.problem(ErrorRecord { call: Some(call), ..error }).await,
        }
    }

    /// Finds the call that is open between the two, or places one.
    pub(super) async fn try_invite(&mut self, invite: Invite, began: Instant) -> Result<(), Problem> {
        if !self.may_ring {
            return Err(Problem::new(Code::Forbidden, "a page rings with a live ticket: press first"));
        }
        let now = Time::now();
        let shared = self.shared.clone();
        let Target { conversation, side, knock, nobody } = self.target(&invite, now).await?;
        if !nobody {
            self.seats.load(&shared.store, &self.socket, &conversation.id).await?;
        }
        let id = server_id(&conversation.id, side, &invite.call);
        let Some(invite) = self.join_open_call(invite, &conversation, side) else { return Ok(()) };
        if let Some(done) = ended_before(&shared, &id, &invite.call, &conversation).await? {
            self.socket.push(Push::Frame(frames::text(&done)));
            return Ok(());
        }
        let admission = match nobody {
            true => Admission::Hidden(Knock::Stranger),
            false => admission(&shared, &conversation, side, knock, now).await?,
        };
        let shown = !matches!(admission, Admission::Hidden(_));
        let Ok(place) = shared.live.0.board.place(id, &conversation, side, shown) else {
            // Placed by somebody else a moment ago.
            self.socket.push(Push::Invite(Box::new(invite)));
            return Ok(());
        };
        // Asked once the call is on the board: whoever comes or goes from now on tells it.
        let presence = match actor::presence(&shared, &conversation.party(side.other()), now).await {
            Ok((presence, _)) => presence,
            Err(error) => {
                shared.live.0.board.clear(&place.handle);
                return Err(error.into());
            }
        };
        let (machine, actions) = Call::start(side, wish(&invite), admission, presence, now);
        let caller = Some(Caller { socket: Arc::clone(&self.socket), id: invite.call.clone() });
        self.calls.insert(invite.call, place.handle.clone());
        shared.metrics.calls.one();
        let subject = actor::Subject { conversation, real: !nobody };
        let start =
            actor::Start { actions, caller, seated: Seated::default(), notice: None, told: None, began };
        actor::spawn(&shared, subject, machine, place, start);
        Ok(())
    }

    /// Tells the call that is open between the two of a conversation. The invite comes back when there is none.
    fn join_open_call(&mut self, invite: Invite, conversation: &Conversation, side: Side) -> Option<Invite> {
        let Some(open) = self.shared.live.0.board.between(conversation) else { return Some(invite) };
        let call = invite.call.clone();
        let here = open.conversation == conversation.id;
        // In another conversation of the two, the sides may be the other way round.
        let is_callee = open.callee == conversation.party(side);
        let side = if is_callee { open.caller.other() } else { open.caller };
        match open.invited(&self.socket, side, invite, here) {
            Ok(()) => {
                self.calls.insert(call, open);
                None
            }
            Err(invite) => Some(*invite),
        }
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
            let opened = Opened::shown(&shared, ticket, login.as_ref(), self.socket.guest, now).await?;
            return Ok(opened.press(&shared, now).await?.into());
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
            let borrowed =
                seat.side == Side::Peer && seat.conversation.mail.is_some() && !seat.conversation.first;
            let knock = borrowed.then_some(Knock::NotFirst);
            let conversation = Conversation::clone(&seat.conversation);
            return Ok(Target { conversation, side: seat.side, knock, nobody: false });
        }
        let words = "an invite names a ticket, a login or a conversation";
        let opened = self.opened.clone().ok_or_else(|| Problem::new(Code::BadRequest, words))?;
        Ok(opened.press(&shared, now).await?.into())
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

/// The same call again after it ended while its caller was not connected: the same end, which leaves no second
/// notice.
///
/// Only a stranger's knock at a login that never talked is a knock anew: of a login that nobody has nothing is kept,
/// so that the same invite begins anew there, and it has to look the same where there is somebody.
async fn ended_before(
    shared: &Shared,
    id: &CallId,
    own: &CallId,
    conversation: &Conversation,
) -> Result<Option<ServerFrame>, StoreError> {
    let Some(row) = shared.store.call(id.clone()).await? else { return Ok(None) };
    let Ok(call) = serde_json::from_str::<Call>(&row.snapshot) else { return Ok(None) };
    let State::Ended(reason) = call.state() else { return Ok(None) };
    let by_a_mail = conversation.mail.is_some();
    let may_be_told = call.standing() == Standing::Ring || by_a_mail || reason == Reason::Bye;
    Ok(may_be_told.then(|| ServerFrame::Ended {
        call: own.clone(),
        conversation: conversation.id.clone(),
        reason,
        notice: None,
        retry: None,
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
