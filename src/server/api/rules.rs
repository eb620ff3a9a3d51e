//! `POST /v1/rules`: who may ring, and who may not even knock.

use axum::{extract::State, http::StatusCode};

use super::extract::{Json, Who};
use crate::{
    mail::address::Address,
    server::{Problem, Shared, security::ticket},
    store::RuleTarget,
    wire::{Code, LoginId, Ticket, ask::Rule, ticket::Action},
};

/// Sets or removes one rule.
pub async fn set(
    State(shared): State<Shared>,
    who: Who,
    Json(ask): Json<Rule>,
) -> Result<StatusCode, Problem> {
    let login = who.device.login;
    let target = match (ask.allow, ask.block) {
        (Some(allowed), None) => RuleTarget::Allow(allowed),
        (None, Some(text)) => blocked(&shared, &login, text.trim()).await?,
        _ => return Err(Problem::new(Code::BadRequest, "a rule has either allow or block")),
    };
    shared.store.set_rule(login, target, ask.remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A ticket, an address or a login, told apart by their look.
async fn blocked(shared: &Shared, login: &LoginId, text: &str) -> Result<RuleTarget, Problem> {
    if let Ok(ticket) = text.parse::<Ticket>() {
        let claims = ticket::ours(&shared.store, &ticket, Action::Chat)?;
        let mail = shared.store.mail(claims.mail).await?;
        // Only the sender's own buttons lead to the sender.
        return match mail {
            Some(mail) if mail.owner.as_ref() == Some(login) => {
                Ok(RuleTarget::BlockTicket { mail: claims.mail, recipient: claims.recipient })
            }
            _ => Err(Problem::new(Code::Forbidden, "this is not a button of yours")),
        };
    }
    if text.contains('@') {
        return text
            .parse::<Address>()
            .map(|address| RuleTarget::BlockAddress(address.as_str().to_owned()))
            .map_err(|why| Problem::new(Code::BadRequest, why.to_string()));
    }
    text.parse()
        .map(RuleTarget::BlockLogin)
        .map_err(|_| Problem::new(Code::BadRequest, "block takes a login, an address or a ticket"))
}
