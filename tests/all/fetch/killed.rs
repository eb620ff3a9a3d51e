//! `kill -9` at random instants, again and again: in the end each mail is there, and once.

use std::{thread, time::Duration};

use super::*;
use crate::{kill::Chance, world::Running};

/// Kills so many runs, with `more` mails arriving before each.
fn killed(times: usize, more: usize, delete: bool, seed: u64) {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    let (url, to) = (dovecot.url(BOB), world.path("Mail"));
    let mut args = vec![url.as_str(), "--into", to.to_str().unwrap()];
    if delete {
        args.push("--delete");
    }
    let mut chance = Chance(seed);
    let mut count = 100;
    fill(&world, 0..count);
    for _ in 0..times {
        fill(&world, count..count + more);
        count += more;
        let mut running = Running::start(fetch(&world, &args));
        // A random instant is what this is about.
        thread::sleep(Duration::from_millis(chance.below(150)));
        running.kill();
        assert!(held(&to).values().all(|&times| times == 1), "a mail is there twice");
    }
    fetched(&world, &args).done();
    let held = held(&to);
    assert_eq!(held.len(), count, "of {count} mails");
    assert!(held == each(0..count), "each mail is there, once, as it was");
    assert_eq!(left_over(&to), 0);
    assert_eq!(at_the_server(&world, &dovecot), if delete { 0 } else { count });
}

#[test]
fn no_mail_is_lost_or_doubled_when_fetching_is_killed_30_times() {
    killed(30, 20, false, 0x1f3c_88d1_70a9_e05b);
}

#[test]
fn no_mail_is_lost_or_doubled_when_fetching_and_deleting_is_killed_30_times() {
    killed(30, 20, true, 0x77e1_5a2b_94c3_0d8f);
}

/// What a run leaves that is killed after it has noted its mails and before it has moved them all.
#[test]
fn a_mail_that_was_noted_and_is_nowhere_is_fetched_again_and_not_deleted_unfetched() {
    let world = World::new();
    let dovecot = Dovecot::start(&world);
    fill(&world, 0..4);
    let (url, to) = (dovecot.url(BOB), world.path("Mail"));
    let args = [url.as_str(), "--into", to.to_str().unwrap()];
    fetched(&world, &args).done();
    let state =
        fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_file()).unwrap();
    let noted = fs::read_to_string(&state).unwrap();
    fs::write(&state, noted.strip_suffix("=\n").unwrap()).unwrap();
    let names: Vec<_> = noted
        .lines()
        .filter(|line| line.starts_with('+'))
        .map(|line| line.split(' ').nth(1).unwrap())
        .collect();
    // One moved, one moved and read, one not moved yet, one not moved when somebody emptied tmp.
    let (new, cur, tmp) = (to.join("new"), to.join("cur"), to.join("tmp"));
    fs::rename(new.join(names[1]), cur.join(format!("{}:2,S", names[1]))).unwrap();
    fs::rename(new.join(names[2]), tmp.join(names[2])).unwrap();
    fs::remove_file(new.join(names[3])).unwrap();

    // The one that is nowhere stays new when this run is cut off, too.
    fetched(&world, &[&args[..], &["--limit", "0"]].concat()).done();
    let again = fetched(&world, &[&args[..], &["--delete", "-v"]].concat()).done();
    assert!(again.stderr.contains("1 new, 4 deleted"), "{again:?}");
    assert_eq!(held(&to), each(0..4));
    assert_eq!(left_over(&to), 0);
    assert_eq!(at_the_server(&world, &dovecot), 0);
    fetched(&world, &args).done();
    assert_eq!(held(&to), each(0..4));
}

#[test]
#[ignore = "long: make soak"]
fn soak_no_mail_is_lost_or_doubled_when_fetching_is_killed_300_times() {
    killed(150, 40, false, 0x5bd1_e995_2c1b_3c6d);
    killed(150, 40, true, 0x9e37_79b9_7f4a_7c15);
}
