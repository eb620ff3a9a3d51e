//! `ch-promo report`, `unsubscribe`.

use clap::Args;

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The campaign [default: each]
    pub name: Option<String>,
    /// All campaigns of an ad, as one
    #[arg(long, value_name = "AD", conflicts_with = "name")]
    pub ad: Option<String>,
}

/// `unsubscribe`.
#[derive(Debug, Args)]
pub struct UnsubscribeArgs {
    /// Say who would be, and do nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}
