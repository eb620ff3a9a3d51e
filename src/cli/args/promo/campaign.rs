//! `ch-promo plan`, `run`, `claim`, `record`, `pause`, `resume`, `cancel`, `status`.

use clap::Args;

use super::span;
use crate::{cli::args::bulk::DkimFlags, send::batch, wire::Time};

/// A campaign.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The campaign
    pub name: String,
}

/// `plan`.
#[derive(Debug, Args)]
#[command(after_long_help = super::audience::HELP)]
pub struct PlanArgs {
    /// The campaign's name: a-z 0-9 . _ -
    pub name: String,
    /// The ad
    #[arg(long, value_name = "ID")]
    pub ad: String,
    /// Who gets it: tag:running and city:Seoul and not pressed:spring
    #[arg(long, value_name = "AUDIENCE")]
    pub to: String,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Not before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub at: Option<Time>,
    /// Subject [default: the ad's title]
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub subject: Option<String>,
    /// From [default: from in config.toml, else the login's address]
    #[arg(long, value_name = "MAILBOX")]
    pub from: Option<String>,
    /// Mails a minute, over all senders
    #[arg(long, value_name = "N")]
    pub rate: Option<u32>,
    /// Mails a minute to one recipient domain
    #[arg(long, value_name = "N")]
    pub domain_rate: Option<u32>,
    /// Mails under way to one recipient domain at a time
    #[arg(long, value_name = "N")]
    pub domain_at_once: Option<u32>,
    /// No mail between these times of a member's day: 21:00-08:00
    #[arg(long, value_name = "HH:MM-HH:MM")]
    pub quiet_hours: Option<String>,
    /// Time zone of members without one
    #[arg(long, value_name = "ZONE", requires = "quiet_hours")]
    pub time_zone: Option<String>,
    /// Not to those who got promotion within SPAN: 7d
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub every: Option<i64>,
    /// Before a mail that was put off is tried again; doubles each time [default: 15m]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub retry: Option<i64>,
    /// Say who would get it, and fix nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// How mail leaves.
#[derive(Debug, Args)]
pub struct WayArgs {
    /// Where mail goes [default: as ch-send has it]
    #[arg(long, value_name = "URL", env = "CH_VIA", hide_env_values = true)]
    pub via: Option<String>,
    /// How many connections are kept busy, 1 to 500
    #[arg(
        long, value_name = "N", default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(1..=batch::CONNECTIONS as i64),
    )]
    pub connections: u16,
    /// Who signs
    #[command(flatten)]
    pub dkim: DkimFlags,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The campaign
    #[arg(required_unless_present = "due")]
    pub name: Option<String>,
    /// Every campaign whose time (`plan --at`) has come, or that was started and has mails that may go: for cron
    #[arg(long, conflicts_with = "name")]
    pub due: bool,
    /// Stay until every mail is settled
    #[arg(long)]
    pub wait: bool,
    /// What to do with mails of which nobody can say whether they arrived: resend
    #[arg(long, value_name = "WHAT", value_parser = ["resend"])]
    pub unknown: Option<String>,
    /// Only when `ch-promo lint` finds nothing for these profiles: gmail,kr,us
    #[arg(long, value_name = "PROFILES")]
    pub lint: Option<String>,
    /// Say how many would go now and by which way; connect to no mail server
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// How mail leaves
    #[command(flatten)]
    pub way: WayArgs,
}

/// `claim`.
#[derive(Debug, Args)]
pub struct ClaimArgs {
    /// The campaign
    pub name: String,
}

/// `record`.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The campaign
    pub name: String,
}

/// `status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// The campaign [default: all]
    pub name: Option<String>,
    /// List the mails of which nobody can say whether they arrived
    #[arg(long, requires = "name")]
    pub unknown: bool,
    /// Go on showing it until it is finished
    #[arg(long, requires = "name")]
    pub watch: bool,
}
