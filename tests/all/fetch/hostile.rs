//! Servers that hang up, have no ids or hold their tongue; disks that are full; two runs at once.

use std::{fs, net::TcpListener};

use super::{
    server::{Ids, Server},
    *,
};
use crate::world::Running;

fn mails(count: usize) -> Vec<String> {
    (0..count).map(mail).collect()
}

#[test]
fn a_server_that_hangs_up_after_any_number_of_bytes_loses_and_doubles_nothing() {
    let world = World::new();
    let server = Server::start(mails(6));
    let (url, to) = (server.url(), world.path("Mail"));
    let args = [url.as_str(), "--into", to.to_str().unwrap(), "--delete"];
    let mut most = 1;
    while server.mails() > 0 {
        server.is(|server| server.most = most);
        let cut = fetched(&world, &args);
        assert!(cut.status == 75 || (cut.status == 0 && server.mails() == 0), "{most} bytes: {cut:?}");
        assert!(held(&to).values().all(|&times| times == 1), "{most} bytes");
        assert_eq!(cut.stderr.lines().count(), usize::from(cut.status != 0), "{cut:?}");
        most += 7;
    }
    assert!(most > 300, "it ended after {most} bytes");
    server.is(|server| server.most = usize::MAX);
    fetched(&world, &args).done();
    assert_eq!(held(&to), each(0..6));
    assert_eq!(left_over(&to), 0);
}

#[test]
fn without_ids_mails_are_told_apart_by_what_is_in_them() {
    for ids in [Ids::None, Ids::Same] {
        let world = World::new();
        let server = Server::start(mails(4));
        // Two that are alike are two.
        server.is(|server| {
            server.ids = ids;
            server.mails.push(mail(0));
        });
        let (url, to, state) = (server.url(), world.path("Mail"), world.path("state"));
        let args = [url.as_str(), "--into", to.to_str().unwrap()];
        for _ in 0..2 {
            fetched(&world, &args).done();
            assert_eq!(held(&to).values().sum::<usize>(), 5, "{ids:?}");
        }
        server.is(|server| server.mails.push(mail(9)));
        fetched(&world, &[&args[..], &["--delete"]].concat()).done();
        assert_eq!((held(&to)[&mail(9)], server.mails()), (1, 0), "{ids:?}");

        server.is(|server| server.mails = mails(3));
        let args = [url.as_str(), "--state", state.to_str().unwrap()];
        assert_eq!(fetched(&world, &args).done().records().len(), 3);
        assert_eq!(fetched(&world, &args).done().stdout, "");
    }
}

#[test]
fn an_id_that_is_given_again_is_another_mail_and_a_mail_that_is_listed_again_is_the_same() {
    let world = World::new();
    let server = Server::start(mails(3));
    server.is(|server| server.ids = Ids::Numbers);
    let (url, to) = (server.url(), world.path("Mail"));
    let args = [url.as_str(), "--into", to.to_str().unwrap()];
    for some in [3..6, 6..8] {
        fetched(&world, &[&args[..], &["--delete"]].concat()).done();
        assert_eq!((held(&to), server.mails()), (each(0..some.start), 0));
        server.is(|server| server.mails = some.map(mail).collect());
    }
    fetched(&world, &args).done();
    assert_eq!(held(&to), each(0..8));
    // A listing that is short for a while makes nothing new.
    let before = std::mem::take(&mut server.manner.lock().unwrap().mails);
    fetched(&world, &args).done();
    for _ in 0..2 {
        server.is(|server| server.mails.clone_from(&before));
        fetched(&world, &args).done();
        assert_eq!(held(&to), each(0..8));
    }
    let heard = server.manner.lock().unwrap().heard.clone();
    let last = heard.rsplit(|line| line == "CAPA").next().unwrap();
    assert!(!last.iter().any(|line| line.starts_with("RETR")), "known again: {last:?}");
}

#[test]
fn a_server_without_top_gives_its_mails_whole() {
    let world = World::new();
    let server = Server::start(mails(3));
    server.is(|server| server.top = false);
    assert_eq!(fetched(&world, &[&server.url()]).done().records().len(), 3);
    let button =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/mail/button/good.eml"));
    server.is(|server| server.mails.insert(1, button.unwrap().replace("\r\n", "\n")));
    let hit = fetched(&world, &[&server.url(), "--only-chat", "--full"]).done().record();
    assert_eq!(hit["chat"]["login"], "alice");
    let to = world.path("Mail");
    fetched(&world, &[&server.url(), "--only-chat", "--into", to.to_str().unwrap()]).done();
    assert_eq!(held(&to).len(), 1);
}

#[test]
fn a_stream_never_deletes_and_headers_only_are_asked_for() {
    let world = World::new();
    let server = Server::start(mails(3));
    fetched(&world, &[&server.url()]).done();
    let heard = server.manner.lock().unwrap().heard.join(" ");
    assert!(heard.contains("TOP 3 0 QUIT") && !heard.contains("RETR") && !heard.contains("DELE"), "{heard}");
}

#[test]
fn of_two_at_once_one_says_75() {
    let world = World::new();
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("pop3://bob@{}", silent.local_addr().unwrap());
    let to = world.path("Mail");
    let args = [url.as_str(), "--into", to.to_str().unwrap()];
    let first = Running::start(fetch(&world, &args));
    // The first has its lock before it connects.
    let _connection = silent.accept().unwrap();
    let second = fetched(&world, &args).ends(75);
    assert!(second.stderr.contains("another ch-fetch is at it"), "{second:?}");
    drop(first);
    let slow = fetched(&world, &[&format!("{url}?timeout=1")]).ends(75);
    assert!(slow.stderr.contains("no answer in time"), "{slow:?}");
}

#[test]
fn a_full_disk_is_74_and_deletes_nothing() {
    let world = World::new();
    let large = format!("{}{}", mail(1), "x".repeat(300_000));
    let server = Server::start(vec![mail(0), format!("{large}\n")]);
    let (url, to) = (server.url(), world.path("Mail"));
    // A file that would grow beyond the limit fails as on a full disk, where nobody minds the signal.
    let line =
        format!("trap '' XFSZ; ulimit -f 64; exec ch-fetch '{url}' --delete --into '{}'", to.display());
    let mut command = Command::new("sh");
    let model = fetch(&world, &[]);
    command.args(["-c", &line]).env_clear();
    command.envs(model.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let full = process::run(command, b"").ends(74);
    assert!(full.stderr.starts_with("ch-fetch: write ") && full.stderr.lines().count() == 1, "{full:?}");
    assert_eq!((server.mails(), left_over(&to)), (2, 0));
    fetched(&world, &[&url, "--delete", "--into", to.to_str().unwrap()]).done();
    assert_eq!((held(&to).len(), server.mails()), (2, 0));
}

#[test]
fn where_nothing_can_be_written_nobody_is_connected_to() {
    let world = World::new();
    fs::write(world.path("file"), "x").unwrap();
    fs::create_dir(world.path("full")).unwrap();
    fs::write(world.path("full/letter"), "x").unwrap();
    let server = Server::start(mails(1));
    for (place, status) in [("/proc/Mail", 73), ("file", 73), ("full", 73)] {
        let failed = fetched(&world, &[&server.url(), "--delete", "--into", place]).ends(status);
        assert_eq!(failed.stderr.lines().count(), 1, "{failed:?}");
    }
    assert!(server.manner.lock().unwrap().heard.is_empty());
    assert_eq!(fs::read_dir(world.path("full")).unwrap().count(), 1);
}

#[test]
fn a_url_that_is_none_is_64_and_a_password_in_it_is_not_shown() {
    let world = World::new();
    for url in
        ["pop3://bob:hunter2@mail.example.org", "imap://bob:hunter2@x", "pop3://mail.example.org", "Mail"]
    {
        let refused = fetched(&world, &[url]).ends(64);
        assert!(!refused.stderr.contains("hunter2") && refused.stderr.lines().count() == 1, "{refused:?}");
    }
    let mut command = world.command("ch-fetch");
    command.arg("pop3://bob@127.0.0.1:9");
    let none = process::run(command, b"");
    assert!(none.status == 78 && none.stderr.contains("password_command"), "{none:?}");
}

#[test]
fn a_maildir_is_a_mailbox_too() {
    let world = World::new();
    fill(&world, 0..20);
    let (from, to) = (format!("maildir:{}", world.path("mail").join(BOB).display()), world.path("Mail"));
    assert_eq!(fetched(&world, &[&from, "--limit", "3"]).done().records().len(), 3);
    let args = [from.as_str(), "--into", to.to_str().unwrap()];
    for _ in 0..2 {
        fetched(&world, &args).done();
        assert_eq!(held(&to), each(0..20));
    }
    fetched(&world, &[&args[..], &["--delete"]].concat()).done();
    assert_eq!((held(&to).len(), held(&world.path("mail").join(BOB)).len()), (20, 0));
    fetched(&world, &["maildir:/nowhere"]).ends(66);
}
