//! `POST /v1/marks`: deliveries that are about to be attempted, durable before they are.

use axum::{
    body::to_bytes,
    extract::{Request, State},
    response::Response,
};

use super::{answer, extract::Who};
use crate::{
    server::{Problem, Shared, security::ticket},
    store::{Delivery, Marked, WhyNot},
    wire::{Code, Record, Time, ask::Mark, limits, record::MarkRecord, ticket::Action},
};

/// A mark that was asked for and the delivery that its ticket names; or why it is no good.
pub type Asked = Result<(Mark, Delivery), Problem>;

/// NDJSON of [`Mark`] in, at most [`limits::BODY`] bytes; a `mark` record for each after COMMIT, or an `error` record
/// in the place of one that is no good.
pub async fn mark(State(shared): State<Shared>, _who: Who, request: Request) -> Result<Response, Problem> {
    let body = to_bytes(request.into_body(), limits::BODY)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, format!("a body has at most {} bytes", limits::BODY)))?;
    let now = Time::now();
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let asked: Vec<Asked> = lines
        .map(|line| {
            serde_json::from_slice(line)
                .map_err(|error| Problem::new(Code::BadRequest, format!("the line: {error}")))
                .and_then(|mark| ask(&shared, mark, now))
        })
        .collect();
    let marks = shared.store.attempt(deliveries(&asked), now).await?;
    Ok(answer::lines(answers(&shared, asked, marks)))
}

/// Looks at a mark's ticket.
pub fn ask(shared: &Shared, mark: Mark, now: Time) -> Asked {
    let claims = ticket::ours(&shared.store, &mark.ticket, Action::Mark)?;
    if claims.expires <= now {
        return Err(Problem::new(Code::Expired, "the mark has expired"));
    }
    Ok((mark, (claims.mail, claims.recipient, claims.port.get())))
}

/// What the store is to mark.
pub fn deliveries(asked: &[Asked]) -> Vec<Delivery> {
    asked.iter().flatten().map(|(_, delivery)| *delivery).collect()
}

/// What each asker is told, in order. Senders whose deliveries begin were heard.
pub fn answers(shared: &Shared, asked: Vec<Asked>, marks: Vec<Marked>) -> Vec<Record> {
    let mut marks = marks.into_iter();
    let answer = |asked: Asked| {
        let (Mark { ticket, again: knows }, _) = asked?;
        let marked = marks.next().ok_or_else(|| Problem::internal(&"fewer marks than tickets"))?;
        match marked {
            Marked::At(at, again) => Ok(MarkRecord { ticket, at, again }),
            Marked::Begun(_, true) if !knows => Err(Problem::new(
                Code::Taken,
                "a sender began this delivery before: nobody can say what became of it",
            )),
            Marked::Begun(at, again) => {
                shared.promotion.heard(ticket.claims().port.get());
                Ok(MarkRecord { ticket, at, again })
            }
            Marked::NotYours => Err(Problem::new(Code::Expired, "the claim on this delivery has ended")),
            Marked::Stopped => Err(Problem::new(Code::Withdrawn, "the campaign mails nobody further now")),
            Marked::No(WhyNot::AdOver) => Err(Problem::new(Code::Forbidden, "the ad is over")),
            Marked::No(_) => Err(Problem::new(Code::Forbidden, "they get no promotion any more")),
        }
    };
    let record = |told: Result<MarkRecord, Problem>| match told {
        Ok(mark) => Record::Mark(mark),
        Err(Problem(error)) => Record::Error(error),
    };
    asked.into_iter().map(answer).map(record).collect()
}
