//! `ch-send --batch`: jobs on standard input, receipts on standard output.

use std::io::{self, IsTerminal};

use super::compose;
use crate::{
    cli::{
        Exit, Io,
        args::send::{ButtonWhen, SendArgs},
        config::Config,
        connect, dkim,
        exit::OrFail,
        fail, input, words,
    },
    mail::transport::{Outcome, Via},
    send::{
        Batch,
        batch::{Buttons, Input, Ledger, Made, Receipts, Slip, Writing},
    },
    wire::{
        Record, Time,
        record::{Sent, Status},
    },
};

/// Sends what comes in until it ends, and says what became of each.
///
/// # Errors
/// 64 at a terminal; 78 when a setting is wrong; 74 when receipts cannot be written.
pub fn run(config: &Config, args: &SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    if io::stdin().is_terminal() {
        return Err(fail(
            Exit::Usage,
            format!("job records are read from a pipe; {}", input::usage::<SendArgs>()),
        ));
    }
    let via = super::via(config, args)?.ok_or_else(|| fail(Exit::Usage, "--batch has no dry run"))?;
    if via == Via::Stdout {
        return Err(fail(
            Exit::Config,
            "--batch writes receipts to standard output, so mails cannot go there",
        ));
    }
    let when = args.button.unwrap_or(ButtonWhen::Require);
    let mut api = None;
    if when != ButtonWhen::Never || config.home().credentials()?.is_some() {
        match connect::signed_in(config, &args.common) {
            Ok((_, own)) => api = Some(own),
            Err(error) if when == ButtonWhen::Require => return Err(error),
            Err(error) if when == ButtonWhen::Auto => {
                io.report(&error.context("sent without a chat button"));
            }
            Err(_) => {}
        }
    }
    let buttons = match &api {
        Some(api) if when != ButtonWhen::Never => Some(Buttons {
            issuer: Box::new(api.clone()),
            wish: super::wish(config, args, None)?,
            required: when == ButtonWhen::Require,
            port: std::sync::OnceLock::new(),
        }),
        _ => None,
    };
    let writing = Writing {
        from: super::from(config, args).ok(),
        buttons,
        line: (!args.no_link).then(|| compose::language(args)),
        finished_line: args.link.then(|| compose::language(args)),
        signer: dkim::signer(config, &args.dkim)?,
        smtp: matches!(via, Via::Smtp(_)),
        stays_here: via.stays_here(),
    };
    let access = super::access(&via, config, args)?;
    let batch = Batch { via, access, connections: usize::from(args.bulk.connections), writing };
    let ledger = api.map(|api| Box::new(api) as Box<dyn Ledger>);
    let mut said = Said {
        io,
        exit: Exit::Done,
        closed: false,
        failed: None,
        noted: false,
        unread: 0,
        shown: Vec::new(),
    };
    batch.run(Input::Lines(Box::new(io::stdin())), ledger, &mut said).or_fail(Exit::Io, "send")?;
    let Said { io, exit, failed, unread, .. } = said;
    if unread > 0 {
        io.note(&format!("{unread} receipts were read by nobody"));
    }
    match failed {
        Some(error) if exit == Exit::Done => Err(error),
        Some(error) => Ok(exit.and(io.report(&error))),
        None => Ok(exit),
    }
}

/// Receipts that are handed over together at most.
const UNSEEN: usize = 64;

/// What was said so far.
struct Said<'a> {
    io: &'a mut Io,
    exit: Exit,
    /// Nobody reads the receipts.
    closed: bool,
    failed: Option<anyhow::Error>,
    /// What holds for many was told.
    noted: bool,
    unread: u64,
    /// Receipts that were written and not handed over yet.
    shown: Vec<Sent>,
}

impl Said<'_> {
    fn receipt(&mut self, sent: Sent) {
        let exit = match sent.status {
            Status::Accepted | Status::Queued => Exit::Done,
            Status::Deferred | Status::Unknown => Exit::TempFail,
            Status::Rejected => Exit::Refused,
        };
        self.exit = self.exit.and(exit);
        if self.closed {
            return self.untaken(&sent);
        }
        let record = Record::Sent(sent);
        let shown = self.io.out.show(&record, |record| match record {
            Record::Sent(sent) => words::sent(sent),
            _ => String::new(),
        });
        if let Record::Sent(sent) = record {
            self.shown.push(sent);
        }
        match shown {
            Ok(()) if self.shown.len() >= UNSEEN => self.hand_over(),
            Ok(()) => {}
            Err(error) => self.lost(error.into()),
        }
    }

    /// What happened is said all the same.
    fn untaken(&mut self, sent: &Sent) {
        self.unread += 1;
        let reference = sent.reference.as_deref().map(|name| format!("{name}: ")).unwrap_or_default();
        let what = format!("nobody took the receipt: {reference}{}", words::sent(sent));
        self.io.report(&fail(Exit::Io, what));
    }

    fn hand_over(&mut self) {
        match self.io.out.flush() {
            Ok(()) => self.shown.clear(),
            Err(error) => self.lost(error.into()),
        }
    }

    /// Of what stood in the same buffer nobody can say whether it was taken.
    fn lost(&mut self, error: anyhow::Error) {
        if !std::mem::replace(&mut self.closed, true) {
            self.failed = Some(error);
        }
        for sent in std::mem::take(&mut self.shown) {
            self.untaken(&sent);
        }
    }
}

impl Receipts for Said<'_> {
    fn outcomes(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        let at = Time::now();
        for outcome in outcomes {
            self.receipt(slip.receipt(outcome, at));
        }
    }

    fn made(&mut self, made: Made) {
        match made {
            Made::Settled(sent) => self.receipt(sent),
            Made::Refused(all) => all.into_iter().for_each(|sent| self.receipt(sent)),
            Made::Bad(line, why) => {
                self.exit = self.exit.and(self.io.report(&fail(Exit::Data, format!("line {line}: {why}"))));
            }
            Made::Note(why) => {
                if !std::mem::replace(&mut self.noted, true) {
                    self.io.report(&fail(Exit::TempFail, why));
                }
            }
            Made::Failed(error) => {
                self.failed = Some(anyhow::Error::new(error).context("read standard input"));
            }
            Made::Letter(_) => {}
        }
    }

    fn pause(&mut self) {
        if !self.closed {
            self.hand_over();
        }
    }

    fn is_over(&self) -> bool {
        self.closed
    }
}
