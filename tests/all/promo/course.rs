//! A campaign's course with the real tools: when it begins, what stops it, and what its senders say of it.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::{
    mailing::{everybody, gated, mailed, sender},
    *,
};
use crate::world::{
    process::Output,
    sink::{Answer, Sink, Step},
    until,
};

const HOUR: i64 = 3_600_000;

/// Where a campaign is.
fn state(shop: &Shop, name: &str) -> String {
    let path = format!("/v1/campaigns/{name}");
    let record = shop.server.http("GET", &path, Some(&shop.manager.token), "").json();
    record["state"].as_str().unwrap().to_owned()
}

#[track_caller]
fn says(ended: &Output, words: &str) {
    assert!(ended.stderr.contains(words) && ended.stderr.lines().count() == 1, "{words}: {ended:#?}");
}

#[track_caller]
fn silent(ended: &Output) {
    assert_eq!((ended.status, ended.stdout.as_str(), ended.stderr.as_str()), (0, "", ""), "{ended:#?}");
}

#[test]
fn an_ad_that_is_over_in_mid_run_goes_to_nobody_further() {
    let shop = Shop::new(60, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "1"]);
    until("the first mail", || (sink.count(Step::Dot) >= 1).then_some(()));
    shop.sql("UPDATE ad SET valid_until = 1000");
    open.store(true, Ordering::SeqCst);
    let ended = running.end().done();
    says(&ended, "spring: the ad was over at 1970-01-01");
    says(&ended, ": 59 were not mailed");
    assert_eq!((shop.counts().as_str(), sink.taken().len()), ("accepted 1, skipped 59", 1));
    assert_eq!(state(&shop, "spring"), "finished");
    let export = boss.run("ch-promo", &["member", "export", &address(60)]).done().stdout;
    assert!(export.contains("the ad is over"), "{export}");
}

#[test]
fn an_ad_that_is_over_is_not_handed_out_and_what_was_handed_out_is_not_marked() {
    let shop = Shop::new(9, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 3));
    assert_eq!(shop.mark(&shop.manager, &mine[0])["type"], "mark");
    shop.sql("UPDATE ad SET valid_until = 1000");
    let refused = shop.mark(&shop.manager, &mine[1]);
    assert_eq!((&refused["code"], &refused["message"]), (&json!("forbidden"), &json!("the ad is over")));
    let taken = shop.take(&shop.manager, claim, 9);
    assert_eq!((deliveries(&taken).len(), &taken["over"]), (0, &json!("1970-01-01T00:00:01Z")));
    assert_eq!(shop.counts(), "attempting 1, skipped 8");
    assert_eq!(shop.mark(&shop.manager, &mine[2])["message"], "the ad is over");
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[0], "accepted", Some(250))]), 1);
    assert_eq!((shop.counts().as_str(), &*state(&shop, "spring")), ("accepted 1, skipped 8", "finished"));
}

#[test]
fn an_ad_is_mailed_to_nobody_before_it_is_valid() {
    let shop = Shop::new(3, &[]);
    shop.plan(&json!({}));
    shop.sql(&format!("UPDATE ad SET valid_from = {}", Time::now().plus(HOUR).0));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    says(&boss.run("ch-promo", &["run", "spring"]).ends(75), "spring begins at ");
    assert_eq!((state(&shop, "spring").as_str(), sink.count(Step::Connected)), ("planned", 0));
    shop.sql("UPDATE ad SET valid_from = 1000");
    boss.run("ch-promo", &["run", "spring"]).done();
    assert_eq!(mailed(&sink), everybody(3));
}

#[test]
fn cron_mails_what_has_a_time_that_has_come_and_nothing_that_nobody_started() {
    let shop = Shop::new(5, &[]);
    let at = Time::now().plus(HOUR);
    shop.plan(&json!({ "at": at }));
    shop.done(&shop.manager, "", &json!({ "name": "draft", "ad": "boots", "to": "all" }));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    silent(&boss.run("ch-promo", &["run", "--due"]));
    assert_eq!((state(&shop, "spring").as_str(), state(&shop, "draft").as_str()), ("planned", "planned"));
    for verb in ["run", "claim"] {
        says(&boss.run("ch-promo", &[verb, "spring"]).ends(75), ": 5 are left (cron: ch-promo run --due)");
        assert_eq!(state(&shop, "spring"), "planned", "{verb}");
    }
    boss.run("ch-promo", &["pause", "spring"]).done();
    boss.run("ch-promo", &["resume", "spring"]).done();
    assert_eq!(state(&shop, "spring"), "planned", "its time has not come by that");
    assert_eq!(sink.count(Step::Connected), 0);
    shop.sql("UPDATE campaign SET at = 1000 WHERE name = 'spring'");
    silent(&boss.run("ch-promo", &["run", "--due"]));
    assert_eq!((state(&shop, "spring").as_str(), state(&shop, "draft").as_str()), ("finished", "planned"));
    assert_eq!(mailed(&sink), everybody(5));
}

#[test]
fn cron_goes_on_with_what_was_started_once_it_may_go_and_is_silent_till_then() {
    let shop = Shop::new(5, &[]);
    shop.plan(&json!({}));
    let sink = Sink::start(|step, line| match step {
        Step::Rcpt if line.contains("<m3@") => Answer::Say("451 4.7.1 come back later".to_owned()),
        _ => Answer::Fine,
    });
    let boss = sender(&shop, "boss", &sink.url());
    let ended = boss.run("ch-promo", &["run", "spring"]).ends(75);
    says(&ended, "spring: 1 is left for later: 451 4.7.1 come back later; cron: ch-promo run --due");
    let before = sink.count(Step::Connected);
    silent(&boss.run("ch-promo", &["run", "--due"]));
    assert_eq!(sink.count(Step::Connected), before, "nothing was due");
    shop.sql("UPDATE delivery SET due = 0");
    says(&boss.run("ch-promo", &["run", "--due"]).ends(75), "1 is left for later: 451 4.7.1");
    assert_eq!(shop.counts(), "accepted 4, deferred 1");
}

#[test]
fn cron_is_silent_while_a_run_of_the_same_home_is_at_it() {
    let shop = Shop::new(400, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "1"]);
    until("the first mail", || (sink.count(Step::Dot) >= 1).then_some(()));
    silent(&boss.run("ch-promo", &["run", "--due"]));
    open.store(true, Ordering::SeqCst);
    running.end().done();
    assert_eq!(mailed(&sink), everybody(400));
}

#[test]
fn a_mail_server_that_is_dead_is_named_when_few_mails_are_left_for_later() {
    let shop = Shop::new(4, &[]);
    shop.plan(&json!({}));
    let boss = sender(&shop, "boss", "smtp://127.0.0.1:1");
    let ended = boss.run("ch-promo", &["run", "spring"]).ends(75);
    says(&ended, "spring: 4 are left for later: 127.0.0.1:1: ");
    says(&ended, "Connection refused");
    says(&ended, "; cron: ch-promo run --due");
}

#[test]
fn an_ad_that_is_retired_pauses_its_campaigns_and_none_goes_on_before_it_is_published_again() {
    let shop = Shop::new(6, &[]);
    for name in ["spring", "summer"] {
        shop.done(&shop.manager, "", &json!({ "name": name, "ad": "boots", "to": "all" }));
    }
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 2));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    let ended = boss.run("ch-promo", &["ad", "retire", "boots"]).done();
    says(&ended, "boots is mailed no more: 2 campaigns of it are paused");
    assert_eq!(shop.mark(&shop.manager, &mine[0])["code"], "withdrawn");
    let again = shop.server.http("POST", "/v1/ads/boots/retire", Some(&shop.manager.token), "").json();
    assert_eq!(
        (&again["type"], &again["state"], &again["paused"]),
        (&json!("ad"), &json!("retired"), &json!(0))
    );
    says(&boss.run("ch-promo", &["run", "summer"]).ends(75), "summer is paused: 6 are left");
    for name in ["spring", "summer"] {
        let ended = boss.run("ch-promo", &["resume", name]).ends(69);
        says(&ended, &format!("{name} was not resumed: its ad is retired"));
    }
    boss.run("ch-promo", &["ad", "publish", "boots"]).done();
    for name in ["spring", "summer"] {
        boss.run("ch-promo", &["resume", name]).done();
    }
    assert_eq!((state(&shop, "spring").as_str(), state(&shop, "summer").as_str()), ("running", "planned"));
    assert_eq!(shop.mark(&shop.manager, &mine[0])["type"], "mark");
    assert_eq!(sink.count(Step::Connected), 0);
}

#[test]
fn a_claim_that_gets_nothing_says_why() {
    let shop = Shop::new(4, &[]);
    shop.plan(&json!({ "pace": { "rate": 1 } }));
    let boss = sender(&shop, "boss", "smtp://127.0.0.1:1");
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 4));
    assert_eq!(mine.len(), 1);
    let claimed = |status: i32| boss.run("ch-promo", &["claim", "spring"]).ends(status);
    says(&claimed(75), "spring: 4 are left, held back until ");
    boss.run("ch-promo", &["pause", "spring"]).done();
    says(&claimed(75), "spring is paused: 4 are left (ch-promo resume spring)");
    boss.run("ch-promo", &["resume", "spring"]).done();
    shop.sql("UPDATE delivery SET claim = 1, state = 1; UPDATE tally SET count = CASE state WHEN 1 THEN 4 ELSE 0 END");
    says(&claimed(75), "spring: 4 are left, and other senders have what may go now");
    boss.run("ch-promo", &["cancel", "spring"]).done();
    says(&claimed(69), "spring is cancelled: 4 were not mailed");
    shop.done(&shop.manager, "", &json!({ "name": "small", "ad": "boots", "to": "all", "limit": 1 }));
    shop.sql("UPDATE consent SET given = 0");
    says(&boss.run("ch-promo", &["claim", "small"]).done(), "small: nothing is left");
}

#[test]
fn what_is_cancelled_or_finished_is_refused_for_good() {
    let shop = Shop::new(2, &[]);
    shop.plan(&json!({}));
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    boss.run("ch-promo", &["cancel", "spring"]).done();
    says(&boss.run("ch-promo", &["run", "spring"]).ends(69), "spring is cancelled: 2 were not mailed");
    shop.done(&shop.manager, "", &json!({ "name": "summer", "ad": "boots", "to": "all" }));
    boss.run("ch-promo", &["run", "summer"]).done();
    for (verb, done) in [("pause", "paused"), ("resume", "resumed"), ("cancel", "cancelled")] {
        let ended = boss.run("ch-promo", &[verb, "summer"]).ends(69);
        says(&ended, &format!("summer was not {done}: it is finished"));
    }
}

#[test]
fn a_sender_says_that_it_was_paused() {
    let shop = Shop::new(80, &[]);
    shop.plan(&json!({}));
    let (sink, open) = gated();
    let boss = sender(&shop, "boss", &sink.url());
    let running = boss.start("ch-promo", &["run", "spring", "--connections", "1"]);
    until("the first mail", || (sink.count(Step::Dot) >= 1).then_some(()));
    boss.run("ch-promo", &["pause", "spring"]).done();
    open.store(true, Ordering::SeqCst);
    says(&running.end().ends(75), "spring was paused: 79 are left (ch-promo resume spring)");
    assert_eq!(shop.counts(), "planned 79, accepted 1");
}

#[test]
fn a_preview_is_the_first_members_mail_and_a_sample_only_when_there_is_none() {
    let speak = |n: u32, locale: &str| MemberChange { locale: Some(locale.to_owned()), ..member(n) };
    let shop = Shop::with(vec![member(1), speak(2, "ko-KR"), speak(3, "en-US"), speak(4, "ko-KR")], &[]);
    shop.plan(&json!({ "to": "not mail:m1@d1.example" }));
    let preview = |ask: &Value| shop.done(&shop.manager, "/spring/preview", ask)["to"].clone();
    assert_eq!(preview(&json!({})), address(2));
    assert_eq!(preview(&json!({ "locale": "en-US" })), address(3));
    assert_eq!(preview(&json!({ "member": address(4) })), address(4));
    assert_eq!(preview(&json!({ "sample": true })), "shop@example.org");
    let none = shop.post(&shop.manager, "/spring/preview", &json!({ "locale": "fr" }));
    assert_eq!(none.status, 404, "{none:?}");
    let locales = |who: &Login| shop.server.http("GET", "/v1/campaigns/spring/locales", Some(&who.token), "");
    assert_eq!(locales(&shop.manager).json()["locales"], json!(["ko-KR", "en-US"]));
    assert_eq!(locales(&shop.server.login("stranger")).status, 404);
    let boss = sender(&shop, "boss", "smtp://127.0.0.1:1");
    let shown = boss.run("ch-promo", &["show", "spring"]).done().stdout;
    assert!(shown.contains("Boots for Member 2"), "{shown}");
    shop.sql("DELETE FROM delivery");
    let shown = boss.run("ch-promo", &["show", "spring"]).done().stdout;
    assert!(shown.contains("Boots for shop"), "{shown}");
}

#[test]
fn who_says_no_counts_once_however_many_campaigns_of_an_ad_they_got() {
    let shop = Shop::new(3, &[]);
    let sink = Sink::kind();
    let boss = sender(&shop, "boss", &sink.url());
    for name in ["spring", "summer"] {
        shop.done(&shop.manager, "", &json!({ "name": name, "ad": "boots", "to": "all" }));
        boss.run("ch-promo", &["run", name]).done();
    }
    boss.run("ch-promo", &["consent", "withdraw", &address(2), "--proof", "by phone"]).done();
    let unsubscribed = |args: &[&str]| boss.run("ch-promo", args).done().record()["unsubscribed"].clone();
    assert_eq!(unsubscribed(&["report", "spring"]), 1);
    assert_eq!(unsubscribed(&["report", "summer"]), 1);
    assert_eq!(unsubscribed(&["report", "--ad", "boots"]), 1);
    let whole = boss.run("ch-promo", &["report", "--ad", "boots"]).done().record();
    assert_eq!((&whole["accepted"], &whole["campaign"]), (&json!(6), &json!(null)));
}
