//! A campaign's mails, from the ledger to `smtp-sink`, beside bare `ch-send --batch`: with mails of the same length that get a
//! chat button each, too, and with finished messages that ask nobody for anything.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Bench,
    bulk::{self, Place, Run},
    server::{Server, cpu_of},
    table::{Table, count},
};

/// Connections of both.
const CONNECTIONS: &str = "100";
/// Mails.
const MAILS: usize = 100_000;
/// Mails when it is only to be seen that it runs.
const FEW: usize = 300;

pub async fn measure(bench: &Bench) -> Result<Table> {
    let dir = bench.dir("promotion")?;
    let mails = if bench.scale.rounds == 1 { FEW } else { MAILS };
    let (_sink, sink) = bulk::sink()?;
    let server = Server::start(&dir.join("data"))?;
    let place = Place { dir: dir.clone(), url: server.url() };
    place.run("ch-register", &["bench", "--mail", "bench@example.org"])?;
    let data = dir.join("data").display().to_string();
    place.run("ch-serve", &["grant", "bench", "manager", "--data", &data])?;
    place.run("ch-send", &["dkim-key", "--domain", "example.org", "--selector", "b", "--rsa"])?;
    promotion(&place, mails)?;
    let (drafts, finished) = (place.jobs(mails, false)?, place.jobs(mails, true)?);
    let mut rows = Vec::new();
    for signed in [false, true] {
        let batch = |jobs: &Path, args: &[&str]| {
            let mut batch = command(&place, sink, signed, "ch-send", args);
            batch.stdin(File::open(jobs)?).stdout(File::create(dir.join("receipts"))?);
            timed(&mut batch, mails)
        };
        let bare = batch(&drafts, &["--batch"])?;
        let asks_nobody = batch(&finished, &["--batch", "--button", "never"])?;
        let name = if signed { "signed" } else { "plain" };
        place.run("ch-promo", &["plan", name, "--ad", "boots", "--to", "all"])?;
        let before = server.process.cpu()?;
        let run = timed(&mut command(&place, sink, signed, "ch-promo", &["run", name]), mails)?;
        let cpu = server.process.cpu()? - before;
        let with = if signed { ", signed with RSA-2048" } else { "" };
        rows.push(row(&format!("`ch-send --batch`, a chat button each{with}"), bare, bare, None));
        rows.push(row(&format!("`ch-send --batch`, finished messages{with}"), asks_nobody, bare, None));
        let cost = (cpu * 1e6 / mails as f64, server.process.memory()? / f64::from(1 << 20));
        rows.push(row(&format!("`ch-promo run`{with}"), run, bare, Some(cost)));
    }
    let columns = &[
        "what",
        "messages/s",
        "ratio",
        "sender's CPU a message",
        "sender's memory",
        "server's CPU a message",
        "server's memory",
    ];
    Ok(Table { name: "promotion", columns, rows })
}

fn row(what: &str, run: Run, beside: Run, server: Option<(f64, f64)>) -> Vec<String> {
    let (cpu, memory) = match server {
        Some((cpu, memory)) => (format!("{cpu:.1} µs"), format!("{memory:.0} MiB")),
        None => ("–".to_owned(), "–".to_owned()),
    };
    vec![
        what.to_owned(),
        count(run.rate),
        format!("{:.2}", run.rate / beside.rate),
        format!("{:.1} µs", run.cpu),
        format!("{:.0} MiB", run.memory),
        cpu,
        memory,
    ]
}

/// Members who agreed, and an ad whose mails are as long as the finished messages beside them.
fn promotion(place: &Place, members: usize) -> Result<()> {
    let file = |name: &str| place.dir.join(name);
    let mut list = BufWriter::new(File::create(file("members.csv"))?);
    writeln!(list, "mail,name,tags,locale,time_zone,consent")?;
    for at in 0..members {
        writeln!(
            list,
            "customer{at}@d{}.example.com,Customer {at},running,en,Asia/Seoul,promotion",
            at % 1000
        )?;
    }
    list.flush()?;
    let line = "New boots are in, and they are waterproof, light and warm.\n";
    fs::write(file("boots.txt"), format!("Dear {{{{ name }}}},\n\n{}", line.repeat(25)))?;
    let html = format!("<p>Dear {{{{ name }}}}</p>{}", format!("<p>{line}</p>").repeat(28));
    fs::write(file("boots.html"), html)?;
    let path = |name: &str| file(name).display().to_string();
    place.run("ch-promo", &["member", "import", &path("members.csv"), "--consent-proof", "bench"])?;
    let (text, html) = (path("boots.txt"), path("boots.html"));
    place.run(
        "ch-promo",
        &["ad", "add", "boots", "--title", "Boots for {{ name }}", "--text", &text, "--html", &html],
    )
}

fn command(place: &Place, to: SocketAddr, signed: bool, tool: &str, args: &[&str]) -> Command {
    let via = format!("smtp://{to}");
    let mut command = place.command(tool, args);
    command.args(["--connections", CONNECTIONS, "--via", &via]);
    if signed {
        command.args(["--dkim-domain", "example.org", "--dkim-selector", "b", "--dkim-key"]);
        command.arg(place.dir.join("home/b.example.org.pem"));
    }
    command.stdout(Stdio::null());
    command
}

/// Runs a sender to its end, and looks at its memory meanwhile.
pub fn timed(command: &mut Command, mails: usize) -> Result<Run> {
    let began = Instant::now();
    let mut child = command.spawn().with_context(|| format!("{command:?}"))?;
    let pid = child.id().to_string();
    let stat = Path::new("/proc").join(&pid).join("stat");
    let mut memory = 0.0;
    // It is not waited for before its figures are read, so /proc still knows it.
    while !fs::read_to_string(&stat)?.contains(") Z ") {
        memory = bulk::peak(&pid).unwrap_or(memory);
        thread::sleep(Duration::from_millis(5));
    }
    let took = began.elapsed().as_secs_f64();
    let cpu = cpu_of(&pid)?;
    let status = child.wait()?;
    ensure!(status.success(), "{command:?}: {status}");
    Ok(Run { rate: mails as f64 / took, cpu: cpu * 1e6 / mails as f64, memory })
}
