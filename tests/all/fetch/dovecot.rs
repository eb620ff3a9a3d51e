//! With the real Dovecot: into a Maildir, kept or deleted, resumed; as a stream; one at a time.

use std::{fs, os::unix::fs::PermissionsExt};

use super::*;

#[test]
fn several_hundred_mails_come_once_each_and_only_new_ones_the_next_time() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..300);
    let (url, to) = (dovecot.url(BOB), world.path("Mail"));
    let args = [url.as_str(), "--into", to.to_str().unwrap()];
    let first = fetched(&world, &args).done();
    assert_eq!((first.stdout.as_str(), first.stderr.as_str()), ("", ""), "a doer says nothing");
    assert_eq!(held(&to), each(0..300));
    assert_eq!(fs::metadata(to.join("new")).unwrap().permissions().mode() & 0o777, 0o700);

    // Read, moved, deleted: what the person does with them does not bring them back.
    let mut files: Vec<_> =
        fs::read_dir(to.join("new")).unwrap().map(|entry| entry.unwrap().path()).collect();
    fs::remove_file(files.pop().unwrap()).unwrap();
    let read = files.pop().unwrap();
    fs::rename(&read, to.join("cur").join(format!("{}:2,S", read.file_name().unwrap().display()))).unwrap();
    fill(&world, 300..310);
    let second = fetched(&world, &[&args[..], &["--json"]].concat()).done();
    assert_eq!(second.records().len(), 10);
    assert_eq!(second.records()[0]["subject"], "mail 300");
    assert_eq!(held(&to).len(), 309);
    assert_eq!(left_over(&to), 0);
    assert_eq!(at_the_server(&world, &dovecot), 310, "nothing was deleted");
}

#[test]
fn with_delete_the_server_is_empty_and_nothing_is_lost() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..100);
    let (url, to) = (dovecot.url(BOB), world.path("Mail"));
    let args = [url.as_str(), "--into", to.to_str().unwrap(), "--limit", "40"];
    fetched(&world, &args).done();
    assert_eq!(held(&to), each(0..40), "the oldest first");
    let args = [&args[..4], &["100", "--delete", "-v"]].concat();
    let said = fetched(&world, &args).done();
    assert!(said.stderr.contains("60 new, 100 deleted"), "what came earlier is deleted too: {said:?}");
    assert_eq!(held(&to), each(0..100));
    assert_eq!(at_the_server(&world, &dovecot), 0);
}

#[test]
fn only_chat_takes_those_with_a_button_and_leaves_the_others() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..5);
    let button = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/mail/button/good.eml")).unwrap();
    deliver(&world, BOB, "1700000002.Mb.host", &button);
    let (url, to) = (dovecot.url(BOB), world.path("Mail"));
    let hit = fetched(&world, &[&url, "--only-chat"]).done().record();
    assert_eq!((&hit["chat"]["login"], &hit["text"]), (&"alice".into(), &serde_json::Value::Null));
    let hit = fetched(&world, &[&url, "--only-chat", "--full"]).done().record();
    assert_eq!(hit["text"], "New boots are in.\n");

    let into = [url.as_str(), "--into", to.to_str().unwrap()];
    fetched(&world, &[&into[..], &["--only-chat", "--delete"]].concat()).done();
    assert_eq!(held(&to).len(), 1);
    assert_eq!(at_the_server(&world, &dovecot), 5);
    fetched(&world, &[&into[..], &["--only-chat"]].concat()).done();
    fetched(&world, &into).done();
    assert_eq!(held(&to).len(), 6, "what was passed over comes when it is wanted");
}

#[test]
fn a_reader_that_stops_early_loses_nothing() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..200);
    let line = format!("ch-fetch {} | head -n 1", dovecot.url(BOB));
    let mut shell = fetch(&world, &[]);
    let first = {
        let mut command = Command::new("sh");
        command.args(["-c", &line]).env_clear();
        command.envs(shell.get_envs().filter_map(|(name, value)| Some((name, value?))));
        process::run(command, b"").done()
    };
    shell.arg(dovecot.url(BOB));
    assert_eq!(first.record()["subject"], "mail 0");
    assert_eq!(first.stderr, "");
    assert_eq!(process::run(shell, b"").done().records().len(), 200);
}

#[test]
fn a_stream_with_a_state_gives_each_mail_once() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..30);
    let (url, state) = (dovecot.url(BOB), world.path("state"));
    let args = [url.as_str(), "--state", state.to_str().unwrap()];
    assert_eq!(fetched(&world, &[&args[..], &["--limit", "10"]].concat()).done().records().len(), 10);
    assert_eq!(fetched(&world, &args).done().records().len(), 20);
    assert_eq!(fetched(&world, &args).done().stdout, "");
    fill(&world, 30..31);
    let new = fetched(&world, &args).done().record();
    assert_eq!(new["subject"], "mail 30");
    assert!(
        new["source"]
            .as_str()
            .unwrap()
            .starts_with(&format!("pop3://bob%40example.org@127.0.0.1:{}#", dovecot.port))
    );
    // Another mailbox's state is not taken for this one's.
    let other = dovecot.url("carol@example.org");
    let refused = fetched(&world, &[&other, "--state", args[2]]).ends(65);
    assert!(refused.stderr.contains("not the state of"), "{refused:?}");
}

#[test]
fn over_tls_from_the_first_byte_or_after_stls_all_mails_come_and_the_password_goes_to_nobody_else() {
    let world = World::new();
    let (dovecot, pop3s, ca) = Dovecot::start_with_tls(&world);
    fill(&world, 0..150);
    let user = BOB.replace('@', "%40");
    let encrypted = format!("pop3s://{user}@localhost:{pop3s}");
    let stls = format!("pop3://{user}@localhost:{}?tls=required", dovecot.port);
    let ca = ca.display().to_string();
    let mut count = 150;
    for (url, to) in [(&encrypted, "Encrypted"), (&stls, "Stls")] {
        let to = world.path(to);
        let into = [url.as_str(), "--ca", &ca, "--into", to.to_str().unwrap()];
        fetched(&world, &into).done();
        assert!(held(&to) == each(0..count), "{url}");
        fill(&world, count..count + 2);
        count += 2;
        let more = fetched(&world, &[&into[..], &["--json"]].concat()).done();
        assert_eq!(more.records().len(), 2, "{url}");
        assert!(held(&to) == each(0..count), "{url}");
    }
    // A certificate that nobody vouches for, and one of another name.
    for url in [&encrypted, &stls] {
        let refused = fetched(&world, &[url]).ends(77);
        assert!(refused.stderr.contains("--ca"), "{refused:?}");
        fetched(&world, &[&url.replace("localhost", "127.0.0.1"), "--ca", &ca]).ends(77);
    }
    let log = dovecot.log();
    let signed_in = log.matches("Login: ").count();
    assert_eq!(signed_in, 4, "{log}");
    assert_eq!(log.matches(", TLS, ").count(), 4, "each over TLS: {log}");

    let to = world.path("Stls");
    fetched(&world, &[&stls, "--ca", &ca, "--into", to.to_str().unwrap(), "--delete"]).done();
    let left = fetched(&world, &[&encrypted, "--ca", &ca, "--json"]).done();
    assert_eq!((left.stdout.as_str(), held(&to).len()), ("", 154));
}

#[test]
fn a_wrong_password_is_77_and_is_not_shown() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    let mut command = fetch(&world, &[&dovecot.url(BOB)]);
    fs::write(home(&world).join("config.toml"), "password_command = [\"echo\", \"hunter2\"]\n").unwrap();
    let refused = process::run(
        {
            command.arg("--json");
            command
        },
        b"",
    )
    .ends(77);
    assert!(
        !refused.stderr.contains("hunter2") && refused.stderr.contains("does not let bob@example.org in"),
        "{refused:?}"
    );
}
