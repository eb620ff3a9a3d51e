//! `POST /v1/codes`: a code that lets a second machine in, once, within ten minutes.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{answer, extract::Who};
use crate::{
    server::{Problem, Shared, security::code},
    wire::{Record, Time, record::CodeRecord, time::MINUTE},
};

/// How long an invitation is good.
const LASTS: i64 = 10 * MINUTE;

/// Answers with a `code` record.
pub async fn make(State(shared): State<Shared>, who: Who) -> Result<Response, Problem> {
    let login = who.device.login;
    let code = code::make().map_err(|error| Problem::internal(&error))?;
    let expires = Time::now().plus(LASTS);
    shared.store.add_code(login.clone(), code::hash(&code), expires).await?;
    Ok(answer::object(StatusCode::CREATED, &Record::Code(CodeRecord { login, code, expires })))
}
