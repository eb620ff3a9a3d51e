//! Mails that wait: kept when the way out is closed, sent by `--flush`, never twice.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::world::{
    free_port,
    sink::{Answer, Sink, Step},
};

const MAIL: &str = "From: alice@example.org\nTo: bob@example.org\nSubject: Boots\n\nNew boots are in.\n";

/// Somebody without a login, whose mail goes to that port.
fn sender(world: &World, port: u16) -> Person<'_> {
    let mut alice = world.person_at("alice", "http://127.0.0.1:9");
    alice.via = format!("smtp://127.0.0.1:{port}?timeout=2");
    alice
}

fn send(alice: &Person<'_>, more: &[&str]) -> process::Output {
    alice.run_with("ch-send", &[&["-t", "--button", "never"], more].concat(), MAIL)
}

/// Recipient and status of all that is kept.
fn queued(alice: &Person<'_>) -> Vec<(String, String)> {
    let listed = alice.run("ch-send", &["--queued"]).done();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    listed.records().iter().map(|sent| (word(&sent["recipient"]), word(&sent["status"]))).collect()
}

fn bob(status: &str) -> Vec<(String, String)> {
    vec![("bob@example.org".to_owned(), status.to_owned())]
}

#[test]
fn without_a_connection_the_mail_is_kept_and_flush_sends_it_once() {
    let world = World::new();
    let port = free_port();
    let alice = sender(&world, port);
    let kept = send(&alice, &["--json"]).done();
    assert_eq!((&kept.record()["status"], kept.stderr.as_str()), (&json!("queued"), ""));
    let said = send(&alice, &["--", "eve@example.org"]).done().stderr;
    complains(&said, "kept for bob@example.org and 1 more: 127.0.0.1:");
    assert!(said.ends_with("; ch-send --flush sends it\n"), "{said}");
    assert_eq!(queued(&alice).len(), 3);
    let still = alice.run("ch-send", &["--flush"]).done();
    complains(&still.stderr, "3 still wait: 127.0.0.1:");
    assert_eq!(alice.run("ch-send", &["--flush", "-q"]).done().stderr, "", "for cron");

    let sink = Sink::on(port, |_, _| Answer::Fine);
    let flushed = alice.run("ch-send", &["--flush", "-v"]).done();
    assert!(flushed.records().iter().all(|sent| sent["status"] == "accepted"), "{flushed:?}");
    assert_eq!((flushed.stderr.as_str(), flushed.records().len()), ("", 3));
    alice.run("ch-send", &["--flush"]).done();
    let taken = sink.taken();
    assert_eq!((taken.len(), queued(&alice)), (3, vec![]));
    assert_eq!(
        (taken[0].from.as_str(), &taken[0].to[..]),
        ("alice@example.org", &["bob@example.org".to_owned()][..])
    );
    assert!(taken.iter().all(|mail| mail.message.ends_with("\r\n\r\nNew boots are in.\r\n")), "{taken:?}");
    assert!(taken.iter().all(|mail| !mail.message.contains("CH-Queue")), "{taken:?}");
    assert_eq!(sink.count(Step::Connected), 1, "one connection for all");
}

#[test]
fn what_is_kept_is_a_mail_of_its_own_for_its_owner_only() {
    let world = World::new();
    let alice = sender(&world, free_port());
    send(&alice, &[]).done();
    let spool = alice.home().join("spool");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&spool), mode(&spool.join("new"))), (0o700, 0o700));
    let file = fs::read_dir(spool.join("new")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(mode(&file), 0o600);
    let seen = alice.run("ch-inspect", &["--json", file.to_str().unwrap()]).done().record();
    assert_eq!(seen["subject"], "Boots");
}

#[test]
fn no_queue_keeps_nothing_and_a_maildir_is_never_waited_for() {
    let world = World::new();
    let alice = sender(&world, free_port());
    complains(&send(&alice, &["--no-queue"]).ends(75).stderr, "hand the mail over: ");
    send(&alice, &["--via", "maildir:/dev/null/x"]).ends(73);
    send(&alice, &["--via", "smtp://127.0.0.1:1?tls=required&timeout=1"]).done();
    assert_eq!(queued(&alice).len(), 1);
    assert!(fs::read_dir(alice.home().join("spool/new")).unwrap().count() == 1);
}

#[test]
fn not_now_waits_and_never_is_told_at_once() {
    for (step, reply, status, exit) in [
        (Step::Connected, "421 4.3.2 busy", "queued", 0),
        (Step::Mail, "451 4.3.0 later", "queued", 0),
        (Step::Rcpt, "450 4.2.1 greylisted", "queued", 0),
        (Step::Data, "451 4.3.0 later", "queued", 0),
        (Step::Dot, "452 4.3.1 disk full", "queued", 0),
        (Step::Rcpt, "550 5.1.1 unknown", "rejected", 69),
        (Step::Dot, "554 5.7.1 spam", "rejected", 69),
    ] {
        let world = World::new();
        let sink =
            Sink::start(move |at, _| if at == step { Answer::Say(reply.to_owned()) } else { Answer::Fine });
        let alice = sender(&world, sink.port);
        let output = send(&alice, &["-v"]).ends(exit);
        let sent = output.record();
        assert_eq!(sent["status"], status, "{output:?}");
        assert!(output.stderr.contains(reply), "{output:?}");
        if step != Step::Connected {
            let (code, words) = reply.split_once(' ').unwrap();
            assert_eq!((sent["code"].to_string().as_str(), sent["reply"].as_str()), (code, Some(words)));
        }
        assert_eq!(queued(&alice), if exit == 0 { bob("queued") } else { vec![] });
    }
}

#[test]
fn a_server_that_is_silent_before_the_dot_is_waited_for_and_after_it_nobody_knows() {
    for (step, status, exit) in [(Step::Data, "queued", 0), (Step::Dot, "unknown", 75)] {
        let world = World::new();
        let sink = Sink::start(move |at, _| if at == step { Answer::Silence } else { Answer::Fine });
        let alice = sender(&world, sink.port);
        assert_eq!(send(&alice, &["-v"]).ends(exit).record()["status"], status);
        assert_eq!(
            queued(&alice).len(),
            usize::from(exit == 0),
            "a mail that may have been taken is its caller's"
        );
    }
}

#[test]
fn flush_gives_up_with_a_line_and_keeps_the_mail_for_its_person() {
    let world = World::new();
    let port = free_port();
    let alice = sender(&world, port);
    send(&alice, &[]).done();
    let sink = Sink::on(port, |at, _| match at {
        Step::Rcpt => Answer::Say("550 5.1.1 no such user".to_owned()),
        _ => Answer::Fine,
    });
    let told = alice.run("ch-send", &["--flush", "-q"]).ends(69).stderr;
    complains(&told, "send to bob@example.org: refused: 550 5.1.1 no such user; the mail is in ");
    let path = told.trim_end().rsplit(' ').next().unwrap();
    assert!(text(Path::new(path)).ends_with("\n\nNew boots are in.\n"));
    assert_eq!(alice.run("ch-send", &["--flush"]).done().stderr, "", "told once");
    assert_eq!((queued(&alice), sink.count(Step::Rcpt)), (bob("rejected"), 1));
    fs::remove_file(path).unwrap();
    assert_eq!(queued(&alice), []);
}

#[test]
fn a_mail_that_waited_five_days_is_given_up() {
    let world = World::new();
    let alice = sender(&world, free_port());
    send(&alice, &[]).done();
    let new = alice.home().join("spool/new");
    let file = fs::read_dir(&new).unwrap().next().unwrap().unwrap().path();
    let old = text(&file).replacen("\"at\":\"20", "\"at\":\"19", 1);
    fs::write(&file, old).unwrap();
    let told = alice.run("ch-send", &["--flush"]).ends(69).stderr;
    complains(&told, "given up after 5 days: 127.0.0.1:");
    assert_eq!(queued(&alice), bob("rejected"));
}

#[test]
fn a_password_that_is_refused_is_the_settings_trouble_and_the_mail_waits() {
    let world = World::new();
    let port = free_port();
    let mut alice = sender(&world, port);
    alice.via = format!("smtp://alice@127.0.0.1:{port}");
    fs::create_dir_all(alice.home()).unwrap();
    fs::write(alice.home().join("config.toml"), "password_command = [\"echo\", \"sesame\"]\n").unwrap();
    send(&alice, &[]).done();
    send(&alice, &[]).done();
    let _sink = Sink::on(port, |at, _| match at {
        Step::Hello => Answer::Say("250-sink\r\n250 AUTH PLAIN".to_owned()),
        Step::Auth => Answer::Say("535 5.7.8 wrong".to_owned()),
        _ => Answer::Fine,
    });
    let told = alice.run("ch-send", &["--flush", "-q"]).ends(77).stderr;
    complains(&told, "refused user and password: 535 5.7.8 wrong");
    assert_eq!(queued(&alice).len(), 2);
}

#[test]
fn a_second_flush_does_not_run_beside_the_first() {
    let world = World::new();
    let port = free_port();
    let alice = sender(&world, port);
    send(&alice, &[]).done();
    let sink = Sink::on(port, |at, _| if at == Step::Mail { Answer::Silence } else { Answer::Fine });
    let mut first = alice.start("ch-send", &["--flush"]);
    crate::world::until("the first run's MAIL", || (sink.count(Step::Mail) == 1).then_some(()));
    let second = alice.run("ch-send", &["--flush"]).ends(75);
    complains(&second.stderr, "flush.lock");
    assert_eq!(queued(&alice), bob("queued"));
    first.kill();
    assert_eq!(queued(&alice), bob("queued"), "its dot was never sent");
}

#[test]
fn a_mail_cut_off_between_its_dot_and_the_reply_is_unknown_until_somebody_decides() {
    let world = World::new();
    let port = free_port();
    let mut alice = sender(&world, port);
    alice.via = format!("smtp://127.0.0.1:{port}");
    send(&alice, &[]).done();
    let sink = Sink::on(port, |at, _| if at == Step::Dot { Answer::Silence } else { Answer::Fine });
    let mut run = alice.start("ch-send", &["--flush"]);
    crate::world::until("the dot", || (sink.count(Step::Dot) == 1).then_some(()));
    assert_eq!(queued(&alice), bob("queued"), "somebody is at it");
    run.kill();
    assert_eq!(queued(&alice), bob("unknown"));
    let told = alice.run("ch-send", &["--flush"]).ends(75).stderr;
    complains(&told, "ch-send was stopped while it handed the mail over; the mail is in ");
    assert!(told.ends_with("--flush --unknown resend sends it again\n"), "{told}");
    alice.run("ch-send", &["--flush"]).done();
    assert_eq!((queued(&alice), sink.taken().len()), (bob("unknown"), 1), "never again by itself");
    let mut again = alice.start("ch-send", &["--flush", "--unknown", "resend"]);
    crate::world::until("the second dot", || (sink.count(Step::Dot) == 2).then_some(()));
    again.kill();
}

#[test]
fn a_full_disk_is_no_success() {
    let world = World::new();
    let alice = sender(&world, free_port());
    // 512 bytes, or 1024, is all that a file may have; the signal that comes with it is not heard.
    let mail = format!("{MAIL}{}", "x\n".repeat(4000));
    fs::write(world.path("mail.eml"), mail).unwrap();
    let line = "trap '' XFSZ; ulimit -f 1; exec ch-send -t --button never < mail.eml";
    let output = process::run(alice.shell(line), b"").ends(75);
    complains(&output.stderr, "; and it cannot be kept: ");
    assert_eq!(queued(&alice), []);
    for place in ["tmp", "new"] {
        assert_eq!(fs::read_dir(alice.home().join("spool").join(place)).unwrap().count(), 0, "{place}");
    }
}

#[test]
fn flags_that_make_no_sense_together_are_64() {
    let world = World::new();
    let alice = sender(&world, free_port());
    for args in [
        &["--unknown", "resend"][..],
        &["--flush", "--queued"],
        &["--flush", "-t"],
        &["--flush", "bob@example.org"],
        &["--queued", "--to", "bob@example.org"],
    ] {
        assert_eq!(alice.run("ch-send", args).ends(64).stderr.lines().count(), 1, "{args:?}");
    }
    assert_eq!(alice.run("ch-send", &["--queued"]).done().stdout, "");
}
