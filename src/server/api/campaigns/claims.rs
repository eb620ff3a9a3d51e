//! Claims: begun, kept alive, ended.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    super::{Manager, answer},
    Name, name,
};
use crate::{
    server::{Problem, Shared},
    wire::{
        Time,
        campaigns::{Claimed, Ended},
    },
};

/// `POST /v1/campaigns/{name}/claims`: ends the device's earlier claims on it, begins one.
pub async fn begin(State(shared): State<Shared>, manager: Manager, path: Name) -> Result<Response, Problem> {
    let name = name(path)?;
    let (claim, before) = shared.store.begin_claim(name, manager.device.id, Time::now()).await?;
    for claim in before {
        shared.promotion.forget(claim);
    }
    shared.promotion.heard(claim);
    Ok(answer::object(StatusCode::OK, &Claimed { claim }))
}

/// `POST /v1/campaigns/{name}/alive`: the sender that has the device's claims is there.
pub async fn alive(State(shared): State<Shared>, manager: Manager, path: Name) -> Result<Response, Problem> {
    let claims = shared.store.claims_of(name(path)?, manager.device.id).await?;
    for claim in &claims {
        shared.promotion.heard(*claim);
    }
    Ok(answer::object(StatusCode::OK, &Ended { claims: claims.len() as u64, ..Ended::default() }))
}

/// `POST /v1/campaigns/{name}/end`: the sender is done with all of the device's claims.
pub async fn end(State(shared): State<Shared>, manager: Manager, path: Name) -> Result<Response, Problem> {
    let claims = shared.store.claims_of(name(path)?, manager.device.id).await?;
    for claim in &claims {
        shared.promotion.forget(*claim);
    }
    let count = claims.len() as u64;
    let (back, unknown) = shared.store.end_claims(claims, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Ended { claims: count, back, unknown }))
}
