//! `ch-fetch`.

use std::path::PathBuf;

use clap::{CommandFactory, Parser};

use super::{Common, Face, Tool};
use crate::cli::generate::{HOME_ENVIRONMENT, HOME_FILES, Page};

/// Fetch mails from a POP3 server, into a Maildir or as a stream of mail records
///
/// URL is pop3://USER@HOST[:PORT], pop3s://USER@HOST[:PORT] or maildir:DIR. An @ in the user's name is %40. The password
/// comes from password_command or password_file in config.toml, or an access token with auth = "xoauth2". Off this machine
/// nothing is said in the clear; ?timeout=SECS behind the URL sets how long each step may take, instead of 60 seconds.
///
/// Into a Maildir, each mail comes once, also when a run is killed: what is there is remembered in the file ch-fetch-… in
/// the Maildir, by the server's unique-ids, or, where it gives none, by what is in the mails. Lines end in LF there.
///
/// As a stream nothing is deleted and, without --state, nothing is remembered, so a reader that stops early loses nothing.
/// Only headers are read, unless --full asks for more.
#[derive(Debug, Parser)]
#[command(name = "ch-fetch", version)]
pub struct FetchArgs {
    /// The mailbox
    #[arg(value_name = "URL")]
    pub url: String,
    /// Deliver into this Maildir, made if there is nothing; prints nothing but with --json or -v
    #[arg(long, value_name = "MAILDIR")]
    pub into: Option<PathBuf>,
    /// Delete at the server what is safe in the Maildir, also what an earlier run has put there
    #[arg(long, requires = "into")]
    pub delete: bool,
    /// As a stream: remember here what was written, and write only what is new
    #[arg(long, value_name = "FILE", conflicts_with = "into")]
    pub state: Option<PathBuf>,
    /// Only mails with a chat button
    #[arg(long)]
    pub only_chat: bool,
    /// No more mails than this, the oldest first
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// As a stream: read the bodies too, for text and attachments
    #[arg(long, conflicts_with = "into")]
    pub full: bool,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

impl Tool for FetchArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: FetchArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            ("ch-fetch pop3s://bob@mail.example.org", "What is in the mailbox, without taking anything:"),
            (
                "ch-fetch pop3s://bob@mail.example.org --into ~/Mail --delete",
                "Take all mails home, for good:",
            ),
            (
                "ch-fetch pop3s://bob@mail.example.org | ch-inspect --chat | head -n 1 | ch-chat open -",
                "Press the button of the first mail that has one:",
            ),
            (
                "ch-fetch --only-chat --state ~/.ch-seen pop3s://bob@mail.example.org | while read -r mail; do …",
                "Do something with each new mail that has a button, once:",
            ),
        ],
    }
}
