//! Handing mail to a server that wants to know who one is: a real Postfix with Dovecot's passwords, and a fake for
//! access tokens.

use super::*;
use crate::world::sink::{Answer, Sink, Step};

const MAIL: &str = "From: alice@example.org\nTo: bob@example.org\nSubject: Boots\n\nNew boots are in.\n";

fn settings(person: &Person<'_>, text: &str) {
    fs::create_dir_all(person.home()).unwrap();
    fs::write(person.home().join("config.toml"), text).unwrap();
}

#[test]
fn postfix_takes_mail_over_tls_from_who_signs_in_and_from_nobody_else() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    let (postfix, smtps, ca) = Postfix::start_for_submission(&world, &["bob"], &dovecot);
    let ca = ca.display().to_string();
    let alice = world.person_at("alice", "http://127.0.0.1:9");
    let send = |via: &str, more: &[&str]| {
        alice.run_with("ch-send", &[&["-t", "-v", "--button", "never", "--via", via], more].concat(), MAIL)
    };
    let right = format!("password_command = [\"echo\", \"{}\"]\n", dovecot::PASSWORD);
    settings(&alice, &right);
    let starttls = format!("smtp://alice%40example.org@localhost:{}?tls=required", postfix.port);
    let encrypted = format!("smtps://alice%40example.org@localhost:{smtps}");
    for (count, via) in [&starttls, &encrypted].into_iter().enumerate() {
        let sent = send(via, &["--ca", &ca]).done().record();
        assert_eq!((&sent["status"], &sent["code"]), (&json!("accepted"), &json!(250)));
        assert!(sent["reply"].as_str().unwrap().starts_with("2.0.0 Ok: queued as "), "{sent}");
        world.mail_after("bob@example.org", count);
    }
    // A batch keeps encrypted connections as busy as others: pipelining, dots and large bodies go through TLS.
    let many: String = (0..40)
        .map(|at| {
            let text = format!("{}\n.\nboots {at}\n", "New boots. ".repeat(at * 600));
            let job = json!({ "type": "job", "ref": at.to_string(), "from": "alice@example.org",
                              "to": "bob@example.org", "text": text });
            format!("{job}\n")
        })
        .collect();
    for (count, via) in [&starttls, &encrypted].into_iter().enumerate() {
        let batch = ["--batch", "--connections", "3", "--button", "never", "--via", via, "--ca", &ca];
        let receipts = alice.run_with("ch-send", &batch, &many).done().records();
        assert!(
            receipts.len() == 40 && receipts.iter().all(|sent| sent["status"] == "accepted"),
            "{receipts:?}"
        );
        world.mail_after("bob@example.org", 2 + 40 * count + 39);
    }
    let distrusted = alice.run_with("ch-send", &["--batch", "--button", "never", "--via", &encrypted], &many);
    let receipts = distrusted.ends(75).records();
    assert!(receipts.len() == 40 && receipts.iter().all(|sent| sent["status"] == "deferred"), "{receipts:?}");

    // With a file, too, if only its owner reads it.
    let secret = alice.home().join("secret");
    fs::write(&secret, dovecot::PASSWORD).unwrap();
    settings(&alice, "password_file = \"secret\"\n");
    complains(&send(&starttls, &["--ca", &ca]).ends(77).stderr, "can be read by others");
    fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    send(&starttls, &["--ca", &ca]).done();

    let anonymous = format!("smtp://localhost:{}?tls=required", postfix.port);
    complains(&send(&anonymous, &["--ca", &ca]).ends(69).stderr, "refused: 554 5.7.1 ");
    let clear = format!("smtp://alice%40example.org@localhost:{}?tls=none", postfix.port);
    complains(&send(&clear, &[]).ends(78).stderr, "neither AUTH PLAIN nor AUTH LOGIN");
    complains(&send(&starttls, &[]).ends(77).stderr, "a certificate of your own is named with `ca`");
    let elsewhere = starttls.replace("localhost", "127.0.0.1");
    complains(&send(&elsewhere, &["--ca", &ca]).ends(77).stderr, "TLS: ");
    settings(&alice, "password_command = [\"echo\", \"wrong\"]\n");
    let refused = send(&starttls, &["--ca", &ca]).ends(77);
    complains(&refused.stderr, "refused user and password: 535 5.7.8 ");
    assert!(!refused.stderr.contains("wrong") && !refused.stderr.contains(dovecot::PASSWORD), "{refused:?}");
    settings(&alice, "");
    complains(&send(&starttls, &["--ca", &ca]).ends(78).stderr, "set password_command or password_file");
    assert_eq!(alice.run("ch-send", &["--queued"]).done().stdout, "", "none of these waits for better times");
    assert_eq!(world.mails("bob@example.org").len(), 83);
}

#[test]
fn an_access_token_signs_in_where_the_server_takes_one() {
    let world = World::new();
    let mut alice = world.person_at("alice", "http://127.0.0.1:9");
    let sink = Sink::start(|step, line| match step {
        Step::Hello => Answer::Say("250-sink\r\n250 AUTH XOAUTH2".to_owned()),
        // user=alice@example.org^Aauth=Bearer ya29.fresh^A^A
        Step::Auth
            if line == "AUTH XOAUTH2 dXNlcj1hbGljZUBleGFtcGxlLm9yZwFhdXRoPUJlYXJlciB5YTI5LmZyZXNoAQE=" =>
        {
            Answer::Fine
        }
        Step::Auth => Answer::Say("334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=".to_owned()),
        Step::Other if line.is_empty() => {
            Answer::Say("535 5.7.8 Username and Password not accepted".to_owned())
        }
        _ => Answer::Fine,
    });
    alice.via = format!("smtp://alice%40example.org@127.0.0.1:{}", sink.port);
    let send = || alice.run_with("ch-send", &["-t", "--button", "never"], MAIL);
    settings(&alice, "auth = \"xoauth2\"\npassword_command = [\"echo\", \"ya29.fresh\"]\n");
    send().done();
    assert_eq!(sink.taken().len(), 1);
    settings(&alice, "auth = \"xoauth2\"\npassword_command = [\"echo\", \"ya29.stale\"]\n");
    let refused = send().ends(77);
    complains(&refused.stderr, "refused user and password: 535 5.7.8 Username and Password not accepted");
    assert!(!refused.stderr.contains("ya29"), "{refused:?}");
    settings(&alice, "password_command = [\"echo\", \"ya29.fresh\"]\n");
    complains(&send().ends(78).stderr, "set auth = \"xoauth2\"");
    settings(&alice, "auth = \"guess\"\n");
    complains(&send().ends(78).stderr, "config.toml: line 1: ");
    assert_eq!(sink.taken().len(), 1);
}
