//! Campaigns: mailed, watched.

use std::time::Duration;

use super::{Edge, hold::Hold, mailing, rehearsal, stages, words};
use crate::{
    cli::{
        Exit,
        args::promo::campaign::{ClaimArgs, NameArgs, RecordArgs, RunArgs, StatusArgs},
        connect, fail, input,
    },
    client::Api,
    wire::{
        Record,
        promotion::{Campaign, CampaignState},
    },
};

/// Between two looks of `status --watch`.
const LOOK: Duration = Duration::from_secs(1);

/// `run`.
///
/// # Errors
/// 75 while another sender of this identity is at it, or mails are left for later (with `--due`: that were put off); 69 when
/// it is cancelled; what the CH server and the mail server say.
pub fn run(args: RunArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    if args.dry_run {
        return rehearsal::run(&args, &api, edge);
    }
    if let Some(name) = &args.name {
        return mailing::run(name, &args, &api, edge);
    }
    let mut exit = Exit::Done;
    // Its deliveries may be all that is left of a campaign, which is never due then.
    let kept = Hold::kept(&edge.config.home().path("promo"));
    let known = if kept.is_empty() { Vec::new() } else { api.campaigns()? };
    for name in kept.iter().filter(|name| known.iter().any(|campaign| campaign.name == **name)) {
        // Whoever is at it tells them.
        let Ok(hold) = hold(name, &edge) else { continue };
        let told = mailing::tell_left(name, &hold, &api);
        exit =
            exit.and(told.map_or_else(|error| edge.io.report(&error.context(name.clone())), |()| Exit::Done));
    }
    let Edge { config, common, io } = edge;
    for Campaign { name, .. } in api.due_campaigns()? {
        let ended = mailing::run(&name, &args, &api, Edge { config, common, io: &mut *io });
        exit = exit.and(ended.unwrap_or_else(|error| io.report(&error.context(name))));
    }
    Ok(exit)
}

/// `claim`.
///
/// # Errors
/// As [`run`].
pub fn claim(args: ClaimArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    stages::claim(&args.name, &api, edge)
}

/// `record`.
///
/// # Errors
/// 64 at a terminal; what the CH server says.
pub fn record(args: RecordArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        let says = format!(
            "sent records are read from a pipe; {}",
            input::usage::<crate::cli::args::promo::PromoArgs>()
        );
        return Err(fail(Exit::Usage, says));
    }
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    stages::record(&args.name, &api, edge)
}

/// `pause`.
///
/// # Errors
/// What the CH server says.
pub fn pause(args: NameArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    change(&args, "pause", edge)
}

/// `resume`.
///
/// # Errors
/// What the CH server says.
pub fn resume(args: NameArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    change(&args, "resume", edge)
}

/// `cancel`.
///
/// # Errors
/// What the CH server says.
pub fn cancel(args: NameArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    change(&args, "cancel", edge)
}

fn change(args: &NameArgs, verb: &str, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let campaign = api.change_campaign(&args.name, verb)?;
    if edge.io.face().json || edge.io.face().verbose {
        edge.io.out.show(&Record::Campaign(Box::new(campaign)), words::of)?;
    }
    Ok(Exit::Done)
}

/// `status`.
///
/// # Errors
/// What the CH server says.
pub fn status(args: StatusArgs, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let (_, api) = connect::signed_in(edge.config, edge.common)?;
    let Some(name) = &args.name else {
        for campaign in api.campaigns()? {
            edge.io.out.show(&Record::Campaign(Box::new(campaign)), words::of)?;
        }
        return Ok(Exit::Done);
    };
    if args.unknown {
        return unknown(name, &api, edge);
    }
    let mut campaign = api.campaign(name)?;
    if args.watch {
        let bar = super::bar::Bar::new(edge.io.face());
        while !matches!(campaign.state, CampaignState::Finished | CampaignState::Cancelled) {
            bar.show(&campaign);
            std::thread::sleep(LOOK);
            campaign = api.campaign(name)?;
        }
    }
    edge.io.out.show(&Record::Campaign(Box::new(campaign)), words::of)?;
    Ok(Exit::Done)
}

fn unknown(name: &str, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let mut none = true;
    api.unknown(name, &mut |sent| {
        none = false;
        edge.io.out.show(&Record::Sent(sent), words::of)?;
        anyhow::Ok(())
    })?;
    Ok(if none { Exit::No } else { Exit::Done })
}

/// Whoever sends for an identity is alone at it.
pub(super) fn hold(name: &str, edge: &Edge<'_>) -> anyhow::Result<Hold> {
    Hold::take(&edge.config.home().path("promo"), name)
}
