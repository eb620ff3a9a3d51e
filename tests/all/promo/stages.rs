//! `ch-promo claim | ch-send --batch | ch-promo record`, when a stage dies or another sender is at work.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::{
    mailing::{everybody, gated, mailed, sender},
    *,
};
use crate::world::{Running, process, sink::Step, until};

const STAGES: &str = "ch-promo claim spring \
    | sh -c 'echo $$ > $CH_HOME/sender.pid; exec ch-send --batch --connections 5' | ch-promo record spring";

#[test]
fn a_sender_killed_between_its_stages_loses_nobody_and_at_most_one_of_each_connection_is_unknown() {
    // No receipt tells record whose claim it was: the server ends it when it has been silent.
    let shop = Shop::new(300, &["--times", "claim-lasts=2s"]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let mut stages = Running::start(boss.shell(STAGES));
    until("mails at their final dots", || (sink.count(Step::Dot) >= 5).then_some(()));
    process::run(boss.shell("kill -9 $(cat $CH_HOME/sender.pid)"), b"").done();
    // The stages around it see their pipes close, and end.
    stages.wait();
    until("the end of its claim", || (shop.status()["unknown"] == 5).then_some(()));
    assert_eq!(
        (shop.counts().as_str(), &shop.status()["state"]),
        ("planned 295, unknown 5", &json!("running"))
    );
    open.store(true, Ordering::SeqCst);
    let ended = boss.run("ch-promo", &["run", "spring", "--connections", "5"]).ends(75);
    assert!(ended.stderr.contains("of 5 nobody can say"), "{ended:#?}");
    let unknown: Vec<String> = boss
        .run("ch-promo", &["status", "spring", "--unknown"])
        .done()
        .records()
        .iter()
        .map(|sent| sent["recipient"].as_str().unwrap().to_owned())
        .collect();
    let certain = mailed(&sink).into_iter().filter(|to| !unknown.contains(to)).collect::<Vec<_>>();
    let others: Vec<String> = everybody(300).into_iter().filter(|to| !unknown.contains(to)).collect();
    assert_eq!((unknown.len(), certain), (5, others), "each of the others once");
    assert_eq!(shop.status()["state"], json!("finished"));
}

#[test]
fn a_record_beside_a_run_takes_its_receipts_in_and_ends_nothing() {
    let shop = Shop::new(60, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let run = boss.start("ch-promo", &["run", "spring", "--connections", "3"]);
    until("mails at their final dots", || (sink.count(Step::Dot) >= 3).then_some(()));
    let sent = json!({
        "v": 1, "type": "sent", "ref": "spring/1/999999", "recipient": "nobody@example.org", "status": "accepted",
        "code": 250, "reply": "ok", "message_id": null, "at": "2026-01-01T00:00:00Z",
    });
    let beside = boss.run_with("ch-promo", &["record", "spring"], format!("{sent}\n"));
    assert!([0, 65].contains(&beside.status), "{beside:#?}");
    assert_eq!(shop.status()["unknown"], 0, "its claim goes on");
    open.store(true, Ordering::SeqCst);
    run.end().done();
    assert_eq!((mailed(&sink), shop.counts().as_str()), (everybody(60), "accepted 60"));
}
