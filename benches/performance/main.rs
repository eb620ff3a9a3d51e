//! The figures of `docs/performance.md`: `cargo bench --bench performance -- [GROUP…]`, or `make bench` for all.
//!
//! Groups are `relay`, `lines`, `idle`, `refresh`, `startup`, `inspect`, `fetch`, `bulk`, `browsers`, `press`,
//! `import`, `plan` and `promotion`.
//! Everything is real: the `ch-serve` of this build as a process of its own, its databases on a disk, plain TCP over loopback. The client is one thread that writes
//! frames by hand, so that what is measured is the server; what the server costs is read from `/proc`.
//!
//! `BENCH_WRITE=1` puts the tables into `docs/performance.md`; `BENCH_QUICK=1` only shows that everything runs;
//! `BENCH_DIR` says on which disk the databases are (default: the system's temporary directory); `BENCH_TOOLS` in which
//! directory the tools are, to measure another build of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_macros)]
#![allow(clippy::print_stdout)]

mod bulk;
mod corpus;
mod delay;
mod fetch;
mod floor;
mod http;
mod idle;
mod import;
mod inspect;
mod lines;
mod machine;
mod ngircd;
mod pages;
mod people;
mod ping_pong;
mod plan;
mod promotion;
mod refresh;
mod relay;
mod scale;
mod server;
mod socket;
mod startup;
mod table;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;
use tokio::{runtime::Builder, task::LocalSet};

use scale::Scale;
use table::Table;

const GROUPS: &[&str] = &[
    "relay",
    "lines",
    "idle",
    "refresh",
    "startup",
    "inspect",
    "fetch",
    "bulk",
    "browsers",
    "press",
    "import",
    "plan",
    "promotion",
];

/// What a group measures with.
struct Bench {
    scale: Scale,
    folder: TempDir,
}

impl Bench {
    /// A new directory of this run.
    fn dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.folder.path().join(name);
        std::fs::create_dir_all(&dir)?;
        Ok(dir)
    }
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|group| !GROUPS.contains(&group.as_str())) {
        bail!("no group {unknown}: they are {}", GROUPS.join(", "));
    }
    allow_many_files()?;
    let folder = match std::env::var_os("BENCH_DIR") {
        Some(dir) => TempDir::new_in(dir),
        None => TempDir::new(),
    };
    let bench = Bench { scale: Scale::from_env(), folder: folder.context("a temporary directory")? };
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let write = std::env::var_os("BENCH_WRITE").is_some_and(|value| value == "1");
    show(&machine::table(bench.folder.path())?, write)?;
    for group in GROUPS.iter().filter(|group| wanted.is_empty() || wanted.iter().any(|name| name == *group)) {
        let measured = LocalSet::new().block_on(&runtime, measure(group, &bench));
        show(&measured.with_context(|| (*group).to_owned())?, write)?;
    }
    Ok(())
}

async fn measure(group: &str, bench: &Bench) -> Result<Table> {
    match group {
        "relay" => relay::measure(bench).await,
        "lines" => lines::measure(bench).await,
        "idle" => idle::measure(bench).await,
        "refresh" => refresh::measure(bench).await,
        "inspect" => inspect::measure(bench).await,
        "fetch" => fetch::measure(bench).await,
        "bulk" => bulk::measure(bench).await,
        "browsers" => pages::sockets(bench).await,
        "press" => pages::press(bench).await,
        "import" => import::measure(bench).await,
        "plan" => plan::measure(bench).await,
        "promotion" => promotion::measure(bench).await,
        _ => startup::measure(bench).await,
    }
}

fn show(table: &Table, write: bool) -> Result<()> {
    println!("\n{table}");
    if write { table.write_into("docs/performance.md") } else { Ok(()) }
}

/// As many descriptors as the system lets us have; what we start inherits them.
fn allow_many_files() -> Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).context("more file descriptors")
}
