//! Which address shows which page, and the headers that keep a page to itself.

mod join;
mod sign_in;
mod unsubscribe;

use std::borrow::Cow;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
};
use url::form_urlencoded;

use super::{Problem, Shared, api::confirm};
use crate::{
    web::{self, Lang, Page, Terms, Trouble},
    wire::{Code, Ticket, Time, time::DAY},
};

/// No script, nothing from elsewhere, in nobody's frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// A page made live: the same, with modules of ours and a connection to us.
const LIVE_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self' SOCKET; style-src 'self'; \
                           img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// A form of one ticket.
const FORM: usize = 4096;
/// What hardly ever changes may be kept for a day.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
/// What has its version in its address never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// `/`, `/c`, `/confirm` and what they are made with.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| show(StatusCode::OK, &web::front(lang(&headers)))))
        .route("/c", get(chat))
        .route("/confirm", get(ask).post(confirm))
        .route("/chats", get(chats))
        .merge(join::routes())
        .merge(sign_in::routes())
        .merge(unsubscribe::routes())
        .route("/web/{version}/{name}", get(asset))
        .layer(from_fn(in_the_language_chosen))
        .route("/favicon.ico", get(async || fixed("image/vnd.microsoft.icon", A_DAY, web::FAVICON.into())))
}

/// `?lang=` goes before what the browser says, and is nothing that a page is asked.
async fn in_the_language_chosen(mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let chosen = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "lang");
    let Some(Ok(tag)) = chosen.map(|(_, tag)| HeaderValue::try_from(tag.as_ref())) else {
        return next.run(request).await;
    };
    request.headers_mut().insert(header::ACCEPT_LANGUAGE, tag);
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("lang=")).collect();
    let path = request.uri().path();
    let asked = if rest.is_empty() { path.to_owned() } else { format!("{path}?{}", rest.join("&")) };
    if let Ok(asked) = asked.parse() {
        *request.uri_mut() = asked;
    }
    next.run(request).await
}

/// Looking at the page has no effect; not even its ticket reaches us.
async fn chat(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let terms = Terms { mail: shared.sends_mail(), keep_days: shared.options.keep / DAY };
    live(&shared, web::chat(lang(&headers), &terms))
}

/// The page of a signed-in login. It is the same for everybody: its script asks who this is, with the cookie.
async fn chats(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    sign_in::own(live(&shared, web::chats(lang(&headers), shared.options.keep / DAY)))
}

/// What pages are made with. A version that is not this one's is not answered with something else.
async fn asset(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = web::asset(&version, &name) else { return Problem::not_found().into_response() };
    let zips = takes_gzip(&headers);
    let bytes = if zips { &asset.gzip } else { &asset.bytes };
    let mut response = fixed(asset.media_type, FOR_EVER, bytes.clone());
    let fields = response.headers_mut();
    fields.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if zips {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether `Accept-Encoding` (RFC 9110 §12.5.3) names gzip, and not to refuse it.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let fields = headers.get_all(header::ACCEPT_ENCODING).into_iter();
    let mut codings = fields.filter_map(|field| field.to_str().ok()).flat_map(|field| field.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

/// Where nothing is: a page for somebody who looks, a record for a program.
pub async fn nowhere(uri: Uri, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if uri.path().starts_with("/v1/") || !accepts.contains("text/html") {
        return Problem::not_found().into_response();
    }
    // Nobody links to anything that deep; a page without its style would do there.
    let levels = uri.path().matches('/').count().clamp(1, 20) - 1;
    let mut response = show(StatusCode::NOT_FOUND, &web::nowhere(lang(&headers), levels));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept, accept-language"));
    response
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
    html(status, POLICY, page.html())
}

/// A page that a script makes live. Its socket is named, because not every browser takes `'self'` for it.
pub(super) fn live(shared: &Shared, page: String) -> Response {
    let socket = shared.public.origin().replacen("http", "ws", 1);
    let policy = HeaderValue::try_from(LIVE_POLICY.replace("SOCKET", &socket)).unwrap_or(POLICY);
    html(StatusCode::OK, policy, page)
}

fn html(status: StatusCode, policy: HeaderValue, html: String) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        // The address holds a ticket, which is nobody else's business.
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::VARY, HeaderValue::from_static("accept-language")),
    ];
    (status, headers, html).into_response()
}

fn fixed(media_type: &'static str, cache: HeaderValue, bytes: Cow<'static, [u8]>) -> Response {
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CACHE_CONTROL, cache)];
    (headers, Body::from(bytes)).into_response()
}
