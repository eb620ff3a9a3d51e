//! `ch-inspect` over 100,000 mails, beside the fastest that others do with the same files.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench, corpus,
    server::tool,
    table::{Table, count, median},
};

/// A command that is measured.
struct Runner {
    what: String,
    command: Command,
    /// What it is compared with, by its place.
    peer: usize,
    times: Vec<f64>,
    memory: f64,
}

impl Runner {
    fn new(what: &str, program: impl AsRef<Path>, args: &[&str], dir: &Path, peer: usize) -> Self {
        let mut command = Command::new(program.as_ref());
        command.args(args).current_dir(dir).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stderr(Stdio::null());
        Self { what: what.to_owned(), command, peer, times: Vec::new(), memory: 0.0 }
    }

    /// What it reads and writes: a file, because `grep` stops at its first find when nobody keeps it.
    fn prepare(&mut self, list: &Path) -> Result<()> {
        if self.what.contains("mhdr") {
            self.command.stdin(File::open(list)?);
        }
        self.command.stdout(File::create(list.with_extension("out"))?);
        Ok(())
    }

    /// Once, from its start to its end.
    fn run(&mut self, list: &Path) -> Result<()> {
        self.prepare(list)?;
        let began = Instant::now();
        let status = self.command.status().with_context(|| self.what.clone())?;
        self.times.push(began.elapsed().as_secs_f64());
        ensure!(status.code().is_some_and(|code| code <= 1 || code == 65), "{}: {status}", self.what);
        Ok(())
    }

    /// Once more, to see how much memory it takes at most.
    fn weigh(&mut self, list: &Path) -> Result<()> {
        self.prepare(list)?;
        let mut child = self.command.spawn().with_context(|| self.what.clone())?;
        let status = format!("/proc/{}/status", child.id());
        while child.try_wait()?.is_none() {
            let text = fs::read_to_string(&status).unwrap_or_default();
            let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = peak.and_then(|kib| kib.trim().trim_end_matches(" kB").parse::<f64>().ok());
            self.memory = self.memory.max(kib.unwrap_or(0.0));
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }
}

/// Whether a program can be started at all.
fn is_there(program: &str) -> bool {
    Command::new(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

pub async fn measure(bench: &Bench) -> Result<Table> {
    let mails = bench.scale.mails;
    let dir = bench.dir("inspect")?;
    corpus::mbox(&dir.join("mbox"), mails)?;
    let paths = corpus::maildir(&dir.join("Maildir"), mails)?;
    let list = dir.join("list");
    fs::write(&list, paths)?;
    let ours = tool("ch-inspect");
    let mut runners = vec![
        Runner::new("mbox: `wc -l`", "wc", &["-l", "mbox"], &dir, 0),
        Runner::new("mbox: `grep -c ^CH-Ticket:`", "grep", &["-c", "^CH-Ticket:", "mbox"], &dir, 0),
    ];
    let inspect = |what: &str, args: &[&str], peer| Runner::new(what, &ours, args, &dir, peer);
    runners.extend([
        inspect("mbox: `ch-inspect --chat --threads 1`", &["--chat", "--threads", "1", "mbox"], 0),
        inspect("mbox: `ch-inspect --chat --threads 2`", &["--chat", "--threads", "2", "mbox"], 0),
        inspect("mbox: `ch-inspect` (a record of each)", &["mbox"], 0),
    ]);
    let peer = runners.len();
    if is_there("mhdr") {
        runners.push(Runner::new(
            "Maildir: mblaze's `mhdr -h CH-Ticket`",
            "mhdr",
            &["-h", "CH-Ticket"],
            &dir,
            peer,
        ));
    }
    runners.extend([
        inspect("Maildir: `ch-inspect --chat --threads 1`", &["--chat", "--threads", "1", "Maildir"], peer),
        inspect("Maildir: `ch-inspect --chat --threads 2`", &["--chat", "--threads", "2", "Maildir"], peer),
        inspect("Maildir: `ch-inspect` (a record of each)", &["Maildir"], peer),
        inspect("Maildir: `ch-inspect --full` (text, too)", &["--full", "Maildir"], peer),
    ]);
    // The first round only brings everything into memory.
    for round in 0..=bench.scale.rounds {
        for runner in &mut runners {
            runner.run(&list)?;
            runner.times.drain(..usize::from(round == 0));
        }
    }
    for runner in &mut runners {
        runner.weigh(&list)?;
    }
    let medians: Vec<f64> = runners.iter().map(|runner| median(runner.times.clone())).collect();
    let rows = runners.iter().zip(&medians).map(|(runner, time)| {
        vec![
            runner.what.clone(),
            format!("{:.3} s", time),
            format!("{:.2}", time / medians[runner.peer]),
            format!("{} MB", count(runner.memory * 1024.0 / 1e6)),
        ]
    });
    Ok(Table {
        name: "inspect",
        columns: &["what", "median", "of the first's time", "memory"],
        rows: rows.collect(),
    })
}
