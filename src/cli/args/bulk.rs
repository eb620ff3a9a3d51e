//! `ch-send --batch`, and signing: the arguments of many mails.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use crate::{mail::address::Domain, send::batch};

/// Many mails.
#[derive(Debug, Clone, Args)]
pub struct BatchFlags {
    /// Send a stream of mails: job records on standard input, a sent record for each recipient on standard output
    #[arg(long, conflicts_with_all = [
        "recipients", "read_recipients", "to", "cc", "bcc", "subject", "attach", "html", "reply", "dry_run", "flush", "queued",
    ])]
    pub batch: bool,
    /// With --batch: how many connections to the mail server are kept busy, 1 to 500
    #[arg(
        long, value_name = "N", default_value_t = 10, requires = "batch",
        value_parser = clap::value_parser!(u16).range(1..=batch::CONNECTIONS as i64),
    )]
    pub connections: u16,
}

/// Who signs.
#[derive(Debug, Clone, Default, Args)]
pub struct DkimFlags {
    /// Sign for this domain (DKIM)
    #[arg(long, value_name = "DOMAIN")]
    pub dkim_domain: Option<Domain>,
    /// With the key at this selector; once for each --dkim-key
    #[arg(long, value_name = "SELECTOR")]
    pub dkim_selector: Vec<Domain>,
    /// A file with a private key in PEM, mode 0600; can be said again
    #[arg(long, value_name = "FILE")]
    pub dkim_key: Vec<PathBuf>,
}

/// Verbs.
#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Make a key that signs mail (DKIM), and print the record for the DNS
    ///
    /// The key is written with mode 0600; a file that is there already is never replaced. Mail is signed once
    /// dkim_domain, dkim_selector and dkim_key are set, and verified once the record can be looked up.
    DkimKey(DkimKey),
}

/// `dkim-key`.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("kind").args(["rsa", "ed25519"]))]
pub struct DkimKey {
    /// The domain of your mail addresses
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Domain,
    /// A name for the key, unlike that of any other key of the domain
    #[arg(long, value_name = "SELECTOR")]
    pub selector: Domain,
    /// RSA of 2048 bits, which every mail server verifies (the default)
    #[arg(long)]
    pub rsa: bool,
    /// Ed25519, which is small and fast; sign with an RSA key too, because not every mail server knows it
    #[arg(long)]
    pub ed25519: bool,
    /// Where to write the key [default: SELECTOR.DOMAIN.pem in $CH_HOME]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
