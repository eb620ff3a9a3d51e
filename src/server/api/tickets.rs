//! `POST /v1/tickets`: mints tickets for a stream of mails, and answers as it goes.

mod lines;
mod mint;

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{
    sync::mpsc::{self, Sender},
    time::timeout,
};

use self::{lines::Lines, mint::Minter};
use super::{answer::NDJSON, extract::Who};
use crate::{
    server::{Problem, Shared},
    wire::Time,
};

/// Answers that wait for a slow reader, in groups. An asker that first says everything and then reads gets this
/// many groups far: a MiB, or nine with mails to many.
const WAITING: usize = 16;
/// Mails in one transaction.
const GROUP: usize = 256;
/// Recipients in one transaction, unless a single mail has more.
const GROUP_RECIPIENTS: usize = 2048;

/// NDJSON of [`crate::wire::ask::Mint`] in, NDJSON of `ticket` records out; an `error` record in the place of a
/// line that is no good.
pub async fn mint(State(shared): State<Shared>, who: Who, request: Request) -> Result<Response, Problem> {
    let stall = shared.options.timeouts.stall;
    let minter = Minter::new(shared, who.device.login, Time::now()).await?;
    let (answers, mut waiting) = mpsc::channel::<Bytes>(WAITING);
    tokio::spawn(converse(minter, request.into_body(), answers, stall));
    let body = stream::poll_fn(move |cx| waiting.poll_recv(cx).map(|bytes| bytes.map(Ok::<_, Infallible>)));
    Ok(([(header::CONTENT_TYPE, NDJSON)], Body::from_stream(body)).into_response())
}

async fn converse(minter: Minter, body: Body, answers: Sender<Bytes>, stall: Duration) {
    let mut lines = Lines::new(body, stall);
    loop {
        let mut group = Vec::new();
        let mut recipients = 0;
        // Waits for the first line, then takes what is there already: nothing is held back for a fuller group.
        let mut next = lines.next().await;
        while let Some(line) = next {
            let ask = mint::parse(line);
            recipients += ask.as_ref().map_or(1, |ask| ask.to.len());
            group.push(ask);
            let full = group.len() >= GROUP || recipients >= GROUP_RECIPIENTS;
            next = if full { None } else { lines.ready().await };
        }
        if group.is_empty() {
            return;
        }
        let answer = minter.mint(group, Time::now()).await;
        // A reader that takes nothing, or left, ends the stream: what was minted for it is of no use.
        if !matches!(timeout(stall, answers.send(answer.into())).await, Ok(Ok(()))) {
            return;
        }
    }
}
