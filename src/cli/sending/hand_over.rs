//! Handing a mail over, and what is said of it.

use super::queue;
use crate::{
    cli::{Exit, Io, args::send::SendArgs, config::Config, fail, words},
    mail::transport::{Transport, Via},
    send::{Queue, Ready, Spool},
    wire::{
        Record,
        record::{Sent, Status},
    },
};

/// Everybody is tried; what failed for whom is a line on standard error.
///
/// # Errors
/// What keeps the mail from everybody; output that failed, once the mail is gone.
pub fn send(ready: &Ready, via: &Via, config: &Config, args: &SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let mut transport = Transport::open(via, &super::access(via, config, args)?);
    if ready.count() > 1 {
        transport = transport.several();
    }
    let url = match (config.via(args.via.as_deref()), via) {
        (None, Via::Sendmail(program)) => format!("sendmail:{}", program.display()),
        (set, _) => set.unwrap_or_default().to_owned(),
    };
    let spool = Spool::new(config.home().path(queue::SPOOL));
    let goes_out = matches!(via, Via::Smtp(_) | Via::Sendmail(_));
    let queue = (goes_out && !args.no_queue).then_some(Queue { spool: &spool, via: &url });
    let mut exit = Exit::Done;
    let mut unwritten = None;
    let mut waiting: Vec<Sent> = Vec::new();
    ready.send::<anyhow::Error>(&mut transport, queue, |sent| {
        exit = exit.and(outcome(&sent, io));
        if sent.status == Status::Queued {
            waiting.push(sent.clone());
        }
        // Whoever reads the receipts may go away; the mails still go out.
        unwritten = unwritten.take().or(receipt(sent, io).err());
        Ok(())
    })?;
    if let Some(first) = waiting.first() {
        let more = waiting.len() - 1;
        let others = if more > 0 { format!(" and {more} more") } else { String::new() };
        io.note(&format!(
            "kept for {}{others}:{}; ch-send --flush sends it",
            first.recipient,
            words_of(first)
        ));
    }
    match unwritten {
        Some(error) if exit == Exit::Done => Err(error),
        _ => Ok(exit),
    }
}

/// Shows a receipt to those who asked for them.
///
/// # Errors
/// What writing it met.
pub fn receipt(sent: Sent, io: &mut Io) -> anyhow::Result<()> {
    if io.face().json || io.face().verbose {
        io.out.show(&Record::Sent(sent), |record| match record {
            Record::Sent(sent) => words::sent(sent),
            _ => String::new(),
        })?;
        io.out.flush()?;
    }
    Ok(())
}

/// Says what failed for a recipient, and gives the exit status for it.
pub fn outcome(sent: &Sent, io: &Io) -> Exit {
    let (exit, what) = match sent.status {
        Status::Accepted | Status::Queued => return Exit::Done,
        Status::Deferred => (Exit::TempFail, "not now"),
        Status::Unknown => (Exit::TempFail, "nobody knows whether it was taken"),
        Status::Rejected => (Exit::Refused, "refused"),
    };
    io.report(&fail(exit, format!("send to {}: {what}:{}", sent.recipient, words_of(sent))))
}

/// Code and words of a reply, each after a space.
#[must_use]
pub fn words_of(sent: &Sent) -> String {
    let code = sent.code.map(|code| format!(" {code}")).unwrap_or_default();
    let reply = sent.reply.as_deref().map(|reply| format!(" {reply}")).unwrap_or_default();
    format!("{code}{reply}")
}
