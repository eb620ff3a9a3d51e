//! `POST /v1/campaigns`: fixes an audience.

use axum::{extract::State, http::StatusCode, response::Response};

use super::super::{Json, Manager, answer};
use crate::{
    mail::mailbox::Mailbox,
    server::{Problem, Shared, promotion::Planning},
    store::{NewCampaign, StoreError},
    wire::{
        Code, Time,
        campaigns::{Plan, Planned, is_name},
        limits,
        promotion::AdState,
    },
};

/// Plans. Takes as long as it takes to look at every member; it is not stopped by an asker that goes away.
pub async fn plan(
    State(shared): State<Shared>,
    manager: Manager,
    Json(ask): Json<Plan>,
) -> Result<Response, Problem> {
    let bad = |why: String| Problem::new(Code::BadRequest, why);
    let now = Time::now();
    if !is_name(&ask.name) {
        return Err(bad("a campaign's name is 1 to 64 of a-z 0-9 . _ -".to_owned()));
    }
    if ask.subject.as_ref().is_some_and(|subject| subject.len() > limits::SUBJECT) {
        return Err(bad(format!("a subject has at most {} bytes", limits::SUBJECT)));
    }
    if let Some(from) = &ask.from {
        from.parse::<Mailbox>().map_err(|why| bad(format!("from: {why}")))?;
    }
    let ad = shared.store.ad(ask.ad.clone(), None).await?;
    let ad = ad.ok_or_else(|| bad(format!("there is no ad {}: ch-promo ad add makes one", ask.ad)))?;
    match ad.state {
        AdState::Published => {}
        AdState::Draft => {
            let says = format!("the ad {0} is a draft: ch-promo ad publish {0}", ad.ad);
            return Err(bad(says));
        }
        AdState::Retired => return Err(bad(format!("the ad {} is retired", ad.ad))),
    }
    let begins = ask.at.unwrap_or(now);
    if ad.valid_until.is_some_and(|until| until <= begins) || ad.valid_from.is_some_and(|from| from > begins)
    {
        return Err(bad(format!("the ad {} is not valid then", ad.ad)));
    }
    crate::promo::pace::check(&ask.pace).map_err(bad)?;
    // Not when a million of them go.
    crate::promo::render::check(&ad, ask.subject.as_deref()).map_err(|error| bad(error.to_string()))?;
    let planning = Planning::begin(&shared.promotion, &ask.name).ok_or_else(|| {
        Problem(
            crate::wire::ErrorRecord::new(Code::Unavailable, "it is being planned at this moment").retry(1),
        )
    })?;
    let login = manager.device.login;
    let port = shared.store.assign_port(login.clone(), false, now).await?.port;
    let pace = serde_json::to_value(&ask.pace).map_err(|error| Problem::internal(&error))?;
    let new = NewCampaign {
        name: ask.name,
        owner: login,
        port,
        domain: shared.public.mail_domain(),
        ad,
        to: ask.to,
        limit: ask.limit,
        at: ask.at,
        subject: ask.subject,
        from: ask.from,
        every: ask.pace.every,
        pace,
    };
    let again = new.clone();
    // An asker that goes away leaves no half of it.
    let store = shared.store.clone();
    let done = tokio::spawn(async move {
        let row = store.plan(new, now).await;
        drop(planning);
        row
    });
    let row = match done.await.map_err(|error| Problem::internal(&error))? {
        // Asked a second time, for an answer that was lost.
        Err(StoreError::Taken) => {
            shared.store.campaign(again.name.clone()).await?.filter(|row| row.is_of(&again)).ok_or_else(
                || Problem::new(Code::Taken, format!("there is a campaign {} already", again.name)),
            )?
        }
        planned => planned?,
    };
    let left_out = row.text.left_out;
    let planned = Planned {
        campaign: row.record,
        no_consent: left_out.no_consent,
        suppressed: left_out.suppressed,
        too_recent: left_out.too_recent,
        over_limit: left_out.over_limit,
    };
    Ok(answer::object(StatusCode::OK, &planned))
}
