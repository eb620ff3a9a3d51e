//! The first frame: who is there, and what they are told at once.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;

use super::{
    frames,
    press::Opened,
    registry::{Push, Socket},
    seats::Seats,
    socket::From,
};
use crate::{
    server::{
        Problem, Shared,
        security::{counted, presses::Opens, ticket},
    },
    store::{DeviceRow, Press},
    wire::{
        Code, DeviceId, SecretHash, Ticket, Time,
        frame::{ClientFrame, Hello, Role, ServerFrame, Welcome},
        limits,
        record::Presence,
        ticket::Action,
    },
};

/// How long a connection may take to say who it is.
const HELLO_WITHIN: Duration = Duration::from_secs(10);
/// How long one that was refused may take to hang up, and how many frames it may still say meanwhile.
const REFUSED_WITHIN: Duration = Duration::from_secs(2);
const UNHEARD: usize = 16;
/// Conversations a login is told of at once, at most.
const CONVERSATIONS: u32 = 200;
/// Notices it is told of at once, at most.
const NOTICES: u32 = 100;

/// A connection that said who it is.
#[derive(Debug)]
pub struct Entered {
    /// As others see it.
    pub socket: std::sync::Arc<Socket>,
    /// What others push to it.
    pub pushed: tokio::sync::mpsc::Receiver<Push>,
    /// Where it sits already.
    pub seats: Seats,
    /// What the ticket of `hello` opens.
    pub opened: Option<Opened>,
    /// A page opened the socket without a press: it may look and not ring.
    pub may_ring: bool,
    /// What an agent says of its person.
    pub presence: Option<Presence>,
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
    // What it said behind hello is read and thrown away: a socket closed with something unread is reset, and the error
    // might never arrive.
    let rest = async {
        for _ in 0..UNHEARD {
            if !matches!(ws.recv().await, Some(Ok(_))) {
                break;
            }
        }
    };
    let _ = timeout(REFUSED_WITHIN, rest).await;
}

async fn enter(shared: &Shared, mut hello: Hello, from: From) -> Result<Entered, Problem> {
    let now = Time::now();
    if hello.resume.len() > limits::RESUME {
        return Err(Problem::new(Code::TooLarge, "too many conversations to resume at once"));
    }
    if hello.ticket.is_some() && !from.client.0.is_loopback() {
        shared.security.presses.take(&counted(from.client.0))?;
    }
    let credential = credential(shared, &mut hello, now)?;
    let device = match credential {
        Some(credential) => Some(device(shared, credential, from, now).await?),
        None => None,
    };
    let login = device.as_ref().map(|device| device.login.clone());
    if hello.role == Role::Agent && login.is_none() {
        return Err(Problem::new(Code::Unauthorized, "an agent needs a device's token"));
    }
    let guest = hello.guest.as_ref().map(crate::wire::Secret::hash);
    if login.is_none() && (hello.ticket.is_none() || guest.is_none()) {
        let words = "say who you are: a token, or a ticket together with a guest secret";
        return Err(Problem::new(Code::Unauthorized, words));
    }
    // Others reach it before it is told where things stand, so that nothing falls between.
    let (socket, pushed) = Socket::new(hello.role, device.as_ref(), guest);
    shared.live.0.registry.join(&socket);
    let prepared = prepare(shared, &socket, hello, credential.zip(device), from.page, now).await;
    match prepared {
        Ok((opened, seats, live, welcome, hello)) => {
            let is_browser = matches!(credential, Some(Credential::Browser(_)));
            let may_ring = live || is_browser || !from.page;
            let presence = hello.presence.map(|said| match said {
                Presence::Online | Presence::Busy | Presence::Away => said,
                // A newer client's word: calls are listed, and nobody is alerted who may not want it.
                _ => Presence::Away,
            });
            Ok(Entered { socket, pushed, seats, opened, may_ring, presence, welcome, resume: hello.resume })
        }
        Err(problem) => {
            shared.live.0.registry.leave(&socket);
            Err(problem)
        }
    }
}

/// What says which device connects.
#[derive(Debug, Clone, Copy)]
enum Credential {
    /// The token of `hello`.
    Token(SecretHash),
    /// The secret in the cookie of the browser for whose page the `live` ticket of `hello` was made.
    Browser(SecretHash),
}

/// The credential in `hello`. A browser's `live` ticket is used up and taken out: it opens nothing else.
fn credential(shared: &Shared, hello: &mut Hello, now: Time) -> Result<Option<Credential>, Problem> {
    if let Some(token) = &hello.token {
        return Ok(Some(Credential::Token(token.hash())));
    }
    // With a guest secret, or as anything but an agent, it may as well be the ticket of a press.
    let Some(live) = hello.ticket.as_ref().filter(|ticket| ticket.claims().action == Action::Live) else {
        return Ok(None);
    };
    if hello.guest.is_some() {
        return Ok(None);
    }
    let claims = ticket::ours(&shared.store, live, Action::Live)?;
    match shared.security.pressed.take(claims.mail, now) {
        Some(Opens::Browser(secret)) => {
            hello.ticket = None;
            Ok(Some(Credential::Browser(secret)))
        }
        Some(Opens::Press(_)) => Err(Problem::new(Code::BadTicket, "this ticket is somebody's press")),
        None => Err(Problem::new(Code::Expired, "the ticket is over a minute old, or was used")),
    }
}

/// The device that connects; its login's latest host is where it connects from.
async fn device(
    shared: &Shared,
    credential: Credential,
    from: From,
    now: Time,
) -> Result<DeviceRow, Problem> {
    let device = known(shared, credential, now).await?;
    shared.store.saw_device(device.id.clone(), now).await?;
    shared.store.touch(device.login.clone(), from.client.0.to_string(), now).await?;
    Ok(device)
}

async fn known(shared: &Shared, credential: Credential, now: Time) -> Result<DeviceRow, Problem> {
    let (found, words) = match credential {
        Credential::Token(token) => {
            (shared.store.device(token).await?, "the server does not know this token")
        }
        Credential::Browser(secret) => {
            (shared.store.browser(secret, now).await?, "this browser is not signed in any more")
        }
    };
    found.ok_or_else(|| Problem::new(Code::Unauthorized, words))
}

type Prepared = (Option<Opened>, Seats, bool, Welcome, Hello);

async fn prepare(
    shared: &Shared,
    socket: &Socket,
    hello: Hello,
    device: Option<(Credential, DeviceRow)>,
    page: bool,
    now: Time,
) -> Result<Prepared, Problem> {
    // Revoked while it came in: from here on a revocation reaches it.
    if let Some((credential, _)) = &device {
        known(shared, *credential, now).await?;
    }
    let (opened, live) = match &hello.ticket {
        None => (None, false),
        Some(ticket) => admit(shared, ticket, socket, page, now).await?,
    };
    let mut seats = Seats::new(hello.epoch.as_ref().is_some_and(|epoch| epoch != shared.store.epoch()));
    let found = match &opened {
        Some(opened) => opened.found(shared).await?,
        None => None,
    };
    if let Some(press) = &found {
        seats.load(&shared.store, socket, &press.conversation.id).await?;
    }
    let mut welcome = welcome(shared, socket, device.map(|(_, device)| device.id), found.as_ref()).await?;
    if let Some(opened) = &opened {
        welcome.conversation = Some(opened.conversation.clone());
        welcome.guest = opened.guest_name(shared).await?;
    }
    Ok((opened, seats, live, welcome, hello))
}

/// What the ticket of `hello` opens, and whether it is a `live` ticket: proof of a press.
async fn admit(
    shared: &Shared,
    shown: &Ticket,
    socket: &Socket,
    page: bool,
    now: Time,
) -> Result<(Option<Opened>, bool), Problem> {
    let (login, guest) = (socket.login.as_ref(), socket.guest);
    if shown.claims().action == Action::Live {
        return Ok((Some(Opened::pressed(shared, shown, login, guest, now).await?), true));
    }
    if page && login.is_none() {
        return Err(Problem::new(Code::Forbidden, "a page opens this with a live ticket: press first"));
    }
    Ok((Some(Opened::shown(shared, shown, login, guest, now).await?), false))
}

/// What it is told first; what of it fits into a frame goes out.
async fn welcome(
    shared: &Shared,
    socket: &Socket,
    device: Option<DeviceId>,
    found: Option<&Press>,
) -> Result<Welcome, Problem> {
    let (mut conversations, mut notices) = (Vec::new(), Vec::new());
    if let Some(login) = &socket.login {
        conversations = shared.store.conversations_of(login.clone(), CONVERSATIONS).await?;
        notices = shared.store.notices(login.clone(), NOTICES).await?;
    }
    if let Some(press) = found
        && press.conversation.party(press.side).login().is_none()
    {
        notices.extend(shared.store.notices_in(press.conversation.id.clone(), press.side).await?);
    }
    let login = socket.login.clone();
    let epoch = Some(shared.store.epoch().clone());
    Ok(Welcome { login, guest: None, device, conversation: None, conversations, notices, epoch })
}
