//! `ch-send` is killed while it keeps mails and while it sends them: none is lost, none is knowingly sent twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
    time::Duration,
};

use serde_json::Value;

use super::Chance;
use crate::world::{
    Person, World, process,
    sink::{Answer, Sink, Step},
};

/// Mails between two kills.
const MAILS: usize = 3;
const SEND: [&str; 3] = ["-t", "--button", "never"];

fn mail(id: &str) -> String {
    format!(
        "From: alice@example.org\nTo: bob@example.org\nMessage-ID: <{id}>\n\n{}\n",
        "New boots are in.\n".repeat(200)
    )
}

/// Message-ID → status of what is kept.
fn kept(alice: &Person<'_>) -> BTreeMap<String, String> {
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let records = alice.run("ch-send", &["--queued"]).done().records();
    let kept: BTreeMap<_, _> =
        records.iter().map(|sent| (word(&sent["message_id"]), word(&sent["status"]))).collect();
    assert_eq!(kept.len(), records.len(), "a mail is kept twice");
    kept
}

/// How often each mail came whole.
fn came(sink: &Sink) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for taken in sink.taken() {
        let id = taken.message.split_once("Message-ID: <").unwrap().1.split('>').next().unwrap().to_owned();
        *counts.entry(id).or_default() += 1;
    }
    counts
}

fn killed_while_it_sends(times: usize, seed: u64) {
    let world = World::new();
    let down = world.path("down");
    let is_down = down.clone();
    let sink = Sink::start(move |step, _| match step {
        Step::Connected if is_down.exists() => Answer::Say("421 4.3.2 not now".to_owned()),
        // The mail is taken, the reply takes its time: this is where a kill hurts.
        Step::Dot => {
            thread::sleep(Duration::from_millis(2));
            Answer::Fine
        }
        _ => Answer::Fine,
    });
    let mut alice = world.person_at("alice", "http://127.0.0.1:9");
    alice.via = sink.url();
    let mut chance = Chance(seed);
    let (mut acknowledged, mut cut) = (BTreeSet::new(), BTreeSet::new());
    let mut killed = 0;
    for round in 0..times {
        fs::write(&down, "").unwrap();
        for n in 0..MAILS {
            let id = format!("{round}.{n}@x.example");
            alice.run_with("ch-send", &SEND, mail(&id)).done();
            acknowledged.insert(id);
        }
        // One more is killed on its way into the queue: what was not acknowledged is its caller's to send again.
        let id = format!("{round}.killed@x.example");
        let mut running = alice.start("ch-send", &SEND);
        let text = mail(&id);
        let _gone = std::io::Write::write_all(running.stdin.as_mut().unwrap(), text.as_bytes());
        running.close();
        thread::sleep(Duration::from_millis(chance.below(25)));
        running.kill();
        if running.end().status == 0 {
            acknowledged.insert(id);
        } else {
            cut.insert(id);
        }
        fs::remove_file(&down).unwrap();
        let mut flush = alice.start("ch-send", &["--flush", "-q"]);
        thread::sleep(Duration::from_millis(chance.below(60)));
        flush.kill();
        killed += usize::from(flush.end().status != 0);
    }
    let status = alice.run("ch-send", &["--flush", "-q"]).status;
    assert!([0, 75].contains(&status), "{status}");
    let (unknown, counts) = (kept(&alice), came(&sink));
    assert!(unknown.values().all(|status| status == "unknown"), "{unknown:?}");
    assert!(unknown.len() <= killed, "at most one for each connection that was open");
    for id in acknowledged.iter().chain(&cut) {
        let count = counts.get(id).copied().unwrap_or(0);
        let due = if cut.contains(id) || unknown.contains_key(id) { 0..=1 } else { 1..=1 };
        assert!(due.contains(&count), "{id} came {count} times; unknown: {unknown:?}");
    }
    // Only those may come twice, and only because somebody said so.
    alice.run("ch-send", &["--flush", "--unknown", "resend"]).done();
    let counts = came(&sink);
    for id in &acknowledged {
        let most = if unknown.contains_key(id) { 2 } else { 1 };
        assert!((1..=most).contains(&counts[id]), "{id} came {} times", counts[id]);
    }
    assert_eq!(kept(&alice), BTreeMap::new());
}

#[test]
fn no_mail_is_lost_or_knowingly_sent_twice_when_the_queue_is_killed_30_times() {
    killed_while_it_sends(30, 0x6a09_e667_f3bc_c908);
}

#[test]
#[ignore = "long: make soak"]
fn soak_no_mail_is_lost_or_knowingly_sent_twice_when_the_queue_is_killed_500_times() {
    killed_while_it_sends(500, 0xbb67_ae85_84ca_a73b);
}

#[test]
fn a_disk_that_is_full_at_any_byte_keeps_the_mail_whole_or_not_at_all() {
    let world = World::new();
    let alice = world.person_at("alice", "http://127.0.0.1:9");
    let text = mail("1@x.example");
    fs::write(world.path("mail.eml"), &text).unwrap();
    for blocks in 0..12 {
        let line = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec ch-send -t --button never --via 'smtp://127.0.0.1:1' < mail.eml"
        );
        let output = process::run(alice.shell(&line), b"");
        let new: Vec<_> =
            fs::read_dir(alice.home().join("spool/new")).unwrap().flatten().map(|e| e.path()).collect();
        match output.status {
            0 => {
                let whole = fs::read_to_string(&new[0]).unwrap();
                assert!(whole.ends_with(text.split_once("\n\n").unwrap().1), "{blocks}");
                fs::remove_file(&new[0]).unwrap();
            }
            75 => assert!(new.is_empty() && output.stderr.contains("cannot be kept"), "{blocks}: {output:?}"),
            other => panic!("{other}: {output:?}"),
        }
    }
}
