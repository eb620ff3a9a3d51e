//! The first frame: who is there, and what they are told at once.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;

use super::{
    frames,
    registry::{Push, Socket},
    seats::Seats,
    socket::From,
};
use crate::{
    call::{Party, Side},
    server::{Problem, Shared, security::ticket},
    store::Press,
    wire::{
        Code, DeviceId, LoginId, SecretHash, Ticket, Time,
        frame::{ClientFrame, Hello, Role, ServerFrame, Welcome},
        limits,
        ticket::Action,
    },
};

/// How long a connection may take to say who it is.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// Conversations a login is told of at once.
const CONVERSATIONS: u32 = 200;

/// A connection that said who it is.
#[derive(Debug)]
pub struct Entered {
    /// As others see it.
    pub socket: std::sync::Arc<Socket>,
    /// What others push to it.
    pub pushed: tokio::sync::mpsc::Receiver<Push>,
    /// Where it sits already.
    pub seats: Seats,
    /// What the ticket of `hello` leads to.
    pub press: Option<Press>,
    /// A page opened the socket without a press: it may look and not ring.
    pub may_ring: bool,
    /// The answer.
    pub welcome: Welcome,
    /// Where it was.
    pub resume: Vec<crate::wire::frame::Resume>,
}

/// Waits for `hello` and finds out who it is. `None`: it left.
pub async fn hello(shared: &Shared, ws: &mut WebSocket, from: From) -> Result<Option<Entered>, Problem> {
    let late = || Problem::new(Code::BadRequest, "the first frame, hello, did not come in time");
    let first = timeout(HELLO_WITHIN, ws.recv()).await.map_err(|_| late())?;
    let text = match first {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(_)) => return Err(Problem::new(Code::BadRequest, "the first frame must be hello, as text")),
        Some(Err(_)) | None => return Ok(None),
    };
    match serde_json::from_str(&text) {
        Ok(ClientFrame::Hello(hello)) => enter(shared, hello, from).await.map(Some),
        Ok(_) => Err(Problem::new(Code::BadRequest, "the first frame must be hello")),
        Err(error) => {
            Err(Problem::new(Code::BadRequest, format!("the first frame is not understood: {error}")))
        }
    }
}

/// Says why not, and closes.
pub async fn refuse(ws: &mut WebSocket, problem: Problem) {
    let frame = frames::text(&ServerFrame::Error(problem.0));
    let close =
        CloseFrame { code: axum::extract::ws::close_code::POLICY, reason: "see the error frame".into() };
    // The client may be gone already; then nobody is there to be told.
    let _ = ws.send(Message::Text(frame)).await;
    let _ = ws.send(Message::Close(Some(close))).await;
}

async fn enter(shared: &Shared, hello: Hello, from: From) -> Result<Entered, Problem> {
    let (now, page) = (Time::now(), from.page);
    if hello.resume.len() > limits::RESUME {
        return Err(Problem::new(Code::TooLarge, "too many conversations to resume at once"));
    }
    let device = match &hello.token {
        None => None,
        Some(token) => {
            let unknown = || Problem::new(Code::Unauthorized, "the server does not know this token");
            Some(shared.store.device(token.hash()).await?.ok_or_else(unknown)?)
        }
    };
    if let Some(device) = &device {
        shared.store.saw_device(device.id.clone(), now).await?;
    }
    let login = device.as_ref().map(|device| device.login.clone());
    if let Some(login) = &login {
        shared.store.touch(login.clone(), from.client.0.to_string(), now).await?;
    }
    if hello.role == Role::Agent && login.is_none() {
        return Err(Problem::new(Code::Unauthorized, "an agent needs a device's token"));
    }
    let guest = hello.guest.as_ref().map(crate::wire::Secret::hash);
    if login.is_none() && (hello.ticket.is_none() || guest.is_none()) {
        let words = "say who you are: a token, or a ticket together with a guest secret";
        return Err(Problem::new(Code::Unauthorized, words));
    }
    let (press, live) = match &hello.ticket {
        None => (None, false),
        Some(ticket) => admit(shared, ticket, login.as_ref(), guest, page, now).await?,
    };
    let (socket, pushed) = Socket::new(hello.role, device.as_ref(), guest);
    let mut seats = Seats::default();
    if let Some(press) = &press {
        let sent = shared.store.marks(press.conversation.id.clone(), press.side).await?.received;
        seats.take(press.conversation.clone(), press.side, press.knock.is_none(), sent);
    }
    let welcome = welcome(shared, login, device.map(|device| device.id), press.as_ref()).await?;
    Ok(Entered { socket, pushed, seats, press, may_ring: live || !page, welcome, resume: hello.resume })
}

/// What the ticket of `hello` opens, and whether it is a `live` ticket: proof of a press.
async fn admit(
    shared: &Shared,
    shown: &Ticket,
    login: Option<&LoginId>,
    guest: Option<SecretHash>,
    page: bool,
    now: Time,
) -> Result<(Option<Press>, bool), Problem> {
    if shown.claims().action == Action::Live {
        let claims = ticket::ours(&shared.store, shown, Action::Live)?;
        let expired = || Problem::new(Code::Expired, "the press is over a minute old: press again");
        let pressed = shared.security.pressed.get(claims.mail, now).ok_or_else(expired)?;
        let mine = match &pressed.presser {
            Party::Guest(hash) => guest == Some(*hash),
            Party::Login(name) => login == Some(name),
        };
        if !mine {
            return Err(Problem::new(Code::BadTicket, "somebody else pressed that"));
        }
        let chat = pressed.chat;
        let mut press = shared.store.press(chat.mail, chat.recipient, pressed.presser, now).await?;
        if chat.expires <= now {
            press.knock.get_or_insert(crate::wire::frame::Knock::ExpiredTicket);
        }
        return Ok((Some(press), true));
    }
    if page && login.is_none() {
        return Err(Problem::new(Code::Forbidden, "a page opens this with a live ticket: press first"));
    }
    Ok((Some(press(shared, shown, login, guest, now).await?), false))
}

/// Presses a `chat` ticket as the login if its confirmed address is the recipient's (or it is a side of the
/// conversation that the mail leads into), else as the guest.
///
/// # Errors
/// Why the ticket opens nothing.
pub async fn press(
    shared: &Shared,
    shown: &Ticket,
    login: Option<&LoginId>,
    guest: Option<SecretHash>,
    now: Time,
) -> Result<Press, Problem> {
    let checked = ticket::check(&shared.store, shown, Action::Chat, now).await?;
    let presser = presser(shared, &checked, login, guest).await?;
    let (mail, recipient) = (checked.claims.mail, checked.claims.recipient);
    let mut press = shared.store.press(mail, recipient, presser, now).await.map_err(|error| match error {
        crate::store::StoreError::NotFound(_) => Problem::new(
            Code::Forbidden,
            "this button is not for you: it is your own, or in a notice to somebody",
        ),
        other => other.into(),
    })?;
    if checked.expired {
        press.knock.get_or_insert(crate::wire::frame::Knock::ExpiredTicket);
    }
    Ok(press)
}

async fn presser(
    shared: &Shared,
    checked: &ticket::Checked,
    login: Option<&LoginId>,
    guest: Option<SecretHash>,
) -> Result<Party, Problem> {
    if let Some(login) = login
        && is_for(shared, checked, login).await?
    {
        return Ok(Party::Login(login.clone()));
    }
    let words = "this mail went to another address than your login's confirmed one: say a guest secret too";
    guest.map(Party::Guest).ok_or_else(|| Problem::new(Code::BadRequest, words))
}

async fn is_for(shared: &Shared, checked: &ticket::Checked, login: &LoginId) -> Result<bool, Problem> {
    if let Some(into) = &checked.mail.into
        && let Some(conversation) = shared.store.conversation(into.clone()).await?
        && conversation.side_of(&Party::Login(login.clone())).is_some()
    {
        return Ok(true);
    }
    let recipient = shared.store.recipient(checked.claims.mail, checked.claims.recipient).await?;
    let Some(row) = shared.store.login(login.clone()).await? else { return Ok(false) };
    Ok(row.verified && recipient.is_some_and(|address| address.trim().eq_ignore_ascii_case(row.mail.trim())))
}

async fn welcome(
    shared: &Shared,
    login: Option<LoginId>,
    device: Option<DeviceId>,
    press: Option<&Press>,
) -> Result<Welcome, Problem> {
    let (conversations, notices) = match &login {
        None => (Vec::new(), Vec::new()),
        Some(login) => (
            shared.store.conversations_of(login.clone(), CONVERSATIONS).await?,
            shared.store.notices(login.clone(), u32::try_from(limits::NOTICES).unwrap_or(100)).await?,
        ),
    };
    let mut notices = notices;
    let mut guest = None;
    if let Some(press) = press {
        let conversation = &press.conversation;
        if press.side == Side::Peer && conversation.peer.login().is_none() {
            guest = Some(conversation.peer_name.clone());
            notices.extend(shared.store.notices_in(conversation.id.clone(), press.side).await?);
        }
    }
    let conversation = press.map(|press| press.conversation.id.clone());
    Ok(Welcome { login, guest, device, conversation, conversations, notices })
}
