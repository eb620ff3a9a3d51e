//! `/v1/campaigns`: planned, handed out, settled. For managers.

mod claims;
mod hand;
mod outcomes;
mod plan;

pub use claims::{alive, begin, end};
pub use hand::{letter, locales, preview, take};
pub use outcomes::{outcomes, resend, turn, unknown};
pub use plan::plan;

use axum::{
    extract::{Path, Query, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{Manager, answer};
use crate::{
    server::{Problem, Shared},
    store::CampaignRow,
    wire::{Code, Record, Time, campaigns::is_name, promotion::CampaignState},
};

/// A campaign's name in a path.
pub type Name = Result<Path<String>, PathRejection>;

/// The name that a path gives.
fn name(path: Name) -> Result<String, Problem> {
    path.ok().map(|Path(name)| name).filter(|name| is_name(name)).ok_or_else(Problem::not_found)
}

async fn find(shared: &Shared, path: Name) -> Result<CampaignRow, Problem> {
    shared.store.campaign(name(path)?).await?.ok_or_else(Problem::not_found)
}

/// What `GET /v1/campaigns` is asked.
#[derive(Debug, Deserialize)]
pub struct Which {
    /// Only those that have something to mail now, and were started or have a time of their own.
    #[serde(default)]
    due: bool,
}

/// `GET /v1/campaigns`: NDJSON of `campaign` records, the latest first.
pub async fn list(
    State(shared): State<Shared>,
    _: Manager,
    Query(which): Query<Which>,
) -> Result<Response, Problem> {
    let campaigns = match which.due {
        true => shared.store.due_campaigns(Time::now()).await?,
        false => shared.store.campaigns().await?,
    };
    Ok(answer::lines(campaigns.into_iter().map(|campaign| Record::Campaign(Box::new(campaign)))))
}

/// `GET /v1/campaigns/{name}`: its record.
pub async fn show(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    let row = find(&shared, path).await?;
    Ok(answer::object(StatusCode::OK, &Record::Campaign(Box::new(row.record))))
}

/// `GET /v1/campaigns/{name}/report`.
pub async fn report(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    let report = shared.store.report(name(path)?).await?;
    Ok(answer::object(StatusCode::OK, &Record::Report(Box::new(report))))
}

/// `POST /v1/campaigns/{name}/pause`.
pub async fn pause(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    change(&shared, path, CampaignState::Paused, "paused").await
}

/// `POST /v1/campaigns/{name}/resume`.
pub async fn resume(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    change(&shared, path, CampaignState::Running, "resumed").await
}

/// `POST /v1/campaigns/{name}/cancel`.
pub async fn cancel(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    change(&shared, path, CampaignState::Cancelled, "cancelled").await
}

async fn change(shared: &Shared, path: Name, to: CampaignState, done: &str) -> Result<Response, Problem> {
    let name = name(path)?;
    match shared.store.set_campaign_state(name.clone(), to, Time::now()).await? {
        Ok(record) => Ok(answer::object(StatusCode::OK, &Record::Campaign(Box::new(record)))),
        Err(why) => Err(Problem::new(Code::Forbidden, format!("{name} was not {done}: {why}"))),
    }
}
