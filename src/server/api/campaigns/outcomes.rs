//! What became of deliveries: receipts in, unknown ones out.

use axum::{
    body::to_bytes,
    extract::{Query, Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    super::{Json, Manager, answer, marks},
    Name, name,
};
use crate::{
    server::{Problem, Shared},
    store::News,
    wire::{
        Code, Record, Time,
        campaigns::{Resend, Resent, Settled, Turn, Turned, parse_reference, reference},
        limits,
        record::{Sent, Status},
    },
};

/// Bytes of a mail server's words that are kept.
const REPLY: usize = 500;
/// Unknown deliveries in one answer.
const PAGE: u32 = 1000;

/// `POST /v1/campaigns/{name}/outcomes`: NDJSON of `sent` records, at most [`limits::BODY`] bytes, all durable when this
/// answers. Their sender's claims are alive.
pub async fn outcomes(
    State(shared): State<Shared>,
    manager: Manager,
    path: Name,
    request: Request,
) -> Result<Response, Problem> {
    let name = name(path)?;
    let body = to_bytes(request.into_body(), limits::BODY)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, format!("a body has at most {} bytes", limits::BODY)))?;
    let mut receipts = Vec::new();
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let record: Record = serde_json::from_slice(line)
            .map_err(|error| Problem::new(Code::BadRequest, format!("a line: {error}")))?;
        if let Record::Sent(sent) = record {
            receipts.push(sent);
        }
    }
    let (news, foreign) = news(&shared, &name, receipts);
    for claim in shared.store.claims_of(name.clone(), manager.device.id).await? {
        shared.promotion.heard(claim);
    }
    let news = shared.store.settle(name, news, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Settled { news, foreign }))
}

/// `POST /v1/campaigns/{name}/turn`: both in one COMMIT, for a sender's next mails. Who marks is alive.
pub async fn turn(
    State(shared): State<Shared>,
    _: Manager,
    path: Name,
    Json(ask): Json<Turn>,
) -> Result<Response, Problem> {
    let (name, now) = (name(path)?, Time::now());
    let (news, foreign) = news(&shared, &name, ask.sent);
    let asked: Vec<_> = ask.marks.into_iter().map(|mark| marks::ask(&shared, mark, now)).collect();
    let (news, marked) = shared.store.turn(name, news, marks::deliveries(&asked), now).await?;
    let marks = marks::answers(&shared, asked, marked);
    Ok(answer::object(StatusCode::OK, &Turned { settled: Settled { news, foreign }, marks }))
}

/// What receipts say of this campaign's deliveries, and how many say nothing of them.
fn news(shared: &Shared, name: &str, receipts: Vec<Sent>) -> (Vec<News>, u64) {
    let (mut news, mut foreign) = (Vec::with_capacity(receipts.len()), 0);
    for sent in receipts {
        match sent.reference.as_deref().and_then(parse_reference) {
            Some((campaign, claim, member)) if campaign == name => {
                shared.promotion.settled(name, member, &sent.recipient, Time::now());
                news.push(of(sent, claim, member));
            }
            _ => foreign += 1,
        }
    }
    (news, foreign)
}

fn of(sent: Sent, claim: u32, member: u32) -> News {
    let reply = sent.reply.map(|mut reply| {
        reply.truncate(reply.floor_char_boundary(REPLY));
        reply
    });
    News { claim, member, recipient: sent.recipient, status: sent.status, code: sent.code, reply }
}

/// `POST /v1/campaigns/{name}/resend`: unknown deliveries go again.
pub async fn resend(
    State(shared): State<Shared>,
    _: Manager,
    path: Name,
    Json(ask): Json<Resend>,
) -> Result<Response, Problem> {
    let count = shared.store.resend(name(path)?, ask.members, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Resent { count }))
}

/// What `GET …/unknown` is asked.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The last member's number of the page before.
    #[serde(default)]
    after: u32,
}

/// `GET /v1/campaigns/{name}/unknown`: NDJSON of `sent` records, a page of them; the next page begins after the last
/// one's member.
pub async fn unknown(
    State(shared): State<Shared>,
    _: Manager,
    path: Name,
    Query(page): Query<Page>,
) -> Result<Response, Problem> {
    let name = name(path)?;
    let domain = shared.public.mail_domain();
    let rows = shared.store.unsettled(name.clone(), page.after, PAGE).await?;
    Ok(answer::lines(rows.into_iter().map(|row| {
        Record::Sent(Sent {
            reference: Some(reference(&name, row.claim, row.member)),
            recipient: row.mail.unwrap_or_default(),
            status: Status::Unknown,
            code: None,
            reply: None,
            message_id: Some(format!("{}@{domain}", row.message_id)),
            at: row.at,
        })
    })))
}
