//! `ch-chat`.

use clap::{Args, CommandFactory, Parser, Subcommand};

use super::{Common, Face, Tool};
use crate::{
    cli::generate::{HOME_ENVIRONMENT, Page},
    wire::{LoginId, limits},
};

/// Press a mail's chat button, be rung, talk
///
/// A line typed is a line said; /bye hangs up, /help lists the commands. With --json (or into a pipe, unless --text)
/// every frame is a line on standard output, and standard input takes frames: {"type":"line","text":"hello"}.
///
/// The end of input hangs up an answered call when everything said has been acknowledged. It never cancels a call that
/// still rings, and listen goes on after it.
#[derive(Debug, Parser)]
#[command(name = "ch-chat", version, subcommand_required = true)]
pub struct ChatArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Press the chat button of a mail
    ///
    /// Ends with 0 after a chat, with 1 when the other side is off, busy, declines or does not answer.
    Open(Open),
    /// Be there to be rung, until told to stop
    ///
    /// Prints who calls and what is said, and the notices that wait; with -q those are kept for later.
    Listen(Listen),
    /// Call a login of your own server
    ///
    /// Somebody who shares no conversation with you and has not allowed you is not rung: your call is listed there.
    Call(Call),
    /// Let a login ring you that shares no conversation with you
    Allow {
        /// Who may
        login: LoginId,
        /// Take it back
        #[arg(long)]
        remove: bool,
    },
    /// Let a login, a mail address or the holder of a ticket ring no more, nor knock
    Block {
        /// Who may not
        #[arg(value_name = "LOGIN|ADDRESS|TICKET")]
        whom: String,
        /// Take it back
        #[arg(long)]
        remove: bool,
    },
}

/// `open`.
#[derive(Debug, Args)]
pub struct Open {
    /// A mail (a file, or - for a mail or a mail record on standard input), a chat link, or a ticket of your own server
    #[arg(value_name = "MAIL")]
    pub mail: String,
    /// Connect to the mail's server without asking, if it is new to you
    #[arg(long)]
    pub trust_server: bool,
    /// How to ring
    #[command(flatten)]
    pub ring: Ring,
}

/// `call`.
#[derive(Debug, Args)]
pub struct Call {
    /// Whom
    pub login: LoginId,
    /// How to ring
    #[command(flatten)]
    pub ring: Ring,
}

/// How to ring.
#[derive(Debug, Args)]
pub struct Ring {
    /// Ring for SECS seconds at a time [default: 120]
    #[arg(long, value_name = "SECS", value_parser = seconds())]
    pub ring: Option<u32>,
    /// Give up after SECS seconds [default: 600; with --until-on, 30 days]
    #[arg(long, value_name = "SECS", value_parser = seconds())]
    pub give_up: Option<u32>,
    /// When the other computer is off, wait until it is on
    #[arg(long)]
    pub until_on: bool,
    /// Say TEXT before there is an answer, so that it is left if there is none; a stranger's call leaves none
    #[arg(long, value_name = "TEXT")]
    pub leave: Option<String>,
    /// Ring nobody: print what would be asked
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

fn seconds() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(limits::GIVE_UP_MAX_SECS))
}

/// `listen`.
#[derive(Debug, Args)]
pub struct Listen {
    /// Answer calls without being asked
    #[arg(long)]
    pub answer: bool,
    /// Run CMD (with sh -c) for each call that rings, until somebody answers; CH_FROM, CH_SUBJECT and CH_CALL tell it who
    /// and what
    #[arg(long, value_name = "CMD", conflicts_with = "answer")]
    pub on_ring: Option<String>,
    /// Say that you are busy: nobody rings, a notice is left
    #[arg(long, conflicts_with = "away")]
    pub busy: bool,
    /// Say that you are away: calls are listed, and do not ring
    #[arg(long)]
    pub away: bool,
}

impl Tool for ChatArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: ChatArgs::command,
        files: &[
            (
                "$CH_HOME/config.toml",
                "Settings, one a line: a key, = and a value in quotes. A flag or variable comes first.",
            ),
            ("$CH_HOME/credentials", "Who you are, and this machine's token. Mode 0600, else it is refused."),
            (
                "$CH_HOME/client.db",
                "Servers you trust, your guest secret on each, and what was received. Mode 0600.",
            ),
        ],
        environment: HOME_ENVIRONMENT,
        examples: &[
            ("ch-chat open mail.eml", "Press the button of a mail:"),
            (
                "echo 'Do you have them in 43?' | ch-chat open --text mail.eml",
                "Ask something; if nobody is there, it is left with the notice:",
            ),
            (
                "ch-chat listen --on-ring 'notify-send \"$CH_FROM\" \"$CH_SUBJECT\"'",
                "Be rung, with an alarm:",
            ),
            ("ch-chat listen --json | jq -r 'select(.type==\"line\").text'", "Only what is said:"),
        ],
    }
}
