//! `/u/TICKET`: the link of every promotion's mail (RFC 8058, RFC 2369 §3.2). GET and HEAD change nothing; a POST does.

use axum::{
    Router,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use url::form_urlencoded;

use super::{FORM, lang, show, sign_in::own};
use crate::{
    server::{Problem, Shared, api::unsubscribe, client::Client, security::session},
    store::Subscriber,
    web::{
        Page,
        unsubscribe::{Refusal, Whose, ask, back, done, no, nobody, refused, tried, yes},
    },
    wire::{Code, Ticket, Time, campaigns::SAMPLE},
};

/// What a mail program's own button sends (RFC 8058 §3.1).
const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

/// `/u/TICKET`.
pub fn routes() -> Router<Shared> {
    Router::new().route("/u/{ticket}", get(look).post(act))
}

/// How the member stands, and a button.
async fn look(State(shared): State<Shared>, Path(ticket): Path<String>, headers: HeaderMap) -> Response {
    let lang = lang(&headers);
    if is_sample(&shared, &ticket) {
        return page_of(&tried(lang));
    }
    let found = match read(&ticket).and_then(|ticket| unsubscribe::member(&shared, &ticket, Time::now())) {
        Ok(member) => shared.store.subscriber(member).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match found {
        Ok(Some(subscriber)) => {
            let address = hidden(&subscriber.mail);
            let whose = whose(&shared, &address, &ticket);
            let page =
                if subscriber.subscribed { ask(lang, whose.borrow()) } else { done(lang, whose.borrow()) };
            page_of(&page)
        }
        Ok(None) => page_of(&nobody(lang)),
        Err(problem) => refuse(&headers, &problem),
    }
}

/// A no, unless it says in so many words that it is a yes. A mail program's button gets the same 200 and no redirect
/// (RFC 8058 §3.2), with a page that nobody looks at.
async fn act(
    State(shared): State<Shared>,
    Path(ticket): Path<String>,
    client: Client,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let language = lang(&headers);
    if is_sample(&shared, &ticket) {
        return page_of(&tried(language));
    }
    // Anything that cannot be read is a no, too.
    let form = to_bytes(request.into_body(), FORM).await.unwrap_or_default();
    let said = form_urlencoded::parse(&form).find(|(name, _)| name == "say").map(|(_, value)| value);
    let is_yes = said.as_deref() == Some("yes");
    // A no may come from anywhere that has the ticket; a yes only from a press on our own page.
    if is_yes && session::is_foreign(&shared.public, &headers) {
        return refuse(&headers, &Problem::new(Code::Forbidden, "foreign"));
    }
    let words = match said.as_deref() {
        Some("yes") => ("page", yes(language)),
        Some(_) => ("page", no(language)),
        None => ("one-click", ONE_CLICK),
    };
    let answer = match read(&ticket) {
        Ok(read) => unsubscribe::say(&shared, &read, is_yes, words, client, Time::now()).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(Some(Subscriber { mail, suppressed, .. })) => {
            let address = hidden(&mail);
            let whose = whose(&shared, &address, &ticket);
            page_of(&match is_yes {
                true => back(language, whose.borrow(), suppressed),
                false => done(language, whose.borrow()),
            })
        }
        Ok(None) if is_yes => own(show(StatusCode::GONE, &refused(language, Refusal::Gone))),
        Ok(None) => page_of(&nobody(language)),
        Err(problem) => refuse(&headers, &problem),
    }
}

/// Whether it stands in a mail that was sent, or shown, for a look.
fn is_sample(shared: &Shared, ticket: &str) -> bool {
    read(ticket)
        .and_then(|ticket| unsubscribe::member(shared, &ticket, Time::now()))
        .is_ok_and(|of| of == SAMPLE)
}

fn read(ticket: &str) -> Result<Ticket, Problem> {
    ticket.parse().map_err(|_| Problem::new(Code::BadTicket, "no ticket"))
}

/// [`Whose`] with the name it needs.
struct Named<'a> {
    address: &'a str,
    shop: String,
    ticket: &'a str,
}

impl Named<'_> {
    fn borrow(&self) -> Whose<'_> {
        Whose { address: self.address, shop: &self.shop, ticket: self.ticket }
    }
}

fn whose<'a>(shared: &Shared, address: &'a str, ticket: &'a str) -> Named<'a> {
    Named { address, shop: shared.public.host(), ticket }
}

/// An address that its owner knows again and nobody else learns: `b…@example.org`.
fn hidden(mail: &str) -> String {
    let (local, domain) = mail.rsplit_once('@').unwrap_or(("", mail));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}

fn page_of(page: &Page) -> Response {
    own(show(StatusCode::OK, page))
}

fn refuse(headers: &HeaderMap, problem: &Problem) -> Response {
    let code = problem.code();
    let why = match code {
        Code::BadTicket => Refusal::Damaged,
        Code::Expired => Refusal::Expired,
        Code::Forbidden => Refusal::Foreign,
        Code::TooMany => Refusal::TooMany,
        _ => Refusal::Later,
    };
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    own(show(status, &refused(lang(headers), why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_again_by_its_owner_only() {
        assert_eq!(hidden("bob@example.org"), "b…@example.org");
        assert_eq!(hidden("민수@example.kr"), "민…@example.kr");
    }
}
