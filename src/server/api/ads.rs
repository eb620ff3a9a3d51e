//! `/v1/ads`: for companies their own, for managers all.

use axum::{
    body::to_bytes,
    extract::{Path, Request, State, rejection::PathRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Manager, Supplier, answer};
use crate::{
    promo::{lint, render},
    server::{Problem, Shared},
    store::{AdText, NewAd, StoreError},
    wire::{
        Code, LoginId, Record, Time,
        campaigns::{Retired, is_name},
        limits,
        members::AdPut,
        promotion::{Ad, AdState},
    },
};

/// Bytes of an ad on its way, its picture in base64.
const BODY: usize = 4 << 20;
/// Bytes of a picture.
const PICTURE: usize = 1 << 20;
/// Bytes of a template.
const TEMPLATE: usize = 200 << 10;

type Id = Result<Path<String>, PathRejection>;

/// `POST /v1/ads`.
pub async fn put(State(shared): State<Shared>, by: Supplier, request: Request) -> Result<Response, Problem> {
    let body = to_bytes(request.into_body(), BODY).await.map_err(|_| {
        Problem::new(Code::TooLarge, format!("an ad has at most {BODY} bytes, its picture in base64"))
    })?;
    let AdPut { ad, draft, picture, picture_type } =
        serde_json::from_slice(&body).map_err(|error| bad(format!("the body: {error}")))?;
    check(&ad, Time::now())?;
    let new = NewAd {
        id: ad.ad.clone(),
        owner: by.device.login.clone(),
        published: by.is_manager && !draft,
        any: by.is_manager,
        picture: self::picture(picture, picture_type)?,
        valid_from: ad.valid_from,
        valid_until: ad.valid_until,
        text: AdText {
            company: ad.company,
            title: ad.title,
            text: ad.text,
            html: ad.html,
            price: ad.price,
            currency: ad.currency,
            link: ad.link,
        },
    };
    let ad = shared.store.put_ad(new, Time::now()).await.map_err(|error| match error {
        StoreError::Taken => Problem::new(Code::Taken, "an ad of that id is somebody else's"),
        other => other.into(),
    })?;
    Ok(answer::object(StatusCode::OK, &Record::Ad(Box::new(ad))))
}

fn check(ad: &Ad, now: Time) -> Result<(), Problem> {
    if !is_name(&ad.ad) {
        return Err(bad("an ad's id is 1 to 64 of a-z 0-9 . _ -"));
    }
    if ad.title.trim().is_empty() || ad.title.len() > limits::SUBJECT {
        return Err(bad(format!("an ad's title has 1 to {} bytes", limits::SUBJECT)));
    }
    let parts = [&ad.text, &ad.html];
    if parts.iter().all(|part| part.as_ref().is_none_or(|part| part.trim().is_empty())) {
        return Err(bad("an ad has a text, or HTML, or both"));
    }
    if parts.into_iter().flatten().any(|part| part.len() > TEMPLATE) {
        return Err(bad(format!("a text or HTML has at most {TEMPLATE} bytes")));
    }
    let lines = [&ad.company, &ad.price, &ad.currency];
    if lines.into_iter().flatten().any(|text| text.len() > 200 || text.chars().any(char::is_control)) {
        return Err(bad("company, price and currency are one short line each"));
    }
    match (&ad.price, &ad.currency) {
        (Some(number), Some(currency)) => render::price::check(number, currency).map_err(bad)?,
        (None, None) => {}
        _ => return Err(bad("a price has a currency: --price 89000 --currency KRW")),
    }
    if let Some(link) = &ad.link {
        let is_web =
            url::Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !is_web || link.len() > 2000 {
            return Err(bad("a link begins with https:// or http:// and has a host"));
        }
    }
    if let Some(what) = ad.html.as_deref().and_then(lint::active_content) {
        return Err(bad(format!("html: {what}: mail programs run nothing, and take it for an attack")));
    }
    match (ad.valid_from, ad.valid_until) {
        (Some(from), Some(until)) if until <= from => return Err(bad("valid until before it is valid from")),
        (_, Some(until)) if until <= now => return Err(bad("valid until a time that is over")),
        _ => {}
    }
    render::check(ad, None).map_err(bad)
}

fn picture(data: Option<String>, media: Option<String>) -> Result<Option<(Vec<u8>, String)>, Problem> {
    let Some(data) = data else { return Ok(None) };
    let bytes = STANDARD.decode(data).map_err(|_| bad("the picture is not base64"))?;
    if bytes.len() > PICTURE {
        return Err(bad(format!("a picture has at most {PICTURE} bytes")));
    }
    // What it calls itself is not believed.
    let real = match &bytes[..] {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        _ => return Err(bad("a picture is PNG, JPEG or GIF: what mail programs show")),
    };
    if media.is_some_and(|media| media != real) {
        return Err(bad(format!("the picture is {real}")));
    }
    Ok(Some((bytes, real.to_owned())))
}

/// `GET /v1/ads`: NDJSON of `ad` records.
pub async fn list(State(shared): State<Shared>, by: Supplier) -> Result<Response, Problem> {
    let ads = shared.store.ads(only(&by)).await?;
    Ok(answer::lines(ads.into_iter().map(|ad| Record::Ad(Box::new(ad)))))
}

/// `GET /v1/ads/{id}`.
pub async fn show(State(shared): State<Shared>, by: Supplier, id: Id) -> Result<Response, Problem> {
    let ad = shared.store.ad(self::id(id)?, only(&by)).await?.ok_or_else(Problem::not_found)?;
    Ok(answer::object(StatusCode::OK, &Record::Ad(Box::new(ad))))
}

/// `GET /v1/ads/{id}/picture`.
pub async fn show_picture(State(shared): State<Shared>, by: Supplier, id: Id) -> Result<Response, Problem> {
    let id = self::id(id)?;
    shared.store.ad(id.clone(), only(&by)).await?.ok_or_else(Problem::not_found)?;
    let (bytes, media) = shared.store.picture(id).await?.ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, media)], bytes).into_response())
}

/// `GET /v1/ads/{id}/report`: what came of all its campaigns.
pub async fn report(State(shared): State<Shared>, _: Manager, id: Id) -> Result<Response, Problem> {
    let report = shared.store.ad_report(self::id(id)?).await?;
    Ok(answer::object(StatusCode::OK, &Record::Report(Box::new(report))))
}

/// `POST /v1/ads/{id}/publish`.
pub async fn publish(State(shared): State<Shared>, _: Manager, id: Id) -> Result<Response, Problem> {
    let (ad, _) = shared.store.set_ad_state(self::id(id)?, None, AdState::Published, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Record::Ad(Box::new(ad))))
}

/// `POST /v1/ads/{id}/retire`: its campaigns mail nobody further.
pub async fn retire(State(shared): State<Shared>, by: Supplier, id: Id) -> Result<Response, Problem> {
    let of = only(&by);
    let (ad, paused) = shared.store.set_ad_state(self::id(id)?, of, AdState::Retired, Time::now()).await?;
    Ok(answer::object(StatusCode::OK, &Retired { ad: Record::Ad(Box::new(ad)), paused }))
}

fn id(path: Id) -> Result<String, Problem> {
    path.ok().map(|Path(id)| id).ok_or_else(Problem::not_found)
}

/// Whose ads they see; `None`: all.
fn only(by: &Supplier) -> Option<LoginId> {
    (!by.is_manager).then(|| by.device.login.clone())
}

fn bad(why: impl ToString) -> Problem {
    Problem::new(Code::BadRequest, why.to_string())
}
