//! Customers' browsers: what an open page costs the server, and how long a press takes to ring over a slow line.
//!
//! The client does what the page's scripts do: `look`, then the press on the same connection, then a socket with the
//! page's `Origin`, `hello` with the `live` ticket, and the `invite` once it is welcomed.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use chmail::wire::{
    Secret, Ticket,
    ask::{Press, Pressed},
    frame::{ClientFrame, Hello, ServerFrame},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    task::spawn_local,
    time::sleep,
};

use super::{
    Bench, delay,
    http::Http,
    people,
    server::Server,
    socket::Socket,
    table::{Table, count, median},
};

/// Pages that share an address, as behind an office's router: the server counts presses by address.
const AN_ADDRESS: usize = 200;
/// Round trips of lines: loopback, a good line, a phone on the move, a bad line.
const ROUND_TRIPS: [u64; 4] = [0, 20, 100, 300];

/// Memory of the server for each page that waits.
pub async fn sockets(bench: &Bench) -> Result<Table> {
    let scale = bench.scale;
    let server = Server::start(&bench.dir("browsers")?)?;
    let address = server.address;
    let mut http = Http::connect(address).await?;
    let sender = people::sender(&mut http, 0).await?;
    let mut tickets = Vec::with_capacity(scale.pages);
    for number in 0..scale.pages {
        tickets.push(people::ticket(&mut http, &sender, number).await?);
    }
    let before = server.process.memory()?;
    let pages = people::at_once(scale.pages, move |numbers| {
        let mine: Vec<_> = numbers.clone().zip(tickets[numbers].to_vec()).collect();
        async move {
            let mut made = Vec::new();
            for (number, ticket) in mine {
                let (socket, _) = page(connect(address, number).await?, ticket, address, address).await?;
                made.push(socket);
            }
            Ok(made)
        }
    })
    .await?;
    // They answer when they are asked whether they are there, and nothing else.
    let waiting: Vec<_> = pages
        .into_iter()
        .map(|mut page| spawn_local(async move { page.wait(|_| None::<()>).await }))
        .collect();
    sleep(scale.quiet).await;
    let after = server.process.memory()?;
    if let Some(gone) = waiting.iter().find(|task| task.is_finished()) {
        return Err(anyhow!("a page was dropped: {gone:?}"));
    }
    let row = vec![
        count(scale.pages as f64),
        format!("{:.1} MiB", before / 1024.0 / 1024.0),
        format!("{:.1} MiB", after / 1024.0 / 1024.0),
        format!("{:.1} KiB", (after - before) / 1024.0 / scale.pages as f64),
    ];
    let columns = &["pages that pressed and wait", "server before", "all open", "a page"];
    Ok(Table { name: "browsers", columns, rows: vec![row] })
}

/// From the press to the ring on the other side, whose agent has a quick line.
pub async fn press(bench: &Bench) -> Result<Table> {
    let server = Server::start(&bench.dir("press")?)?;
    let address = server.address;
    let mut http = Http::connect(address).await?;
    let mut number = 0;
    let mut rows = Vec::new();
    for round_trip in ROUND_TRIPS {
        let far = match round_trip {
            0 => address,
            _ => delay::line(address, Duration::from_millis(round_trip))?,
        };
        let mut took = Vec::new();
        for _ in 0..bench.scale.presses {
            number += 1;
            let sender = people::sender(&mut http, number).await?;
            let ticket = people::ticket(&mut http, &sender, number).await?;
            let mut agent = people::agent(address, sender, people::WAITS).await?;
            let (mut socket, began) = pressed(TcpStream::connect(far).await?, ticket, far, address).await?;
            socket.say(&people::invite()?).await?;
            agent.wait(|frame| matches!(frame, ServerFrame::Invite(_)).then_some(())).await?;
            took.push(began.elapsed().as_secs_f64() * 1000.0);
        }
        let middle = median(took);
        let trips = match round_trip {
            0 => "-".to_owned(),
            _ => format!("{:.1}", middle / round_trip as f64),
        };
        rows.push(vec![format!("{round_trip} ms"), format!("{middle:.1} ms"), trips]);
    }
    Ok(Table { name: "press", columns: &["round trip", "press to ring", "round trips"], rows })
}

/// A connection from one of many addresses of this machine.
async fn connect(server: SocketAddr, number: usize) -> Result<TcpStream> {
    let place = u8::try_from(number / AN_ADDRESS).context("more pages than addresses")?;
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::new(127, 0, 1, place), 0).into())?;
    Ok(socket.connect(server).await?)
}

/// A page that was welcomed.
async fn page(
    stream: TcpStream,
    ticket: Ticket,
    far: SocketAddr,
    server: SocketAddr,
) -> Result<(Socket, Instant)> {
    let (mut socket, began) = pressed(stream, ticket, far, server).await?;
    socket.wait(|frame| matches!(frame, ServerFrame::Welcome(_)).then_some(())).await?;
    Ok((socket, began))
}

/// A page of `server`, reached at `far`: looks, presses over `stream`, opens its socket and says hello. When it pressed, too.
async fn pressed(
    stream: TcpStream,
    ticket: Ticket,
    far: SocketAddr,
    server: SocketAddr,
) -> Result<(Socket, Instant)> {
    let mut http = Http::over(stream, server)?;
    http.ask("POST", "/v1/tickets/look", None, &format!("{{\"ticket\":\"{ticket}\"}}")).await?;
    let guest = Secret::generate()?;
    let press = serde_json::to_string(&Press { ticket, guest: guest.clone() })?;
    let began = Instant::now();
    let pressed: Pressed = serde_json::from_slice(http.ask("POST", "/v1/press", None, &press).await?)?;
    let mut socket = Socket::open_page(TcpStream::connect(far).await?, server, people::WAITS).await?;
    let hello = Hello { ticket: Some(pressed.live), guest: Some(guest), ..Hello::default() };
    socket.say(&ClientFrame::Hello(hello)).await?;
    Ok((socket, began))
}
