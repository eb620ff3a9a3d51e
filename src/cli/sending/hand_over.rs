//! Handing a mail over, and what is said of it.

use crate::{
    cli::{Exit, Io, args::send::SendArgs, config::Config, fail, words},
    mail::transport::{Transport, Via},
    send::Ready,
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
    let mut exit = Exit::Done;
    let mut unwritten = None;
    ready.send::<anyhow::Error>(&mut transport, |sent| {
        exit = exit.and(outcome(&sent, io));
        // Whoever reads the receipts may go away; the mails still go out.
        unwritten = unwritten.take().or(receipt(sent, io).err());
        Ok(())
    })?;
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
    let code = sent.code.map(|code| format!(" {code}")).unwrap_or_default();
    let reply = sent.reply.as_deref().map(|reply| format!(" {reply}")).unwrap_or_default();
    io.report(&fail(exit, format!("send to {}: {what}:{code}{reply}", sent.recipient)))
}
