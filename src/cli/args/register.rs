//! `ch-register`.

use clap::{ArgGroup, CommandFactory, Parser};

use super::{Common, Face, Tool};
use crate::{
    cli::{
        generate::{HOME_ENVIRONMENT, HOME_FILES, Page},
        input::Operand,
    },
    wire::{DeviceId, LoginId},
};

/// The ways to call it, as clap cannot see them.
const USAGE: &str = "ch-register LOGIN --mail ADDRESS | --code-file FILE | --recover
       ch-register [--host NAME] [--jitter SECS] [--on-ring CMD]
       ch-register --off | --invite | --devices | --revoke ID | --delete
       ch-register --confirm MESSAGE|LINK|TICKET | --confirm-again";

/// Register a login; without LOGIN, say where this machine is and print who called meanwhile
///
/// Without LOGIN (from cron, for example) it tells the CH server this machine's latest host and that it is on, and
/// prints the notices that wait: who called while nobody was there. A notice is printed until it was printed
/// successfully; with -q it is kept for later. It says nothing when nothing waits.
#[derive(Debug, Parser)]
#[command(
    name = "ch-register",
    version,
    override_usage = USAGE,
    group = ArgGroup::new("how").args(["mail", "code_file", "recover"]),
    group = ArgGroup::new("verb").args([
        "login", "off", "invite", "devices", "revoke", "delete", "confirm", "confirm_again",
    ]),
)]
pub struct RegisterArgs {
    /// The login ID: 1 to 64 of a-z 0-9 . _ -, beginning with a letter or digit
    #[arg(requires = "how")]
    pub login: Option<LoginId>,
    /// Register LOGIN with this mail address
    #[arg(long, value_name = "ADDRESS", requires = "login")]
    pub mail: Option<String>,
    /// Make this machine another one of LOGIN, with a code from --invite or --recover (- reads it from stdin)
    #[arg(long, value_name = "FILE", requires = "login")]
    pub code_file: Option<Operand>,
    /// Have a code mailed to LOGIN's confirmed address
    #[arg(long, requires = "login")]
    pub recover: bool,
    /// What to call this machine [default: its host name]
    #[arg(long, value_name = "NAME", requires = "login", conflicts_with = "recover")]
    pub device: Option<String>,

    /// This machine's host name, for your mails and direct chats [default: the address the server sees]
    #[arg(long, value_name = "NAME", env = "CH_HOST", hide_env_values = true)]
    pub host: Option<String>,
    /// Say goodbye: you are off now
    #[arg(long)]
    pub off: bool,
    /// Start CMD (with sh -c) for each call that waits; CH_FROM, CH_SUBJECT and CH_CALL tell it who and what
    #[arg(long, value_name = "CMD", conflicts_with_all = ["verb"])]
    pub on_ring: Option<String>,
    /// Wait a random time of at most SECS seconds first
    #[arg(long, value_name = "SECS", conflicts_with_all = ["login"])]
    pub jitter: Option<u32>,

    /// Print a code that lets another machine in, once, for ten minutes
    #[arg(long)]
    pub invite: bool,
    /// Print the login's machines
    #[arg(long)]
    pub devices: bool,
    /// Shut a machine out
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub revoke: Option<DeviceId>,
    /// Delete the login, with its ports, its mails' buttons and its side of conversations
    #[arg(long)]
    pub delete: bool,
    /// Don't ask before --delete
    #[arg(long, requires = "delete")]
    pub yes: bool,
    /// Confirm the mail address: with the mail that asks for it (a file or -), its link, or the ticket in it
    #[arg(long, value_name = "MESSAGE|LINK|TICKET")]
    pub confirm: Option<Operand>,
    /// Have that mail sent again
    #[arg(long)]
    pub confirm_again: bool,

    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

impl Tool for RegisterArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: RegisterArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            ("ch-register alice --mail alice@example.org", "Become alice:"),
            (
                "ch-register --confirm mail.eml",
                "Prove that the address is yours, with the mail that came to it:",
            ),
            ("*/5 * * * *  ch-register -q --jitter 60", "In crontab(5), to be found on:"),
            (
                "ch-register --invite | ssh laptop ch-register alice --code-file -",
                "Be alice on another machine too:",
            ),
        ],
    }
}
