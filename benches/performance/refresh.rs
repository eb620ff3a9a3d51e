//! `PUT /v1/presence`, durable before its answer, beside the same SQLite with a commit for each row.

use std::{
    cell::Cell,
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::Result;
use chmail::wire::{Secret, ask::Refresh};
use rusqlite::{Connection, params};
use tokio::{task::spawn_local, time::sleep};

use super::{
    Bench,
    http::Http,
    people,
    scale::Scale,
    server::Server,
    table::{Table, count, median},
};

/// Connections that ask one after the other.
const CLIENTS: &[usize] = &[16, 128];
/// Rows of the database, here and there.
const LOGINS: usize = 1000;

pub async fn measure(bench: &Bench) -> Result<Table> {
    let scale = bench.scale;
    let server = Server::start(&bench.dir("refresh")?)?;
    let logins = people::logins(server.address, LOGINS).await?;
    let plain = one_by_one(&bench.dir("plain")?)?;
    let mut rows = Vec::new();
    for &clients in CLIENTS {
        let (mut rates, mut cpu, mut healthy, mut theirs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for _ in 0..scale.rounds {
            let (rate, used) = ask(&server, &logins[..clients], "PUT", "/v1/presence", scale).await?;
            rates.push(rate);
            cpu.push(used);
            healthy.push(ask(&server, &logins[..clients], "GET", "/healthz", scale).await?.0);
            theirs.push(commits(&plain, scale.span / 2)?);
        }
        let (rate, theirs) = (median(rates), median(theirs));
        rows.push(vec![
            clients.to_string(),
            count(rate),
            format!("{:.1} µs", median(cpu)),
            count(theirs),
            format!("{:.0} ×", rate / theirs),
            count(median(healthy)),
        ]);
    }
    let columns = &[
        "clients",
        "refreshes/s",
        "server CPU each",
        "one commit each, in process",
        "ratio",
        "GET /healthz, for comparison",
    ];
    Ok(Table { name: "refresh", columns, rows })
}

/// The same request again and again by each of `logins` on a connection of its own: answers a second, and the
/// server's CPU for each in µs.
async fn ask(
    server: &Server,
    logins: &[Secret],
    method: &str,
    path: &str,
    scale: Scale,
) -> Result<(f64, f64)> {
    let (done, over) = (Rc::new(Cell::new(0u64)), Rc::new(Cell::new(false)));
    let body = if method == "PUT" { serde_json::to_string(&Refresh::default())? } else { String::new() };
    let mut tasks = Vec::new();
    for token in logins {
        let mut http = Http::connect(server.address).await?;
        let request = http.request(method, path, Some(token), &body);
        let (done, over) = (Rc::clone(&done), Rc::clone(&over));
        tasks.push(spawn_local(async move {
            while !over.get() {
                http.send(&request).await?;
                done.set(done.get() + 1);
            }
            anyhow::Ok(())
        }));
    }
    sleep(scale.warm_up).await;
    let before = (Instant::now(), done.get(), server.process.cpu()?);
    sleep(scale.span).await;
    let after = (Instant::now(), done.get(), server.process.cpu()?);
    over.set(true);
    for task in tasks {
        task.await??;
    }
    let answers = (after.1 - before.1) as f64;
    Ok((answers / (after.0 - before.0).as_secs_f64(), (after.2 - before.2) * 1e6 / answers))
}

/// A database of presences with the settings of ours.
fn one_by_one(dir: &Path) -> Result<Connection> {
    let sql = Connection::open(dir.join("plain.db"))?;
    sql.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4096;
         CREATE TABLE presence (login INTEGER PRIMARY KEY, host BLOB, seen INTEGER, state INTEGER);",
    )?;
    for login in 0..LOGINS {
        sql.execute("INSERT INTO presence VALUES (?1, ?2, 0, 1)", params![login as i64, [0u8; 60]])?;
    }
    Ok(sql)
}

/// A row, a commit, the next one: commits a second.
fn commits(sql: &Connection, span: Duration) -> Result<f64> {
    let mut update =
        sql.prepare_cached("UPDATE presence SET host = ?2, seen = ?3, state = 1 WHERE login = ?1")?;
    let (began, mut done) = (Instant::now(), 0u32);
    while began.elapsed() < span {
        update.execute(params![done % LOGINS as u32, [done as u8; 60], done])?;
        done += 1;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}
