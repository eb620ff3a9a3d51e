//! A connection makes its login or guest present, and by leaving it may make it absent (S113).

use super::connection::{Connection, Gone};
use crate::{
    call::Party,
    server::{Problem, letters},
    wire::{Time, record::Presence},
};

impl Connection {
    pub(super) async fn presence(&mut self, state: Presence) -> Result<(), Gone> {
        if !self.socket.is_agent() {
            return self.misunderstood("only an agent has a presence").await;
        }
        match state {
            Presence::Off => {
                self.goodbye = true;
                self.agent_leaves(true).await;
            }
            Presence::Online | Presence::Busy | Presence::Away => {
                self.goodbye = false;
                self.person_did_something().await;
                self.agent_says(state).await;
            }
            Presence::On | Presence::Unknown => {
                self.misunderstood("a presence is online, busy, away or off").await?;
            }
        }
        Ok(())
    }

    pub(super) async fn agent_says(&mut self, said: Presence) {
        let Some(login) = self.socket.login.clone() else { return };
        let live = self.shared.live.clone();
        let now = Time::now();
        let together = live.0.presences.says(&login, self.socket.id, said);
        live.set_state(&login, together, now).await;
        let presence = match live.0.presences.of(&live.0.store, &login, now, &live.0.times).await {
            Ok((presence, _)) => presence,
            Err(_) => together,
        };
        live.0
            .board
            .to(&Party::Login(login))
            .iter()
            .for_each(|call| call.device_came(&self.socket, presence));
    }

    pub(super) async fn agent_leaves(&mut self, goodbye: bool) {
        let Some(login) = self.socket.login.clone() else { return };
        let live = self.shared.live.clone();
        let now = Time::now();
        let silent = i64::try_from(self.heard_at.elapsed().as_millis()).unwrap_or(i64::MAX);
        let until = now.plus(live.0.times.agent_gone.saturating_sub(silent).max(0));
        match live.0.presences.leaves(&login, self.socket.id, (!goodbye).then_some(until)) {
            None => live.set_state(&login, Presence::Off, now).await,
            // It dropped: whether it is off shows when its grace is over. A server that stops leaves it as it is.
            Some(_) if !goodbye => live.lapse_later(login.clone(), until),
            Some(left) => live.set_state(&login, left, now).await,
        }
        live.presence_changed(&login, now).await;
    }

    /// Whoever calls this guest back finds a page open now.
    pub(super) fn guest_came(&self) {
        if let Some(guest) = self.socket.guest {
            let calls = self.shared.live.0.board.to(&Party::Guest(guest));
            calls.iter().for_each(|call| call.device_came(&self.socket, Presence::Online));
        }
    }

    pub(super) fn guest_leaves(&self) {
        let Some(guest) = self.socket.guest.map(Party::Guest) else { return };
        let live = &self.shared.live.0;
        if live.registry.of(&guest).is_empty() {
            live.board.to(&guest).iter().for_each(|call| call.presence(Presence::Off));
        }
    }

    /// Whoever called and is gone leaves no line any more: the notice of it may go by mail as it is.
    pub(super) async fn caller_leaves(&mut self) {
        // An agent has a seat in every conversation of its login, and mostly left no notice in any.
        if self.socket.is_agent() {
            return;
        }
        for id in self.seats.ids() {
            let Some(seat) = self.seats.get(&id) else { continue };
            let (conversation, side) = (seat.conversation.clone(), seat.side);
            if !self.shared.live.0.registry.of(&conversation.party(side)).is_empty() {
                continue;
            }
            if let Err(Problem(error)) = letters::notice_is_whole(&self.shared, id, side.other()).await {
                tracing::warn!("a notice's mail goes later than it could: {}", error.message);
            }
        }
    }

    /// After this the login's unanswered rings are counted anew. Asked once per connection and deed.
    pub(super) async fn person_did_something(&mut self) {
        if let Some(login) = &self.socket.login
            && let Err(error) = self.shared.store.is_awake(login.clone()).await
        {
            tracing::warn!("a login's unanswered rings were not reset: {error}");
        }
    }
}
