//! The server is killed: whatever it acknowledged of a campaign is so.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use super::*;

#[test]
fn every_acknowledged_step_survives_kill() {
    let mut shop = Shop::new(5, &[]);
    shop.plan(&json!({}));
    shop.kill();
    assert_eq!((shop.counts().as_str(), &shop.status()["state"]), ("planned 5", &json!("planned")));
    let claim = shop.claim(&shop.manager);
    shop.kill();
    let mine = deliveries(&shop.take(&shop.manager, claim, 4));
    shop.kill();
    assert_eq!(shop.counts(), "planned 1, claimed 4");
    for delivery in &mine[..3] {
        shop.mark(&shop.manager, delivery);
    }
    shop.kill();
    assert_eq!(shop.counts(), "planned 1, claimed 1, attempting 3");
    // The claim is alive: it is silent since the restart only.
    let said = [sent(&mine[0], "accepted", Some(250)), sent(&mine[1], "deferred", Some(450))];
    assert_eq!(shop.outcomes(&shop.manager, &said), 2);
    shop.kill();
    assert_eq!(shop.counts(), "planned 1, claimed 1, attempting 1, accepted 1, deferred 1");
    assert_eq!(shop.outcomes(&shop.manager, &said), 0, "a second time, for a lost answer");
    shop.done(&shop.manager, "/spring/end", &json!({}));
    shop.kill();
    assert_eq!(shop.counts(), "planned 2, accepted 1, deferred 1, unknown 1");
}

#[test]
fn a_plan_that_was_cut_off_is_gone_or_finished() {
    let mut shop = Shop::new(9000, &[]);
    let body = json!({ "name": "spring", "ad": "boots", "to": "all" }).to_string();
    let mut halves = 0;
    for wait in 0..12 {
        let (url, token) = (shop.server.url.clone(), shop.manager.token.clone());
        let asked = ask_and_leave(&url, &token, &body);
        // A random instant is what this is about.
        thread::sleep(Duration::from_millis(wait * 9));
        shop.kill();
        drop(asked);
        let path = "/v1/campaigns/spring";
        let found = crate::world::until("no half of a plan", || {
            let answer = shop.server.http("GET", path, Some(&shop.manager.token), "");
            (answer.status == 404 || answer.json()["state"] != "planning").then_some(answer)
        });
        if found.status == 200 {
            assert_eq!(found.json()["planned"], 9000, "{found:?}");
            break;
        }
        halves += 1;
        shop.plan(&json!({ "name": format!("other-{halves}"), "limit": 1 }));
    }
    if shop.server.http("GET", "/v1/campaigns/spring", Some(&shop.manager.token), "").status == 404 {
        assert_eq!(shop.plan(&json!({}))["campaign"]["planned"], 9000);
    }
}

fn ask_and_leave(url: &str, token: &str, body: &str) -> std::net::TcpStream {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /v1/campaigns HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    stream
}

/// What one sender was told.
#[derive(Default)]
struct Told {
    /// Member → claims under which it was marked, by acknowledged marks.
    marked: BTreeMap<u64, Vec<String>>,
    /// Members whose acceptance was acknowledged.
    accepted: Vec<u64>,
}

/// Sends as fast as it can, whatever happens to the server; `None` while it is away.
fn ask(url: &str, token: &str, path: &str, body: &str) -> Option<String> {
    use std::io::{Read, Write};
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(crate::world::PATIENCE)).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let whole = length.is_none_or(|length: usize| length == body.len());
    (head.contains(" 200 ") && whole).then(|| body.to_owned())
}

fn sender(url: &str, token: &str, stop: &AtomicBool) -> Told {
    let mut told = Told::default();
    while !stop.load(Ordering::Relaxed) {
        let Some(begun) = ask(url, token, "/v1/campaigns/spring/claims", "{}") else { continue };
        let claim = serde_json::from_str::<Value>(&begun).unwrap()["claim"].clone();
        while !stop.load(Ordering::Relaxed) {
            let body = json!({ "claim": claim, "count": 20 }).to_string();
            let Some(taken) = ask(url, token, "/v1/campaigns/spring/take", &body) else { break };
            let mine = deliveries(&serde_json::from_str(&taken).unwrap());
            let marks: String =
                mine.iter().map(|d| format!("{}\n", json!({ "ticket": d["mark"] }))).collect();
            let Some(marked) = ask(url, token, "/v1/marks", &marks) else { break };
            let mut receipts = Vec::new();
            for (delivery, line) in mine.iter().zip(marked.lines()) {
                let member = delivery["member"].as_u64().unwrap();
                if serde_json::from_str::<Value>(line).unwrap()["type"] == "mark" {
                    told.marked.entry(member).or_default().push(claim.to_string());
                    receipts.push((member, sent(delivery, "accepted", Some(250)).to_string()));
                }
            }
            let lines: String = receipts.iter().map(|(_, line)| format!("{line}\n")).collect();
            let Some(_) = ask(url, token, "/v1/campaigns/spring/outcomes", &lines) else { break };
            told.accepted.extend(receipts.iter().map(|(member, _)| member));
        }
    }
    told
}

fn the_server_is_killed_under_two_senders(times: u32) {
    let mut shop = Shop::new(3000, &[]);
    shop.plan(&json!({}));
    let other = shop.another("other");
    let (url, stop) = (shop.server.url.clone(), AtomicBool::new(false));
    let told = thread::scope(|scope| {
        let senders = [&shop.manager.token.clone(), &other.token].map(|token| {
            scope.spawn({
                let (url, stop, token) = (&url, &stop, token.clone());
                move || sender(url, &token, stop)
            })
        });
        for at in 0..times {
            // A random instant is what this is about.
            thread::sleep(Duration::from_millis(30 + u64::from(at * 37 % 90)));
            shop.kill();
        }
        stop.store(true, Ordering::Relaxed);
        senders.map(|sender| sender.join().unwrap())
    });
    shop.server.running.kill();
    let sql = rusqlite::Connection::open(shop.world.path("data/ch.db")).unwrap();
    let state = |member: u64| -> i64 {
        sql.query_row("SELECT state FROM delivery WHERE member = ?1", [member.cast_signed()], |row| {
            row.get(0)
        })
        .unwrap()
    };
    for told in &told {
        assert!(!told.accepted.is_empty());
        for member in &told.accepted {
            assert_eq!(state(*member), 3, "{member} was accepted, and the server said it knew");
        }
        for member in told.marked.keys() {
            assert!([2, 3, 6].contains(&state(*member)), "{member} may be under way: {}", state(*member));
        }
    }
    // Nobody was begun twice, by whomever.
    let mut begun = told[0].marked.clone();
    for (member, claims) in &told[1].marked {
        begun.entry(*member).or_default().extend(claims.iter().cloned());
    }
    assert!(begun.values().all(|claims| claims.len() == 1), "{begun:?}");
    let mut wrong = sql
        .prepare(
            "SELECT state, count(*) FROM delivery GROUP BY state
             EXCEPT SELECT state, count FROM tally",
        )
        .unwrap();
    let wrong: Vec<(i64, i64)> =
        wrong.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    assert!(wrong.is_empty(), "the counts are other than the deliveries: {wrong:?}");
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed_under_two_senders() {
    the_server_is_killed_under_two_senders(8);
}

#[test]
#[ignore = "long: make soak"]
fn soak_nothing_acknowledged_is_lost_when_the_server_is_killed_100_times_under_two_senders() {
    the_server_is_killed_under_two_senders(100);
}
