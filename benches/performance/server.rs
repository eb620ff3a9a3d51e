//! The server under test as a process, and what it costs.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, Result};

/// What `/proc` counts a second in, on every Linux (time(7), `USER_HZ`).
const TICKS: f64 = 100.0;

/// Where the binary of a tool is: in this build, or where `BENCH_TOOLS` says.
pub fn tool(name: &str) -> PathBuf {
    match std::env::var_os("BENCH_TOOLS") {
        Some(dir) => Path::new(&dir).join(name),
        None => Path::new(env!("CARGO_BIN_EXE_ch-port")).with_file_name(name),
    }
}

/// A process that is ended when dropped.
#[derive(Debug)]
pub struct Process(Child);

impl Process {
    /// Starts it.
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        command.spawn().map(Self).with_context(|| command.get_program().display().to_string())
    }

    /// CPU time so far, user and system, in seconds.
    pub fn cpu(&self) -> Result<f64> {
        cpu_of(&self.0.id().to_string())
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024.0)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// CPU time of a process (`self`: this one) so far, in seconds: fields 14 and 15 of proc_pid_stat(5).
pub fn cpu_of(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold spaces.
    let (_, rest) = stat.rsplit_once(')').context("stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields.get(11..13).context("stat")?.iter().map(|field| field.parse().unwrap_or(0)).sum();
    Ok(ticks as f64 / TICKS)
}

/// A running `ch-serve` with a database of its own.
#[derive(Debug)]
pub struct Server {
    /// The process.
    pub process: Process,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts it with its data in `data`, and waits until it listens.
    pub fn start(data: &Path) -> Result<Self> {
        let mut command = Command::new(tool("ch-serve"));
        command.args(["--listen", "127.0.0.1:0", "--register-rate", "4000000000", "--data"]).arg(data);
        command.env_clear().env("HOME", data).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut lines = BufReader::new(process.0.stderr.take().context("stderr")?).lines();
        let ready = lines.by_ref().map_while(std::io::Result::ok).find_map(|line| {
            line.split_once("listening on http://").map(|(_, address)| address.trim().to_owned())
        });
        let address = ready.context("ch-serve ended before it listened")?.parse()?;
        // What it warns of is shown; a full pipe would stop it.
        thread::spawn(move || lines.map_while(std::io::Result::ok).for_each(|line| println!("{line}")));
        Ok(Self { process, address })
    }

    /// `http://…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
