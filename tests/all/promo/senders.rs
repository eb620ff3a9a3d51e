//! Several senders, and how fast they may go.

use std::{collections::BTreeSet, thread};

use serde_json::{Value, json};

use super::*;
use crate::world::{
    sink::{self, Sink},
    until,
};

#[test]
fn two_devices_never_get_the_same_delivery() {
    let shop = Shop::new(1200, &[]);
    shop.plan(&json!({}));
    let other = shop.another("other");
    let send = |who: &Login| {
        let claim = shop.claim(who);
        let mut mine = Vec::new();
        loop {
            let some = deliveries(&shop.take(who, claim, 40));
            if some.is_empty() {
                return mine;
            }
            let marks: String =
                some.iter().map(|d| format!("{}\n", json!({ "ticket": d["mark"] }))).collect();
            let marked = shop.server.http("POST", "/v1/marks", Some(&who.token), &marks);
            assert!(marked.body.lines().all(|line| line.contains("\"type\":\"mark\"")), "{marked:?}");
            let receipts: Vec<_> = some.iter().map(|d| sent(d, "accepted", Some(250))).collect();
            assert_eq!(shop.outcomes(who, &receipts), some.len() as u64);
            mine.extend(some.iter().map(|d| d["member"].as_u64().unwrap()));
        }
    };
    let (ours, theirs) = thread::scope(|scope| {
        let theirs = scope.spawn(|| send(&other));
        (send(&shop.manager), theirs.join().unwrap())
    });
    let all: BTreeSet<u64> = ours.iter().chain(&theirs).copied().collect();
    assert_eq!((ours.len() + theirs.len(), all.len()), (1200, 1200));
    assert!(!ours.is_empty() && !theirs.is_empty());
    assert_eq!((shop.counts().as_str(), &shop.status()["state"]), ("accepted 1200", &json!("finished")));
}

#[test]
fn a_deferred_delivery_waits_and_a_domain_that_says_not_now_is_left_alone_even_after_a_restart() {
    let mut shop = Shop::new(70, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 30));
    let of = |domain: &str| {
        mine.iter().filter(|d| d["to"].as_str().unwrap().ends_with(domain)).collect::<Vec<_>>()
    };
    let slow = of("@d1.example");
    let later: Vec<_> = slow.iter().map(|d| sent(d, "deferred", Some(451))).collect();
    assert_eq!(shop.outcomes(&shop.manager, &later), later.len() as u64);
    // Trouble of the sender's own is not the domain's.
    let broken: Vec<_> = of("@d2.example").iter().map(|d| sent(d, "deferred", None)).collect();
    assert_eq!(shop.outcomes(&shop.manager, &broken), broken.len() as u64);
    shop.kill();
    assert_eq!(shop.status()["deferred"], later.len());
    let mut rest = Vec::new();
    let taken = loop {
        let taken = shop.take(&shop.manager, claim, 100);
        if taken["deliveries"].as_array().unwrap().is_empty()
            && taken["next"].as_str().unwrap() > &*Time::now().to_string()
        {
            break taken;
        }
        rest.extend(deliveries(&taken));
    };
    assert!(rest.iter().all(|d| !d["to"].as_str().unwrap().ends_with("@d1.example")), "{rest:?}");
    assert!(rest.iter().any(|d| d["to"].as_str().unwrap().ends_with("@d2.example")));
    assert_eq!(taken["state"], "running");
}

#[test]
fn a_campaign_keeps_its_rate_its_time_and_its_quiet_hours() {
    let shop = Shop::new(9, &[]);
    shop.plan(&json!({ "pace": { "rate": 1 } }));
    let claim = shop.claim(&shop.manager);
    let taken = shop.take(&shop.manager, claim, 5);
    assert_eq!((deliveries(&taken).len(), taken["state"].as_str()), (1, Some("running")));
    assert!(taken["next"].as_str().unwrap() > &*Time::now().to_string(), "{taken}");

    let at = Time::now().plus(3_600_000);
    shop.done(&shop.manager, "", &json!({ "name": "later", "ad": "boots", "to": "all", "at": at }));
    let claim = shop.done(&shop.manager, "/later/claims", &json!({}))["claim"].clone();
    let taken = shop.done(&shop.manager, "/later/take", &json!({ "claim": claim, "count": 5 }));
    assert_eq!((deliveries(&taken).len(), &taken["next"]), (0, &json!(at)));

    let quiet = json!({ "quiet": "00:00-23:59", "time_zone": "Asia/Seoul" });
    shop.done(&shop.manager, "", &json!({ "name": "quiet", "ad": "boots", "to": "all", "pace": quiet }));
    let claim = shop.done(&shop.manager, "/quiet/claims", &json!({}))["claim"].clone();
    let taken = until("a minute that is quiet", || {
        let taken = shop.done(&shop.manager, "/quiet/take", &json!({ "claim": claim, "count": 1 }));
        deliveries(&taken).is_empty().then_some(taken)
    });
    assert_eq!(taken["state"], "running");
}

#[test]
fn nobody_is_mailed_twice_within_the_span_that_a_plan_names() {
    let shop = Shop::new(4, &[]);
    shop.plan(&json!({ "limit": 2 }));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 2));
    shop.mark(&shop.manager, &mine[0]);
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[0], "accepted", Some(250))]), 1);
    let pace = json!({ "every": 3_600_000 });
    let planned =
        shop.done(&shop.manager, "", &json!({ "name": "next", "ad": "boots", "to": "all", "pace": pace }));
    assert_eq!((&planned["too_recent"], &planned["campaign"]["planned"]), (&json!(1), &json!(3)));
    // Mailed since it was planned.
    shop.mark(&shop.manager, &mine[1]);
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[1], "accepted", Some(250))]), 1);
    let claim = shop.done(&shop.manager, "/next/claims", &json!({}))["claim"].clone();
    let taken = shop.done(&shop.manager, "/next/take", &json!({ "claim": claim, "count": 9 }));
    let members: Vec<u64> = deliveries(&taken).iter().map(|d| d["member"].as_u64().unwrap()).collect();
    assert_eq!(members, [3, 4]);
}

#[test]
fn jobs_that_a_dead_sender_had_begun_are_not_sent_by_the_next_one() {
    let shop = Shop::new(4, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 4));
    let sink = Sink::start(|_, _| sink::Answer::Fine);
    let mut sender = shop.world.person("alice", &shop.server);
    sender.register();
    for (pair, via) in
        mine.chunks(2).zip([format!("smtp://127.0.0.1:{}", sink.port), shop.world.maildir_url()])
    {
        // The first one's message may be under way.
        assert_eq!(shop.mark(&shop.manager, &pair[0])["type"], "mark");
        let job = |delivery: &Value| {
            json!({ "v": 1, "type": "job", "ref": delivery["ref"], "to": delivery["to"], "subject": "Boots", "text": "Hi",
                "from": "shop@example.org", "chat": false, "mark": delivery["mark"] })
        };
        let jobs: String = pair.iter().map(|delivery| format!("{}\n", job(delivery))).collect();
        sender.via = via;
        let receipts = sender.run_with("ch-send", &["--batch"], jobs);
        let receipts: Vec<Value> =
            receipts.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let fate = |delivery: &Value| {
            receipts.iter().find(|receipt| receipt["ref"] == delivery["ref"]).unwrap()["status"].clone()
        };
        assert_eq!((fate(&pair[0]), fate(&pair[1])), (json!("unknown"), json!("accepted")));
        assert_eq!(shop.outcomes(&shop.manager, &receipts), 2);
    }
    assert_eq!(shop.counts(), "accepted 2, unknown 2");
    assert_eq!(sink.taken().len() + shop.world.mails(mine[3]["to"].as_str().unwrap()).len(), 2);
    assert_eq!(shop.world.mails(mine[2]["to"].as_str().unwrap()).len(), 0);
}
