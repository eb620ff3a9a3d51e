//! Joining by oneself: the address is asked by mail, and only its answer makes a member.

use std::net::IpAddr;

use super::{logins::mailbox, sign_in};
use crate::{
    server::{
        Problem, Shared,
        client::Client,
        letters,
        security::{counted, ticket},
    },
    store::{Joined, Joining, StoreError},
    wire::{Code, Ticket, Time, members::NAME, ticket::Action},
};

/// What a `confirm` ticket of somebody who joins has in its recipient's place; a login's has 0.
pub const JOINS: u32 = 1;

/// What somebody typed into the page.
#[derive(Debug, Clone, Default)]
pub struct Form {
    /// The address.
    pub mail: String,
    /// The name, or nothing.
    pub name: String,
    /// The words ticked to get promotion.
    pub promotion: Option<String>,
}

/// Whether somebody can join here.
///
/// # Errors
/// `not_found` where there is no shop, `forbidden` on a server that sends no mail.
pub async fn possible(shared: &Shared) -> Result<(), Problem> {
    if !shared.store.has_shop().await? {
        return Err(Problem::not_found());
    }
    letters::possible(shared)
}

/// Mails the confirmation. The same answer for everybody: who is a member already learns it from the mail at most.
///
/// # Errors
/// `bad_request` for an address or a name that is none, `too_many`; as [`possible`].
pub async fn ask(
    shared: &Shared,
    client: Client,
    form: Form,
    (lang, joins): (&str, &str),
    now: Time,
) -> Result<(), Problem> {
    possible(shared).await?;
    let mail = sign_in::address(&form.mail)?;
    let name = form.name.trim();
    if name.len() > NAME || name.chars().any(char::is_control) {
        return Err(Problem::new(Code::BadRequest, format!("a name has at most {NAME} bytes")));
    }
    shared.security.joins.take(&counted(client.0))?;
    // Somebody else's mailbox is not filled from here, and nothing tells that it would be.
    if shared.security.letters.take(&mailbox(&mail)).is_err() {
        return Ok(());
    }
    let joining = Joining {
        mail,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        lang: lang.to_owned(),
        joins: joins.to_owned(),
        promotion: form.promotion,
        from: client.0.to_string(),
        at: now,
    };
    shared.store.ask_to_join(joining, now.plus(Action::Confirm.lifetime()), now).await?;
    shared.letters.notify_one();
    Ok(())
}

/// The number of what a ticket confirms.
///
/// # Errors
/// `bad_ticket`, `expired`.
pub fn number(shared: &Shared, given: &Ticket, now: Time) -> Result<u64, Problem> {
    let claims = ticket::ours(&shared.store, given, Action::Confirm)?;
    if claims.recipient != JOINS {
        return Err(Problem::new(Code::BadTicket, "this ticket confirms something else"));
    }
    if claims.expires <= now {
        return Err(Problem::new(Code::Expired, "this link is over a week old"));
    }
    Ok(claims.mail)
}

/// Makes its holder a member.
///
/// # Errors
/// As [`number`]; `expired` when nothing waits for it any more.
pub async fn by_ticket(shared: &Shared, given: &Ticket, from: IpAddr, now: Time) -> Result<Joined, Problem> {
    let number = number(shared, given, now)?;
    match shared.store.join(number, from.to_string(), now).await {
        Err(StoreError::NotFound("ticket")) => {
            Err(Problem::new(Code::Expired, "nothing waits for this link"))
        }
        other => Ok(other?),
    }
}
