//! `POST /v1/press`: a page presses the chat button (S107) and gets what opens its WebSocket.

use axum::{extract::State, http::StatusCode, response::Response};

use super::{answer, extract::Json};
use crate::{
    call::Party,
    server::{
        Problem, Shared,
        client::Client,
        security::{
            counted,
            presses::{Opens, Pressed},
            ticket,
        },
    },
    store::StoreError,
    wire::{
        Code, Time,
        ask::{self, Press},
        ticket::{Action, Claims},
    },
};

/// Answers with [`ask::Pressed`]. An expired ticket may press: it can knock.
pub async fn press(
    State(shared): State<Shared>,
    client: Client,
    Json(ask): Json<Press>,
) -> Result<Response, Problem> {
    let now = Time::now();
    shared.security.presses.take(&counted(client.0))?;
    let chat = ticket::check(&shared.store, &ask.ticket, Action::Chat, now).await?.claims;
    let presser = Party::Guest(ask.guest.hash());
    let found = shared
        .store
        .press_as(chat.mail, chat.recipient, presser.clone(), None, chat.expires > now, now)
        .await
        .map_err(of_a_press)?;
    let conversation = found.conversation.id;
    let pressed = Opens::Press(Pressed { presser, conversation: conversation.clone(), chat });
    let live = shared.store.sign(Claims {
        action: Action::Live,
        key: 0,
        expires: now.plus(Action::Live.lifetime()),
        port: chat.port,
        mail: shared.security.pressed.add(pressed, now),
        recipient: chat.recipient,
    });
    Ok(answer::object(StatusCode::OK, &ask::Pressed { live, conversation }))
}

fn of_a_press(error: StoreError) -> Problem {
    match error {
        // It is ours and undamaged; only not for whoever presses it here.
        StoreError::NotFound(_) => {
            let words = "this link is in a mail to somebody with a login, who can sign in and call back";
            Problem::new(Code::Forbidden, words)
        }
        other => other.into(),
    }
}
