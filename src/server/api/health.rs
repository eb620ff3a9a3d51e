//! What operators ask: `/healthz`, `/metrics`, `/v1/server`.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::answer;
use crate::{
    server::{Problem, Shared, client::Client, public},
    wire::Time,
};

#[derive(Serialize)]
#[serde(tag = "type", rename = "health")]
struct Health {
    status: &'static str,
}

/// `GET /healthz`: whether the database writes.
pub async fn healthz(State(shared): State<Shared>) -> Result<Response, Problem> {
    shared.store.probe(Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Health { status: "ok" }))
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "server")]
struct Server {
    name: &'static str,
    version: &'static str,
    url: String,
    mail: bool,
}

/// `GET /v1/server`: which server this is, and whether it can send mail.
pub async fn server(State(shared): State<Shared>) -> Response {
    let server = Server {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        url: shared.public.as_str().to_owned(),
        mail: shared.sends_mail(),
    };
    answer::object(StatusCode::OK, &server)
}

/// `GET /metrics`: for this machine and private networks; to everybody else there is no such thing.
pub async fn metrics(State(shared): State<Shared>, client: Client) -> Result<Response, Problem> {
    if !public::is_private(client.0) {
        return Err(Problem::not_found());
    }
    let (in_use, pool) = shared.store.pool(Time::now()).await?;
    let text = shared.metrics.render(&[
        ("ch_ports_in_use", "Ports of the pool that are in use.", in_use),
        ("ch_ports_pool", "Ports in the pool.", pool),
        ("ch_letters_waiting", "Letters owed.", shared.store.letters_waiting().await?),
    ]);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
