//! `PUT /v1/presence`: the refresh (S101), which tells what was missed (S117).

use axum::{extract::State, http::StatusCode, response::Response};

use super::{
    answer,
    extract::{Json, Known},
    logins::record,
};
use crate::{
    mail::button,
    server::{Problem, Shared},
    wire::{
        Code, Time,
        ask::{Refresh, Refreshed},
        limits,
    },
};

/// The most notices one refresh may clear.
const SEEN: usize = 10 * limits::NOTICES;

/// Notes the latest host and that the person is there, or says goodbye; answers with what waits.
pub async fn refresh(
    State(shared): State<Shared>,
    who: Known,
    Json(ask): Json<Refresh>,
) -> Result<Response, Problem> {
    let (login, now) = (who.device.login, Time::now());
    if ask.seen.len() > SEEN {
        return Err(Problem::new(Code::TooLarge, format!("a refresh clears at most {SEEN} notices")));
    }
    let host = match ask.host {
        Some(host) => checked(host)?,
        None => who.client.0.to_string(),
    };
    let standing = if ask.off {
        shared.store.seen(login.clone(), ask.seen).await?;
        shared.live.goodbye(&login, now).await?;
        shared.store.standing(login.clone()).await?.ok_or_else(Problem::not_found)?
    } else {
        let standing = shared.store.refresh(login.clone(), host, ask.seen, now).await?;
        shared.live.refreshed(&login, now).await;
        standing
    };
    let refreshed = Refreshed {
        notices: standing.notices,
        calls: if ask.off { Vec::new() } else { shared.live.waiting(&login).await },
        login: record(&shared, standing.login, standing.presence.host, Some(who.device.name)),
    };
    Ok(answer::object(StatusCode::OK, &refreshed))
}

/// A host as it may stand in a mail's header.
fn checked(host: String) -> Result<String, Problem> {
    if button::is_host(&host) {
        Ok(host)
    } else {
        Err(Problem::new(
            Code::BadRequest,
            "a host is a name of letters, digits, hyphens and dots, or an address",
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_host_that_could_break_a_header_is_refused() {
        for host in
            ["alice.example.org", "localhost", "192.0.2.1", "2001:db8::1", "[2001:db8::1]", "a_b.example."]
        {
            assert_eq!(checked(host.to_owned()).unwrap(), host);
        }
        for host in ["", ".", "a b", "a\r\nBcc: x", "-a", "a..b", "ünï", "[", "a/b", &"a.".repeat(200)] {
            checked(host.to_owned()).unwrap_err();
        }
    }
}
