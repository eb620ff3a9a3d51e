//! Bulk: `ch-send --batch` beside Postfix's `smtp-source`, both into `smtp-sink`, over lines of several lengths.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench, delay,
    floor::floor,
    server::{Process, Server, cpu_of, tool},
    table::{Table, count, median},
};

/// Connections of both.
const CONNECTIONS: &str = "10";
/// The same as a number.
const LINES: usize = 10;
/// Bytes of the message that smtp-source makes; ours have about as many.
const LENGTH: &str = "4096";
/// The same as a number.
const BYTES: usize = 4096;

/// What one run showed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    /// Messages a second.
    pub rate: f64,
    /// Microseconds of CPU of the sender for each.
    pub cpu: f64,
    /// Its largest resident memory, in MiB.
    pub memory: f64,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Source,
    Floor,
    Raw,
    Job,
    Ticket,
    Signed,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "`smtp-source`",
            Self::Floor => "one write and one read for each, of bytes that are ready",
            Self::Raw => "`ch-send --batch`, finished messages",
            Self::Job => "`ch-send --batch`, text and HTML",
            Self::Ticket => "the same with a ticket each",
            Self::Signed => "the same signed with RSA-2048",
        }
    }
}

pub async fn measure(bench: &Bench) -> Result<Table> {
    let dir = bench.dir("bulk")?;
    let (_sink, sink) = sink()?;
    let server = Server::start(&dir.join("data"))?;
    let place = Place { dir, url: server.url() };
    place.run("ch-register", &["bench", "--mail", "bench@example.org"])?;
    place.run("ch-send", &["dkim-key", "--domain", "example.org", "--selector", "b", "--rsa"])?;
    let quick = bench.scale.rounds == 1;
    let mut rows = Vec::new();
    let lines = [(0, 40_000, 40_000), (2, 20_000, 4_000), (20, 2_500, 600)];
    for (millis, ours, source) in lines {
        let (ours, source) = if quick { (200, 100) } else { (ours, source) };
        let to = match millis {
            0 => sink,
            _ => delay::line(sink, Duration::from_millis(millis))?,
        };
        let kinds: &[Kind] = match millis {
            0 => &[Kind::Source, Kind::Floor, Kind::Raw, Kind::Job, Kind::Ticket, Kind::Signed],
            _ => &[Kind::Source, Kind::Raw, Kind::Job, Kind::Ticket],
        };
        let jobs = [place.jobs(ours, true)?, place.jobs(ours, false)?];
        let mut runs = vec![Vec::new(); kinds.len()];
        for _ in 0..bench.scale.rounds {
            for (kind, runs) in kinds.iter().zip(&mut runs) {
                runs.push(match kind {
                    Kind::Source => smtp_source(to, source)?,
                    Kind::Floor => floor(to, ours, BYTES, LINES)?,
                    _ => place.batch(*kind, to, &jobs[usize::from(*kind != Kind::Raw)], ours)?,
                });
            }
        }
        let middle = |runs: &[Run], of: fn(&Run) -> f64| median(runs.iter().map(of).collect());
        let peer = middle(&runs[0], |run| run.rate);
        for (kind, runs) in kinds.iter().zip(&runs) {
            let rate = middle(runs, |run| run.rate);
            let memory = middle(runs, |run| run.memory);
            rows.push(vec![
                kind.name().to_owned(),
                if millis == 0 { "loopback".to_owned() } else { format!("{millis} ms") },
                count(rate),
                format!("{:.2}", rate / peer),
                format!("{:.1} µs", middle(runs, |run| run.cpu)),
                if memory > 0.0 { format!("{memory:.0} MiB") } else { "–".to_owned() },
            ]);
        }
    }
    if let Some(rate) = openssl() {
        let row = ["RSA-2048 signatures, `openssl speed` on two cores", "–", &count(rate), "–", "–", "–"];
        rows.push(row.map(str::to_owned).to_vec());
    }
    Ok(Table {
        name: "bulk",
        columns: &["what", "round trip", "messages/s", "ratio", "CPU a message", "memory"],
        rows,
    })
}

/// `smtp-sink` on a free port.
pub fn sink() -> Result<(Process, SocketAddr)> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(postfix("smtp-sink"));
    if rustix::process::geteuid().is_root() {
        command.args(["-u", "nobody"]);
    }
    let process = Process::start(command.arg(address.to_string()).arg("1000"))?;
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        ensure!(began.elapsed() < Duration::from_secs(10), "smtp-sink does not listen");
    }
    Ok((process, address))
}

fn postfix(program: &str) -> PathBuf {
    let found = ["/usr/sbin", "/usr/bin"].map(|dir| Path::new(dir).join(program));
    found.into_iter().find(|path| path.exists()).unwrap_or_else(|| program.into())
}

fn smtp_source(to: SocketAddr, messages: usize) -> Result<Run> {
    let mut command = Command::new(postfix("smtp-source"));
    let messages_text = messages.to_string();
    command.args(["-d", "-s", CONNECTIONS, "-m", &messages_text, "-l", LENGTH]);
    command.args(["-f", "shop@example.org", "-t", "customer@example.com", &to.to_string()]);
    timed(&mut command, messages, 0)
}

/// Runs a sender to its end and reads its receipts.
pub fn timed(command: &mut Command, messages: usize, receipts: usize) -> Result<Run> {
    command.stdout(Stdio::piped());
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let pid = child.id().to_string();
    let mut accepted = 0;
    let mut memory = 0.0;
    for line in BufReader::new(child.stdout.take().context("stdout")?).lines() {
        accepted += usize::from(line?.contains("\"status\":\"accepted\""));
        if accepted == 1 || accepted * 10 % messages < 10 {
            memory = peak(&pid).unwrap_or(memory);
        }
    }
    // Its output has ended; it is not waited for yet, so /proc still knows it.
    while !fs::read_to_string(format!("/proc/{pid}/stat"))?.contains(") Z ") {
        std::thread::yield_now();
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = cpu_of(&pid)?;
    let status = child.wait()?;
    ensure!(status.success() && accepted == receipts, "{command:?}: {status}, {accepted} receipts");
    Ok(Run { rate: messages as f64 / took, cpu: cpu * 1e6 / messages as f64, memory })
}

/// The largest resident memory so far, in MiB.
pub fn peak(pid: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    kib.trim().trim_end_matches(" kB").parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// A login, and where its jobs are.
pub struct Place {
    pub dir: PathBuf,
    pub url: String,
}

impl Place {
    pub fn command(&self, tool_name: &str, args: &[&str]) -> Command {
        let mut command = Command::new(tool(tool_name));
        command.args(args).env_clear().env("CH_HOME", self.dir.join("home")).env("CH_SERVER", &self.url);
        command.stdin(Stdio::null());
        command
    }

    pub fn run(&self, tool_name: &str, args: &[&str]) -> Result<()> {
        let status = self.command(tool_name, args).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        ensure!(status.success(), "{tool_name} {args:?}: {status}");
        Ok(())
    }

    fn batch(&self, kind: Kind, to: SocketAddr, jobs: &Path, messages: usize) -> Result<Run> {
        let via = format!("smtp://{to}");
        let mut command = self.command("ch-send", &["--batch", "--connections", CONNECTIONS, "--via", &via]);
        if kind != Kind::Ticket {
            command.args(["--button", "never"]);
        }
        if kind == Kind::Signed {
            command.args(["--dkim-domain", "example.org", "--dkim-selector", "b", "--dkim-key"]);
            command.arg(self.dir.join("home/b.example.org.pem"));
        }
        command.stdin(File::open(jobs)?);
        timed(&mut command, messages, messages)
    }

    /// As many jobs, each personalised: finished messages of 4 KiB, or their text and HTML.
    pub fn jobs(&self, many: usize, raw: bool) -> Result<PathBuf> {
        let path = self.dir.join(format!("{many}-{raw}.jobs"));
        let mut file = std::io::BufWriter::new(File::create(&path)?);
        for at in 0..many {
            let line = "New boots are in, and they are waterproof, light and warm.\r\n";
            let text = format!("Dear customer {at},\r\n\r\n{}", line.repeat(25));
            let html = format!(
                "<html><body><p>Dear customer {at}</p>{}</body></html>",
                format!("<p>{line}</p>").repeat(28)
            );
            let mut job = serde_json::json!({
                "ref": at.to_string(), "from": "shop@example.org", "to": format!("customer{at}@example.com"),
            });
            if raw {
                job["raw"] = format!(
                    "From: shop@example.org\r\nTo: customer{at}@example.com\r\nSubject: Boots for {at}\r\n\
                     Date: Mon, 23 Nov 2026 20:00:00 +0000\r\nMessage-ID: <{at}@example.org>\r\nMIME-Version: 1.0\r\n\
                     Content-Type: multipart/alternative; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\n\
                     {text}\r\n--=_b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--=_b--\r\n"
                )
                .into();
            } else {
                job["subject"] = format!("Boots for {at}").into();
                job["text"] = text.into();
                job["html"] = html.into();
            }
            let text = job.to_string();
            // As our tools write it: version and type first.
            writeln!(file, "{{\"v\":1,\"type\":\"job\",{}", &text[1..])?;
        }
        file.flush()?;
        Ok(path)
    }
}

/// How many RSA-2048 signatures a second two cores make, as OpenSSL says.
fn openssl() -> Option<f64> {
    let output =
        Command::new("openssl").args(["speed", "-seconds", "3", "-multi", "2", "rsa2048"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().rev().find(|line| line.starts_with("rsa 2048"))?;
    line.split_whitespace().rev().nth(1)?.parse().ok()
}
