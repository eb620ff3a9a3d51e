//! Logins, agents and guests, and conversations between them: made as clients make them.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use chmail::wire::{
    ConversationId, Record, Secret, Ticket,
    ask::{Mint, Register},
    frame::{ClientFrame, Hello, Invite, Role, ServerFrame},
};
use tokio::task::spawn_local;

use super::{http::Http, socket::Socket};

/// Who is made at once.
const AT_ONCE: usize = 64;
/// The client's read buffer of somebody who talks; of somebody who only waits.
pub const TALKS: usize = 4096;
pub const WAITS: usize = 1024;

/// A registered login's token.
pub type Token = Secret;

/// Two clients in an answered conversation.
#[derive(Debug)]
pub struct Pair {
    /// Which.
    pub conversation: ConversationId,
    /// The agent and the guest.
    pub sides: [Socket; 2],
}

/// Registers `count` logins.
pub async fn logins(server: SocketAddr, count: usize) -> Result<Vec<Token>> {
    at_once(count, move |numbers| async move {
        let mut http = Http::connect(server).await?;
        let mut made = Vec::new();
        for number in numbers {
            made.push(login(&mut http, number).await?);
        }
        Ok(made)
    })
    .await
}

/// Connects an agent of each login.
pub async fn agents(server: SocketAddr, logins: &[Token]) -> Result<Vec<Socket>> {
    let logins = logins.to_vec();
    let count = logins.len();
    at_once(count, move |numbers| {
        let logins = logins[numbers].to_vec();
        async move {
            let mut made = Vec::new();
            for token in logins {
                made.push(agent(server, token, WAITS).await?);
            }
            Ok(made)
        }
    })
    .await
}

/// Makes `count` pairs: a mail's chat button pressed by a guest, and answered by the agent of its sender.
pub async fn pairs(server: SocketAddr, count: usize) -> Result<Vec<Pair>> {
    at_once(count, move |numbers| async move {
        let mut http = Http::connect(server).await?;
        let mut made = Vec::new();
        for number in numbers {
            made.push(pair(server, &mut http, number).await?);
        }
        Ok(made)
    })
    .await
}

/// Splits the numbers below `count` among tasks that work side by side.
pub async fn at_once<T, F, R>(count: usize, work: F) -> Result<Vec<T>>
where
    T: 'static,
    F: Fn(std::ops::Range<usize>) -> R,
    R: Future<Output = Result<Vec<T>>> + 'static,
{
    let share = count.div_ceil(AT_ONCE).max(1);
    let tasks: Vec<_> =
        (0..count).step_by(share).map(|from| spawn_local(work(from..count.min(from + share)))).collect();
    let mut made = Vec::with_capacity(count);
    for task in tasks {
        made.extend(task.await??);
    }
    Ok(made)
}

async fn login(http: &mut Http, number: usize) -> Result<Token> {
    let token = Secret::generate()?;
    let register = Register {
        login: format!("agent-{number}").parse()?,
        mail: Some(format!("agent-{number}@example.org")),
        token: token.clone(),
        device: None,
        code: None,
    };
    http.ask("POST", "/v1/logins", None, &serde_json::to_string(&register)?).await?;
    Ok(token)
}

pub async fn agent(server: SocketAddr, token: Token, buffer: usize) -> Result<Socket> {
    hello(server, Hello { token: Some(token), role: Role::Agent, ..Hello::default() }, buffer).await
}

async fn hello(server: SocketAddr, hello: Hello, buffer: usize) -> Result<Socket> {
    let mut socket = Socket::open(server, buffer).await?;
    socket.say(&ClientFrame::Hello(hello)).await?;
    socket.wait(|frame| matches!(frame, ServerFrame::Welcome(_)).then_some(())).await?;
    Ok(socket)
}

/// Rings whoever the ticket of `hello` leads to.
pub fn invite() -> Result<ClientFrame> {
    Ok(ClientFrame::Invite(Invite {
        call: "call".parse()?,
        ticket: None,
        login: None,
        conversation: None,
        ring: None,
        give_up: None,
        until_on: false,
    }))
}

/// Registers a login with a port, whose mails carry buttons.
pub async fn sender(http: &mut Http, number: usize) -> Result<Token> {
    let token = login(http, number).await?;
    http.ask("POST", "/v1/ports", Some(&token), "{}").await?;
    Ok(token)
}

/// The ticket of a mail from that login to guest `number`.
pub async fn ticket(http: &mut Http, sender: &Token, number: usize) -> Result<Ticket> {
    let mint = Mint {
        to: vec![format!("guest-{number}@example.org")],
        message_id: Some(format!("{number}@example.org")),
        subject: Some("Boots".to_owned()),
        ..Mint::default()
    };
    let minted = http.ask("POST", "/v1/tickets", Some(sender), &serde_json::to_string(&mint)?).await?;
    // The answer comes in chunks: a line with their length, then the record.
    let line = minted.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"{")).context("a ticket")?;
    let Record::Ticket(minted) = serde_json::from_slice(line)? else {
        anyhow::bail!("no ticket: {}", String::from_utf8_lossy(line));
    };
    Ok(minted.ticket)
}

async fn pair(server: SocketAddr, http: &mut Http, number: usize) -> Result<Pair> {
    let token = sender(http, number).await?;
    let shown = ticket(http, &token, number).await?;
    let mut agent = agent(server, token, TALKS).await?;
    let guest = Hello { ticket: Some(shown), guest: Some(Secret::generate()?), ..Hello::default() };
    let mut guest = hello(server, guest, TALKS).await?;
    guest.say(&invite()?).await?;
    let rung = |frame| if let ServerFrame::Invite(ring) = frame { Some(ring.call) } else { None };
    let call = agent.wait(rung).await?;
    agent.say(&ClientFrame::Answer { call }).await?;
    let answered = |frame| match frame {
        ServerFrame::Answered { conversation, .. } => Some(conversation),
        _ => None,
    };
    let conversation = agent.wait(answered).await?;
    ensure!(conversation == guest.wait(answered).await?, "both are in the same conversation");
    Ok(Pair { conversation, sides: [agent, guest] })
}
