//! Which address shows which page, and the headers that keep a page to itself.

mod sign_in;

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use url::form_urlencoded;

use super::{Problem, Shared, api::confirm};
use crate::{
    web::{self, Lang, Page, Trouble},
    wire::{Code, Ticket, Time},
};

/// No script, nothing from elsewhere, in nobody's frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// A form of one ticket.
const FORM: usize = 4096;
/// What never changes may be kept for a day.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// `/`, `/c`, `/confirm` and what they are made with.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| show(StatusCode::OK, &web::front(lang(&headers)))))
        .route("/c", get(async |headers: HeaderMap| show(StatusCode::OK, &web::chat(lang(&headers)))))
        .route("/confirm", get(ask).post(confirm))
        .merge(sign_in::routes())
        .route("/style.css", get(async || fixed("text/css; charset=utf-8", web::STYLE.as_bytes())))
        .route("/favicon.ico", get(async || fixed("image/vnd.microsoft.icon", web::FAVICON)))
}

async fn ask(uri: Uri, headers: HeaderMap) -> Response {
    let lang = lang(&headers);
    match ticket(uri.query().unwrap_or_default().as_bytes()) {
        Some(ticket) => show(StatusCode::OK, &web::confirm(lang, &ticket.to_string())),
        None => show(StatusCode::BAD_REQUEST, &web::trouble(lang, Trouble::Damaged)),
    }
}

async fn confirm(State(shared): State<Shared>, headers: HeaderMap, request: Request) -> Response {
    let lang = lang(&headers);
    let form = to_bytes(request.into_body(), FORM).await.unwrap_or_default();
    let outcome = match ticket(&form) {
        Some(ticket) => confirm::by_ticket(&shared, &ticket, Time::now()).await,
        None => Err(Problem::new(Code::BadTicket, "no ticket")),
    };
    match outcome {
        Ok(row) => show(StatusCode::OK, &web::confirmed(lang, row.login.as_str())),
        Err(problem) => {
            let status =
                StatusCode::from_u16(problem.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            show(status, &web::trouble(lang, trouble(problem.code())))
        }
    }
}

fn trouble(code: Code) -> Trouble {
    match code {
        Code::BadTicket => Trouble::Damaged,
        Code::Expired => Trouble::Expired,
        Code::Taken => Trouble::Taken,
        Code::NotFound => Trouble::Gone,
        _ => Trouble::Later,
    }
}

/// `t=` of a query or a form.
fn ticket(form: &[u8]) -> Option<Ticket> {
    let (_, text) = form_urlencoded::parse(form).find(|(name, _)| name == "t")?;
    text.parse().ok()
}

fn lang(headers: &HeaderMap) -> Lang {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::default(), Lang::accepted)
}

fn show(status: StatusCode, page: &Page) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        // The address holds a ticket, which is nobody else's business.
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (status, headers, page.html()).into_response()
}

fn fixed(media_type: &'static str, bytes: &'static [u8]) -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, A_DAY)];
    (headers, Bytes::from_static(bytes)).into_response()
}
