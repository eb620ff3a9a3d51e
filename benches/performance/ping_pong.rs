//! The load of the relay, the same for us and for the peer: each client has some messages in flight to its other
//! side, and whoever gets one sends one back, so that nobody is flooded and nobody waits for a clock.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Result;
use tokio::{
    io::AsyncWriteExt,
    net::TcpStream,
    task::spawn_local,
    time::{sleep, timeout},
};

use super::{
    scale::Scale,
    server::{Process, cpu_of},
    socket::Inbox,
};

/// After the end, this long without a message means that none is in flight.
const QUIET: Duration = Duration::from_millis(300);

/// How messages stand in the stream.
#[derive(Debug, Clone, Copy)]
pub enum Framing {
    /// One WebSocket frame each.
    Frames,
    /// One line each.
    Lines,
}

/// One client, and the message it sends as bytes on the wire.
#[derive(Debug)]
pub struct Player {
    pub stream: TcpStream,
    pub inbox: Inbox,
    pub message: Vec<u8>,
}

/// What one measurement found.
#[derive(Debug, Clone, Copy)]
pub struct Played {
    /// Messages delivered a second.
    pub rate: f64,
    /// Server CPU a message, in µs.
    pub server: f64,
    /// The load generator's own, in µs.
    pub client: f64,
}

#[derive(Debug, Default)]
struct Tally {
    delivered: Cell<u64>,
    over: Cell<bool>,
}

/// Plays once, with `in_flight` messages per client. Gives the players back.
pub async fn play(
    players: Vec<Player>,
    framing: Framing,
    in_flight: usize,
    server: &Process,
    scale: Scale,
) -> Result<(Vec<Player>, Played)> {
    let tally = Rc::new(Tally::default());
    let tasks: Vec<_> = players
        .into_iter()
        .map(|player| spawn_local(player.play(framing, in_flight, Rc::clone(&tally))))
        .collect();
    sleep(scale.warm_up).await;
    let before = (Instant::now(), tally.delivered.get(), server.cpu()?, cpu_of("self")?);
    sleep(scale.span).await;
    let after = (Instant::now(), tally.delivered.get(), server.cpu()?, cpu_of("self")?);
    tally.over.set(true);
    let delivered = (after.1 - before.1) as f64;
    let played = Played {
        rate: delivered / (after.0 - before.0).as_secs_f64(),
        server: (after.2 - before.2) * 1e6 / delivered,
        client: (after.3 - before.3) * 1e6 / delivered,
    };
    let mut players = Vec::new();
    for task in tasks {
        players.push(task.await??);
    }
    Ok((players, played))
}

impl Player {
    async fn play(mut self, framing: Framing, in_flight: usize, tally: Rc<Tally>) -> Result<Self> {
        let burst = self.message.repeat(in_flight * 2);
        let length = self.message.len();
        self.stream.write_all(&burst[..in_flight * length]).await?;
        loop {
            match timeout(QUIET, self.inbox.fill(&mut self.stream)).await {
                Ok(filled) => filled?,
                Err(_) if tally.over.get() => return Ok(self),
                Err(_) => continue,
            }
            let mut came = match framing {
                Framing::Lines => self.inbox.lines(),
                Framing::Frames => std::iter::from_fn(|| self.inbox.frame().map(drop)).count(),
            };
            tally.delivered.set(tally.delivered.get() + came as u64);
            while came > 0 && !tally.over.get() {
                let now = came.min(in_flight * 2);
                self.stream.write_all(&burst[..now * length]).await?;
                came -= now;
            }
        }
    }
}
