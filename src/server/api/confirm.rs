//! `/v1/confirm`: a mail address, confirmed by the ticket that was mailed to it.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    answer,
    extract::{Json, Who},
    logins::{login_record, mailbox},
};
use crate::{
    server::{Problem, Shared, letters, security::ticket},
    store::{Letter, LoginRow},
    wire::{Code, Record, Ticket, Time, ask::Confirm, ticket::Action},
};

/// `POST /v1/confirm`: no token needed, the ticket is enough.
pub async fn confirm(State(shared): State<Shared>, Json(ask): Json<Confirm>) -> Result<Response, Problem> {
    let row = by_ticket(&shared, &ask.ticket, Time::now()).await?;
    let record = login_record(&shared, row, None).await?;
    Ok(answer::object(StatusCode::OK, &Record::Login(record)))
}

/// Confirms the address of the login that a `confirm` ticket names. The same ticket again: the same answer.
///
/// # Errors
/// `bad_ticket`, `expired`, `not_found` (the login is gone), `taken` (another login confirmed the address first).
pub async fn by_ticket(shared: &Shared, ticket: &Ticket, now: Time) -> Result<LoginRow, Problem> {
    let claims = ticket::ours(&shared.store, ticket, Action::Confirm)?;
    if claims.recipient != 0 {
        return Err(Problem::new(Code::BadTicket, "this ticket confirms something else"));
    }
    if claims.expires <= now {
        return Err(Problem::new(Code::Expired, "this confirmation has expired: ask for another"));
    }
    let row = shared.store.login_by_row(claims.mail).await?.ok_or_else(Problem::not_found)?;
    if row.verified {
        return Ok(row);
    }
    if shared.store.confirm(row.login.clone(), now).await? {
        Ok(LoginRow { verified: true, ..row })
    } else {
        Err(Problem::new(Code::Taken, "this address is confirmed for another login"))
    }
}

/// `POST /v1/confirm/again`: mails the confirmation once more.
pub async fn again(State(shared): State<Shared>, who: Who) -> Result<StatusCode, Problem> {
    letters::possible(&shared)?;
    let login = who.device.login;
    let row = shared.store.login(login.clone()).await?.ok_or_else(Problem::not_found)?;
    if !row.verified {
        shared.security.letters.take(&mailbox(&row.mail))?;
        letters::owe(&shared, Letter::Confirm { login }, Time::now()).await?;
    }
    Ok(StatusCode::ACCEPTED)
}
