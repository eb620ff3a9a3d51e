//! What a campaign's run hears of its mails: handed on to the ledger; and what it means for the mails that follow.

use super::bar::Bar;
use crate::{
    mail::transport::Outcome,
    promo::run::{Recorder, Restraint, Stop},
    send::batch::{Made, Parcel, Receipts, Slip},
    wire::{
        Time,
        record::{Sent, Status},
    },
};

/// Hands receipts on, and sees a mail server that is dead, and domains that say "not now".
pub struct Told<'a> {
    recorder: &'a Recorder,
    bar: &'a Bar,
    stop: Stop,
    restraint: Restraint,
    /// Mails in a row that no mail server took or refused.
    failures: u32,
    limit: u32,
    last: Option<String>,
    failed: Option<String>,
    bad: Option<String>,
}

/// What was heard.
#[derive(Debug)]
pub struct Heard {
    /// Why nothing further was handed out.
    pub stopped: Option<String>,
    /// The words of the last mail that was put off.
    pub failed: Option<String>,
}

impl<'a> Told<'a> {
    /// After `limit` mails in a row that no mail server took or refused, `stop` is told.
    pub fn new(recorder: &'a Recorder, bar: &'a Bar, stop: Stop, restraint: Restraint, limit: u32) -> Self {
        Self { recorder, bar, stop, restraint, failures: 0, limit, last: None, failed: None, bad: None }
    }

    /// When it is over.
    #[must_use]
    pub fn heard(self) -> Heard {
        let gave_up = (self.failures >= self.limit).then(|| self.last.unwrap_or_default());
        Heard { stopped: self.bad.or(gave_up), failed: self.failed }
    }

    fn receipt(&mut self, sent: Sent) {
        if let Some(domain) = domain(&sent.recipient) {
            self.restraint.heard(&domain, sent.status, sent.code);
        }
        if sent.status == Status::Deferred {
            self.fails(&sent);
        }
        if sent.code.is_some() || sent.status == Status::Accepted {
            self.failures = 0;
        } else if self.failures < self.limit {
            self.failures += 1;
            self.last.clone_from(&sent.reply);
            if self.failures >= self.limit {
                self.stop.tell();
            }
        }
        if matches!(sent.status, Status::Accepted | Status::Rejected) {
            self.bar.one();
        }
        self.recorder.put(sent);
    }

    /// Keeps the words, unless it was the ledger that did not let it go.
    fn fails(&mut self, sent: &Sent) {
        let reply = sent.reply.clone().unwrap_or_default();
        if !reply.starts_with("mark: ") {
            let code = sent.code.map(|code| format!("{code} ")).unwrap_or_default();
            self.failed = Some(format!("{code}{reply}").trim_end().to_owned());
        }
    }
}

/// In lower case.
fn domain(mail: &str) -> Option<String> {
    mail.rsplit_once('@').map(|(_, domain)| domain.to_lowercase())
}

impl Receipts for Told<'_> {
    fn holds(&mut self, letter: &Parcel) -> bool {
        // A delivery has one recipient.
        let to = letter.envelope.recipients.first().and_then(|to| domain(to.as_str()));
        self.restraint.holds(&to.unwrap_or_default(), letter.tries > 0)
    }

    fn held(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        let at = Time::now();
        for outcome in outcomes {
            self.recorder.put(slip.receipt(outcome, at));
        }
    }

    fn outcomes(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        let at = Time::now();
        for outcome in outcomes {
            self.receipt(slip.receipt(outcome, at));
        }
    }

    fn made(&mut self, made: Made) {
        match made {
            Made::Settled(sent) => {
                self.restraint.passed();
                self.receipt(sent);
            }
            // What is wrong with one mail of a campaign is wrong with all.
            Made::Refused(all) => {
                self.bad = all.into_iter().next().and_then(|sent| sent.reply);
                self.stop.tell();
            }
            Made::Bad(_, why) | Made::Note(why) => {
                self.bad = Some(why);
                self.stop.tell();
            }
            Made::Failed(error) => {
                self.bad = Some(error.to_string());
                self.stop.tell();
            }
            Made::Letter(_) => {}
        }
    }

    fn pause(&mut self) {}

    fn is_over(&self) -> bool {
        self.stop.is_told()
    }
}
