//! The CH server: one listener for HTTP and WebSocket, `run(listener, service, shutdown)`.
//!
//! `accept` takes connections in, `api` answers askers, `live` carries calls and lines, `letters` sends what the
//! server owes by mail, `security` keeps attackers out.

mod accept;
mod api;
pub mod client;
pub mod letters;
pub mod live;
pub mod metrics;
pub mod options;
mod pages;
pub mod problem;
mod promotion;
pub mod public;
mod seats;
pub mod security;
mod socket;
pub mod state;
mod stop;
#[cfg(test)]
mod tests;
pub mod tls;
mod upkeep;

pub use api::{Json, Known, Who};
pub use options::Options;
pub use problem::Problem;
pub use public::PublicUrl;
pub use state::Shared;

use tokio::{net::TcpListener, task::JoinHandle, time::timeout};

use self::letters::outbox;
use crate::{
    store::{Store, StoreError},
    wire::Time,
};

/// What a server serves.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its databases, open.
    pub store: Store,
    /// Where people reach it.
    pub public: PublicUrl,
    /// How it behaves.
    pub options: Options,
}

/// Why a server ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener's own address could not be read.
    #[error("listener: {0}")]
    Listener(#[from] std::io::Error),
    /// What a server before this one left could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Serves until `shutdown` is ready, then drains: accepts no more, ends what runs, closes the store.
///
/// # Errors
/// [`ServeError::Listener`] when the listener is of no use.
pub async fn run(
    listener: TcpListener,
    service: Service,
    shutdown: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let shared = Shared::new(service);
    shared.live.restore(&shared, Time::now()).await?;
    let router = api::router(shared.clone());
    let (stopper, stop) = stop::stopper();
    let upkeep = tokio::spawn(upkeep::run(shared.clone(), stop.clone()));
    let claims = tokio::spawn(promotion::run(shared.clone(), stop.clone()));
    let outbox =
        shared.options.way.clone().map(|way| tokio::spawn(outbox::run(shared.clone(), way, stop.clone())));
    tokio::select! {
        () = accept::accept(listener, &shared, router, stop) => {}
        () = shutdown => {}
    }
    // The listener is closed; every connection, and the work in the background, holds a `Stop`.
    stopper.tell();
    let drained = async {
        shared.live.close().await;
        stopper.heeded().await;
    };
    if timeout(shared.options.timeouts.drain, drained).await.is_err() {
        tracing::warn!("some connections did not end in time and were cut");
    }
    // What is in the middle of a sweep or a delivery is begun again at the next start.
    upkeep.abort();
    claims.abort();
    outbox.inspect(JoinHandle::abort);
    shared.store.close().await;
    Ok(())
}
