//! `ch-promo lint`, `show`, `test`.

use clap::Args;

use super::campaign::WayArgs;

/// `lint`.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// The campaign
    pub name: String,
    /// What to check against: gmail, kr, us; several with commas
    #[arg(long, value_name = "PROFILES", default_value = "gmail")]
    pub profile: String,
    /// How mail leaves
    #[command(flatten)]
    pub way: WayArgs,
}

/// `show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The campaign
    pub name: String,
    /// Whose mail, by address [default: the first of the campaign]
    #[arg(long, value_name = "MAIL")]
    pub member: Option<String>,
}

/// `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// The campaign
    pub name: String,
    /// Where to
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,
    /// Print the mail instead of sending it
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// How mail leaves
    #[command(flatten)]
    pub way: WayArgs,
}
