//! A campaign's mail before it goes: checked, printed, tried.

use super::{Edge, way, words};
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
        dkim::Signer,
        message_id::MessageId,
        transport::{Envelope, Transport, with_lf},
    },
    promo::lint::{self, Facts, Profile},
    wire::{
        Record, Time,
        ask::Mint,
        campaigns::{LetterParts, Preview},
        promotion::Finding,
        record::Status,
    },
};

/// `lint`.
///
/// # Errors
/// 64 for a profile that is none; what the CH server says. Findings end with 1.
pub fn lint(args: LintArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let found = findings(&args.name, &args.profile, &args.way, &edge)?;
    let none = found.is_empty();
    for finding in found {
        edge.io.out.show(&Record::Finding(finding), words::of)?;
    }
    Ok(if none { Exit::Done } else { Exit::No })
}

/// What is wrong with a campaign's mail.
pub(super) fn findings(
    name: &str,
    profiles: &str,
    way: &crate::cli::args::promo::campaign::WayArgs,
    edge: &Edge<'_>,
) -> anyhow::Result<Vec<Finding>> {
    let profiles = profiles
        .split(',')
        .map(|profile| profile.trim().parse::<Profile>())
        .collect::<Result<Vec<_>, _>>()
        .or_fail(Exit::Usage, "--profile")?;
    let (me, api) = connect::signed_in(edge.config, edge.common)?;
    let parts = api.letter(name)?;
    let signer = crate::cli::dkim::signer(edge.config, &way.dkim)?;
    let letter = way::letter(parts.clone(), edge.config)?;
    // What a mail says besides its ad is in the member's language: one of each is looked at.
    let locales = api.locales(name)?.into_iter().map(Some).chain([None]);
    let mut messages = Vec::new();
    for locale in locales {
        let delivery = api.preview(name, &Preview { locale, ..Preview::default() })?;
        let message = letter.message(&delivery, Time::now()).or_fail(Exit::Data, "the mail")?;
        messages.push(signed(message, signer.as_deref())?);
    }
    let domain = signer.as_ref().map(|signer| signer.domain().to_string());
    let facts = Facts {
        messages: &messages,
        parts: &parts,
        own: me.mail.as_str(),
        postal: edge.config.file().postal_address.as_deref(),
        dkim_domain: domain.as_deref(),
    };
    Ok(lint::check(&profiles, &facts))
}

/// As it goes.
fn signed(message: Vec<u8>, signer: Option<&Signer>) -> anyhow::Result<Vec<u8>> {
    match signer {
        Some(signer) => signer.signed(&message, Time::now()).or_fail(Exit::Config, "sign"),
        None => Ok(message),
    }
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

/// `test`: with a button of its own, so that nobody's is used up.
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
    (delivery.chat, delivery.expires) = (ticket.ticket, ticket.expires);
    // The sample's way to say no stays: it says what it is for, and does nothing.
    (delivery.to, delivery.message_id) = (to.to_string(), id.to_string());
    let message = letter.message(&delivery, Time::now()).or_fail(Exit::Data, "the mail")?;
    let message = signed(message, out.signer.as_deref())?;
    if args.dry_run {
        edge.io.out.bytes(&with_lf(&message))?;
        return Ok(Exit::Done);
    }
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
