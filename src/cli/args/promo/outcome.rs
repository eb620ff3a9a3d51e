//! `ch-promo report`, `unsubscribe`.

use clap::Args;

/// `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The campaign
    pub name: String,
}

/// `unsubscribe`.
#[derive(Debug, Args)]
pub struct UnsubscribeArgs {}
