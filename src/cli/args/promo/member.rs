//! `ch-promo member`, `consent`, `suppress`, `due`.

use clap::{Args, Subcommand};

/// What to do with members.
#[derive(Debug, Subcommand)]
pub enum MemberVerb {
    /// List members
    List,
}

/// What members say.
#[derive(Debug, Subcommand)]
pub enum ConsentVerb {
    /// A member said yes
    Give {
        /// Their address
        mail: String,
    },
}

/// `suppress`.
#[derive(Debug, Args)]
pub struct SuppressArgs {
    /// The address
    pub mail: String,
}

/// `unsuppress`.
#[derive(Debug, Args)]
pub struct UnsuppressArgs {
    /// The address
    pub mail: String,
}

/// `due`.
#[derive(Debug, Args)]
pub struct DueArgs {}
