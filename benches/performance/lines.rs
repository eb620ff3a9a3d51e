//! Durable lines: how many a second, and how long from saying one to its `ack`, which comes after COMMIT.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use chmail::wire::{ConversationId, frame::ClientFrame};
use tokio::{
    io::AsyncWriteExt,
    task::spawn_local,
    time::{sleep, timeout},
};

use super::{
    Bench, people,
    scale::Scale,
    server::Server,
    socket::{Socket, put},
    table::{Table, count, median, percentile},
};

/// Lines that each client has said and not had acknowledged.
const WINDOWS: &[usize] = &[1, 2, 4];
/// Bytes of a line's text.
const TEXT: usize = 100;
/// Silence after the end.
const QUIET: Duration = Duration::from_millis(500);

pub async fn measure(bench: &Bench) -> Result<Table> {
    let scale = bench.scale;
    let server = Server::start(&bench.dir("lines")?)?;
    let mut speakers = Vec::new();
    for pair in people::pairs(server.address, scale.speakers).await? {
        for (side, socket) in ["a", "b"].iter().zip(pair.sides) {
            speakers.push(Speaker::new(socket, &pair.conversation, side)?);
        }
    }
    let mut rows = Vec::new();
    for &window in WINDOWS {
        let mut heard = Vec::new();
        for _ in 0..scale.rounds {
            let found;
            (speakers, found) = talk(speakers, window, &server, scale).await?;
            heard.push(found);
        }
        let of = |what: fn(&Heard) -> f64| median(heard.iter().map(what).collect());
        rows.push(vec![
            format!("{} × {window}", 2 * scale.speakers),
            count(of(|heard| heard.rate)),
            format!("{:.1} ms", of(|heard| heard.p50)),
            format!("{:.1} ms", of(|heard| heard.p99)),
            format!("{:.1} µs", of(|heard| heard.server)),
        ]);
    }
    let columns = &["clients × window", "lines/s", "said → ack, p50", "p99", "server CPU a line"];
    Ok(Table { name: "lines", columns, rows })
}

/// What one measurement found: lines a second, milliseconds, µs a line.
struct Heard {
    rate: f64,
    p50: f64,
    p99: f64,
    server: f64,
}

#[derive(Default)]
struct Tally {
    acknowledged: Cell<u64>,
    counting: Cell<bool>,
    over: Cell<bool>,
    micros: RefCell<Vec<u32>>,
}

async fn talk(
    speakers: Vec<Speaker>,
    window: usize,
    server: &Server,
    scale: Scale,
) -> Result<(Vec<Speaker>, Heard)> {
    let tally = Rc::new(Tally::default());
    let tasks: Vec<_> =
        speakers.into_iter().map(|speaker| spawn_local(speaker.talk(window, Rc::clone(&tally)))).collect();
    sleep(scale.warm_up).await;
    tally.counting.set(true);
    let before = (Instant::now(), tally.acknowledged.get(), server.process.cpu()?);
    sleep(scale.span).await;
    let after = (Instant::now(), tally.acknowledged.get(), server.process.cpu()?);
    tally.counting.set(false);
    tally.over.set(true);
    let mut speakers = Vec::new();
    for task in tasks {
        speakers.push(task.await??);
    }
    let mut micros = tally.micros.take();
    micros.sort_unstable();
    let lines = (after.1 - before.1) as f64;
    let heard = Heard {
        rate: lines / (after.0 - before.0).as_secs_f64(),
        p50: f64::from(percentile(&micros, 50)) / 1e3,
        p99: f64::from(percentile(&micros, 99)) / 1e3,
        server: (after.2 - before.2) * 1e6 / lines,
    };
    Ok((speakers, heard))
}

/// Somebody who says lines as fast as they are acknowledged.
struct Speaker {
    socket: Socket,
    /// A line's frame around its id.
    before: String,
    after: String,
    said: u64,
}

impl Speaker {
    fn new(socket: Socket, conversation: &ConversationId, side: &str) -> Result<Self> {
        let frame = serde_json::to_string(&ClientFrame::Line {
            conversation: conversation.clone(),
            id: format!("{side}-NUMBER").parse()?,
            text: Some("x".repeat(TEXT)),
            sealed: None,
        })?;
        let (before, after) = frame.split_once("NUMBER").expect("it was just written");
        Ok(Self { socket, before: before.to_owned(), after: after.to_owned(), said: 0 })
    }

    async fn talk(mut self, window: usize, tally: Rc<Tally>) -> Result<Self> {
        let mut waiting = VecDeque::new();
        let mut out = Vec::new();
        (0..window).for_each(|_| self.say(&mut out, &mut waiting));
        loop {
            if !out.is_empty() {
                self.socket.stream.write_all(&out).await?;
                out.clear();
            }
            match timeout(QUIET, self.socket.inbox.fill(&mut self.socket.stream)).await {
                Ok(filled) => filled?,
                Err(_) if tally.over.get() && waiting.is_empty() => return Ok(self),
                Err(_) if tally.over.get() => bail!("{} lines were never acknowledged", waiting.len()),
                Err(_) => continue,
            }
            let now = Instant::now();
            let mut acknowledged = 0;
            while let Some((_, frame)) = self.socket.inbox.frame() {
                if frame.starts_with(b"{\"v\":1,\"type\":\"ack\"") {
                    acknowledged += 1;
                } else if !frame.starts_with(b"{\"v\":1,\"type\":\"line\"") {
                    bail!("neither a line nor an ack: {}", String::from_utf8_lossy(frame));
                }
            }
            tally.acknowledged.set(tally.acknowledged.get() + acknowledged);
            for _ in 0..acknowledged {
                // A client's acks come in the order in which it said the lines.
                let said: Instant = waiting.pop_front().expect("no more acks than lines");
                if tally.counting.get() {
                    tally.micros.borrow_mut().push((now - said).as_micros() as u32);
                }
                if !tally.over.get() {
                    self.say(&mut out, &mut waiting);
                }
            }
        }
    }

    fn say(&mut self, out: &mut Vec<u8>, waiting: &mut VecDeque<Instant>) {
        self.said += 1;
        put(out, format!("{}{}{}", self.before, self.said, self.after).as_bytes());
        waiting.push_back(Instant::now());
    }
}
