//! Volatile frames: `typing` between clients that each talk to one, beside the peer's private messages.

use anyhow::Result;
use chmail::wire::frame::ClientFrame;

use super::{
    Bench,
    ngircd::Ngircd,
    people,
    ping_pong::{Framing, Played, Player, play},
    server::Server,
    socket::put,
    table::{Table, count, median},
};

/// Messages in flight per client.
const IN_FLIGHT: &[usize] = &[1, 8];

pub async fn measure(bench: &Bench) -> Result<Table> {
    let scale = bench.scale;
    let server = Server::start(&bench.dir("relay")?)?;
    let mut ours = Vec::new();
    for pair in people::pairs(server.address, scale.pairs).await? {
        let typing = ClientFrame::Typing { conversation: pair.conversation, state: true };
        let mut message = Vec::new();
        put(&mut message, serde_json::to_string(&typing)?.as_bytes());
        for side in pair.sides {
            ours.push(Player { stream: side.stream, inbox: side.inbox, message: message.clone() });
        }
    }
    let length = ours[0].message.len();
    let peer = Ngircd::start(&bench.dir("ngircd")?).await?;
    let mut theirs = match &peer {
        Some(peer) => peer.players(scale.pairs, length).await?,
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    for &in_flight in IN_FLIGHT {
        let (mut we, mut they) = (Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            let played;
            (ours, played) = play(ours, Framing::Frames, in_flight, &server.process, scale).await?;
            we.push(played);
            if let Some(peer) = &peer {
                let played;
                (theirs, played) = play(theirs, Framing::Lines, in_flight, &peer.process, scale).await?;
                they.push(played);
            }
        }
        rows.push(row(in_flight, 2 * scale.pairs, &we, &they));
    }
    let columns = &[
        "clients × in flight",
        "ch-serve, frames/s",
        "server CPU",
        "ngircd, messages/s",
        "server CPU",
        "ch-serve / ngircd",
        "load generator's CPU, us / peer",
    ];
    Ok(Table { name: "relay", columns, rows })
}

fn row(in_flight: usize, clients: usize, we: &[Played], they: &[Played]) -> Vec<String> {
    let of = |all: &[Played], what: fn(&Played) -> f64| median(all.iter().map(what).collect());
    let micros = |figure: f64| format!("{figure:.1} µs");
    let (rate, server) = (of(we, |played| played.rate), of(we, |played| played.server));
    let mut row = vec![format!("{clients} × {in_flight}"), count(rate), micros(server)];
    if they.is_empty() {
        row.extend(["not installed", "", ""].map(str::to_owned));
        row.push(micros(of(we, |played| played.client)));
    } else {
        let (their_rate, their_server) = (of(they, |played| played.rate), of(they, |played| played.server));
        row.extend([count(their_rate), micros(their_server)]);
        row.push(format!("{:.2} × the rate, {:.1} × the CPU", rate / their_rate, server / their_server));
        row.push(format!("{:.1} / {:.1} µs", of(we, |p| p.client), of(they, |p| p.client)));
    }
    row
}
