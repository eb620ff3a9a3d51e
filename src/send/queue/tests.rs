//! A mail that waits is sent once, or is known not to be.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::*;
use crate::mail::transport::Via;

const START: i64 = 1_700_000_000_000;

struct Scene {
    dir: tempfile::TempDir,
    spool: Spool,
}

/// A queue with so many mails.
fn scene(mails: usize) -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::new(dir.path().join("spool"));
    for n in 0..mails {
        let kept = Kept {
            reverse_path: Some("a@x.example".to_owned()),
            recipient: format!("b{n}@y.example"),
            message_id: None,
            via: "program".to_owned(),
            at: Time(START),
        };
        spool.keep(&kept, b"Subject: Hi\r\n\r\nx\r\n", "first words").unwrap();
    }
    Scene { dir, spool }
}

impl Scene {
    /// One run, `after` the mails were kept, with a program that does what `script` says.
    fn run(&self, after: i64, script: &str) -> Vec<(Status, String)> {
        let program = self.dir.path().join("program");
        fs::write(&program, format!("#!/bin/sh\ncat >> {}.in\n{script}\n", program.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut told = Vec::new();
        let open = |_: &str| -> Result<Transport, TransportError> {
            Ok(Transport::open(&Via::Sendmail(program.clone()), &Default::default()))
        };
        let each = |event| match event {
            Event::Sent(sent, _) => told.push((sent.status, sent.reply.unwrap_or_default())),
            other => panic!("{other:?}"),
        };
        flush(&self.spool, Time(START + after), open, each).unwrap();
        told
    }

    fn handed_over(&self) -> usize {
        fs::read_to_string(self.dir.path().join("program.in")).unwrap_or_default().matches("Subject:").count()
    }

    fn count(&self, place: Place) -> usize {
        self.spool.list(place).unwrap().len()
    }
}

#[test]
fn what_is_taken_is_gone_and_what_is_put_off_waits_longer_each_time() {
    let scene = scene(2);
    let put_off = scene.run(0, "echo later >&2; exit 75");
    assert_eq!(put_off, vec![(Status::Queued, "later".to_owned()); 2]);
    assert_eq!(scene.run(4 * MINUTE, "exit 0"), [], "not due yet");
    assert_eq!(scene.run(5 * MINUTE, "exit 75").len(), 2);
    assert_eq!(scene.run(14 * MINUTE, "exit 0"), [], "ten minutes now");
    assert_eq!(scene.run(15 * MINUTE, "exit 0"), vec![(Status::Accepted, String::new()); 2]);
    assert_eq!((scene.handed_over(), scene.count(Place::New), scene.count(Place::Cur)), (6, 0, 0));
    assert_eq!((wait(0), wait(3), wait(4), wait(u32::MAX)), (5 * MINUTE, 40 * MINUTE, HOUR, HOUR));
}

#[test]
fn what_is_refused_or_waits_too_long_is_given_up_and_kept_for_its_person() {
    let scene = scene(1);
    assert_eq!(
        scene.run(0, "echo no such user >&2; exit 67"),
        [(Status::Rejected, "no such user".to_owned())]
    );
    let listed = list(&scene.spool, false).unwrap();
    assert_eq!((listed[0].status, listed[0].reply.as_deref()), (Status::Rejected, Some("no such user")));
    assert_eq!(scene.run(HOUR, "exit 0"), []);

    let scene = self::scene(1);
    scene.run(GIVE_UP - HOUR, "exit 75");
    let told = scene.run(GIVE_UP, "echo full >&2; exit 75");
    assert_eq!(told, [(Status::Rejected, "given up after 5 days: full".to_owned())]);
    assert_eq!(scene.count(Place::Failed), 1);
}

#[test]
fn a_mail_cut_off_is_unknown_and_sent_again_only_when_asked() {
    let scene = scene(2);
    // The reply never comes: killed while it takes the mail.
    assert!(scene.run(0, "kill -9 $$").iter().all(|(status, _)| *status == Status::Unknown));
    assert_eq!((scene.count(Place::Failed), scene.run(HOUR, "exit 0").len()), (2, 0));
    resend_unknown(&scene.spool, Time(START)).unwrap();
    let mut entry = scene.spool.list(Place::New).unwrap().remove(0);
    scene.spool.attempt(&mut entry).unwrap();
    // A run that was stopped here leaves it there.
    assert_eq!(
        list(&scene.spool, true).unwrap().iter().filter(|sent| sent.status == Status::Unknown).count(),
        0
    );
    assert_eq!(
        list(&scene.spool, false).unwrap().iter().filter(|sent| sent.status == Status::Unknown).count(),
        1
    );
    let mut told = Vec::new();
    find_cut_off::<TransportError>(&scene.spool, |event| told.push(event)).unwrap();
    let [Event::Sent(sent, Some(path))] = &told[..] else { panic!("{told:?}") };
    assert_eq!((sent.status, sent.reply.as_deref()), (Status::Unknown, Some(CUT_OFF)));
    assert!(path.exists());
    assert_eq!(scene.run(HOUR, "exit 0").len(), 1);
    resend_unknown(&scene.spool, Time(START)).unwrap();
    assert_eq!(scene.run(HOUR, "exit 0").len(), 1);
    assert_eq!(list(&scene.spool, false).unwrap(), []);
}

#[test]
fn a_closed_way_costs_a_mail_no_attempt_and_is_told_once() {
    let scene = scene(3);
    let mut told = (0, 0);
    for after in [0, MINUTE] {
        let open =
            |_: &str| Ok(Transport::open(&Via::Sendmail("/nowhere/sendmail".into()), &Default::default()));
        let each = |event: Event<TransportError>| match event {
            Event::Closed(error) => {
                assert!(error.to_string().starts_with("start /nowhere/sendmail"));
                told.0 += 1;
            }
            Event::Sent(sent, None) if sent.status == Status::Queued => told.1 += 1,
            other => panic!("{other:?}"),
        };
        flush(&scene.spool, Time(START + after), open, each).unwrap();
    }
    assert_eq!(told, (2, 6));
    assert!(scene.spool.list(Place::Cur).unwrap().is_empty(), "the mark was made too early, and taken back");
    assert!(scene.spool.list(Place::New).unwrap().iter().all(|entry| entry.attempts == 0));
}

#[test]
fn a_damaged_mail_keeps_no_other_waiting() {
    let scene = scene(2);
    let first = scene.spool.list(Place::New).unwrap().remove(0);
    fs::write(scene.spool.path(&first), "?").unwrap();
    let (mut damaged, mut sent) = (0, 0);
    let open = |_: &str| -> Result<Transport, TransportError> {
        Ok(Transport::open(&Via::Maildir(scene.dir.path().join("mail")), &Default::default()))
    };
    flush(&scene.spool, Time(START), open, |event| match event {
        Event::Spool(SpoolError::Damaged(path)) => {
            assert!(path.exists());
            damaged += 1;
        }
        Event::Sent(..) => sent += 1,
        other => panic!("{other:?}"),
    })
    .unwrap();
    assert_eq!((damaged, sent), (1, 1));
    assert!(Path::new(&scene.spool.path(&first)).exists());
}
