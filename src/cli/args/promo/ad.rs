//! `ch-promo ad`.

use clap::Subcommand;

/// What to do with ads.
#[derive(Debug, Subcommand)]
pub enum AdVerb {
    /// List ads
    List,
}
