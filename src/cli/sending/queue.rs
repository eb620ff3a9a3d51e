//! `ch-send --flush` and `--queued`: the mails that wait.

use super::hand_over;
use crate::{
    cli::{Exit, Io, args::send::SendArgs, config::Config, exit::OrFail, words},
    client::HomeError,
    mail::transport::{Transport, Via},
    send::{
        Spool,
        queue::{self, Event},
    },
    wire::{Record, Time, record::Status},
};

/// The queue's directory in `CH_HOME`.
pub const SPOOL: &str = "spool";
/// The queue's lock there.
const LOCK: &str = "flush";

/// Sends what waits.
///
/// # Errors
/// 75 when another run is at it; what the spool's directory met.
pub fn flush(config: &Config, args: &SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let _lock = config.home().try_lock(LOCK)?;
    let spool = Spool::new(config.home().path(SPOOL));
    let mut run = Run { io, exit: Exit::Done, waiting: 0, why: None, unwritten: None };
    queue::find_cut_off(&spool, |event| run.take(event))?;
    if args.unknown.is_some() {
        queue::resend_unknown(&spool, Time::now())?;
    }
    let open = |url: &str| {
        let via: Via = url.parse().or_fail(Exit::Config, "the way out of a mail that waits")?;
        Ok(Transport::open(&via, &super::access(&via, config, args)?))
    };
    queue::flush(&spool, Time::now(), open, |event| run.take(event))?;
    let Run { io, exit, waiting, why, unwritten } = run;
    if waiting > 0 {
        let why = why.unwrap_or_default();
        io.note(&format!("{waiting} still wait:{why}; ch-send --queued lists them"));
    }
    match unwritten {
        Some(error) if exit == Exit::Done => Err(error),
        _ => Ok(exit),
    }
}

/// What a run has met.
struct Run<'a> {
    io: &'a mut Io,
    exit: Exit,
    waiting: usize,
    /// What the first of those met.
    why: Option<String>,
    unwritten: Option<anyhow::Error>,
}

impl Run<'_> {
    fn take(&mut self, event: Event<anyhow::Error>) {
        match event {
            Event::Sent(mut sent, path) => {
                if sent.status == Status::Queued {
                    self.waiting += 1;
                    self.why.get_or_insert_with(|| hand_over::words_of(&sent));
                }
                let written = hand_over::receipt(sent.clone(), self.io);
                self.unwritten = self.unwritten.take().or(written.err());
                if let Some(path) = path {
                    let how = if sent.status == Status::Unknown {
                        "; --flush --unknown resend sends it again"
                    } else {
                        ""
                    };
                    let words = sent.reply.take().unwrap_or_default();
                    sent.reply = Some(format!("{words}; the mail is in {}{how}", path.display()));
                }
                self.exit = self.exit.and(hand_over::outcome(&sent, self.io));
            }
            Event::Closed(error) => self.exit = self.exit.and(self.io.report(&error)),
            Event::Spool(error) => self.exit = self.exit.and(self.io.report(&error.into())),
        }
    }
}

/// Lists what is kept.
///
/// # Errors
/// What the spool's directory met.
pub fn list(config: &Config, io: &mut Io) -> anyhow::Result<Exit> {
    // Nobody registered or kept anything: no directory is made for the question.
    let lock = if config.home().dir().is_dir() { Some(config.home().try_lock(LOCK)) } else { None };
    let running = matches!(lock, Some(Err(HomeError::Locked { .. })));
    let spool = Spool::new(config.home().path(SPOOL));
    for sent in queue::list(&spool, running)? {
        io.out.show(&Record::Sent(sent), |record| match record {
            Record::Sent(sent) => words::sent(sent),
            _ => String::new(),
        })?;
    }
    Ok(Exit::Done)
}
