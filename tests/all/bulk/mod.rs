//! `ch-send --batch`: a stream of jobs, a receipt for each recipient, whatever the servers do.

mod buttons;
mod dkim;
mod lying;
mod marks;

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use crate::world::{Output, Person, World, postfix::Postfix, sink::Sink};

/// A job's line.
fn job(name: &str, to: &str, more: Value) -> String {
    let mut job =
        json!({ "type": "job", "ref": name, "to": to, "subject": "Boots", "text": "New boots.\n.\n" });
    for (key, value) in more.as_object().unwrap() {
        job[key] = value.clone();
    }
    format!("{job}\n")
}

/// `REF RECIPIENT` to status and code; each may be there once.
#[track_caller]
fn fates(output: &Output) -> BTreeMap<String, (String, Option<u64>)> {
    let mut fates = BTreeMap::new();
    for sent in output.records() {
        assert_eq!(sent["type"], "sent");
        let text = |name: &str| sent[name].as_str().unwrap().to_owned();
        let fate = (text("status"), sent["code"].as_u64());
        let name = format!("{} {}", text("ref"), text("recipient"));
        assert!(fates.insert(name, fate).is_none(), "two receipts\n{output:#?}");
    }
    fates
}

fn accepted(count: usize, fates: &BTreeMap<String, (String, Option<u64>)>) {
    let taken = fates.values().filter(|(status, _)| status == "accepted").count();
    assert_eq!((taken, fates.len()), (count, count), "{fates:#?}");
}

/// Somebody without a login.
fn nobody(world: &World) -> Person<'_> {
    world.person_at("nobody", "http://127.0.0.1:1")
}

#[test]
fn s105_a_stream_of_jobs_goes_through_postfix_and_each_recipient_has_one_receipt_and_one_button() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob", "carol"]);
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = postfix.url();
    let mut jobs: String = (0..30).map(|at| job(&at.to_string(), "bob@example.org", json!({}))).collect();
    jobs += &job("no", "nosuch@example.org", json!({}));
    jobs += &job("two", "bob@example.org, carol@example.org", json!({}));
    jobs += &job("plain", "bob@example.org, nosuch@example.org, carol@example.org", json!({ "chat": false }));
    let output = alice.run_with("ch-send", &["--batch", "--connections", "3"], jobs).ends(69);
    let mut fates = fates(&output);
    for name in ["no nosuch@example.org", "plain nosuch@example.org"] {
        assert_eq!(fates.remove(name), Some(("rejected".to_owned(), Some(550))), "{name}");
    }
    accepted(34, &fates);
    world.mail_after("carol@example.org", 1);
    world.mail_after("bob@example.org", 31);
    let mails: Vec<String> =
        world.mails("bob@example.org").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut tickets: Vec<_> =
        mails.iter().filter_map(|mail| mail.split("CH-Ticket: ").nth(1)?.get(..54)).collect();
    tickets.sort_unstable();
    tickets.dedup();
    assert_eq!((mails.len(), tickets.len()), (32, 31));
    assert!(mails.iter().all(|mail| mail.contains("New boots.\n.\n")));
}

#[test]
fn a_line_that_is_no_job_is_said_with_its_number_and_a_job_that_is_no_good_has_its_receipt() {
    let world = World::new();
    let person = nobody(&world);
    let from = json!({ "from": "alice@example.org", "chat": false });
    let jobs = [
        job("1", "bob@example.org", from.clone()),
        "no\n\n".to_owned(),
        "{\"type\":\"news\"}\n".to_owned(),
        job("2", "bob@example.org\r\nDATA", from.clone()),
        job("4", "carol@example.org", json!({ "from": "alice@example.org", "attachments": ["/no/file"] })),
        job("5", "carol@example.org", json!({ "from": "alice@example.org", "mark": "junk" })),
        job("3", "bob@example.org", from).trim_end().to_owned(),
    ]
    .concat();
    let output = person.run_with("ch-send", &["--batch", "--button", "never"], jobs).ends(65);
    let mut fates = fates(&output);
    for name in ["2 bob@example.org\r\nDATA", "4 carol@example.org", "5 carol@example.org"] {
        assert_eq!(fates.remove(name), Some(("rejected".to_owned(), None)), "{name}: {fates:#?}");
    }
    accepted(2, &fates);
    assert_eq!(world.mails("bob@example.org").len(), 2);
    let said: Vec<_> = output.stderr.lines().collect();
    assert!(said.len() == 1 && said[0].starts_with("ch-send: line 2: not a record"), "{said:#?}");
}

#[test]
fn one_job_makes_more_letters_than_may_wait_and_all_of_them_go_out() {
    let world = World::new();
    let (server, sink) = (world.serve(&[]), Sink::kind());
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = sink.url();
    // Eight megabytes, of which four may wait for a connection.
    let to: Vec<String> = (0..600).map(|at| format!("member{at}@example.org")).collect();
    let text = "New boots are in.\n".repeat(800);
    let jobs = job("all", "", json!({ "to": to, "text": text }));
    accepted(600, &fates(&alice.run_with("ch-send", &["--batch"], jobs).done()));
    assert_eq!(sink.taken().len(), 600);
}

#[test]
fn a_finished_message_goes_out_as_it_is() {
    let world = World::new();
    let raw = "From: alice@example.org\nTo: bob@example.org\nDate: Mon, 23 Nov 2026 20:00:00 +0000\nMessage-ID: <k7@example.org>\n\n.Hi \n\n";
    let jobs =
        job("1", "bob@example.org", json!({ "raw": raw, "chat": false, "subject": null, "text": null }));
    let output = nobody(&world).run_with("ch-send", &["--batch", "--button", "never"], jobs).done();
    assert_eq!(output.record()["message_id"], "k7@example.org");
    let mail = fs::read_to_string(&world.mails("bob@example.org")[0]).unwrap();
    // Above it stands what the delivery adds.
    assert_eq!(
        mail.strip_prefix("Return-Path: <alice@example.org>\nDelivered-To: bob@example.org\n"),
        Some(raw)
    );
}

#[test]
fn no_server_or_no_login_is_said_and_nothing_is_kept() {
    let world = World::new();
    let person = nobody(&world);
    let jobs: String = (0..5)
        .map(|at| job(&at.to_string(), "bob@example.org", json!({ "from": "a@example.org" })))
        .collect();
    let never = ["--batch", "--button", "never", "--via", "smtp://127.0.0.1:1"];
    let output = person.run_with("ch-send", &never, &jobs).ends(75);
    let fates = fates(&output);
    assert!(
        fates.len() == 5 && fates.values().all(|fate| *fate == ("deferred".to_owned(), None)),
        "{fates:#?}"
    );
    let output = person.run_with("ch-send", &["--batch"], &jobs).ends(78);
    assert!(output.stderr.contains("ch-register LOGIN"), "{}", output.stderr);
    person.run_with("ch-send", &["--batch", "--button", "never", "--via", "stdout:"], &jobs).ends(78);
    assert!(!person.home().join("spool").exists());
}

#[test]
fn receipts_that_nobody_reads_stop_the_batch_and_are_said() {
    let world = World::new();
    let person = nobody(&world);
    let jobs = person.home().with_extension("jobs");
    fs::create_dir_all(person.home()).unwrap();
    let from = json!({ "from": "a@example.org" });
    fs::write(
        &jobs,
        (0..3000).map(|at| job(&at.to_string(), "bob@example.org", from.clone())).collect::<String>(),
    )
    .unwrap();
    let line = format!("ch-send --batch --button never --connections 2 < {} | head -n 1", jobs.display());
    let output = crate::world::process::run(person.shell(&line), b"").done();
    assert_eq!(output.records().len(), 1);
    let there = world.mails("bob@example.org").len();
    let receipts = output.stderr.matches("nobody took the receipt").count();
    assert!(there < 3000 && receipts <= there, "{there} sent, {receipts} said\n{}", output.stderr);
}
