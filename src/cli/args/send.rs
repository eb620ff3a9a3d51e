//! `ch-send`.

use std::path::PathBuf;

use clap::{CommandFactory, Parser, ValueEnum};

use super::{Common, Face, Tool};
use crate::{
    cli::{
        generate::{HOME_ENVIRONMENT, HOME_FILES, Page},
        input::Operand,
    },
    mail::{
        chat_line::Lang,
        mailbox::{Mailbox, Mailboxes},
        text::Unstructured,
    },
};

/// Send one mail with a chat button
///
/// The text is read from standard input. ch-send gets a port and, for each recipient, a ticket from the CH server
/// by itself, adds them as CH-* header fields and as a link at the end of the text, and hands the mail over. It says
/// nothing when that went well.
#[derive(Debug, Parser)]
#[command(name = "ch-send", version)]
pub struct SendArgs {
    /// Who gets it: ADDRESS or NAME <ADDRESS>, several with commas or by saying --to again
    #[arg(long, value_name = "MAILBOX")]
    pub to: Vec<Mailboxes>,
    /// Who gets a copy
    #[arg(long, value_name = "MAILBOX")]
    pub cc: Vec<Mailboxes>,
    /// Who gets a copy that the others do not know of
    #[arg(long, value_name = "MAILBOX")]
    pub bcc: Vec<Mailboxes>,
    /// Who it is from [default: your login's address]
    #[arg(long, value_name = "MAILBOX")]
    pub from: Option<Mailbox>,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<Unstructured>,
    /// A file that goes with it; can be said again
    #[arg(long, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
    /// The same text in HTML (-: on standard input, instead of the text)
    #[arg(long, value_name = "FILE")]
    pub html: Option<Operand>,
    /// Answer the mail in this file: to its sender, in its thread, with a button into its conversation
    #[arg(long, value_name = "MESSAGE")]
    pub reply: Option<Operand>,
    /// Header fields only, no link in the text
    #[arg(long)]
    pub no_link: bool,
    /// What to do when there is no button to be had
    #[arg(long, value_name = "WHEN", default_value = "require")]
    pub button: ButtonWhen,
    /// The language of the line with the link: en or ko [default: that of your locale]
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<Lang>,
    /// What the mail says your host is [default: the CH server's name]
    #[arg(long, value_name = "NAME", env = "CH_HOST", hide_env_values = true)]
    pub host: Option<String>,
    /// Where it goes: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR or stdout:
    #[arg(long, value_name = "URL", env = "CH_VIA", hide_env_values = true)]
    pub via: Option<String>,
    /// Do all but send: print the finished message (the first recipient's)
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

/// `--button`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ButtonWhen {
    /// Send it without one, and say so
    Auto,
    /// Do not send it
    Require,
    /// Never ask for one
    Never,
}

impl Tool for SendArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: SendArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            (
                "echo 'New boots are in.' | ch-send --to bob@example.org --subject Boots",
                "A mail with a chat button:",
            ),
            (
                "echo 'Try me.' | ch-send --to bob@example.org --via maildir:/tmp/mail",
                "Without a mail server; the mail is then in /tmp/mail/bob@example.org/new:",
            ),
            (
                "echo 'Yes, in size 42.' | ch-send --reply mail.eml",
                "An answer that leads into the same conversation:",
            ),
            ("ch-send -n --to bob@example.org < text", "What would go out:"),
            (
                "ch-send --to bob@example.org --via 'smtp://alice@mail.example.org' < text",
                "Through a mail server that wants a password (password_command in config.toml), with STARTTLS:",
            ),
        ],
    }
}
