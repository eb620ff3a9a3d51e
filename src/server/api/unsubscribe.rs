//! `/v1/unsubscribe`, and what the page of the same link does: a mail's `unsubscribe` ticket is all that is needed, and
//! it is good for its member's yes and no to promotion and for nothing else.

use axum::{extract::State, http::StatusCode};

use super::extract::Json;
use crate::{
    server::{Problem, Shared, client::Client, security::ticket},
    store::{Proof, Subscriber},
    wire::{
        Code, Port, Ticket, Time,
        ask::Unsubscribe,
        ticket::{Action, Claims},
    },
};

/// `POST /v1/unsubscribe`: somebody asked for it by mail. The same answer again, also when they are gone.
pub async fn unsubscribe(
    State(shared): State<Shared>,
    client: Client,
    Json(ask): Json<Unsubscribe>,
) -> Result<StatusCode, Problem> {
    let now = Time::now();
    let member = member(&shared, &ask.ticket, now)?;
    let proof = proof("mail", "a mail to the unsubscribe address", client);
    shared.store.say_to_promotion(member, false, proof, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The member of an `unsubscribe` ticket. Neither the mail's row nor its sender's port need be there any more.
///
/// # Errors
/// `bad_ticket`, `expired`.
pub fn member(shared: &Shared, ticket: &Ticket, now: Time) -> Result<u32, Problem> {
    let claims = ticket::ours(&shared.store, ticket, Action::Unsubscribe)?;
    if claims.expires <= now {
        return Err(Problem::new(Code::Expired, "this link is over two years old"));
    }
    Ok(claims.recipient)
}

/// A ticket that says no for a member. `mail`: the row of the mail it stands in, 0 for one without a row.
#[must_use]
pub fn ticket(shared: &Shared, mail: u64, member: u32, now: Time) -> Ticket {
    let action = Action::Unsubscribe;
    let expires = now.plus(action.lifetime());
    shared.store.sign(Claims {
        action,
        key: 0,
        expires,
        port: Port::at_least_one(1),
        mail,
        recipient: member,
    })
}

/// What the member says by a page or a mail program's button, in these words; how they stand now.
///
/// # Errors
/// As [`member`]; `too_many` for a yes, never for a no.
pub async fn say(
    shared: &Shared,
    ticket: &Ticket,
    yes: bool,
    (how, text): (&str, &str),
    client: Client,
    now: Time,
) -> Result<Option<Subscriber>, Problem> {
    let member = member(shared, ticket, now)?;
    if yes {
        shared.security.joins.take(&crate::server::security::counted(client.0))?;
    }
    Ok(shared.store.say_to_promotion(member, yes, proof(how, text, client), now).await?)
}

fn proof(how: &str, text: &str, client: Client) -> Proof {
    Proof { how: how.to_owned(), text: Some(text.to_owned()), from: Some(client.0.to_string()), by: None }
}
