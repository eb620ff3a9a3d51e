//! `ch-port`.

use clap::{Args, CommandFactory, Parser, Subcommand};

use super::{Common, Face, Tool};
use crate::{
    cli::generate::{HOME_ENVIRONMENT, HOME_FILES, Page},
    wire::Port,
};

/// Get this login's port, the number that your mails name
///
/// The CH server keeps the port while it is used: 90 days after the last mail or call, 24 hours while your mail
/// address is unconfirmed. ch-send gets it by itself.
#[derive(Debug, Parser)]
#[command(
    name = "ch-port",
    version,
    override_usage = "ch-port [--new | --release PORT]\n       ch-port resolve PORT",
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
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

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: PortArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            ("ch-port --text", "The bare number, also into a pipe:"),
            ("ch-port resolve 12345", "Where a port of yours leads right now:"),
            ("ch-port --new", "Another number for the next mails; buttons of earlier ones go on working:"),
        ],
    }
}
