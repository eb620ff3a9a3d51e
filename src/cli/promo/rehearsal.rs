//! `run -n`: how many would go now, and by which way. No mail server hears of it.

use super::{Edge, letter, way};
use crate::{
    cli::{Exit, args::promo::campaign::RunArgs, fail},
    client::Api,
    wire::{
        Record,
        promotion::{Campaign, CampaignState},
    },
};

/// Everything that `run` does before it claims anything.
///
/// # Errors
/// 65 when `--lint` finds something; 78 without a way out; what the CH server says.
pub(super) fn run(args: &RunArgs, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let out = way::way(&args.way, &edge)?;
    let via = edge.config.via(args.way.via.as_deref()).unwrap_or("the local sendmail").to_owned();
    let campaigns = match &args.name {
        Some(name) => vec![api.campaign(name)?],
        None => api.campaigns()?.into_iter().filter(|campaign| is_due(campaign.state)).collect(),
    };
    let mut would = false;
    for campaign in campaigns {
        let parts = api.letter(&campaign.name)?;
        way::check(&parts, &out.via)?;
        way::letter(parts, edge.config)?;
        if let Some(profiles) = &args.lint {
            let found = letter::findings(&campaign.name, profiles, &args.way, &edge)?;
            if let Some(first) = found.first() {
                return Err(fail(Exit::Data, format!("ch-promo lint finds {}: {first}", found.len())));
            }
        }
        let says = says(&campaign, &via, args.way.connections);
        would |= is_due(campaign.state) && campaign.planned + campaign.deferred > 0;
        if edge.io.out.is_records() {
            edge.io.note(&says);
        }
        edge.io.out.show(&Record::Campaign(Box::new(campaign)), |_| says)?;
    }
    Ok(if would { Exit::Done } else { Exit::No })
}

fn is_due(state: CampaignState) -> bool {
    matches!(state, CampaignState::Running | CampaignState::Planned)
}

fn says(campaign: &Campaign, via: &str, connections: u16) -> String {
    let Campaign { name, planned, deferred, .. } = campaign;
    if !is_due(campaign.state) {
        return format!("{name} is {}: nobody would be mailed", super::words::state(campaign.state));
    }
    let later = match deferred {
        0 => String::new(),
        _ => format!(", and {deferred} that were put off, when it is their time"),
    };
    format!("{name}: {planned} would go now by {via} over {connections} connections{later}")
}
