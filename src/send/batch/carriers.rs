//! Ways out that are no SMTP server: a local `sendmail`, Maildirs. Some threads, each with one message at a time.

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
};

use super::{Ledger, Receipts, Stage, job::Slip, marks, writing::Made};
use crate::{
    mail::transport::{Access, Outcome, Transport, Via},
    wire::{ask::Mark, record::Status},
};

/// Until everything has a receipt.
///
/// # Errors
/// The system gives no thread.
pub fn run(
    (via, access): (&Via, &Access),
    threads: usize,
    stage: &Arc<Stage>,
    ledger: Option<Box<dyn Ledger>>,
    receipts: &mut dyn Receipts,
) -> io::Result<()> {
    enum Told {
        Made(Made),
        /// With who is told that they were heard.
        Outcomes(Slip, Vec<Outcome>, mpsc::SyncSender<()>),
    }
    let ledger = ledger.map(|ledger| Arc::new(std::sync::Mutex::new(ledger)));
    let (tell, told) = mpsc::sync_channel(threads);
    for _ in 0..threads {
        let (tell, stage, ledger) = (tell.clone(), Arc::clone(stage), ledger.clone());
        let mut transport = Transport::open(via, access);
        let (hear, heard) = mpsc::sync_channel(1);
        thread::Builder::new().name("carrier".to_owned()).spawn(move || {
            while let Some(made) = stage.letters.take(1) {
                for made in made {
                    // What became of a letter is said before the next one's mark is asked for: a ledger may rely on that.
                    let is_said = match made {
                        Made::Letter(letter) => {
                            let outcomes = carry(&mut transport, &letter, ledger.as_deref());
                            tell.send(Told::Outcomes(letter.tag, outcomes, hear.clone())).is_ok()
                                && heard.recv().is_ok()
                        }
                        other => tell.send(Told::Made(other)).is_ok(),
                    };
                    if !is_said {
                        return;
                    }
                }
            }
        })?;
    }
    drop(tell);
    loop {
        let next = match told.try_recv() {
            Ok(next) => next,
            Err(_) => {
                receipts.pause();
                match told.recv() {
                    Ok(next) => next,
                    Err(_) => return Ok(()),
                }
            }
        };
        match next {
            Told::Made(made) => receipts.made(made),
            Told::Outcomes(slip, outcomes, hear) => {
                receipts.outcomes(slip, outcomes);
                let _gone = hear.send(());
            }
        }
        if receipts.is_over() {
            // What is on its way is finished: the threads end by themselves.
            stage.letters.close();
        }
    }
}

fn carry(
    transport: &mut Transport,
    letter: &super::writing::Parcel,
    ledger: Option<&std::sync::Mutex<Box<dyn Ledger>>>,
) -> Vec<Outcome> {
    let all = |status, why: &str| {
        letter.envelope.recipients.iter().map(|to| Outcome::new(to, status, None, why)).collect::<Vec<_>>()
    };
    if let Some(mark) = &letter.tag.mark {
        let Some(ledger) = ledger else {
            return all(Status::Deferred, "the mark needs a login at a CH server");
        };
        let ledger = ledger.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Each letter is carried once here.
        let ask = Mark { ticket: mark.clone(), again: false };
        match ledger.mark(&[ask]).map(|mut each| each.pop()) {
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(record))) => {
                let (status, why) = marks::refused(record);
                return all(status, &why);
            }
            Ok(None) => return all(Status::Deferred, "mark: no answer"),
            Err(error) => return all(Status::Deferred, &format!("mark: {error}")),
        }
    }
    transport.deliver(&letter.envelope, &letter.wire).unwrap_or_else(|error| {
        let status = if error.is_transient() { Status::Deferred } else { Status::Rejected };
        all(status, &error.to_string())
    })
}
