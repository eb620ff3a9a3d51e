//! A survey finds what reading one mail after another finds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{fs, io::Write, path::Path};

use proptest::prelude::*;

use super::*;
use crate::mail::{
    read::{Depth, message},
    source::Messages,
};

const NOW: Time = Time(1_793_491_200_000);

fn collect(
    survey: impl FnOnce(&mut dyn FnMut(Vec<Found>) -> ControlFlow<()>) -> ControlFlow<()>,
) -> Vec<Mail> {
    let mut mails = Vec::new();
    let done = survey(&mut |found| {
        mails.extend(found.into_iter().map(Result::unwrap));
        ControlFlow::Continue(())
    });
    assert!(done.is_continue());
    mails
}

fn one_by_one(path: &Path) -> Vec<Mail> {
    let messages = Messages::open(path).unwrap();
    messages.map(|found| message(&found.unwrap(), NOW, Depth::Headers)).collect()
}

fn surveyed(path: &Path, threads: usize, buttons: bool) -> Vec<Mail> {
    let survey = Survey { threads, buttons, now: NOW };
    if path.is_dir() {
        return collect(|take| survey.maildir(Maildir::open(path).unwrap(), take));
    }
    let file = File::open(path).unwrap();
    collect(|take| survey.mbox(&path.to_string_lossy(), &file, take))
}

fn same(path: &Path) {
    let all = one_by_one(path);
    let interesting = |mail: &&Mail| mail.chat.is_some() || mail.problems.contains(&"no headers".to_owned());
    for threads in [1, 3] {
        assert_eq!(surveyed(path, threads, false), all);
        let buttons = surveyed(path, threads, true);
        assert!(buttons.iter().all(|mail| all.contains(mail)));
        assert!(buttons.iter().filter(interesting).eq(all.iter().filter(interesting)));
    }
}

/// Every mail of the corpus, several times.
fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mail");
    let kinds = fs::read_dir(folder).unwrap().map(|kind| kind.unwrap().path());
    let files = kinds.flat_map(|kind| fs::read_dir(kind).unwrap()).map(|file| file.unwrap().path());
    let mut mails: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "eml")).collect();
    mails.sort();
    mails.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn long_headers() -> Vec<Vec<u8>> {
    let filler = |bytes: usize| format!("X-Long: {}\n", "x".repeat(90)).repeat(bytes / 99);
    let ticket = "CH-Login-ID: a\nCH-Port: 1\nCH-Server: https://a.b\nCH-Ticket: AQEAAWt6p5AAADA5AAAAAAAAACkAAAAAWKlK2i8Hozli-lAMLuZXWg\n";
    [4000, 4096, 5000, 20_000, HEADER - 1000, HEADER + 1000]
        .map(|bytes| format!("From: a@b\n{}{ticket}\nbody\n", filler(bytes)).into_bytes())
        .to_vec()
}

#[test]
fn a_maildir_is_surveyed_as_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("cur")).unwrap();
    for (number, mail) in corpus().into_iter().cycle().take(400).chain(long_headers()).enumerate() {
        fs::write(dir.path().join(format!("cur/{number:04}")), mail).unwrap();
    }
    same(dir.path());
}

#[test]
fn an_mbox_is_surveyed_as_it_is_read() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let bodies = ["", "short\n", "\n\nFrom \n"].into_iter().map(str::to_owned);
    let long = [100_000, 131_000, 300_000].map(|length| "From y\n>From z\n".repeat(length / 15));
    let bodies: Vec<_> = bodies.chain(long).collect();
    let mails = corpus().into_iter().chain(long_headers());
    for (mail, body) in mails.zip(bodies.iter().cycle()) {
        file.write_all(b"From a@b Thu Jan  1 00:00:00 1970\n").unwrap();
        file.write_all(&mail).unwrap();
        file.write_all(body.as_bytes()).unwrap();
        file.write_all(b"\n\n").unwrap();
    }
    same(file.path());
}

#[test]
fn what_cannot_be_opened_is_said_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("new")).unwrap();
    fs::write(dir.path().join("new/1"), "A: 1\n").unwrap();
    std::os::unix::fs::symlink("nowhere/at/all", dir.path().join("new/2")).unwrap();
    std::os::unix::fs::symlink("3", dir.path().join("new/3")).unwrap();
    fs::write(dir.path().join("new/4"), "").unwrap();
    fs::write(dir.path().join("new/5"), "B: 2\n").unwrap();
    let survey = Survey { threads: 2, buttons: false, now: NOW };
    let mut found = Vec::new();
    let _done = survey.maildir(Maildir::open(dir.path()).unwrap(), |mails| {
        found.extend(mails.into_iter().map(|mail| match mail {
            Ok(_) => "mail",
            Err(SourceError::Open { .. }) => "closed",
            Err(_) => "empty",
        }));
        ControlFlow::<()>::Continue(())
    });
    assert_eq!(found, ["mail", "closed", "empty", "mail"]);
}

#[test]
fn a_quoted_from_line_at_the_top_of_a_header_is_no_damage_however_it_is_read() {
    for quotes in ["", ">", ">>", ">>>"] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "From a\nA: 1\n\nx\n\nFrom b\n{quotes}From c\nA: 1\n\n\n").unwrap();
        same(file.path());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_mbox_is_surveyed_as_it_is_read(text in "(From |>|\n|\n\nFrom a\n|\r\n|x|\r|A: 1\n|CH-Ticket: ){0,60}") {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"From \n").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        same(file.path());
    }
}
