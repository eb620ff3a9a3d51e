//! A campaign for all members: planned beside other people's writes, then handed out and settled as fast as two senders ask.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chmail::{
    store::{AdText, MemberChange, NewAd, Place, Proof, Store},
    wire::{Secret, Time, ask::Refresh, promotion::PROMOTION},
};
use serde_json::{Value, json};
use tokio::task::spawn_local;

use super::{
    Bench,
    http::Http,
    people,
    server::{Server, tool},
    table::{Table, count, percentile},
};

/// Members in one transaction.
const GROUP: usize = 5000;
/// Deliveries that a sender asks for at once.
const TAKE: u32 = 250;
/// Senders.
const SENDERS: usize = 2;

pub async fn measure(bench: &Bench) -> Result<Table> {
    let data = bench.dir("plan")?;
    let server = Server::start(&data)?;
    let managers = people::logins(server.address, SENDERS).await?;
    let names: Vec<String> = {
        let mut names = Vec::new();
        for token in &managers {
            let mut http = Http::connect(server.address).await?;
            let said = http.ask("POST", "/v1/ports", Some(token), "{}").await?;
            names.push(serde_json::from_slice::<Value>(said)?["login"].as_str().context("login")?.to_owned());
        }
        names
    };
    drop(server);
    let began = Instant::now();
    fill(&data, &names[0], bench.scale.members).await?;
    let filled = began.elapsed();
    let server = Server::start(&data)?;
    for name in &names {
        let mut grant = Command::new(tool("ch-serve"));
        grant.args(["grant", name, "manager", "--data"]).arg(&data);
        ensure!(grant.status()?.success(), "grant");
    }
    let idle = server.process.memory()?;
    let row = |what: &str, each: Duration, members: usize, cpu: f64, memory: f64, beside: String| {
        let rate = members as f64 / each.as_secs_f64();
        let cpu = if cpu > 0.0 { format!("{:.1} µs", cpu * 1e6 / members as f64) } else { "–".to_owned() };
        let memory = format!("{:.0} MiB", memory / f64::from(1 << 20));
        vec![
            what.to_owned(),
            count(members as f64),
            format!("{:.1} s", each.as_secs_f64()),
            count(rate),
            cpu,
            memory,
            beside,
        ]
    };
    let members = bench.scale.members;
    let mut rows = vec![row("members are there (in process)", filled, members, 0.0, idle, "–".to_owned())];

    // Planned, while somebody refreshes.
    let (over, waits) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(Vec::new())));
    let beside =
        spawn_local(refreshes(server.address, managers[1].clone(), Rc::clone(&over), Rc::clone(&waits)));
    let (began, cpu) = (Instant::now(), server.process.cpu()?);
    let plan = json!({ "name": "spring", "ad": "boots", "to": "tag:even or not tag:even" }).to_string();
    let mut http = Http::connect(server.address).await?;
    let planned: Value =
        serde_json::from_slice(http.ask("POST", "/v1/campaigns", Some(&managers[0]), &plan).await?)?;
    let took = began.elapsed();
    over.set(true);
    beside.await??;
    ensure!(planned["campaign"]["planned"] == members, "{planned}");
    let mut waits = waits.take();
    waits.sort_unstable();
    let slowest = format!(
        "{:.1} / {:.1} ms",
        f64::from(percentile(&waits, 50)) / 1000.0,
        f64::from(percentile(&waits, 99)) / 1000.0
    );
    rows.push(row(
        "a campaign is planned",
        took,
        members,
        server.process.cpu()? - cpu,
        server.process.memory()?,
        slowest,
    ));

    let (began, cpu) = (Instant::now(), server.process.cpu()?);
    let most = bench.scale.deliveries.min(members) / SENDERS;
    let mut senders = Vec::new();
    for token in &managers {
        senders.push(spawn_local(send(server.address, token.clone(), most)));
    }
    let mut sent = 0;
    for sender in senders {
        sent += sender.await??;
    }
    let cpu = server.process.cpu()? - cpu;
    rows.push(row(
        "taken, marked, settled",
        began.elapsed(),
        sent,
        cpu,
        server.process.memory()?,
        "–".to_owned(),
    ));
    let columns = &[
        "what",
        "members",
        "time",
        "a second",
        "server CPU each",
        "server memory",
        "a refresh beside it, p50 / p99",
    ];
    Ok(Table { name: "plan", columns, rows })
}

async fn fill(data: &Path, owner: &str, members: usize) -> Result<()> {
    let store = Store::open(&Place { data: data.to_owned(), keys: None, ports: vec![(10_000, 32_767)] })?;
    let text =
        AdText { title: "Boots".to_owned(), text: Some("Hello {{ name }}".to_owned()), ..AdText::default() };
    let (id, owner) = ("boots".to_owned(), owner.parse()?);
    let ad = NewAd {
        id,
        owner,
        published: true,
        any: true,
        text,
        picture: None,
        valid_from: None,
        valid_until: None,
    };
    store.put_ad(ad, Time::now()).await?;
    let proof =
        Proof { how: "import".to_owned(), text: Some("paper form, March".to_owned()), ..Proof::default() };
    let member = |n: usize| MemberChange {
        mail: format!("member{n}@d{}.example", n % 97),
        name: Some(format!("Member {n}")),
        tag: if n.is_multiple_of(2) { vec!["even".to_owned()] } else { Vec::new() },
        consent: vec![PROMOTION.to_owned()],
        proof: proof.clone(),
        ..MemberChange::default()
    };
    for from in (0..members).step_by(GROUP) {
        let some = (from..members.min(from + GROUP)).map(member).collect();
        store.change_members(some, Time::now()).await?;
    }
    store.close().await;
    Ok(())
}

/// One refresh after the other; how long each took, in µs.
async fn refreshes(
    address: std::net::SocketAddr,
    token: Secret,
    over: Rc<Cell<bool>>,
    waits: Rc<RefCell<Vec<u32>>>,
) -> Result<()> {
    let mut http = Http::connect(address).await?;
    let request =
        http.request("PUT", "/v1/presence", Some(&token), &serde_json::to_string(&Refresh::default())?);
    while !over.get() {
        let began = Instant::now();
        http.send(&request).await?;
        waits.borrow_mut().push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(())
}

/// Takes, marks and settles `most` deliveries; how many.
async fn send(address: std::net::SocketAddr, token: Secret, most: usize) -> Result<usize> {
    let mut http = Http::connect(address).await?;
    let claim: Value =
        serde_json::from_slice(http.ask("POST", "/v1/campaigns/spring/claims", Some(&token), "{}").await?)?;
    let take = json!({ "claim": claim["claim"], "count": TAKE }).to_string();
    let mut done = 0;
    while done < most {
        let taken: Value = serde_json::from_slice(
            http.ask("POST", "/v1/campaigns/spring/take", Some(&token), &take).await?,
        )?;
        let deliveries = taken["deliveries"].as_array().context("deliveries")?;
        if deliveries.is_empty() {
            break;
        }
        let marks: String =
            deliveries.iter().map(|d| format!("{}\n", json!({ "ticket": d["mark"] }))).collect();
        http.ask("POST", "/v1/marks", Some(&token), &marks).await?;
        for some in deliveries.chunks(TAKE as usize / 2) {
            let receipts: String = some
                .iter()
                .map(|d| {
                    let at = Time::now();
                    let sent = json!({ "v": 1, "type": "sent", "ref": d["ref"], "recipient": d["to"], "status": "accepted",
                        "code": 250, "reply": "2.0.0 Ok: queued", "message_id": d["message_id"], "at": at });
                    format!("{sent}\n")
                })
                .collect();
            http.ask("POST", "/v1/campaigns/spring/outcomes", Some(&token), &receipts).await?;
        }
        done += deliveries.len();
    }
    Ok(done)
}
