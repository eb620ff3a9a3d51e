//! Whether a ticket is ours, for this, and still good.

use crate::{
    server::Problem,
    store::{MailRow, Store, StoreError},
    wire::{
        Code, Ticket, Time,
        ticket::{Action, Claims},
    },
};

/// A ticket that one of our keys signed.
#[derive(Debug, Clone)]
pub struct Checked {
    /// What it says.
    pub claims: Claims,
    /// Its time is over. An expired `chat` ticket may still knock.
    pub expired: bool,
    /// The mail it came with.
    pub mail: MailRow,
}

/// A ticket of ours, withdrawn or not.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What `check` would give.
    pub checked: Checked,
    /// The sender released the port or withdrew its buttons, or the mail's row is gone with its login.
    pub withdrawn: bool,
    /// Whose port it names, while somebody has it.
    pub owner: Option<crate::wire::LoginId>,
}

/// The signature and the action only.
///
/// # Errors
/// `bad_ticket` when it is forged, damaged or for something else.
pub fn ours(store: &Store, ticket: &Ticket, wanted: Action) -> Result<Claims, Problem> {
    let claims = ticket.claims();
    // The signature first: what is not ours learns nothing but that.
    if store.is_ours(ticket) && claims.action == wanted {
        Ok(claims)
    } else {
        Err(Problem::new(Code::BadTicket, "the ticket is damaged, forged, or not for this"))
    }
}

/// A ticket that names a mail row (`chat`, `unsubscribe`, `mark`), with what became of it.
///
/// # Errors
/// `bad_ticket` when it is forged, damaged or for something else; what the store says.
pub async fn inspect(
    store: &Store,
    ticket: &Ticket,
    wanted: Action,
    now: Time,
) -> Result<Inspected, Problem> {
    inspect_claims(store, ours(store, ticket, wanted)?, now).await
}

async fn inspect_claims(store: &Store, claims: Claims, now: Time) -> Result<Inspected, Problem> {
    let withdrawn = || Problem::new(Code::Withdrawn, "the sender withdrew this button");
    let mail = store.mail(claims.mail).await?.ok_or_else(withdrawn)?;
    let port = match store.port(claims.port).await {
        Ok(port) => port,
        Err(StoreError::NotFound(_)) => None,
        Err(error) => return Err(error.into()),
    };
    // Tickets keep whole seconds, the not-before time milliseconds: one minted in the second of the withdrawal
    // is older than it or was minted after it; only the former may be refused, so compare the seconds.
    let stands = port.as_ref().is_some_and(|port| {
        claims.minted().unix_secs() >= port.not_before.unix_secs()
            && mail.owner.as_ref().is_none_or(|owner| *owner == port.login)
    });
    let expired = claims.expires <= now;
    Ok(Inspected {
        owner: port.map(|port| port.login),
        withdrawn: !stands,
        checked: Checked { claims, expired, mail },
    })
}

/// A ticket that still leads somewhere. That it expired is told, not refused.
///
/// # Errors
/// `bad_ticket` when it is forged, damaged or for something else, `withdrawn` when its sender withdrew it; what
/// the store says.
pub async fn check(store: &Store, ticket: &Ticket, wanted: Action, now: Time) -> Result<Checked, Problem> {
    recheck(store, ours(store, ticket, wanted)?, now).await
}

/// The same for the claims of a ticket whose signature was checked before.
///
/// # Errors
/// `withdrawn` when its sender withdrew it meanwhile; what the store says.
pub async fn recheck(store: &Store, claims: Claims, now: Time) -> Result<Checked, Problem> {
    let found = inspect_claims(store, claims, now).await?;
    if found.withdrawn {
        Err(Problem::new(Code::Withdrawn, "the sender withdrew this button"))
    } else {
        Ok(found.checked)
    }
}
