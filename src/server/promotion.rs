//! What the server knows of promotion only while it runs: when senders were last heard, which plans are being made, how
//! fast campaigns go. After a restart every claim counts as heard at that moment.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::time::interval;

use super::{Shared, stop::Stop};
use crate::{
    promo::pace::{May, Pacer, To},
    store::{Addressee, Gate, StoreError},
    wire::{Time, campaigns::Pace},
};

/// How often silent ones are looked for.
const EVERY: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug, Default)]
pub struct Promotion {
    heard: Mutex<HashMap<u32, Instant>>,
    planning: Arc<Mutex<HashSet<String>>>,
    pacers: Arc<Mutex<HashMap<String, Pacer>>>,
}

impl Promotion {
    /// A claim's sender said something.
    pub fn heard(&self, claim: u32) {
        lock(&self.heard).insert(claim, Instant::now());
    }

    /// A claim ended.
    pub fn forget(&self, claim: u32) {
        lock(&self.heard).remove(&claim);
        lock(&self.pacers).values_mut().for_each(|pacer| pacer.ended(claim));
    }

    /// Says of each delivery of a campaign whether it may go.
    pub fn gate(
        &self,
        name: &str,
        claim: u32,
        pace: Pace,
        now: Time,
    ) -> impl FnMut(&Addressee, Option<Time>) -> Gate + Send + 'static {
        let (pacers, name) = (Arc::clone(&self.pacers), name.to_owned());
        move |addressee, last| {
            let domain = domain(&addressee.mail);
            let time_zone = addressee.time_zone.as_deref();
            let to = To { member: addressee.member, claim, domain: &domain, time_zone, last };
            match lock(&pacers).entry(name.clone()).or_default().ask(&pace, to, now) {
                May::Go => Gate::Open,
                May::Until(until) => Gate::Until(until),
                May::Shut(until) => Gate::Shut(until),
                May::TooRecent => Gate::TooRecent,
            }
        }
    }

    /// A delivery is no longer under way.
    pub fn settled(&self, name: &str, member: u32, mail: &str, now: Time) {
        if let Some(pacer) = lock(&self.pacers).get_mut(name) {
            pacer.settled(member, &domain(mail), now);
        }
    }

    /// Claims whose senders have been silent for so long.
    fn silent(&self, silence: Duration) -> Vec<u32> {
        let now = Instant::now();
        let heard = lock(&self.heard);
        heard.iter().filter(|(_, at)| now.duration_since(**at) >= silence).map(|(claim, _)| *claim).collect()
    }
}

/// A plan that is being made; dropped, another of its name may be.
#[derive(Debug)]
pub struct Planning {
    name: String,
    all: Arc<Mutex<HashSet<String>>>,
}

impl Planning {
    /// `None` while there is one.
    pub fn begin(promotion: &Promotion, name: &str) -> Option<Self> {
        let all = Arc::clone(&promotion.planning);
        lock(&all).insert(name.to_owned()).then(|| Self { name: name.to_owned(), all: Arc::clone(&all) })
    }
}

impl Drop for Planning {
    fn drop(&mut self) {
        lock(&self.all).remove(&self.name);
    }
}

/// A mail address's domain, in lower case.
fn domain(mail: &str) -> String {
    mail.rsplit_once('@').map_or(mail, |(_, domain)| domain).to_lowercase()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a crash left half planned goes.
async fn forget_half_plans(shared: &Shared) -> Result<(), StoreError> {
    for name in shared.store.half_plans().await? {
        // Whoever plans it anew at this moment does the same.
        if let Some(_planning) = Planning::begin(&shared.promotion, &name) {
            shared.store.forget_half_plan(name).await?;
        }
    }
    Ok(())
}

/// Ends silent claims, until told to stop.
pub async fn run(shared: Shared, mut stop: Stop) {
    match shared.store.open_claims().await {
        Ok(claims) => claims.into_iter().for_each(|claim| shared.promotion.heard(claim)),
        Err(error) => tracing::error!("claims: {error}"),
    }
    if let Err(error) = forget_half_plans(&shared).await {
        tracing::error!("plans: {error}");
    }
    let lasts = shared.options.times.claim_lasts;
    let silence = Duration::from_millis(u64::try_from(lasts).unwrap_or(0).max(1));
    let mut ticks = interval(EVERY.min(silence));
    loop {
        tokio::select! {
            () = stop.told() => return,
            _ = ticks.tick() => {}
        }
        let silent = shared.promotion.silent(silence);
        if silent.is_empty() {
            continue;
        }
        match shared.store.end_claims(silent.clone(), Time::now()).await {
            Ok((back, unknown)) => {
                tracing::warn!(
                    "{} senders fell silent: {back} deliveries wait again, {unknown} are unknown",
                    silent.len()
                );
                silent.into_iter().for_each(|claim| shared.promotion.forget(claim));
            }
            Err(error) => tracing::error!("claims: {error}"),
        }
    }
}
