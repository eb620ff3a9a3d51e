//! Handing out: what every mail of a campaign is written with, and what is each member's.

use axum::{extract::State, http::StatusCode, response::Response};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    super::{Json, Manager, answer, unsubscribe},
    Name, find, name,
};
use crate::{
    server::{Problem, Shared},
    store::{Addressee, CampaignRow, Handed, StoreError, Whose},
    wire::{
        Code, Port, Ticket, Time,
        campaigns::{Delivery, LetterParts, Locales, Pace, Preview, TAKE, Take, Taken, reference},
        ticket::{Action, Claims},
    },
};

/// `GET /v1/campaigns/{name}/letter`.
pub async fn letter(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    let row = find(&shared, path).await?;
    let gone = || Problem::new(Code::Withdrawn, "the login that planned it is gone: nobody would be rung");
    let login = row.owner.clone().ok_or_else(gone)?;
    let mail = shared.store.login(login.clone()).await?.ok_or_else(gone)?.mail;
    let picture = match row.text.ad.picture {
        true => shared.store.picture(row.text.ad.ad.clone()).await?,
        false => None,
    };
    let (picture, picture_type) = picture.map(|(bytes, media)| (STANDARD.encode(bytes), media)).unzip();
    let parts = LetterParts {
        name: row.record.name,
        ad: row.text.ad,
        subject: row.text.subject,
        from: row.text.from.unwrap_or(mail),
        login,
        port: row.port,
        host: shared.public.host(),
        server: shared.public.as_str().to_owned(),
        picture,
        picture_type,
    };
    Ok(answer::object(StatusCode::OK, &parts))
}

/// `POST /v1/campaigns/{name}/take`.
pub async fn take(
    State(shared): State<Shared>,
    _: Manager,
    path: Name,
    Json(ask): Json<Take>,
) -> Result<Response, Problem> {
    let name = name(path)?;
    let now = Time::now();
    let pace = shared.store.campaign(name.clone()).await?.ok_or_else(Problem::not_found)?.text.pace;
    let pace: Pace = serde_json::from_value(pace).map_err(|error| Problem::internal(&error))?;
    let gate = shared.promotion.gate(&name, ask.claim, pace, now);
    let count = ask.count.min(TAKE);
    let taken = match shared.store.take(name.clone(), ask.claim, count, now, gate).await {
        Err(StoreError::Expired(_)) => return Err(Problem::new(Code::Expired, "the claim has ended")),
        taken => taken?,
    };
    shared.promotion.heard(ask.claim);
    let writer = Writer { shared: &shared, name: &name, mail: taken.mail, port: taken.port, now };
    let deliveries =
        taken.handed.into_iter().map(|handed| writer.delivery(handed, Some(ask.claim))).collect();
    let taken =
        Taken { state: taken.state, deliveries, next: taken.next, left: taken.left, over: taken.over };
    Ok(answer::object(StatusCode::OK, &taken))
}

/// `POST /v1/campaigns/{name}/preview`.
pub async fn preview(
    State(shared): State<Shared>,
    _: Manager,
    path: Name,
    Json(ask): Json<Preview>,
) -> Result<Response, Problem> {
    let row: CampaignRow = find(&shared, path).await?;
    let name = row.record.name;
    let whose = match ask {
        Preview { sample: true, .. } => Whose::Sample,
        Preview { member: Some(member), .. } => Whose::Member(member),
        Preview { locale, .. } => Whose::First(locale),
    };
    let handed = shared.store.preview(name.clone(), whose).await?;
    let writer = Writer { shared: &shared, name: &name, mail: row.mail, port: row.port, now: Time::now() };
    Ok(answer::object(StatusCode::OK, &writer.delivery(handed, None)))
}

/// `GET /v1/campaigns/{name}/locales`.
pub async fn locales(State(shared): State<Shared>, _: Manager, path: Name) -> Result<Response, Problem> {
    let locales = shared.store.locales(name(path)?).await?;
    Ok(answer::object(StatusCode::OK, &Locales { locales }))
}

/// Writes what is each member's.
struct Writer<'a> {
    shared: &'a Shared,
    name: &'a str,
    mail: u64,
    port: Port,
    now: Time,
}

impl Writer<'_> {
    fn delivery(&self, handed: Handed, claim: Option<u32>) -> Delivery {
        let Handed { addressee: Addressee { member, mail, name, locale, .. }, message_id } = handed;
        let mark = claim.map(|claim| self.ticket(Action::Mark, Port::at_least_one(claim), member));
        Delivery {
            reference: reference(self.name, claim.unwrap_or(0), member),
            member,
            to: mail,
            name,
            locale,
            message_id: format!("{message_id}@{}", self.shared.public.mail_domain()),
            chat: self.ticket(Action::Chat, self.port, member),
            expires: self.now.plus(Action::Chat.lifetime()),
            unsubscribe: unsubscribe::ticket(self.shared, self.mail, member, self.now),
            mark,
        }
    }

    fn ticket(&self, action: Action, port: Port, member: u32) -> Ticket {
        let expires = self.now.plus(action.lifetime());
        self.shared.store.sign(Claims { action, key: 0, expires, port, mail: self.mail, recipient: member })
    }
}
