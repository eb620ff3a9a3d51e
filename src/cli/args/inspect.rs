//! `ch-inspect`.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{ArgGroup, CommandFactory, Parser};

use super::{Common, Face, Tool};
use crate::cli::{
    generate::{HOME_ENVIRONMENT, HOME_FILES, Page},
    input::Operand,
};

/// Say what mails offer: who, what, the chat button, and what is wrong with it
///
/// A file that begins with "From " is an mbox, a directory a Maildir with its folders, any other file one mail; - is
/// standard input: a mail, an mbox, or mail records. Only headers are read, unless --full or another flag asks for more.
/// Reading connects to nobody, unless you ask for it with --resolve or --dns.
///
/// On a terminal each mail is a line of a table: date, from, subject, chat (chat, expired, withdrawn, unknown, broken, or -
/// for none) and what is wrong; -v shows each in several lines.
#[derive(Debug, Parser)]
#[command(name = "ch-inspect", version)]
#[command(group = ArgGroup::new("keys").multiple(true))]
pub struct InspectArgs {
    /// Mails, mboxes and Maildirs [default: standard input]
    #[arg(value_name = "MESSAGE")]
    pub messages: Vec<Operand>,
    /// Only mails with a chat button; ends with 1 when there is none
    #[arg(long)]
    pub chat: bool,
    /// Read the bodies too: text, attachments, and what is wrong with them
    #[arg(long)]
    pub full: bool,
    /// Write the attachments into this directory, under harmless names; records list them under these
    #[arg(long, value_name = "DIR")]
    pub save_attachments: Option<PathBuf>,
    /// Check the DKIM signatures, and whether one of From's domain covers the button; needs --dkim-keys, --dns or both
    #[arg(long, requires = "keys")]
    pub verify: bool,
    /// With --verify: a file of public keys; lines `SELECTOR._domainkey.DOMAIN RECORD`, of a zone file, or a JSON object
    #[arg(long, value_name = "FILE", requires = "verify", group = "keys")]
    pub dkim_keys: Option<Operand>,
    /// With --verify: ask the DNS for keys, the servers of this machine or the one at that address
    #[arg(long, value_name = "ADDRESS", requires = "verify", group = "keys")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "system")]
    pub dns: Option<NameServer>,
    /// Threads that read headers [default: the processors, at most 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub threads: Option<u8>,
    /// Ask the button's CH server whether it stands: unconfirmed address, another From, withdrawn. Rings nobody
    #[arg(long)]
    pub resolve: bool,
    /// With --resolve: ask servers that are new to you, too, without asking you first
    #[arg(long, requires = "resolve")]
    pub trust_server: bool,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

/// Who is asked for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameServer {
    /// Whoever `/etc/resolv.conf` names.
    System,
    /// This one.
    At(SocketAddr),
}

impl FromStr for NameServer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let at = |ip| SocketAddr::new(ip, 53);
        match text {
            "system" => Ok(Self::System),
            text => text.parse().or_else(|_| text.parse().map(at)).map(Self::At).map_err(|_| "no IP address"),
        }
    }
}

impl Tool for InspectArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: InspectArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            ("ch-inspect Mail", "List the mails of a Maildir:"),
            (
                "ch-inspect --chat Mail | head -n 1 | ch-chat open -",
                "Press the button of the first mail that has one:",
            ),
            ("ch-inspect --full --text mail.eml", "Read a mail:"),
            ("ch-inspect --save-attachments files mail.eml", "Take out what is attached:"),
            ("ch-inspect --verify --dns mail.eml", "Check who signed a mail, and its button:"),
            ("ch-inspect -q --chat mail.eml && echo yes", "Only the answer, as the exit status:"),
            (
                "ch-inspect --json Mail | jq -r '.problems[]' | sort | uniq -c",
                "Count what is wrong with the mails of a Maildir:",
            ),
        ],
    }
}
