//! Start-up: the tools beside a program that does nothing, and a whole `ch-port` beside `curl`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench,
    server::{Server, tool},
    table::{Table, median},
};

/// The short-lived ones.
const TOOLS: &[&str] = &["ch-register", "ch-port", "ch-send", "ch-fetch", "ch-inspect", "ch-chat"];

pub async fn measure(bench: &Bench) -> Result<Table> {
    let starts = bench.scale.starts;
    let dir = bench.dir("startup")?;
    let server = Server::start(&dir.join("data"))?;
    let url = server.url();
    let empty = empty_program(&dir)?;
    let mut versions = vec![command(&empty, &[], &dir, &url)];
    let there: Vec<_> = TOOLS.iter().filter(|name| tool(name).exists()).collect();
    versions.extend(there.iter().map(|name| command(&tool(name), &["--version"], &dir, &url)));
    let times = side_by_side(&mut versions, starts)?;
    let mut rows = vec![row("an empty Rust program", times[0], None)];
    for (name, time) in there.iter().zip(&times[1..]) {
        rows.push(row(&format!("`{name} --version`"), *time, Some(times[0])));
    }

    run(&mut command(&tool("ch-register"), &["bench", "--mail", "bench@example.org"], &dir, &url))?;
    let healthz = format!("{url}/healthz");
    let mut whole = vec![
        command(Path::new("curl"), &["-s", &healthz], &dir, &url),
        command(&tool("ch-port"), &[], &dir, &url),
    ];
    let times = side_by_side(&mut whole, starts)?;
    rows.push(row("`curl -s …/healthz`", times[0], None));
    rows.push(row("`ch-port` (asks a local server, to its end)", times[1], Some(times[0])));
    Ok(Table { name: "startup", columns: &["what", "median", "ratio"], rows })
}

fn row(what: &str, time: f64, to: Option<f64>) -> Vec<String> {
    let ratio = to.map_or_else(|| "1".to_owned(), |to| format!("{:.2}", time / to));
    vec![what.to_owned(), format!("{:.2} ms", time * 1e3), ratio]
}

/// `fn main() {}`, optimised.
fn empty_program(dir: &Path) -> Result<PathBuf> {
    let (source, program) = (dir.join("empty.rs"), dir.join("empty"));
    fs::write(&source, "fn main() {}\n")?;
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let done =
        Command::new(rustc).arg("-O").arg(&source).arg("-o").arg(&program).status().context("rustc")?;
    ensure!(done.success(), "rustc: {done}");
    Ok(program)
}

fn command(program: &Path, args: &[&str], dir: &Path, server: &str) -> Command {
    let mut command = Command::new(program);
    command.args(args).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("CH_HOME", dir.join("home")).env("CH_SERVER", server);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn run(command: &mut Command) -> Result<f64> {
    let began = Instant::now();
    let status = command.status().with_context(|| format!("{command:?}"))?;
    let took = began.elapsed().as_secs_f64();
    ensure!(status.success(), "{command:?}: {status}");
    Ok(took)
}

/// Each once, then each again: the median time of each in seconds, from the start of the process to its end.
fn side_by_side(commands: &mut [Command], starts: usize) -> Result<Vec<f64>> {
    let mut times = vec![Vec::new(); commands.len()];
    for _ in 0..starts {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(run(command)?);
        }
    }
    Ok(times.into_iter().map(median).collect())
}
