//! `ch-port`.

use clap::{Args, Parser, Subcommand};

use super::{Common, Face, Tool};
use crate::wire::Port;

/// Get this login's port, the number that your mails name
///
/// The CH server keeps the port while it is used: 90 days after the last mail or call, 24 hours while your mail
/// address is unconfirmed. ch-send gets it by itself.
#[derive(Debug, Parser)]
#[command(name = "ch-port", version, args_conflicts_with_subcommands = true)]
pub struct PortArgs {
    /// What else to do with a port
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What to do with the own one
    #[command(flatten)]
    pub change: Change,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

/// Changes to the own port.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Change {
    /// Make another port current; the old one stays valid
    #[arg(long)]
    pub new: bool,
    /// Give PORT back: the buttons of all mails that name it stop working
    #[arg(long, value_name = "PORT")]
    pub release: Option<Port>,
}

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Tell where an own port leads: login, latest host, presence
    Resolve {
        /// The port
        port: Port,
    },
}

impl Tool for PortArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}
