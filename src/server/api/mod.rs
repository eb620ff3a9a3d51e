//! The HTTP calls: one file per resource, and the rules that hold for all of them.

mod ads;
mod answer;
mod campaigns;
mod codes;
pub mod confirm;
mod devices;
mod extract;
mod health;
pub mod join;
mod logins;
mod look;
mod marks;
mod members;
mod ports;
mod presence;
mod press;
mod rules;
pub mod sign_in;
mod tickets;
pub mod unsubscribe;

pub use extract::{Json, Known, Manager, Supplier, Who};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};

use super::{Problem, Shared, live, pages};
use crate::wire::{Code, ErrorRecord};

/// Every route of the server.
pub fn router(shared: Shared) -> Router {
    let quick = Router::new()
        .route("/v1/logins", post(logins::register).delete(logins::delete))
        .route("/v1/logins/recover", post(logins::recover))
        .route("/v1/codes", post(codes::make))
        .route("/v1/devices", get(devices::list))
        .route("/v1/devices/{id}", delete(devices::revoke))
        .route("/v1/confirm", post(confirm::confirm))
        .route("/v1/confirm/again", post(confirm::again))
        .route("/v1/sign-in", post(sign_in::ask))
        .route("/v1/sign-in/live", post(sign_in::live))
        .route("/v1/presence", put(presence::refresh))
        .route("/v1/ports", post(ports::assign))
        .route("/v1/ports/{port}", get(ports::resolve).delete(ports::release))
        .route("/v1/tickets/look", post(look::look))
        .route("/v1/marks", post(marks::mark))
        .route("/v1/press", post(press::press))
        .route("/v1/rules", post(rules::set))
        .route("/v1/unsubscribe", post(unsubscribe::unsubscribe))
        .route("/v1/server", get(health::server))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .route("/v1/members", get(members::list).post(members::put))
        .route("/v1/members/tags", post(members::tags))
        .route("/v1/members/show", post(members::show))
        .route("/v1/members/export", post(members::export))
        .route("/v1/members/erase", post(members::erase))
        .route("/v1/members/consent", post(members::consent))
        .route("/v1/members/suppress", post(members::suppress))
        .route("/v1/members/events", post(members::events))
        .route("/v1/members/due", post(members::due))
        .route("/v1/members/told", post(members::told))
        .route("/v1/members/ledger", get(members::ledger))
        .route("/v1/ads", get(ads::list).post(ads::put))
        .route("/v1/ads/{id}", get(ads::show))
        .route("/v1/ads/{id}/picture", get(ads::show_picture))
        .route("/v1/ads/{id}/report", get(ads::report))
        .route("/v1/ads/{id}/publish", post(ads::publish))
        .route("/v1/ads/{id}/retire", post(ads::retire))
        .route("/v1/campaigns", get(campaigns::list))
        .route("/v1/campaigns/{name}", get(campaigns::show))
        .route("/v1/campaigns/{name}/report", get(campaigns::report))
        .route("/v1/campaigns/{name}/letter", get(campaigns::letter))
        .route("/v1/campaigns/{name}/claims", post(campaigns::begin))
        .route("/v1/campaigns/{name}/take", post(campaigns::take))
        .route("/v1/campaigns/{name}/alive", post(campaigns::alive))
        .route("/v1/campaigns/{name}/end", post(campaigns::end))
        .route("/v1/campaigns/{name}/outcomes", post(campaigns::outcomes))
        .route("/v1/campaigns/{name}/turn", post(campaigns::turn))
        .route("/v1/campaigns/{name}/pause", post(campaigns::pause))
        .route("/v1/campaigns/{name}/resume", post(campaigns::resume))
        .route("/v1/campaigns/{name}/cancel", post(campaigns::cancel))
        .route("/v1/campaigns/{name}/resend", post(campaigns::resend))
        .route("/v1/campaigns/{name}/unknown", get(campaigns::unknown))
        .route("/v1/campaigns/{name}/locales", get(campaigns::locales))
        .route("/v1/campaigns/{name}/preview", post(campaigns::preview))
        .merge(pages::routes())
        .layer(from_fn_with_state(shared.clone(), in_time));
    let streams = Router::new()
        .route("/v1/tickets", post(tickets::mint))
        // A million members are looked at: it takes longer than a question.
        .route("/v1/campaigns", post(campaigns::plan))
        .merge(live::routes());
    quick
        .merge(streams)
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_that_way)
        .layer(from_fn_with_state(shared.clone(), every_request))
        .with_state(shared)
}

async fn nothing_here() -> Problem {
    Problem::not_found()
}

async fn not_that_way() -> Response {
    let mut response =
        Problem::new(Code::BadRequest, "this address does not know that method").into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// A request that is not a stream is answered in time, whatever its body does.
async fn in_time(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(shared.options.timeouts.request, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            Problem(ErrorRecord::new(Code::Unavailable, "the request took too long").retry(1)).into_response()
        }
    }
}

/// Counts the answer, refuses pages of other sites, and keeps what is personal out of caches.
async fn every_request(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_api = request.uri().path().starts_with("/v1/");
    let mut response = if is_api && is_foreign(&shared, &request) {
        Problem::new(Code::Forbidden, "a page of another site may not ask here").into_response()
    } else {
        next.run(request).await
    };
    shared.metrics.request(route.as_ref().map_or("none", MatchedPath::as_str), response.status().as_u16());
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Browsers send `Origin` with everything that could change something (RFC 6454 §7); tools send none.
fn is_foreign(shared: &Shared, request: &Request) -> bool {
    request
        .headers()
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.as_bytes().eq_ignore_ascii_case(shared.public.origin().as_bytes()))
}
