//! What is kept stays kept, and its name says how far it is.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::os::unix::fs::PermissionsExt;

use super::*;

fn spool() -> (tempfile::TempDir, Spool) {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::new(dir.path().join("spool"));
    (dir, spool)
}

fn kept() -> Kept {
    Kept {
        reverse_path: None,
        recipient: "bob@y.example".to_owned(),
        message_id: Some("1@x.example".to_owned()),
        via: "smtp://mail.example.org".to_owned(),
        at: Time::from_unix_secs(1_700_000_000),
    }
}

const MAIL: &[u8] = b"Subject: Hi\r\n\r\n\xff\n.\r\n";

#[test]
fn a_mail_comes_back_byte_for_byte_and_only_its_owner_reads_it() {
    let (_dir, spool) = spool();
    let entry = spool.keep(&kept(), MAIL, "no connection").unwrap();
    assert_eq!(spool.list(Place::New).unwrap(), std::slice::from_ref(&entry));
    assert_eq!(spool.read(&entry).unwrap(), (kept(), MAIL.to_vec()));
    assert_eq!(spool.why(&entry).as_deref(), Some("no connection"));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&spool.path(&entry)), 0o600);
    assert!(PLACES.iter().all(|place| mode(&spool.dir.join(place.name())) == 0o700));
    assert!(fs::read_dir(spool.dir.join("tmp")).unwrap().next().is_none());
}

#[test]
fn each_step_is_a_place_and_a_name() {
    let (_dir, spool) = spool();
    let mut entry = spool.keep(&kept(), MAIL, "").unwrap();
    spool.attempt(&mut entry).unwrap();
    spool.attempt(&mut entry).unwrap();
    assert_eq!(
        (spool.list(Place::New).unwrap(), spool.list(Place::Cur).unwrap()),
        (vec![], vec![entry.clone()])
    );
    spool.wait(&mut entry, Time::from_unix_secs(1_700_000_300), true).unwrap();
    assert_eq!(spool.list(Place::New).unwrap(), std::slice::from_ref(&entry));
    assert_eq!((entry.attempts, entry.next), (1, Some(Time::from_unix_secs(1_700_000_300))));
    spool.wait(&mut entry, Time::from_unix_secs(1_700_000_300), false).unwrap();
    assert_eq!(entry.attempts, 1);
    spool.give_up(&mut entry, Fate::Unknown).unwrap();
    assert_eq!(spool.list(Place::Failed).unwrap()[0].fate, Some(Fate::Unknown));
    assert_eq!(spool.read(&entry).unwrap().1, MAIL);
    spool.wait(&mut entry, Time(0), false).unwrap();
    spool.note(&entry, "words");
    spool.remove(&entry).unwrap();
    let left =
        PLACES.iter().map(|place| fs::read_dir(spool.dir.join(place.name())).unwrap().count()).sum::<usize>();
    assert_eq!(left, 0);
}

#[test]
fn what_a_killed_writer_left_goes_after_a_while() {
    let (_dir, spool) = spool();
    spool.make().unwrap();
    let path = spool.dir.join("tmp/1.2.3.4");
    fs::write(&path, "half").unwrap();
    spool.sweep(Time::now());
    assert!(path.exists(), "somebody may be writing it");
    spool.sweep(Time::now().plus(STALE + HOUR));
    assert!(!path.exists());
}

#[test]
fn what_is_not_ours_is_passed_over_or_named() {
    let (_dir, spool) = spool();
    assert_eq!(spool.list(Place::New).unwrap(), []);
    let entry = spool.keep(&kept(), MAIL, "").unwrap();
    for name in ["README", ".hidden", "1.2", "1.2.3", "1.2.x.4", "1.2.3.never", "1.2.3.4.5", "..3.4"] {
        fs::write(spool.dir.join("new").join(name), "x").unwrap();
    }
    assert_eq!(spool.list(Place::New).unwrap(), std::slice::from_ref(&entry));
    for damaged in ["", "Subject: Hi\n\n", "CH-Queue: {}\n", "CH-Queue: {"] {
        fs::write(spool.path(&entry), damaged).unwrap();
        assert!(matches!(spool.read(&entry), Err(SpoolError::Damaged(_))), "{damaged:?}");
    }
}

#[test]
fn a_mail_that_cannot_be_kept_whole_is_not_kept() {
    let (dir, _) = spool();
    let spool = Spool::new("/dev/null/spool");
    assert!(matches!(spool.keep(&kept(), MAIL, ""), Err(SpoolError::File { .. })));
    let spool = Spool::new(dir.path().join("spool"));
    spool.make().unwrap();
    // The step from tmp to new fails.
    fs::remove_dir(spool.dir.join("new")).unwrap();
    fs::write(spool.dir.join("new"), "in the way").unwrap();
    assert!(spool.keep(&kept(), MAIL, "").is_err());
    assert!(fs::read_dir(spool.dir.join("tmp")).unwrap().next().is_none());
}
