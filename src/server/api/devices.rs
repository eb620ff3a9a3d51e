//! `/v1/devices`: the machines of a login.

use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::Response,
};

use super::{answer, extract::Who};
use crate::{
    server::{Problem, Shared},
    wire::{DeviceId, Record, record},
};

/// `GET /v1/devices`: NDJSON of `device` records.
pub async fn list(State(shared): State<Shared>, who: Who) -> Result<Response, Problem> {
    let devices = shared.store.devices(who.device.login).await?;
    Ok(answer::lines(devices.into_iter().map(|device| {
        Record::Device(record::Device {
            this: device.id == who.device.id,
            id: device.id,
            name: device.name,
            created: device.created,
            seen: device.seen,
        })
    })))
}

/// `DELETE /v1/devices/{id}`: its token is good for nothing any more.
pub async fn revoke(
    State(shared): State<Shared>,
    who: Who,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let id: DeviceId = id.ok().and_then(|Path(id)| id.parse().ok()).ok_or_else(Problem::not_found)?;
    shared.store.revoke(who.device.login.clone(), id.clone()).await?;
    shared.live.revoked(&who.device.login, Some(&id));
    Ok(StatusCode::NO_CONTENT)
}
