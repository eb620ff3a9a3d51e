//! What every handler shares.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
};

use tokio::sync::Notify;

use super::{
    Service, live::Live, metrics::Metrics, options::Options, promotion::Promotion, public::PublicUrl,
    security::Security,
};
use crate::store::Store;

/// The server as its handlers see it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Shared(Arc<State>);

/// What [`Shared`] leads to.
#[derive(Debug)]
pub struct State {
    /// The databases.
    pub store: Store,
    /// Where people reach this server.
    pub public: PublicUrl,
    /// What the operator set.
    pub options: Options,
    /// Rates and recent presses.
    pub security: Security,
    /// Wakes the outbox: a letter was added.
    pub letters: Notify,
    /// Senders, plans and paces.
    pub promotion: Promotion,
    /// Who is connected.
    pub live: Live,
    /// What `/metrics` tells.
    pub metrics: Metrics,
    /// Ports that were asked for.
    pub asked: AtomicU64,
    /// That the pool is nearly full was said within the hour.
    pub warned: AtomicBool,
}

impl Shared {
    /// The state of a server that starts.
    #[must_use]
    pub fn new(service: Service) -> Self {
        let Service { store, public, options } = service;
        Self(Arc::new(State {
            security: Security::new(&options),
            letters: Notify::new(),
            live: Live::new(store.clone(), options.times),
            promotion: Promotion::default(),
            metrics: Metrics::default(),
            asked: AtomicU64::default(),
            warned: AtomicBool::default(),
            store,
            public,
            options,
        }))
    }

    /// Whether letters can leave: nothing may promise a mail otherwise.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.options.way.is_some()
    }
}

impl Deref for Shared {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}
