//! What `ch-send` refuses, and what it does when others refuse.

use super::*;

#[test]
fn each_failure_has_its_own_line_and_status() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    let to = ["--to", "bob@example.org"];
    complains(&alice.run_with("ch-send", &to, "Hi\n").ends(78).stderr, "ch-register LOGIN --mail");
    alice.register();
    let with = |more: &[&'static str]| [&to[..], more].concat();
    let missing = ["no/such/file"];
    for (args, input, status, words) in [
        (vec![], "Hi\n", 64, "nobody to send it to: say it with --to"),
        (with(&[]), "", 65, "the mail is empty"),
        (with(&[]), " \n", 65, "the mail is empty"),
        (with(&["--attach", missing[0]]), "Hi\n", 66, "attach: open no/such/file"),
        (with(&["--html", missing[0]]), "Hi\n", 66, "open no/such/file"),
        (vec!["--reply", missing[0]], "Hi\n", 66, "open no/such/file"),
        (vec!["--reply", "-"], "From: a@b\n\nx\n", 64, "--reply -: "),
        (with(&["--host", "a\r\nBcc: b@c"]), "Hi\n", 64, "is no host name"),
        (with(&["--via", "ftp://x"]), "Hi\n", 64, "maildir:DIR"),
        (with(&["--via", "smtp://u:p@x"]), "Hi\n", 64, "password_command"),
        (with(&["--via", "sendmail:/no/sendmail"]), "Hi\n", 78, "nobody elsewhere can open"),
        (with(&["--via", "sendmail:/no/sendmail", "--button", "never"]), "Hi\n", 78, "start /no/sendmail: "),
        (with(&["--via", "smtp://mail.example.org"]), "Hi\n", 78, "--via maildir:DIR"),
        (
            with(&["--via", "smtp://127.0.0.1:1", "--no-queue"]),
            "Hi\n",
            75,
            "hand the mail over: 127.0.0.1:1: ",
        ),
        (with(&["--via", "maildir:/dev/null/x"]), "Hi\n", 73, "create /dev/null/x/bob@example.org"),
    ] {
        let output = alice.run_with("ch-send", &args, input).ends(status);
        complains(&output.stderr, words);
        assert_eq!(output.stdout, "");
    }
    let latin = process::run(alice.command("ch-send", &to), b"caf\xe9\n").ends(65);
    complains(&latin.stderr, "it is not UTF-8");
    assert!(world.mails("bob@example.org").is_empty());
    let json = alice
        .run_with("ch-send", &with(&["--via", "smtp://127.0.0.1:1", "--no-queue", "--json"]), "Hi\n")
        .ends(75);
    let error: Value = serde_json::from_str(&json.stderr).unwrap();
    assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("unavailable")));
}

#[test]
fn without_the_ch_server_a_mail_waits_or_goes_without_a_button_as_asked() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    drop(server);
    let to = ["--to", "bob@example.org"];
    complains(&alice.run_with("ch-send", &to, "Hi\n").ends(75).stderr, "get a chat button: ");
    assert!(world.mails("bob@example.org").is_empty());
    let output = alice.run_with("ch-send", &[&to[..], &["--button", "auto"]].concat(), "Hi\n").done();
    complains(&output.stderr, "sent without a chat button: ");
    let quiet = alice.run_with("ch-send", &[&to[..], &["--button", "never"]].concat(), "Hi\n").done();
    assert_eq!(quiet.stderr, "");
    for mail in world.mails("bob@example.org") {
        assert!(!text(&mail).contains("CH-") && text(&mail).ends_with("\n\nHi\n"));
    }
}

#[test]
fn one_refused_recipient_through_postfix_does_not_keep_the_mail_from_the_others() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob"]);
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = postfix.url();
    let args = ["--to", "nobody@example.org, bob@example.org", "-v"];
    let output = alice.run_with("ch-send", &args, "Hi\n").ends(69);
    complains(&output.stderr, "send to nobody@example.org: refused: 550 ");
    let fates: Vec<_> =
        output.records().iter().map(|sent| (sent["status"].clone(), sent["code"].clone())).collect();
    assert_eq!(fates, [(json!("rejected"), json!(550)), (json!("accepted"), json!(250))]);
    world.mail_after("bob@example.org", 0);
}

#[test]
fn nothing_from_outside_injects_a_header_field() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    for (flag, value) in [
        ("--subject", "Boots\nBcc: eve@example.org"),
        ("--subject", "Boots\r\n\r\nbody"),
        ("--to", "bob@example.org\nBcc: eve@example.org"),
        ("--to", "\"Bob\nBcc: eve@example.org\" <bob@example.org>"),
        ("--cc", "bob@example.org>\r\nRCPT TO:<eve@example.org"),
        ("--from", "Al\u{85}ice <alice@example.org>"),
    ] {
        let args = ["--to", "bob@example.org", flag, value];
        let output =
            alice.run_with("ch-send", if flag == "--to" { &args[2..] } else { &args }, "Hi\n").ends(64);
        complains(&output.stderr, "");
    }
    let file = world.path("in\r\nBcc: eve@example.org\x1b[2J.txt");
    fs::write(&file, "x").unwrap();
    let args = ["-n", "--to", "bob@example.org", "--attach", file.to_str().unwrap()];
    let mail = alice.run_with("ch-send", &args, "Bcc: eve@example.org\n").done().stdout;
    assert_eq!(field(&mail, "Bcc").len(), 0, "{mail}");
    assert!(world.mails("bob@example.org").is_empty() && world.mails("eve@example.org").is_empty());
}

#[test]
fn a_mail_server_that_says_nothing_is_given_up_in_the_time_that_was_set() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let via = format!("smtp://{}?timeout=1", silent.local_addr().unwrap());
    let args = ["--to", "bob@example.org", "--via", &via, "--no-queue"];
    let output = alice.run_with("ch-send", &args, "Hi\n").ends(75);
    complains(&output.stderr, "no answer in time");
}

#[test]
fn without_a_way_for_mail_it_is_78_and_the_line_says_how_to_try_it() {
    let world = World::new();
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = String::new();
    // Postfix may be installed here: its sendmail is not this person's.
    let mut command = alice.command("ch-send", &["--to", "bob@example.org"]);
    command.env("CH_SENDMAIL", "").env("PATH", "");
    let none = process::run(command, b"Hi\n").ends(78);
    complains(&none.stderr, "no way to send mail: ");
    complains(&none.stderr, "--via maildir:DIR");
    assert!(world.mails("bob@example.org").is_empty());
}

#[test]
fn a_sendmail_in_the_path_takes_the_mail_when_nothing_else_was_set() {
    let world = World::new();
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = String::new();
    let dir = world.path("bin");
    fs::create_dir(&dir).unwrap();
    let program = dir.join("sendmail");
    fs::write(&program, format!("#!/bin/sh\ncat > '{}'\n", world.path("taken").display())).unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = alice.command("ch-send", &["--to", "bob@example.org", "--button", "never"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", dir.display()));
    process::run(command, b"Hi there\n").done();
    assert!(text(&world.path("taken")).contains("Hi there"));
}
