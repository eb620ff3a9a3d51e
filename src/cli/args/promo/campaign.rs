//! `ch-promo plan`, `run`, `claim`, `record`, `pause`, `resume`, `cancel`, `status`.

use clap::Args;

/// A campaign.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// The campaign
    pub name: String,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The campaign's name
    pub name: String,
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The campaign
    pub name: Option<String>,
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
    /// The campaign
    pub name: Option<String>,
}
