//! The ledger that is told, that is away, and that takes its time.
#![allow(clippy::unwrap_used)]
use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::wire::{
    Time,
    campaigns::{Settled, Take, Taken},
    record::Status,
    ticket::a_mark,
};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says how many receipts and marks each question had; answers while it is `there`, the first time once it is let.
struct Book {
    there: bool,
    lets: Mutex<Receiver<()>>,
    said: Mutex<Sender<(usize, usize)>>,
}

impl Book {
    fn answer(&self, receipts: &[Sent], marks: &[Mark]) -> Result<Settled, ClientError> {
        self.said.lock().unwrap().send((receipts.len(), marks.len())).unwrap();
        // Whoever lets is gone after the first time.
        let _let = self.lets.lock().unwrap().recv_timeout(PATIENCE);
        match self.there {
            true => Ok(Settled { news: receipts.len() as u64, foreign: 0 }),
            false => Err(ClientError::Refused(ErrorRecord::new(Code::Forbidden, "no"))),
        }
    }
}

impl Desk for Book {
    fn take(&self, _: &Take) -> Result<Taken, ClientError> {
        unreachable!("nobody takes")
    }

    fn settle(&self, receipts: &[Sent]) -> Result<Settled, ClientError> {
        self.answer(receipts, &[])
    }

    fn turn(&self, receipts: &[Sent], marks: &[Mark]) -> Result<(Settled, Marks), ClientError> {
        Ok((self.answer(receipts, marks)?, marks.iter().map(|_| Ok(())).collect()))
    }

    fn alive(&self) -> Result<(), ClientError> {
        Ok(())
    }
}

fn recorder(there: bool) -> (Recorder, Receiver<(usize, usize)>, Stop) {
    let (recorder, said, stop, _) = waiting_recorder(there);
    (recorder, said, stop)
}

/// Its ledger does not answer before it is let.
fn waiting_recorder(there: bool) -> (Recorder, Receiver<(usize, usize)>, Stop, Sender<()>) {
    let (may, lets) = channel();
    let (say, said) = channel();
    let stop = Stop::default();
    let desk = Arc::new(Book { there, lets: Mutex::new(lets), said: Mutex::new(say) });
    (Recorder::start(desk, PATIENCE, stop.clone()).unwrap(), said, stop, may)
}

fn sent(number: usize) -> Sent {
    Sent {
        reference: None,
        recipient: format!("r{number}@example.org"),
        status: Status::Accepted,
        code: None,
        reply: None,
        message_id: None,
        at: Time(0),
    }
}

fn mark() -> Mark {
    Mark { ticket: a_mark(), again: false }
}

#[test]
fn before_a_mark_every_receipt_that_was_said_is_recorded_some_at_a_time() {
    let (recorder, said, _) = recorder(true);
    (0..600).for_each(|number| recorder.put(sent(number)));
    assert_eq!(recorder.marker().mark(&[mark(), mark()]).unwrap(), [Ok(()), Ok(())]);
    let (mut receipts, mut marks) = (0, 0);
    while marks == 0 {
        let (some, asked) = said.recv_timeout(PATIENCE).unwrap();
        assert!(some <= GROUP);
        (receipts, marks) = (receipts + some, asked);
    }
    assert_eq!((receipts, marks), (600, 2));
    let recorded = recorder.finish();
    assert_eq!((recorded.news, recorded.left.len()), (600, 0));
}

#[test]
fn a_receipt_that_no_mark_takes_along_is_recorded_within_a_moment() {
    let (recorder, said, _) = recorder(true);
    recorder.put(sent(1));
    // Not because the thread looked by itself.
    assert_eq!(said.recv_timeout(ALIVE / 2).unwrap(), (1, 0));
    drop(recorder);
}

#[test]
fn what_the_ledger_does_not_take_is_handed_back_and_nothing_further_is_marked() {
    let (recorder, said, stop) = recorder(false);
    recorder.put(sent(1));
    let marks = recorder.marker().mark(&[mark()]).unwrap();
    assert!(matches!(&marks[..], [Err(error)] if error.code == Code::Unavailable), "{marks:?}");
    assert!(stop.is_told());
    // More than may wait: nobody waits for room that nobody makes.
    (2..=WAITING + 10).for_each(|number| recorder.put(sent(number)));
    let recorded = recorder.finish();
    assert_eq!((recorded.left.len(), recorded.news), (WAITING + 10, 0));
    let names: std::collections::HashSet<_> =
        recorded.left.iter().map(|sent| sent.recipient.clone()).collect();
    assert_eq!(names.len(), WAITING + 10);
    assert!(matches!(recorded.error, Some(ClientError::Refused(_))));
    assert!(said.try_iter().count() >= 2, "asked for once more at the end");
}

/// Puts more than may wait while the ledger is asked; how many were news, and left.
fn more_than_may_wait(there: bool) -> (u64, usize) {
    let (recorder, said, _, may) = waiting_recorder(there);
    recorder.put(sent(0));
    assert_eq!(said.recv_timeout(PATIENCE).unwrap(), (1, 0));
    thread::scope(|scope| {
        let (tell, told) = channel();
        let recorder = &recorder;
        scope.spawn(move || {
            (1..=WAITING + 5).for_each(|number| recorder.put(sent(number)));
            tell.send(()).unwrap();
        });
        let began = Instant::now();
        while recorder.shared.waiting().receipts.len() < WAITING && began.elapsed() < PATIENCE {
            thread::yield_now();
        }
        assert!(told.try_recv().is_err(), "there is no room for five of them");
        drop(may);
        told.recv_timeout(PATIENCE).unwrap();
    });
    let recorded = recorder.finish();
    (recorded.news, recorded.left.len())
}

#[test]
fn who_waits_for_room_goes_on_when_there_is_some_and_when_there_never_will_be() {
    assert_eq!(more_than_may_wait(true), (WAITING as u64 + 6, 0));
    assert_eq!(more_than_may_wait(false), (0, WAITING + 6));
}
