//! The live room's face towards the HTTP half: who waits, who refreshed, who said goodbye.

use axum::Router;

use super::Shared;
use crate::wire::{LoginId, Time, ask};

/// Who is connected, and what goes on between them.
#[derive(Debug, Clone, Default)]
pub struct Live {}

impl Live {
    /// Calls that wait for an agent of this login.
    pub async fn waiting(&self, _login: &LoginId) -> Vec<ask::Waiting> {
        Vec::new()
    }

    /// The login refreshed its presence: it is at least `on`.
    pub async fn refreshed(&self, _login: &LoginId, _now: Time) {}

    /// The login said goodbye (`off`).
    pub async fn goodbye(&self, _login: &LoginId, _now: Time) {}

    /// The server stops: tells everybody, says what must be durable, closes every socket.
    pub async fn close(&self) {}
}

/// `/v1/live`.
pub fn routes() -> Router<Shared> {
    Router::new()
}
