//! `ch-fetch` against the real Dovecot, a server of ill will, and `kill -9`.

mod dovecot;
mod hostile;
mod killed;
mod server;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::world::{
    Output, World,
    dovecot::{Dovecot, PASSWORD, deliver},
    process,
};

pub const BOB: &str = "bob@example.org";

/// A mailbox owner's `CH_HOME` with the password in its settings.
pub fn home(world: &World) -> std::path::PathBuf {
    let home = world.path("home-of-bob");
    password(&home);
    home
}

/// Everybody's password, in somebody's settings.
pub fn password(home: &Path) {
    fs::create_dir_all(home).unwrap();
    fs::write(home.join("config.toml"), format!("password_command = [\"echo\", \"{PASSWORD}\"]\n")).unwrap();
}

/// `ch-fetch` with that home.
pub fn fetch(world: &World, args: &[&str]) -> Command {
    let mut command = world.command("ch-fetch");
    command.env("CH_HOME", home(world)).args(args);
    command
}

pub fn fetched(world: &World, args: &[&str]) -> Output {
    process::run(fetch(world, args), b"")
}

/// The mail with that number: no two are the same, and some have lines of dots.
pub fn mail(number: usize) -> String {
    format!(
        "From: a@example.org\nSubject: mail {number}\n\n.\n..\nBody of {number}\n{}",
        "x\n".repeat(number % 50)
    )
}

/// Puts mails into bob's mailbox.
pub fn fill(world: &World, numbers: impl IntoIterator<Item = usize>) {
    for number in numbers {
        deliver(world, BOB, &format!("{}.M{number}.host", 1_700_000_000 + number), mail(number).as_bytes());
    }
}

/// Every mail of a Maildir and how often it is there.
pub fn held(maildir: &Path) -> BTreeMap<String, usize> {
    let mut held = BTreeMap::new();
    for part in ["new", "cur"] {
        for entry in fs::read_dir(maildir.join(part)).into_iter().flatten() {
            let text = String::from_utf8(fs::read(entry.unwrap().path()).unwrap()).unwrap();
            *held.entry(text).or_default() += 1;
        }
    }
    held
}

/// The mails with these numbers, each once.
pub fn each(numbers: impl IntoIterator<Item = usize>) -> BTreeMap<String, usize> {
    numbers.into_iter().map(|number| (mail(number), 1)).collect()
}

/// Files in `tmp`.
pub fn left_over(maildir: &Path) -> usize {
    fs::read_dir(maildir.join("tmp")).map_or(0, Iterator::count)
}

/// What a server still has of bob's mails.
pub fn at_the_server(world: &World, dovecot: &Dovecot) -> usize {
    fetched(world, &[&dovecot.url(BOB), "--json"]).done().stdout.lines().count()
}
