//! What the server does by itself: forgets what is past its time, and warns of what runs out.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::interval;

use super::{Shared, stop::Stop};
use crate::wire::Time;

/// How often.
const EVERY: Duration = Duration::from_secs(3600);
/// The part of the pool, in per cent, from which on the operator is warned.
const NEARLY_FULL: u64 = 90;

/// Sweeps at the start and every hour, until told to stop.
pub async fn run(shared: Shared, mut stop: Stop) {
    let mut hours = interval(EVERY);
    loop {
        tokio::select! {
            () = stop.told() => return,
            _ = hours.tick() => sweep(&shared, Time::now()).await,
        }
    }
}

/// A port was asked for: the pool is looked at again after every hundredth of it, so that nobody is refused unwarned.
pub async fn port_asked_for(shared: &Shared, pool: u64, now: Time) {
    let asked = shared.asked.fetch_add(1, Ordering::Relaxed);
    if asked.is_multiple_of((pool / 100).max(1)) {
        look_at_pool(shared, now).await;
    }
}

/// Warns once an hour.
async fn look_at_pool(shared: &Shared, now: Time) {
    match shared.store.pool(now).await {
        Ok((used, all)) if used.saturating_mul(100) >= all.saturating_mul(NEARLY_FULL) => {
            if !shared.warned.swap(true, Ordering::Relaxed) {
                tracing::warn!("{used} of {all} ports are in use: widen --ports");
            }
        }
        Ok(_) => {}
        Err(error) => tracing::error!("pool: {error}"),
    }
}

async fn sweep(shared: &Shared, now: Time) {
    match shared.store.sweep(now, shared.options.keep).await {
        Ok(rows) => tracing::info!("swept {rows} rows"),
        Err(error) => tracing::error!("sweep: {error}"),
    }
    shared.warned.store(false, Ordering::Relaxed);
    look_at_pool(shared, now).await;
    shared.security.registrations.sweep();
    shared.security.presses.sweep();
    shared.security.sign_ins.sweep();
    shared.security.joins.sweep();
    shared.security.looks.sweep();
    shared.security.letters.sweep();
}
