//! A WebSocket comes in: who may open one, and its bounds.

use axum::{
    extract::{State, WebSocketUpgrade, ws::WebSocket},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{connection::Connection, welcome};
use crate::{
    server::{Problem, Shared, client::Client},
    wire::{Code, limits},
};

/// Read buffer of a connection; larger frames are read in pieces. Ten thousand idle agents must fit.
const READ_BUFFER: usize = 2 * 1024;
/// What is gathered before it is written, so that a burst is few packets.
const WRITE_BUFFER: usize = 4 * 1024;
/// What may wait for a client that does not read, before it is cut off.
const UNREAD: usize = 8 * limits::FRAME;

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// A page of ours opened it.
    pub page: bool,
    /// The other end's address.
    pub client: Client,
}

/// `GET /v1/live`.
pub async fn upgrade(
    State(shared): State<Shared>,
    client: Client,
    headers: HeaderMap,
    ws: WebSocketUpgrade,
) -> Response {
    let page = match origin(&shared, &headers) {
        Ok(page) => page,
        Err(problem) => return problem.into_response(),
    };
    ws.read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER + UNREAD)
        .max_message_size(limits::FRAME)
        .max_frame_size(limits::FRAME)
        .on_upgrade(move |ws| serve(shared.clone(), Box::pin(enter(shared, ws, From { page, client }))))
}

/// Whether a page opens it; a foreign page may not.
fn origin(shared: &Shared, headers: &HeaderMap) -> Result<bool, Problem> {
    match headers.get(header::ORIGIN) {
        None => Ok(false),
        Some(origin) if origin.as_bytes() == shared.public.origin().as_bytes() => Ok(true),
        Some(_) => Err(Problem::new(Code::Forbidden, "a page of another site may not open this")),
    }
}

/// Ten thousand of these wait most of the time: what saying hello needs is boxed, and given back before.
async fn serve(shared: Shared, entering: impl Future<Output = Option<Box<Connection>>>) {
    shared.metrics.live.add(1);
    let entered = entering.await;
    if let Some(mut connection) = entered {
        connection.run().await;
    }
    shared.metrics.live.add(-1);
}

/// `None`: it left, or was refused.
async fn enter(shared: Shared, mut ws: WebSocket, from: From) -> Option<Box<Connection>> {
    match welcome::hello(&shared, &mut ws, from).await {
        Ok(Some(guest)) => Some(Box::new(Connection::new(shared, ws, guest))),
        Ok(None) => None,
        Err(problem) => {
            welcome::refuse(&mut ws, problem).await;
            None
        }
    }
}
