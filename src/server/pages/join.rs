//! `/join`: who wants to become a member does it here, and confirms it by mail; `api::join` does it.

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
    routing::get,
};
use url::form_urlencoded;

use super::{FORM, lang, show, sign_in::own, ticket};
use crate::{
    server::{
        Problem, Shared,
        api::join::{self, Form},
        client::Client,
        security::session,
    },
    store::Joined,
    web::join::{Refusal, ask, asked, joined, press, refused, words_of},
    wire::{Code, Time},
};

/// `/join`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/join", get(look).post(act))
}

/// Looking has no effect.
async fn look(State(shared): State<Shared>, uri: Uri, headers: HeaderMap) -> Response {
    let lang = lang(&headers);
    let shop = shared.public.host();
    if let Err(problem) = join::possible(&shared).await {
        return refuse(&shared, &headers, &problem, Refusal::NoMail);
    }
    match uri.query().filter(|query| !query.is_empty()) {
        None => own(show(StatusCode::OK, &ask(lang, &shop))),
        Some(query) => match ticket(query.as_bytes()) {
            Some(ticket) => own(show(StatusCode::OK, &press(lang, &shop, &ticket.to_string()))),
            None => own(show(StatusCode::BAD_REQUEST, &refused(lang, &shop, Refusal::Damaged))),
        },
    }
}

/// The form, or the button of the mailed link.
async fn act(State(shared): State<Shared>, client: Client, headers: HeaderMap, request: Request) -> Response {
    let (lang, shop) = (lang(&headers), shared.public.host());
    // Or a page elsewhere could have people join.
    if session::is_foreign(&shared.public, &headers) {
        return refuse(&shared, &headers, &Problem::new(Code::Forbidden, "foreign"), Refusal::Foreign);
    }
    let body = to_bytes(request.into_body(), FORM).await.unwrap_or_default();
    let now = Time::now();
    if let Some(ticket) = ticket(&body) {
        return match join::by_ticket(&shared, &ticket, client.0, now).await {
            Ok(Joined::Now { promotion }) => own(show(StatusCode::OK, &joined(lang, &shop, Some(promotion)))),
            Ok(Joined::Before) => own(show(StatusCode::OK, &joined(lang, &shop, None))),
            Err(problem) => refuse(&shared, &headers, &problem, Refusal::Foreign),
        };
    }
    let (joins, promotion) = words_of(lang, &shop);
    let mut form = Form::default();
    for (name, value) in form_urlencoded::parse(&body) {
        match name.as_ref() {
            "mail" => form.mail = value.into_owned(),
            "name" => form.name = value.into_owned(),
            "promotion" => form.promotion = Some(promotion.clone()),
            _ => {}
        }
    }
    match join::ask(&shared, client, form, (lang.tag(), &joins), now).await {
        Ok(()) => own(show(StatusCode::ACCEPTED, &asked(lang))),
        Err(problem) => refuse(&shared, &headers, &problem, Refusal::NoMail),
    }
}

fn refuse(shared: &Shared, headers: &HeaderMap, problem: &Problem, when_forbidden: Refusal) -> Response {
    let code = problem.code();
    let why = match code {
        Code::BadTicket => Refusal::Damaged,
        Code::Expired => Refusal::Expired,
        Code::NotFound => Refusal::NoShop,
        Code::BadRequest => Refusal::NoAddress,
        Code::Forbidden => when_forbidden,
        Code::TooMany => Refusal::TooMany,
        _ => Refusal::Later,
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    own(show(status, &refused(lang(headers), &shared.public.host(), why)))
}
