//! `ch-send`: sends a mail with a chat button, one that it composes or one that a mail program finished (S101, S103,
//! S105).

use std::process::ExitCode;

use chmail::{
    cli::{
        self, Exit, Io,
        args::{
            bulk::Verb,
            send::{ButtonWhen, SendArgs},
        },
        config::Config,
        dkim,
        sending::{self, batch, compose, hand_over, queue, submit},
    },
    mail::transport::with_lf,
    send::Answers,
};

/// Mails are written by one thread and freed by another, and each takes dozens of small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run("ch-send", run)
}

fn run(args: SendArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let config = Config::load()?;
    if let Some(Verb::DkimKey(make)) = &args.verb {
        return dkim::make(&config, make, io);
    }
    if args.bulk.batch {
        return batch::run(&config, &args, io);
    }
    if args.flush {
        return queue::flush(&config, &args, io);
    }
    if args.queued {
        return queue::list(&config, io);
    }
    let (mailing, when, answers, via) = if args.is_sendmail() {
        let via = sending::via(&config, &args)?;
        let (mailing, when) = submit::read(&config, &args, io)?;
        (mailing, when, None, via)
    } else {
        let from = sending::from(&config, &args)?;
        let via = sending::via(&config, &args)?;
        let answer =
            args.reply.as_ref().map(|operand| compose::answer(operand, &from.address)).transpose()?;
        let mut mailing = compose::write(&args, from, answer.as_ref(), io)?;
        if let Some(path) = &args.reverse_path {
            mailing = mailing.returning_to(path.0.clone());
        }
        let answers = answer.map(|answer| Answers {
            whom: answer.to.into_iter().map(|mailbox| mailbox.address).collect(),
            chat: answer.chat,
            ids: answer.references,
        });
        (mailing, args.button.unwrap_or(ButtonWhen::Require), answers, via)
    };
    let ready = sending::with_buttons(mailing, when, answers, via.as_ref(), (&config, &args), io)?;
    let ready = ready.signed_by(dkim::signer(&config, &args.dkim)?);
    match via {
        Some(via) => hand_over::send(&ready, &via, &config, &args, io),
        None => {
            io.out.bytes(&with_lf(&ready.message(0)?))?;
            Ok(Exit::Done)
        }
    }
}
