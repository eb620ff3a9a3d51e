//! Campaigns are mailed by the real tools: in one process, in stages, by several, and when things go wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use super::*;
use crate::world::{
    Person, process,
    sink::{Answer, Sink, Step},
    until,
};

/// A manager with a home and a device of their own.
pub fn sender<'a>(shop: &'a Shop, name: &str, via: &str) -> Person<'a> {
    let mut person = shop.world.person(name, &shop.server);
    person.via = via.to_owned();
    person.register();
    shop.grant(name);
    person
}

/// A mail server that takes mails only while its gate is open; how many wait there can be seen by its steps.
pub fn gated() -> (Sink, Arc<AtomicBool>) {
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    let sink = Sink::start(move |step, _| {
        while step == Step::Dot && !gate.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(2));
        }
        Answer::Fine
    });
    (sink, open)
}

/// Whom the sink took a mail for, sorted.
pub fn mailed(sink: &Sink) -> Vec<String> {
    let mut all: Vec<String> = sink.taken().into_iter().flat_map(|taken| taken.to).collect();
    all.sort();
    all
}

pub fn everybody(count: u32) -> Vec<String> {
    let mut all: Vec<String> = (1..=count).map(address).collect();
    all.sort();
    all
}

#[test]
fn a_campaign_is_mailed_to_its_end_and_again_mails_nobody() {
    let shop = Shop::new(300, &[]);
    shop.plan(&json!({}));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    boss.run("ch-promo", &["run", "spring", "--connections", "8"]).done();
    assert_eq!(mailed(&sink), everybody(300));
    let mail = &sink.taken()[0].message;
    for field in ["CH-Ticket: ", "List-Unsubscribe: <http", "List-Unsubscribe-Post: ", "Subject: Boots for "]
    {
        assert!(mail.contains(field), "{field} is missing in\n{mail}");
    }
    let status = boss.run("ch-promo", &["status", "spring"]).done().record();
    assert_eq!((&status["state"], &status["accepted"]), (&json!("finished"), &json!(300)));
    boss.run("ch-promo", &["run", "spring"]).done();
    boss.run("ch-promo", &["run", "--due"]).done();
    assert_eq!(sink.taken().len(), 300);
    boss.run("ch-promo", &["status", "spring", "--unknown"]).ends(1);
}

#[test]
fn the_stages_do_the_same_as_the_run() {
    let shop = Shop::new(300, &[]);
    shop.plan(&json!({}));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    let line = "ch-promo claim spring | ch-send --batch --connections 5 | ch-promo record spring";
    process::run(boss.shell(line), b"").done();
    assert_eq!(mailed(&sink), everybody(300));
    assert_eq!((shop.counts().as_str(), &shop.status()["state"]), ("accepted 300", &json!("finished")));
}

#[test]
fn a_stage_that_cannot_write_gives_back_what_it_has() {
    let shop = Shop::new(50, &["--times", "claim-lasts=2s"]);
    shop.plan(&json!({}));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    process::run(boss.shell("ch-promo claim spring > /dev/full"), b"").ends(74);
    // A reader that goes away: nobody mails what it did not read.
    process::run(boss.shell("ch-promo claim spring | head -n 1 > /dev/null"), b"").done();
    assert_eq!(sink.taken().len(), 0);
    boss.run("ch-promo", &["run", "spring"]).done();
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(50), "accepted 50"));
}

#[test]
fn a_mail_server_that_is_dead_from_the_start_loses_nobody_and_finishes_nothing() {
    let shop = Shop::new(400, &[]);
    shop.plan(&json!({}));
    let mut boss = sender(&shop, "boss", "smtp://127.0.0.1:1");
    let ended = boss.run("ch-promo", &["run", "spring", "--connections", "3"]).ends(75);
    assert!(ended.stderr.contains("spring: stopped: "), "{ended:#?}");
    assert_eq!((shop.counts().as_str(), &shop.status()["state"]), ("planned 400", &json!("running")));
    let sink = Sink::kind();
    boss.via = sink.url();
    until("all of them", || {
        let ended = boss.run("ch-promo", &["run", "spring"]);
        (ended.status == 0).then_some(())
    });
    assert_eq!(mailed(&sink), everybody(400));
}

#[test]
fn one_home_mails_once_at_a_time_and_two_share() {
    let shop = Shop::new(600, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let (one, two) = (sender(&shop, "one", &sink.url()), sender(&shop, "two", &sink.url()));
    let run = ["run", "spring", "--connections", "3"];
    let first = one.start("ch-promo", &run);
    until("the first mails", || (sink.count(Step::Dot) >= 3).then_some(()));
    let second = one.run("ch-promo", &run).ends(75);
    assert!(second.stderr.contains("another sender"), "{second:#?}");
    one.run("ch-promo", &["claim", "spring"]).ends(75);
    let third = two.start("ch-promo", &run);
    until("the other's mails", || (sink.count(Step::Dot) >= 6).then_some(()));
    open.store(true, Ordering::SeqCst);
    for running in [first, third] {
        let ended = running.end();
        // Whoever is first at the end of the list leaves the other's to the other.
        assert!([0, 75].contains(&ended.status), "{ended:#?}");
    }
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(600), "accepted 600"));
}

#[test]
fn who_says_no_in_mid_campaign_is_not_mailed() {
    let shop = Shop::new(60, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "1"]);
    until("the first mail", || (sink.count(Step::Dot) >= 1).then_some(()));
    let first = sink.taken()[0].to[0].clone();
    let other = (1..=60).rev().find(|member| address(*member) != first).unwrap();
    shop.sql(&format!("UPDATE consent SET given = 0 WHERE member = {other}"));
    open.store(true, Ordering::SeqCst);
    running.end().done();
    assert_eq!(shop.counts(), "accepted 59, skipped 1");
    assert_eq!(shop.status()["state"], "finished");
    assert!(!mailed(&sink).contains(&address(other)));
}

#[test]
fn a_paused_campaign_mails_nobody_further_and_goes_on_when_told() {
    let shop = Shop::new(200, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "2"]);
    until("the first mails", || (sink.count(Step::Dot) >= 2).then_some(()));
    boss.run("ch-promo", &["pause", "spring"]).done();
    open.store(true, Ordering::SeqCst);
    running.end().ends(75);
    let before = sink.taken().len();
    assert!(before <= 2, "{before} went out");
    boss.run("ch-promo", &["run", "spring"]).ends(75);
    assert_eq!(sink.taken().len(), before);
    boss.run("ch-promo", &["resume", "spring"]).done();
    until("the end", || (boss.run("ch-promo", &["run", "spring"]).status == 0).then_some(()));
    assert_eq!(mailed(&sink), everybody(200));
    boss.run("ch-promo", &["cancel", "spring"]).ends(69);
}

#[test]
fn the_server_comes_back_in_mid_run_and_nobody_is_lost() {
    let mut shop = Shop::new(200, &["--times", "claim-lasts=3s"]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let via = boss.via.clone();
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "2"]);
    until("the first mails", || (sink.count(Step::Dot) >= 2).then_some(()));
    shop.kill();
    open.store(true, Ordering::SeqCst);
    let ended = running.end();
    assert!([0, 75].contains(&ended.status), "{ended:#?}");
    let mut boss = shop.world.person_at("boss", &shop.server.url);
    boss.via = via;
    until("the end", || (boss.run("ch-promo", &["run", "spring"]).status == 0).then_some(()));
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(200), "accepted 200"));
}

#[test]
fn the_servers_disk_is_full_in_mid_run_and_nobody_is_lost_or_mailed_twice() {
    let mut shop = Shop::new(600, &[]);
    shop.plan(&json!({}));
    shop.fill_up(500);
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    let via = boss.via.clone();
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "2"]);
    shop.server.running.stderr_line(|line| line.contains("disk"));
    assert!(sink.taken().len() < 600, "it was full before the end");
    // Somebody makes room.
    shop.kill();
    let ended = running.end();
    assert!([0, 75].contains(&ended.status), "{ended:#?}");
    let mut boss = shop.world.person_at("boss", &shop.server.url);
    boss.via = via;
    until("the end", || (boss.run("ch-promo", &["run", "spring"]).status == 0).then_some(()));
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(600), "accepted 600"));
}

#[test]
fn servers_that_hang_up_with_421_are_tried_again_without_losing_anybody() {
    let shop = Shop::new(200, &[]);
    shop.plan(&json!({ "pace": { "retry": 1 } }));
    let steps = AtomicUsize::new(0);
    let sink = Sink::start(move |step, _| match step {
        Step::Mail if steps.fetch_add(1, Ordering::SeqCst) % 11 == 10 => {
            Answer::Say("421 4.3.2 going down".to_owned())
        }
        _ => Answer::Fine,
    });
    let boss = sender(&shop, "boss", &sink.url());
    until("the end", || (boss.run("ch-promo", &["run", "spring", "--wait"]).status == 0).then_some(()));
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(200), "accepted 200"));
}
