//! `POST /v1/tickets/look`: what a button is worth. Rings nobody, changes nothing, tells no presence and no
//! address.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{answer, extract::Json};
use crate::{
    call::Party,
    server::{
        Problem, Shared,
        client::Client,
        security::{counted, ticket},
    },
    wire::{
        Time,
        ask::{Look, Looked},
        ticket::Action,
    },
};

/// Answers with [`Looked`].
pub async fn look(
    State(shared): State<Shared>,
    client: Client,
    Json(ask): Json<Look>,
) -> Result<Response, Problem> {
    // Every look can ask about one address; guessing through a list of them takes its time.
    shared.security.looks.take(&counted(client.0))?;
    let found = ticket::inspect(&shared.store, &ask.ticket, Action::Chat, Time::now()).await?;
    let checked = found.checked;
    let login = checked.mail.owner.clone().or(found.owner).ok_or_else(Problem::not_found)?;
    let row = shared.store.login(login.clone()).await?;
    let back = shared.store.leads_back(checked.claims.mail, checked.claims.recipient).await?;
    let notified = back.as_ref().filter(|_| checked.mail.owner.is_none());
    let (addressee, caller) = match notified {
        Some((conversation, side)) => match conversation.party(*side) {
            Party::Login(login) => (Some(login), conversation.party(side.other()).login().cloned()),
            Party::Guest(_) => (None, None),
        },
        None => (None, None),
    };
    let looked = Looked {
        login,
        subject: checked.mail.subject,
        confirmed: row.as_ref().is_some_and(|row| row.verified),
        from_matches: ask
            .from
            .map(|from| row.is_some_and(|row| row.mail.to_lowercase() == from.trim().to_lowercase())),
        expires: checked.claims.expires,
        withdrawn: found.withdrawn,
        into: back.map(|(conversation, _)| conversation.id),
        addressee,
        caller,
    };
    Ok(answer::object(StatusCode::OK, &looked))
}
