//! `ch-promo lint`, `show`, `test`.

use clap::Args;

/// `lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The campaign
    pub name: String,
}

/// `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The campaign
    pub name: String,
}

/// `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The campaign
    pub name: String,
}
