//! `/sign-in` and `/sign-out`: for people; `api::sign_in` does it.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use url::form_urlencoded;

use super::{FORM, lang, show, ticket};
use crate::{
    server::{
        Problem, Shared,
        api::sign_in::{self, Whom},
        client::Client,
        letters,
        security::session,
    },
    web::sign_in::{Refusal, ask, asked, press, refused, signed_out},
    wire::{Code, Time},
};

/// `/sign-in`, `/sign-out`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/sign-in", get(look).post(act)).route("/sign-out", post(leave))
}

/// Looking has no effect: no link is used up, nobody is signed in.
async fn look(State(shared): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let lang = lang(&headers);
    match uri.query() {
        Some(query) => match ticket(query.as_bytes()) {
            Some(ticket) => own(show(StatusCode::OK, &press(lang, &ticket.to_string()))),
            None => own(show(StatusCode::BAD_REQUEST, &refused(lang, Refusal::Damaged))),
        },
        None => match letters::possible(&shared) {
            Ok(()) => own(show(StatusCode::OK, &ask(lang))),
            Err(problem) => refuse(&headers, &problem, Refusal::NoMail),
        },
    }
}

/// The form with an address, or the button of the link.
async fn act(State(shared): State<Shared>, client: Client, headers: HeaderMap, request: Request) -> Response {
    let language = lang(&headers);
    // Or a page elsewhere could sign somebody in as somebody else.
    if session::is_foreign(&shared.public, &headers) {
        return refuse(&headers, &Problem::new(Code::Forbidden, "foreign"), Refusal::Foreign);
    }
    let form = to_bytes(request.into_body(), FORM).await.unwrap_or_default();
    let mail = form_urlencoded::parse(&form).find(|(name, _)| name == "mail");
    if let Some((_, mail)) = mail {
        let asked_for = sign_in::address(&mail)
            .and_then(|mail| sign_in::by_mail(&shared, client, Whom::Mail(mail), Some(language.tag())));
        return match asked_for {
            Ok(()) => own(show(StatusCode::ACCEPTED, &asked(language))),
            Err(problem) => refuse(&headers, &problem, Refusal::NoMail),
        };
    }
    let Some(ticket) = ticket(&form) else {
        return refuse(&headers, &Problem::new(Code::BadTicket, "no ticket"), Refusal::Damaged);
    };
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match sign_in::by_ticket(&shared, &ticket, agent, Time::now()).await {
        Ok(secret) => {
            let mut response = StatusCode::SEE_OTHER.into_response();
            let fields = response.headers_mut();
            // Relative, so that it is right under any public URL.
            fields.insert(header::LOCATION, HeaderValue::from_static("chats"));
            if let Some(cookie) = session::cookie(&shared.public, &secret) {
                fields.append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(problem) => refuse(&headers, &problem, Refusal::Later),
    }
}

async fn leave(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    match sign_in::out(&shared, &headers, Time::now()).await {
        Ok(()) => {}
        // Signed out already.
        Err(problem) if problem.code() == Code::Unauthorized => {}
        Err(problem) => return refuse(&headers, &problem, Refusal::Foreign),
    }
    let mut response = own(show(StatusCode::OK, &signed_out(lang(&headers))));
    if let Some(cookie) = session::no_cookie(&shared.public) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A page whose form says where it comes from: with `no-referrer` a browser would send `Origin: null` (Fetch §3.2).
/// The address with the ticket goes to nobody but this server all the same.
pub(super) fn own(mut response: Response) -> Response {
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn refuse(headers: &HeaderMap, problem: &Problem, when_forbidden: Refusal) -> Response {
    let code = problem.code();
    let why = match code {
        Code::BadTicket => Refusal::Damaged,
        Code::Expired => Refusal::Expired,
        Code::NotFound => Refusal::Gone,
        Code::BadRequest => Refusal::NoAddress,
        Code::Forbidden => when_forbidden,
        Code::TooMany => Refusal::TooMany,
        _ => Refusal::Later,
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    own(show(status, &refused(lang(headers), why)))
}
