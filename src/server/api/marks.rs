//! `POST /v1/marks`: deliveries that are about to be attempted, durable before they are.

use axum::{
    body::to_bytes,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};

use super::{answer::NDJSON, extract::Who};
use crate::{
    server::{Problem, Shared, security::ticket},
    store::{Delivery, Marked},
    wire::{self, Code, Record, Time, ask::Mark, limits, record::MarkRecord, ticket::Action},
};

/// NDJSON of [`Mark`] in, at most [`limits::BODY`] bytes; a `mark` record for each after COMMIT, or an `error` record
/// in the place of one that is no good.
pub async fn mark(State(shared): State<Shared>, _who: Who, request: Request) -> Result<Response, Problem> {
    let body = to_bytes(request.into_body(), limits::BODY)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, format!("a body has at most {} bytes", limits::BODY)))?;
    let now = Time::now();
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let asked: Vec<Result<Asked, Problem>> = lines.map(|line| delivery(&shared, line, now)).collect();
    let deliveries = asked.iter().flatten().map(|(_, delivery)| *delivery).collect();
    let mut marks = shared.store.attempt(deliveries, now).await?.into_iter();
    let mut text = String::new();
    for asked in asked {
        let line = match asked {
            Ok((Mark { ticket, again: knows }, _)) => match marks.next() {
                Some(Marked::At(at, again)) => wire::to_line(&Record::Mark(MarkRecord { ticket, at, again }))
                    .unwrap_or_else(|error| Problem::internal(&error).to_line()),
                Some(Marked::Begun(_, true)) if !knows => refused(
                    Code::Taken,
                    "a sender began this delivery before: nobody can say what became of it",
                ),
                Some(Marked::Begun(at, again)) => {
                    shared.promotion.heard(ticket.claims().port.get());
                    wire::to_line(&Record::Mark(MarkRecord { ticket, at, again }))
                        .unwrap_or_else(|error| Problem::internal(&error).to_line())
                }
                Some(Marked::NotYours) => refused(Code::Expired, "the claim on this delivery has ended"),
                Some(Marked::Stopped) => refused(Code::Withdrawn, "the campaign mails nobody further now"),
                Some(Marked::No(_)) => refused(Code::Forbidden, "they get no promotion any more"),
                None => Problem::internal(&"fewer marks than tickets").to_line(),
            },
            Err(problem) => problem.to_line(),
        };
        text.push_str(&line);
    }
    Ok(([(header::CONTENT_TYPE, NDJSON)], text).into_response())
}

fn refused(code: Code, message: &str) -> String {
    Problem::new(code, message).to_line()
}

/// What was asked, and the delivery that its ticket names.
type Asked = (Mark, Delivery);

fn delivery(shared: &Shared, line: &[u8], now: Time) -> Result<Asked, Problem> {
    let mark: Mark = serde_json::from_slice(line)
        .map_err(|error| Problem::new(Code::BadRequest, format!("the line: {error}")))?;
    let claims = ticket::ours(&shared.store, &mark.ticket, Action::Mark)?;
    if claims.expires <= now {
        return Err(Problem::new(Code::Expired, "the mark has expired"));
    }
    Ok((mark, (claims.mail, claims.recipient, claims.port.get())))
}
