//! Idle agents: what one costs the server in memory, everything counted that came with it.

use anyhow::{Result, anyhow};
use tokio::{task::spawn_local, time::sleep};

use super::{
    Bench, people,
    server::Server,
    table::{Table, count},
};

pub async fn measure(bench: &Bench) -> Result<Table> {
    let scale = bench.scale;
    let server = Server::start(&bench.dir("idle")?)?;
    let begins = server.process.memory()?;
    let logins = people::logins(server.address, scale.agents).await?;
    let registered = server.process.memory()?;
    let agents = people::agents(server.address, &logins).await?;
    // They answer when they are asked whether they are there, and nothing else.
    let waiting: Vec<_> = agents
        .into_iter()
        .map(|mut agent| spawn_local(async move { agent.wait(|_| None::<()>).await }))
        .collect();
    let before = server.process.cpu()?;
    sleep(scale.quiet).await;
    let busy = (server.process.cpu()? - before) / scale.quiet.as_secs_f64();
    let memory = server.process.memory()?;
    if let Some(gone) = waiting.iter().find(|task| task.is_finished()) {
        return Err(anyhow!("an agent was dropped: {gone:?}"));
    }
    let mib = |bytes: f64| format!("{:.1} MiB", bytes / 1024.0 / 1024.0);
    let each = |bytes: f64| format!("{:.1} KiB", bytes / 1024.0 / scale.agents as f64);
    let row = vec![
        count(scale.agents as f64),
        mib(begins),
        mib(registered),
        mib(memory),
        each(memory - begins),
        each(memory - registered),
        format!("{:.1} %", busy * 100.0),
    ];
    let columns = &[
        "agents",
        "server at the start",
        "all registered",
        "all connected",
        "an agent, all in",
        "its connection alone",
        "CPU while idle",
    ];
    Ok(Table { name: "idle", columns, rows: vec![row] })
}
