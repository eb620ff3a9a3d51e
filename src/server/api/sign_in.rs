//! `/v1/sign-in`: a browser signs in by a mailed link, and opens the WebSocket as a device of its login.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};

use super::{answer, extract::Json, logins::mailbox};
use crate::{
    mail::address::Address,
    server::{
        Problem, Shared,
        client::Client,
        letters,
        security::{
            counted,
            presses::Opens,
            session::{self, Session},
            ticket, user_agent,
        },
    },
    store::{Letter, NewDevice, StoreError},
    web::Lang,
    wire::{
        Code, LoginId, Port, Secret, SecretHash, Ticket, Time,
        ask::{SignIn, SignedIn},
        ticket::{Action, Claims},
    },
};

/// Whom a link is asked for.
#[derive(Debug, Clone)]
pub enum Whom {
    /// The login with this confirmed address.
    Mail(String),
    /// This login.
    Login(LoginId),
}

/// `POST /v1/sign-in`: the same answer after the same time whether or not there is such a login.
pub async fn ask(
    State(shared): State<Shared>,
    client: Client,
    headers: HeaderMap,
    Json(ask): Json<SignIn>,
) -> Result<StatusCode, Problem> {
    let whom = match (ask.mail, ask.login) {
        (Some(mail), None) => Whom::Mail(address(&mail)?),
        (None, Some(login)) => Whom::Login(login),
        _ => return Err(Problem::new(Code::BadRequest, "say a mail address or a login, one of them")),
    };
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    by_mail(&shared, client, whom, language.map(|value| Lang::accepted(value).tag()))?;
    Ok(StatusCode::ACCEPTED)
}

/// An address as it may be asked for.
///
/// # Errors
/// `bad_request` when it is none.
pub fn address(text: &str) -> Result<String, Problem> {
    let text = text.trim().parse::<Address>();
    text.map(|address| address.as_str().to_owned())
        .map_err(|why| Problem::new(Code::BadRequest, why.to_string()))
}

/// Mails the link, if there is anybody to mail it to. Who asks is told nothing about that, nor made to wait for it.
///
/// # Errors
/// `forbidden` on a server that sends no mail, `too_many` for a client that asks too often.
pub fn by_mail(
    shared: &Shared,
    client: Client,
    whom: Whom,
    lang: Option<&'static str>,
) -> Result<(), Problem> {
    letters::possible(shared)?;
    shared.security.sign_ins.take(&counted(client.0))?;
    let shared = shared.clone();
    tokio::spawn(async move {
        if let Err(problem) = send_link(&shared, whom, lang, Time::now()).await {
            tracing::warn!("a sign-in was not begun: {}", problem.0.message);
        }
    });
    Ok(())
}

async fn send_link(
    shared: &Shared,
    whom: Whom,
    lang: Option<&'static str>,
    now: Time,
) -> Result<(), Problem> {
    let login = match whom {
        Whom::Mail(mail) => shared.store.login_by_mail(mail).await?,
        Whom::Login(login) => Some(login),
    };
    let Some(login) = login else { return Ok(()) };
    let Some(row) = shared.store.login(login.clone()).await?.filter(|row| row.verified) else {
        return Ok(());
    };
    shared.security.letters.take(&mailbox(&row.mail))?;
    letters::owe(shared, Letter::SignIn { login, lang: lang.map(str::to_owned) }, now).await
}

/// Signs a browser in with the ticket of a mailed link, which is used up: the browser is a device of the login from
/// now on, with this secret for its cookie.
///
/// # Errors
/// `bad_ticket`, `expired` (also one that was used), `not_found` (the login is gone).
pub async fn by_ticket(
    shared: &Shared,
    ticket: &Ticket,
    user_agent: &str,
    now: Time,
) -> Result<Secret, Problem> {
    let claims = ticket::ours(&shared.store, ticket, Action::SignIn)?;
    let over = || Problem::new(Code::Expired, "this link was used, or is over a quarter of an hour old");
    if claims.expires <= now {
        return Err(over());
    }
    let secret = Secret::generate().map_err(|error| Problem::internal(&error))?;
    let browser = NewDevice { token: session::hash(&secret), name: user_agent::device_name(user_agent) };
    let used = SecretHash::of(ticket.to_string().as_bytes());
    match shared.store.sign_in(claims.mail, used, claims.expires, browser, now).await {
        Ok(_) => Ok(secret),
        Err(StoreError::NotFound("ticket")) => Err(over()),
        Err(other) => Err(other.into()),
    }
}

/// `POST /v1/sign-in/live`: with the cookie, from a page of ours: a `live` ticket for its WebSocket. The cookie's time
/// begins anew.
pub async fn live(
    State(shared): State<Shared>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = Time::now();
    shared.security.presses.take(&counted(client.0))?;
    let Session { secret, device } = session::session(&shared, &headers, now).await?;
    let live = shared.store.sign(Claims {
        action: Action::Live,
        key: 0,
        expires: now.plus(Action::Live.lifetime()),
        port: Port::at_least_one(1),
        mail: shared.security.pressed.add(Opens::Browser(session::hash(&secret)), now),
        recipient: 0,
    });
    let mut response = answer::object(StatusCode::OK, &SignedIn { live, login: device.login });
    if let Some(cookie) = session::cookie(&shared.public, &secret) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Signs the browser out: its device ends, and with it what it has open.
///
/// # Errors
/// As [`session::session`].
pub async fn out(shared: &Shared, headers: &HeaderMap, now: Time) -> Result<(), Problem> {
    let device = session::session(shared, headers, now).await?.device;
    match shared.store.revoke(device.login.clone(), device.id.clone()).await {
        Ok(()) | Err(StoreError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    shared.live.revoked(&device.login, Some(&device.id));
    Ok(())
}
