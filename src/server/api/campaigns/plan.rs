//! `POST /v1/campaigns`: fixes an audience.

use axum::{extract::State, http::StatusCode, response::Response};

use super::super::{Json, Manager, answer};
use crate::{
    mail::mailbox::Mailbox,
    server::{Problem, Shared, promotion::Planning},
    store::{Fixed, LeftOut, NewCampaign, StoreError},
    wire::{
        Code, Time,
        campaigns::{Plan, Planned, is_name},
        limits,
        promotion::{AdState, Campaign, CampaignState},
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
    if ask.subject.as_ref().is_some_and(|subject| subject.trim().is_empty()) {
        return Err(bad("an empty subject; left out, it is the ad's title".to_owned()));
    }
    if ask.pace.time_zone.is_some() && ask.pace.quiet.is_none() {
        return Err(bad("a time zone is for quiet hours: say both".to_owned()));
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
    if ask.dry_run {
        return count(&shared, ask, now).await;
    }
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
    let (again, ad) = (new.clone(), new.ad.ad.clone());
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
        Ok(Fixed::Made(row)) => *row,
        Ok(Fixed::Nobody(left_out)) => return Ok(answered(of_none(again.name, ad, 0), left_out)),
        Err(error) => return Err(error.into()),
    };
    let left_out = row.text.left_out;
    Ok(answered(row.record, left_out))
}

/// What the same plan would answer, but that nothing is kept of it.
async fn count(shared: &Shared, ask: Plan, now: Time) -> Result<Response, Problem> {
    if shared.store.campaign(ask.name.clone()).await?.is_some() {
        return Err(Problem::new(Code::Taken, format!("there is a campaign {} already", ask.name)));
    }
    let (planned, left_out) = shared.store.count_audience(ask.to, ask.limit, ask.pace.every, now).await?;
    Ok(answered(of_none(ask.name, ask.ad, planned), left_out))
}

/// The record of a campaign that there is not.
fn of_none(name: String, ad: String, planned: u64) -> Campaign {
    Campaign {
        name,
        ad,
        state: CampaignState::Planned,
        planned,
        claimed: 0,
        attempting: 0,
        accepted: 0,
        deferred: 0,
        rejected: 0,
        unknown: 0,
        skipped: 0,
    }
}

fn answered(campaign: Campaign, left_out: LeftOut) -> Response {
    let LeftOut { no_consent, suppressed, too_recent, over_limit } = left_out;
    let planned = Planned { campaign, no_consent, suppressed, too_recent, over_limit };
    answer::object(StatusCode::OK, &planned)
}
