//! How fast the real sender goes: as fast as it may, and no further where a domain says "not now".

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    mailing::{mailed, sender},
    *,
};
use crate::world::sink::{Answer, Sink, Step};

/// Members of one domain, from number `first` on.
fn of(domain: &str, first: u32, count: u32) -> Vec<MemberChange> {
    let one = |n: u32| MemberChange { mail: format!("m{n}@{domain}"), ..member(n) };
    (first..first + count).map(one).collect()
}

/// Everybody at `slow.example` is answered like this.
fn moody(answer: &str) -> Sink {
    let answer = answer.to_owned();
    Sink::start(move |step, line| match step {
        Step::Rcpt if line.contains("@slow.example") => Answer::Say(answer.clone()),
        _ => Answer::Fine,
    })
}

#[test]
fn a_domain_that_says_not_now_is_left_alone_by_what_is_claimed_already() {
    for (answer, most) in [("451 4.7.1 slow down", 12), ("421 4.7.0 go away", 36)] {
        let shop = Shop::with([of("slow.example", 1, 200), of("kind.example", 201, 40)].concat(), &[]);
        shop.plan(&json!({}));
        let sink = moody(answer);
        let boss = sender(&shop, "boss", &sink.url());
        let ended = boss.run("ch-promo", &["run", "spring", "--connections", "4"]).ends(75);
        assert!(ended.stderr.contains(&format!("200 are left for later: {}", &answer[..3])), "{ended:#?}");
        assert_eq!(mailed(&sink).len(), 40, "others go on: {}", shop.counts());
        let tried = sink.lines(Step::Rcpt).iter().filter(|line| line.contains("@slow")).count();
        assert!(tried <= most, "{tried} tries of a domain that says {answer}");
        let status = shop.status();
        let deferred = status["deferred"].as_u64().unwrap();
        assert!((3..=20).contains(&deferred), "{}", shop.counts());
        assert_eq!(deferred + status["planned"].as_u64().unwrap(), 200, "{}", shop.counts());
    }
}

#[test]
fn a_domain_that_comes_round_gets_the_rest() {
    let shop = Shop::with(of("slow.example", 1, 30), &[]);
    shop.plan(&json!({ "pace": { "retry": 1 } }));
    let asked = AtomicUsize::new(0);
    let sink = Sink::start(move |step, _| match step {
        Step::Rcpt if asked.fetch_add(1, Ordering::SeqCst) < 5 => Answer::Say("451 4.7.1 wait".to_owned()),
        _ => Answer::Fine,
    });
    let boss = sender(&shop, "boss", &sink.url());
    boss.run("ch-promo", &["run", "spring", "--wait", "--connections", "3"]).done();
    assert_eq!((mailed(&sink).len(), shop.counts().as_str()), (30, "accepted 30"));
}

#[test]
fn so_many_at_once_to_a_domain_keeps_so_many_under_way() {
    let shop = Shop::with(of("big.example", 1, 60), &[]);
    shop.plan(&json!({ "pace": { "domain_at_once": 2 } }));
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (under_way, peak) = (Arc::clone(&now), Arc::clone(&most));
    let sink = Sink::start(move |step, _| {
        if step == Step::Dot {
            peak.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            // A mail server that takes its time.
            thread::sleep(Duration::from_millis(100));
            under_way.fetch_sub(1, Ordering::SeqCst);
        }
        Answer::Fine
    });
    let boss = sender(&shop, "boss", &sink.url());
    let began = Instant::now();
    boss.run("ch-promo", &["run", "spring"]).done();
    let took = began.elapsed();
    assert_eq!((mailed(&sink).len(), most.load(Ordering::SeqCst)), (60, 2));
    assert!(took < Duration::from_secs(10), "{took:?} for 60 mails of 0.1 s, two at a time");
    let connected = sink.count(Step::Connected);
    assert!(connected <= 4, "{connected} connections");
}

#[test]
fn a_rate_does_not_connect_anew_for_each_mail() {
    for pace in [json!({ "rate": 240 }), json!({ "domain_rate": 240 })] {
        let shop = Shop::with(of("big.example", 1, 8), &[]);
        shop.plan(&json!({ "pace": pace }));
        let sink = Sink::kind();
        let boss = sender(&shop, "boss", &sink.url());
        let began = Instant::now();
        boss.run("ch-promo", &["run", "spring", "--connections", "2"]).done();
        assert_eq!((mailed(&sink).len(), shop.counts().as_str()), (8, "accepted 8"));
        assert!(
            began.elapsed() >= Duration::from_millis(1500),
            "{:?} for 8 at four a second",
            began.elapsed()
        );
        let connected = sink.count(Step::Connected);
        assert!(connected <= 2, "{connected} connections, {pace}");
    }
}
