//! `/v1/members`: for managers. Addresses stand in bodies, never in a path that a log keeps.

use axum::{
    body::to_bytes,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{Json, Manager, answer, unsubscribe};
use crate::{
    mail::address::Address,
    server::{Problem, Shared},
    store::{Changed, Entry, Held, Kind, MemberChange, Proof},
    wire::{
        self, Audience, Code, ErrorRecord, Record, Time, limits,
        members::{
            Consent, Count, Did, Due, Export, LedgerChecked, LedgerEntry, MemberDone, MemberEvent, MemberPut,
            NAME, PAGE, PROOF, Suppress, TAGS, TagsAsked, TagsFound, Told, Whose,
        },
        promotion::PROMOTION,
    },
};

/// What `POST /v1/members` is asked besides.
#[derive(Debug, Deserialize)]
pub struct How {
    /// Only says what would be.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /v1/members`: NDJSON of [`MemberPut`], at most [`limits::BODY`] bytes.
pub async fn put(
    State(shared): State<Shared>,
    manager: Manager,
    Query(how): Query<How>,
    request: Request,
) -> Result<Response, Problem> {
    let by = manager.device.login.as_str();
    let mut changes = Vec::new();
    let asked: Vec<Result<(), Problem>> = lines::<MemberPut>(request)
        .await?
        .into_iter()
        .map(|line| line.and_then(|put| change(put, by)).map(|change| changes.push(change)))
        .collect();
    let done = match how.dry_run {
        true => shared.store.would_change_members(changes).await?,
        false => shared.store.change_members(changes, Time::now()).await?,
    };
    Ok(answered(
        asked,
        done.into_iter().map(|changed| {
            let (did, at) = match changed {
                Changed::Added => (Did::Added, None),
                Changed::Changed => (Did::Changed, None),
                Changed::Same => (Did::Same, None),
                Changed::KeptNo => (Did::KeptNo, None),
                Changed::Erased(at) => (Did::Erased, Some(at)),
                Changed::Nobody => (Did::NoMember, None),
            };
            MemberDone { did, at }
        }),
    ))
}

/// What `GET /v1/members` is asked.
#[derive(Debug, Deserialize)]
pub struct Page {
    #[serde(default)]
    after: u32,
    #[serde(default)]
    to: Option<String>,
}

/// `GET /v1/members`: a page of `member` records; the next begins after the last one's number.
pub async fn list(
    State(shared): State<Shared>,
    _: Manager,
    Query(page): Query<Page>,
) -> Result<Response, Problem> {
    let to = page.to.as_deref().unwrap_or("all");
    let audience: Audience = to.parse().map_err(bad)?;
    let members = shared.store.members(audience, page.after, PAGE, Time::now()).await?;
    Ok(answer::lines(members.into_iter().map(|member| Record::Member(Box::new(member)))))
}

/// `POST /v1/members/tags`.
pub async fn tags(
    State(shared): State<Shared>,
    _: Manager,
    Json(ask): Json<TagsAsked>,
) -> Result<Response, Problem> {
    if ask.tags.len() > TAGS {
        return Err(bad(format!("more than {TAGS} tags")));
    }
    let nobody_has = shared.store.tags_nobody_has(ask.tags).await?;
    Ok(answer::object(StatusCode::OK, &TagsFound { nobody_has }))
}

/// `POST /v1/members/show`.
pub async fn show(
    State(shared): State<Shared>,
    _: Manager,
    Json(ask): Json<Whose>,
) -> Result<Response, Problem> {
    let member = shared.store.member(ask.mail).await?.ok_or_else(Problem::not_found)?;
    Ok(answer::object(StatusCode::OK, &Record::Member(Box::new(member))))
}

/// `POST /v1/members/export`.
pub async fn export(
    State(shared): State<Shared>,
    _: Manager,
    Json(ask): Json<Whose>,
) -> Result<Response, Problem> {
    let Held { member, suppressed, entries, events, mails, chats } =
        shared.store.held(ask.mail).await?.ok_or_else(Problem::not_found)?;
    let consent = entries.into_iter().map(entry).collect();
    Ok(answer::object(StatusCode::OK, &Export { member, suppressed, consent, events, mails, chats }))
}

/// `POST /v1/members/erase`.
pub async fn erase(
    State(shared): State<Shared>,
    manager: Manager,
    Json(ask): Json<Whose>,
) -> Result<StatusCode, Problem> {
    shared.store.erase(ask.mail, proof("manager", None, &manager), Time::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /v1/members/consent`.
pub async fn consent(
    State(shared): State<Shared>,
    manager: Manager,
    Json(ask): Json<Consent>,
) -> Result<Response, Problem> {
    let purpose = purpose(&ask.purpose)?;
    short("a proof", &ask.proof, PROOF)?;
    if ask.proof.trim().is_empty() {
        return Err(bad("consent has a proof that says how they said so"));
    }
    let proof = proof("manager", Some(ask.proof), &manager);
    let news = shared.store.set_consent(ask.mail, purpose, ask.given, proof, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Count { count: u64::from(news) }))
}

/// `POST /v1/members/suppress`.
pub async fn suppress(
    State(shared): State<Shared>,
    manager: Manager,
    Json(ask): Json<Suppress>,
) -> Result<Response, Problem> {
    let address = address(&ask.mail)?;
    let reason = ask.reason.unwrap_or_default();
    short("a reason", &reason, PROOF)?;
    let proof = proof("manager", Some(reason), &manager);
    let news = shared.store.suppress(address, !ask.remove, proof, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Count { count: u64::from(news) }))
}

/// `POST /v1/members/events`: NDJSON of [`MemberEvent`].
pub async fn events(State(shared): State<Shared>, _: Manager, request: Request) -> Result<Response, Problem> {
    let mut events = Vec::new();
    let asked: Vec<Result<(), Problem>> = lines::<MemberEvent>(request)
        .await?
        .into_iter()
        .map(|line| {
            let event = line?;
            if !matches!(event.kind.as_str(), "asked" | "ordered") {
                return Err(bad("kind: an event is asked or ordered"));
            }
            short("about", event.about.as_deref().unwrap_or_default(), PROOF)?;
            events.push(event);
            Ok(())
        })
        .collect();
    let done = shared.store.add_events(events).await?;
    Ok(answered(
        asked,
        done.into_iter().map(|new| MemberDone {
            did: match new {
                Some(true) => Did::Added,
                Some(false) => Did::Same,
                None => Did::Other,
            },
            at: None,
        }),
    ))
}

/// `POST /v1/members/due`: NDJSON of `due` records, a page.
pub async fn due(
    State(shared): State<Shared>,
    _: Manager,
    Json(ask): Json<Due>,
) -> Result<Response, Problem> {
    if ask.notify.is_some() == ask.reconfirm.is_some() {
        return Err(bad("due is asked for notify or for reconfirm"));
    }
    let now = Time::now();
    let due = shared.store.due(ask, PAGE, now).await?;
    let link = |member: u32| {
        let ticket = unsubscribe::ticket(&shared, 0, member, now);
        format!("{}/u/{ticket}", shared.public.as_str().trim_end_matches('/'))
    };
    Ok(answer::lines(due.into_iter().map(|mut due| {
        due.unsubscribe_link = (due.purpose == PROMOTION).then(|| link(due.member));
        Record::Due(Box::new(due))
    })))
}

/// `POST /v1/members/told`.
pub async fn told(
    State(shared): State<Shared>,
    manager: Manager,
    Json(ask): Json<Told>,
) -> Result<Response, Problem> {
    if ask.told.len() > PAGE as usize {
        return Err(bad(format!("more than {PAGE} who were told")));
    }
    let proof = proof("mail", None, &manager);
    let count = shared.store.told(ask.told, proof, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Count { count }))
}

/// What `GET /v1/members/ledger` is asked.
#[derive(Debug, Deserialize)]
pub struct Behind {
    #[serde(default)]
    after: i64,
}

/// `GET /v1/members/ledger`: whether a piece of the ledger of consent is as it was written.
pub async fn ledger(
    State(shared): State<Shared>,
    _: Manager,
    Query(behind): Query<Behind>,
) -> Result<Response, Problem> {
    let (after, broken) = shared.store.check_ledger(behind.after).await?;
    Ok(answer::object(StatusCode::OK, &LedgerChecked { after, broken }))
}

async fn lines<T: serde::de::DeserializeOwned>(request: Request) -> Result<Vec<Result<T, Problem>>, Problem> {
    let body = to_bytes(request.into_body(), limits::BODY)
        .await
        .map_err(|_| Problem::new(Code::TooLarge, format!("a body has at most {} bytes", limits::BODY)))?;
    let lines = body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    Ok(lines
        .map(|line| serde_json::from_slice(line).map_err(|error| bad(format!("the line: {error}"))))
        .collect())
}

/// A line for each that was asked: what it did, or why not.
fn answered(asked: Vec<Result<(), Problem>>, mut done: impl Iterator<Item = MemberDone>) -> Response {
    let mut text = String::new();
    for asked in asked {
        let line = match asked {
            Ok(()) => match done.next() {
                Some(done) => {
                    wire::to_line(&done).unwrap_or_else(|error| Problem::internal(&error).to_line())
                }
                None => Problem::internal(&"fewer answers than lines").to_line(),
            },
            Err(problem) => problem.to_line(),
        };
        text.push_str(&line);
    }
    ([(header::CONTENT_TYPE, answer::NDJSON)], text).into_response()
}

fn change(put: MemberPut, by: &str) -> Result<MemberChange, Problem> {
    let mail = address(&put.mail)?;
    for (what, text) in [("a name", &put.name), ("a locale", &put.locale), ("a time zone", &put.time_zone)] {
        short(what, text.as_deref().unwrap_or_default(), NAME)?;
    }
    if [&put.tags, &put.untag, &put.consent, &put.withdraw].iter().any(|list| list.len() > TAGS) {
        return Err(bad(format!("more than {TAGS} tags or purposes")));
    }
    if let Some(zone) = put.time_zone.as_deref().map(str::trim).filter(|zone| !zone.is_empty()) {
        let zones = jiff::tz::db();
        if zones.get(zone).is_err() && !zones.is_definitively_empty() {
            return Err(bad(format!("{zone:?} is no time zone; one is Asia/Seoul")));
        }
    }
    // As in mail programs' settings too: ko_KR.
    let locale = put.locale.map(|locale| locale.trim().replace('_', "-"));
    if let Some(locale) = locale.as_deref().filter(|locale| !locale.is_empty())
        && !is_locale(locale)
    {
        return Err(bad(format!("{locale:?} is no language and region; one is ko-KR")));
    }
    for tag in put.tags.iter().chain(&put.untag) {
        short("a tag", tag, NAME)?;
        if tag.trim().is_empty() {
            return Err(bad("an empty tag"));
        }
    }
    let purposes = |list: Vec<String>| list.iter().map(|text| purpose(text)).collect::<Result<Vec<_>, _>>();
    let (consent, withdraw) = (purposes(put.consent)?, purposes(put.withdraw)?);
    let text = put.proof.filter(|text| !text.trim().is_empty());
    if text.is_none() && !consent.is_empty() {
        return Err(bad(
            "consent without a proof: say how they agreed (--consent-proof 'paper form, March')",
        ));
    }
    short("a proof", text.as_deref().unwrap_or_default(), PROOF)?;
    Ok(MemberChange {
        mail,
        name: put.name,
        tag: put.tags,
        untag: put.untag,
        locale,
        time_zone: put.time_zone,
        consent,
        withdraw,
        proof: Proof { how: "import".to_owned(), text, from: None, by: Some(by.to_owned()) },
        anew: put.anew,
        known: put.known,
    })
}

/// A purpose as it is kept: compared without case.
fn purpose(text: &str) -> Result<String, Problem> {
    short("a purpose", text, NAME)?;
    wire::promotion::purpose(text).ok_or_else(|| bad(format!("{text:?} is no purpose; one is promotion")))
}

/// Whether it looks like a language tag (RFC 5646 §2.1).
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_language = parts
        .next()
        .is_some_and(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    is_language
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn address(text: &str) -> Result<String, Problem> {
    let address: Address = text.trim().parse().map_err(bad)?;
    Ok(address.to_string())
}

fn short(what: &str, text: &str, most: usize) -> Result<(), Problem> {
    if text.len() > most {
        return Err(bad(format!("{what} has at most {most} bytes")));
    }
    // A name goes into mails.
    if text.chars().any(|c| c.is_control() && (most == NAME || !matches!(c, '\n' | '\t'))) {
        return Err(bad(format!("{what} has a control character")));
    }
    Ok(())
}

fn proof(how: &str, text: Option<String>, manager: &Manager) -> Proof {
    Proof { how: how.to_owned(), text, from: None, by: Some(manager.device.login.to_string()) }
}

fn entry(entry: Entry) -> LedgerEntry {
    let kind = match entry.kind {
        Kind::Given => "given",
        Kind::Withdrawn => "withdrawn",
        Kind::Told => "told",
        Kind::Suppressed => "suppressed",
        Kind::Unsuppressed => "unsuppressed",
        Kind::Erased => "erased",
    };
    let proof = entry.proof;
    LedgerEntry {
        kind: kind.to_owned(),
        purpose: entry.purpose,
        at: entry.at,
        how: proof.as_ref().map(|proof| proof.how.clone()),
        text: proof.as_ref().and_then(|proof| proof.text.clone()),
        from: proof.as_ref().and_then(|proof| proof.from.clone()),
        by: proof.and_then(|proof| proof.by),
    }
}

fn bad(why: impl ToString) -> Problem {
    Problem(ErrorRecord::new(Code::BadRequest, why.to_string()))
}
