//! `/v1/ports`: assign (S103), resolve for the owner, release.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};

use super::{
    answer,
    extract::{Json, Who},
};
use crate::{
    server::{Problem, Shared, upkeep},
    store::PortRow,
    wire::{LoginId, Port, Record, Time, ask::AssignPort, record::PortRecord},
};

type PortPath = Result<Path<String>, PathRejection>;

/// `POST /v1/ports`: the current port, renewed; with `new`, another one.
pub async fn assign(
    State(shared): State<Shared>,
    who: Who,
    Json(ask): Json<AssignPort>,
) -> Result<Response, Problem> {
    let now = Time::now();
    let row = shared.store.assign_port(who.device.login, ask.new, now).await?;
    upkeep::port_asked_for(&shared, shared.store.pool_size(), now).await;
    record(&shared, row, now).await
}

/// `GET /v1/ports/{port}`: for its owner. Everybody else gets the same status and bytes for every number, and
/// for what is no number.
pub async fn resolve(State(shared): State<Shared>, who: Who, path: PortPath) -> Result<Response, Problem> {
    let row = own(&shared, &who.device.login, path).await?;
    record(&shared, row, Time::now()).await
}

/// `DELETE /v1/ports/{port}`: gives it back, which withdraws its buttons.
pub async fn release(State(shared): State<Shared>, who: Who, path: PortPath) -> Result<StatusCode, Problem> {
    let row = own(&shared, &who.device.login, path).await?;
    shared.store.release_port(who.device.login, row.port, Time::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn own(shared: &Shared, login: &LoginId, path: PortPath) -> Result<PortRow, Problem> {
    let port: Port = path.ok().and_then(|Path(text)| text.parse().ok()).ok_or_else(Problem::not_found)?;
    shared.store.port(port).await?.filter(|row| row.login == *login).ok_or_else(Problem::not_found)
}

async fn record(shared: &Shared, row: PortRow, now: Time) -> Result<Response, Problem> {
    let presence = shared.store.presence(row.login.clone()).await?;
    let state = shared.live.presence(&row.login, now).await?;
    let record = PortRecord {
        port: row.port,
        login: row.login,
        host: presence.and_then(|presence| presence.host),
        state,
        until: Some(row.until),
    };
    Ok(answer::object(StatusCode::OK, &Record::Port(record)))
}
