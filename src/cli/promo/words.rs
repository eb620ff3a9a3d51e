//! The promotion's records in words, for people.

use crate::{
    cli::words::time,
    wire::{
        Record,
        display::clean,
        members::DueMember,
        promotion::{Ad, AdState, Campaign, CampaignState, Member},
    },
};

/// So many, and what they do: `1 is left`, `2 are left`.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A record in a line or a few.
#[must_use]
pub fn of(record: &Record) -> String {
    match record {
        Record::Member(it) => member(it),
        Record::Ad(it) => ad(it),
        Record::Campaign(it) => campaign(it),
        Record::Finding(it) => clean(&it.to_string()),
        Record::Due(it) => due(it),
        Record::Sent(it) => crate::cli::words::sent(it),
        _ => String::new(),
    }
}

fn member(member: &Member) -> String {
    let mut line = clean(&member.mail);
    if let Some(name) = &member.name {
        line.push_str(&format!("  {}", clean(name)));
    }
    if !member.tags.is_empty() {
        line.push_str(&format!("  [{}]", clean(&member.tags.join(", "))));
    }
    let says = if member.suppressed {
        "suppressed".to_owned()
    } else if member.consent.is_empty() {
        "no consent".to_owned()
    } else {
        format!("yes to {}", clean(&member.consent.join(", ")))
    };
    line.push_str(&format!("  {says}  since {}", time(member.created)));
    line
}

fn due(due: &DueMember) -> String {
    let said = if due.given { "said yes" } else { "said no" };
    let (purpose, at, until) = (clean(&due.purpose), time(due.at), time(due.until));
    format!("{}  {said} to {purpose} on {at}  to be told until {until}", clean(&due.mail))
}

fn ad(ad: &Ad) -> String {
    let state = match ad.state {
        AdState::Draft => "draft",
        AdState::Published => "published",
        AdState::Retired => "retired",
    };
    let price = match (&ad.price, &ad.currency) {
        (Some(price), Some(currency)) => format!("  {} {}", clean(price), clean(currency)),
        _ => String::new(),
    };
    let owner = ad.owner.as_ref().map(|owner| format!("  by {owner}")).unwrap_or_default();
    let mut line = format!("{}  {state}  {}{price}{owner}", ad.ad, clean(&ad.title));
    if let Some(company) = &ad.company {
        line.push_str(&format!("  for {}", clean(company)));
    }
    if let Some(link) = &ad.link {
        line.push_str(&format!("  {}", clean(link)));
    }
    if ad.picture {
        line.push_str("  with a picture");
    }
    for (word, at) in [("from", ad.valid_from), ("until", ad.valid_until)] {
        line.extend(at.map(|at| format!("  {word} {}", time(at))));
    }
    line
}

/// Where a campaign is.
#[must_use]
pub fn state(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Planning => "being planned",
        CampaignState::Planned => "planned",
        CampaignState::Running => "running",
        CampaignState::Paused => "paused",
        CampaignState::Cancelled => "cancelled",
        CampaignState::Finished => "finished",
        CampaignState::Unknown => "in a state of a later version",
    }
}

/// Where a campaign is, with every count that is not zero.
#[must_use]
pub fn campaign(campaign: &Campaign) -> String {
    let counts = [
        ("planned", campaign.planned),
        ("claimed", campaign.claimed),
        ("attempting", campaign.attempting),
        ("accepted", campaign.accepted),
        ("deferred", campaign.deferred),
        ("rejected", campaign.rejected),
        ("unknown", campaign.unknown),
        ("skipped", campaign.skipped),
    ];
    let some: Vec<String> = counts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let what = if some.is_empty() { "nobody".to_owned() } else { some.join(", ") };
    format!("{} ({}): {}: {what}", campaign.name, campaign.ad, state(campaign.state))
}
