//! A campaign's mail before it goes: checked, printed, tried.

use super::{Edge, way};
use crate::{
    cli::{
        Exit,
        args::promo::letter::{LintArgs, ShowArgs, TestArgs},
        connect,
        exit::OrFail,
        fail,
    },
    mail::{
        address::Address,
        message_id::MessageId,
        transport::{Envelope, Transport, with_lf},
    },
    promo::lint::{self, Facts, Profile},
    wire::{
        Time,
        ask::Mint,
        campaigns::{LetterParts, Preview},
        record::Status,
    },
};

/// `lint`.
///
/// # Errors
/// 64 for a profile that is none; what the CH server says. Findings end with 1.
pub fn lint(args: LintArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let found = findings(&args.name, &args.profile, &args.way, &edge)?;
    for finding in &found {
        edge.io.out.text(finding)?;
    }
    Ok(if found.is_empty() { Exit::Done } else { Exit::No })
}

/// What is wrong with a campaign's mail, one line each.
pub(super) fn findings(
    name: &str,
    profiles: &str,
    way: &crate::cli::args::promo::campaign::WayArgs,
    edge: &Edge<'_>,
) -> anyhow::Result<Vec<String>> {
    let profiles = profiles
        .split(',')
        .map(|profile| profile.trim().parse::<Profile>())
        .collect::<Result<Vec<_>, _>>()
        .or_fail(Exit::Usage, "--profile")?;
    let (me, api) = connect::signed_in(edge.config, edge.common)?;
    let parts = api.letter(name)?;
    let delivery = api.preview(name, &Preview::default())?;
    let signer = crate::cli::dkim::signer(edge.config, &way.dkim)?;
    let letter = way::letter(parts.clone(), edge.config)?;
    let message = letter.message(&delivery, Time::now()).or_fail(Exit::Data, "the mail")?;
    let message = match &signer {
        Some(signer) => signer.signed(&message, Time::now()).or_fail(Exit::Config, "sign")?,
        None => message,
    };
    let domain = signer.as_ref().map(|signer| signer.domain().to_string());
    let facts = Facts {
        message: &message,
        parts: &parts,
        own: me.mail.as_str(),
        postal: edge.config.file().postal_address.as_deref(),
        dkim_domain: domain.as_deref(),
    };
    Ok(lint::check(&profiles, &facts))
}

/// `show`.
///
/// # Errors
/// 67 for a member who is none; what the CH server says.
pub fn show(args: ShowArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let letter = way::letter(api.letter(&args.name)?, edge.config)?;
    let delivery = api.preview(&args.name, &Preview { member: args.member, ..Preview::default() })?;
    let message = letter.message(&delivery, Time::now()).or_fail(Exit::Data, "the mail")?;
    edge.io.out.bytes(&with_lf(&message))?;
    Ok(Exit::Done)
}

/// `test`: with a button and a link of its own, so that nobody's are used up.
///
/// # Errors
/// 78 without a way out; what the CH server and the mail server say.
pub fn test(args: TestArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let to: Address = args.to.parse().or_fail(Exit::Usage, "--to")?;
    let out = way::way(&args.way, &edge)?;
    let parts: LetterParts = api.letter(&args.name)?;
    way::check(&parts, &out.via)?;
    let letter = way::letter(parts, edge.config)?;
    let mut delivery = api.preview(&args.name, &Preview { sample: true, ..Preview::default() })?;
    let id = MessageId::generate(&letter.from().address.domain()).or_fail(Exit::Io, "a Message-ID")?;
    let subject = Some(format!("[test] {}", letter.parts().ad.title));
    let mint =
        Mint { to: vec![to.to_string()], message_id: Some(id.to_string()), subject, ..Mint::default() };
    let ticket = api.mint_one(mint)?.pop().ok_or_else(|| fail(Exit::Protocol, "no ticket came"))?;
    (delivery.chat, delivery.expires) = (ticket.ticket.clone(), ticket.expires);
    // A ticket to chat is no ticket to unsubscribe: the link shows its page and does nothing.
    (delivery.unsubscribe, delivery.to, delivery.message_id) =
        (ticket.ticket, to.to_string(), id.to_string());
    let message = letter.message(&delivery, Time::now()).or_fail(Exit::Data, "the mail")?;
    let message = match &out.signer {
        Some(signer) => signer.signed(&message, Time::now()).or_fail(Exit::Config, "sign")?,
        None => message,
    };
    let envelope = Envelope { reverse_path: Some(letter.from().address.clone()), recipients: vec![to] };
    let mut transport = Transport::open(&out.via, &out.access);
    let outcomes = transport.deliver(&envelope, &message)?;
    let mut exit = Exit::Done;
    for outcome in outcomes {
        let end = match outcome.status {
            Status::Accepted | Status::Queued => continue,
            Status::Rejected => Exit::Refused,
            _ => Exit::TempFail,
        };
        let why = format!("{}: {}", outcome.recipient, outcome.reply.unwrap_or_default());
        exit = exit.and(edge.io.report(&fail(end, why)));
    }
    Ok(exit)
}
