//! `ch-send -t`: the message that a mail program finished, and its envelope, as sendmail takes them.

use super::{compose, from};
use crate::{
    cli::{
        Exit, Io,
        args::send::{ButtonWhen, SendArgs},
        config::Config,
        exit::OrFail,
        fail,
    },
    mail::{
        address::Address,
        message_id::MessageId,
        scan,
        submission::{Missing, Submission},
    },
    send::Mailing,
    wire::Time,
};

/// Reads the message from standard input. Also says when it gets a button: a mail that has one keeps it.
///
/// # Errors
/// 64 when flags that write a mail are given too; 65 when the message or an address in it is none, it is for nobody,
/// or it must have a button (`--button require`) and has somebody's already; 78 when it is from nobody.
pub fn read(config: &Config, args: &SendArgs, io: &Io) -> anyhow::Result<(Mailing, ButtonWhen)> {
    if let Some(flag) = args.composing().first() {
        let why = "-t and recipients as operands send a finished message, the flag writes one";
        return Err(fail(Exit::Usage, format!("{flag}: {why}")));
    }
    let message = compose::standard_input(scan::MESSAGE, io)?;
    let mut submission = Submission::read(&message, args.read_recipients > 0)
        .or_fail(Exit::Data, "read the message on standard input")?;
    drop(message);
    let others: Vec<Address> = args.recipients.iter().flat_map(|list| list.0.iter().cloned()).collect();
    if submission.recipients().is_empty() && others.is_empty() {
        return Err(fail(Exit::Data, "nobody to send it to: its To, Cc and Bcc name nobody"));
    }
    let own = match submission.sender() {
        Some(sender) if submission.has_from() => sender.clone(),
        _ => from(config, args)?,
    };
    // A From of cron's, `root`, is nobody that a server could tell of a failure.
    let reverse_path = match &args.reverse_path {
        Some(path) => path.0.clone(),
        None => Some(submission.sender().unwrap_or(&own).address.clone()),
    };
    let id = MessageId::generate(&own.address.domain()).or_fail(Exit::Software, "make a Message-ID")?;
    submission.complete(Missing { from: own, date: Time::now(), message_id: id });
    let when = button(&submission, args, io)?;
    let line = args.link.then(|| compose::language(args));
    Ok((Mailing::of_message(submission, others, line).returning_to(reverse_path), when))
}

fn button(submission: &Submission, args: &SendArgs, io: &Io) -> anyhow::Result<ButtonWhen> {
    let when = args.button.unwrap_or(ButtonWhen::Auto);
    let Some(field) = submission.button().filter(|_| when != ButtonWhen::Never) else { return Ok(when) };
    let why = format!("the message has a {field} already, and keeps its author's chat button");
    if when == ButtonWhen::Require {
        return Err(fail(Exit::Data, why));
    }
    io.note(&why);
    Ok(ButtonWhen::Never)
}
