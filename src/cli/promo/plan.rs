//! `plan`: who gets an ad.

use super::{Edge, words};
use crate::{
    cli::{Exit, Io, args::promo::campaign::PlanArgs, connect, exit::OrFail},
    client::Api,
    mail::mailbox::Mailbox,
    wire::{
        Audience, Record,
        audience::KEYS,
        campaigns::{Pace, Plan, Planned},
        display::clean,
        promotion::PlannedRecord,
        time::SECOND,
    },
};

/// `plan`.
///
/// # Errors
/// 65 for an audience or an ad that is none; what the CH server says. When nobody gets it, it is not made, and the end is 1.
pub fn plan(args: PlanArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let to: Audience = args.to.parse().or_fail(Exit::Data, "--to")?;
    let from = match (&args.from, edge.config.from(None)) {
        (None, Some(text)) => {
            let from: Mailbox = text.parse().or_fail(Exit::Config, "in config.toml: from")?;
            Some(from.to_string())
        }
        (flag, _) => flag.clone(),
    };
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    unknown_tags(&to, &api, edge.io)?;
    let Planned { campaign, no_consent, suppressed, too_recent, over_limit } = api.plan(&Plan {
        name: args.name,
        ad: args.ad,
        to,
        limit: args.limit,
        at: args.at,
        subject: args.subject,
        from,
        pace: Pace {
            rate: args.rate,
            domain_rate: args.domain_rate,
            domain_at_once: args.domain_at_once,
            quiet: args.quiet_hours,
            time_zone: args.time_zone,
            every: args.every,
            retry: args.retry.map(|span| u32::try_from(span / SECOND).unwrap_or(u32::MAX)),
        },
        dry_run: args.dry_run,
    })?;
    let planned = campaign.planned;
    let left_out: Vec<String> = [
        ("did not say yes", no_consent),
        ("suppressed", suppressed),
        ("mailed too recently", too_recent),
        ("beyond the limit", over_limit),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(why, count)| format!("; {count} do not: {why}"))
    .collect();
    let left_out = left_out.concat();
    let says = match (planned, args.dry_run) {
        (0, _) if left_out.is_empty() => {
            format!("{}: not planned: no member is in the audience", campaign.name)
        }
        (0, _) => format!("{}: not planned: nobody gets it{left_out}", campaign.name),
        (_, false) => format!("{planned} get it{left_out}"),
        (_, true) => format!("{planned} would get it{left_out}"),
    };
    // What a dry run says is what it was asked for.
    match args.dry_run && planned > 0 && !edge.io.out.is_records() {
        true => edge.io.out.text(&clean(&says))?,
        false => edge.io.note(&says),
    }
    let name = campaign.name.clone();
    if planned > 0 && !args.dry_run {
        edge.io.out.show(&Record::Campaign(Box::new(campaign)), words::of)?;
    }
    if edge.io.out.is_records() {
        let record = PlannedRecord { name, planned, no_consent, suppressed, too_recent, over_limit };
        edge.io.out.record(&Record::Planned(record))?;
    }
    Ok(if planned == 0 { Exit::No } else { Exit::Done })
}

/// A key that is none of ours makes a tag, so a misspelt one means nobody; that is said.
pub(super) fn unknown_tags(to: &Audience, api: &Api, io: &mut Io) -> anyhow::Result<()> {
    let tags = to.tags();
    if tags.is_empty() {
        return Ok(());
    }
    for tag in api.tags_nobody_has(tags)? {
        let hint = if tag.contains(':') { format!("; terms are {KEYS}") } else { String::new() };
        io.note(&format!("no member has the tag {tag}{hint}"));
    }
    Ok(())
}
