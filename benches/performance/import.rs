//! A list of members is taken in by `ch-promo member import`, and again; then the ledger of what they agreed to is checked.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Stdio,
};

use anyhow::Result;

use super::{
    Bench,
    bulk::Place,
    promotion::timed,
    server::Server,
    table::{Table, count},
};

pub async fn measure(bench: &Bench) -> Result<Table> {
    let dir = bench.dir("import")?;
    let server = Server::start(&dir.join("data"))?;
    let place = Place { dir: dir.clone(), url: server.url() };
    place.run("ch-register", &["bench", "--mail", "bench@example.org"])?;
    let data = dir.join("data").display().to_string();
    place.run("ch-serve", &["grant", "bench", "manager", "--data", &data])?;
    let members = bench.scale.members;
    let list = dir.join("members.csv");
    write_list(&list, members)?;
    let list = list.display().to_string();
    let import = ["member", "import", &list, "--consent-proof", "paper form, March"];
    let tasks = [
        ("a list is taken in", import.as_slice()),
        ("the same again", &import),
        ("its ledger is checked", &["member", "verify"]),
    ];
    let mut rows = Vec::new();
    for (what, args) in tasks {
        let before = server.process.cpu()?;
        let mut command = place.command("ch-promo", args);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let run = timed(&mut command, members)?;
        let cpu = (server.process.cpu()? - before) * 1e6 / members as f64;
        rows.push(vec![
            what.to_owned(),
            count(members as f64),
            format!("{:.1} s", members as f64 / run.rate),
            count(run.rate),
            format!("{:.1} µs", run.cpu),
            format!("{:.0} MiB", run.memory),
            format!("{cpu:.1} µs"),
            format!("{:.0} MiB", server.process.memory()? / f64::from(1 << 20)),
        ]);
    }
    let columns = &[
        "what",
        "members",
        "time",
        "a second",
        "tool's CPU each",
        "tool's memory",
        "server's CPU each",
        "server's memory",
    ];
    Ok(Table { name: "import", columns, rows })
}

fn write_list(path: &Path, members: usize) -> Result<()> {
    let mut list = BufWriter::new(File::create(path)?);
    writeln!(list, "mail,name,tags,locale,time_zone,consent")?;
    for at in 0..members {
        let (domain, city) = (at % 1000, ["Seoul", "Busan", "Daegu"][at % 3]);
        writeln!(
            list,
            "customer{at}@d{domain}.example.com,민아 {at},running;city:{city},ko-KR,Asia/Seoul,promotion"
        )?;
    }
    list.flush()?;
    Ok(())
}
