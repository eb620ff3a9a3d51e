//! `ch-serve`.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::{Args, CommandFactory, Parser, Subcommand};

use super::{Face, Tool};
use crate::{
    call::Times,
    cli::{generate::Page, mailer::SENDMAIL},
    mail::{mailbox::Mailbox, transport::Via},
    server::{PublicUrl, security::cidr::Cidr},
    wire::{
        LoginId,
        promotion::Role,
        time::{DAY, HOUR, MINUTE, SECOND},
    },
};

/// Run a CH server
///
/// It keeps who is where (S101) and whose port is whose (S103), rings (S109), relays what is said (S111), and tells
/// who was called while they were off (S117). HTTP and WebSocket on one address; everything it knows is in --data.
/// It is ready when it says `listening on`, and ends what it does before it stops on SIGTERM or SIGINT.
#[derive(Debug, Parser)]
#[command(
    name = "ch-serve",
    version,
    override_usage = "ch-serve [OPTIONS]\n       ch-serve [--data DIR] backup|restore FILE\n       ch-serve [--data DIR] grant LOGIN ROLE",
    disable_help_subcommand = true
)]
pub struct ServeArgs {
    /// Instead of serving
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Where the data is
    #[command(flatten)]
    pub place: PlaceArgs,
    /// Where to listen; port 0 takes any that is free
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4460")]
    pub listen: SocketAddr,
    /// Where people reach this server: what its mails and links name [default: the address it listens on]
    #[arg(long, value_name = "URL")]
    pub url: Option<PublicUrl>,
    /// How the server's own mails leave: smtp://[USER@]HOST[:PORT], smtps://…, sendmail:PATH, maildir:DIR, stdout:
    #[arg(long, value_name = "URL", env = "CH_VIA", hide_env_values = true)]
    pub via: Option<Via>,
    /// Who the server's own mails come from [default: chat@ and the host of --url]
    #[arg(long, value_name = "ADDRESS")]
    pub from: Option<Mailbox>,
    /// The pool of ports to assign
    #[arg(long, value_name = "A-B,…", default_value = "10000-32767,61000-65535")]
    pub ports: Ports,
    /// Speak TLS: the PEM file of the certificate and those that signed it; SIGHUP reads it again
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The PEM file of its private key
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Speak plain HTTP also on an address that other machines reach
    #[arg(long)]
    pub insecure: bool,
    /// Believe this proxy, or these, about where a request comes from (X-Forwarded-For, Forwarded)
    #[arg(long, value_name = "CIDR")]
    pub trusted_proxy: Vec<Cidr>,

    /// Shorten or lengthen what decides about a call or a sender: NAME=SPAN with commas between; the names are refresh-lasts
    /// (10m), agent-gone (60s), caller-keeps (60s), notice-waits (60s), absence (10m), after-decline (10m), unanswered-span
    /// (1d), claim-lasts (60s)
    #[arg(long, value_name = "NAME=SPAN,…", default_value = "", hide_default_value = true)]
    pub times: Times,
    /// Registrations an hour from one address
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub register_rate: u32,
    /// How long a conversation is kept after its last line
    #[arg(long, value_name = "SPAN", default_value = "365d")]
    pub keep: Span,
    /// Output
    #[command(flatten)]
    pub face: Face,
}

/// Where the databases are.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The directory of the databases and their keys [default: $XDG_STATE_HOME/ch]
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// The directory of the keys [default: DATA/keys, or $CREDENTIALS_DIRECTORY when systemd put them there]
    #[arg(long, value_name = "DIR", global = true)]
    pub keys: Option<PathBuf>,
}

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Copy the database to FILE, beside a running server; the keys stay apart and need a copy of their own
    Backup {
        /// Where to
        file: PathBuf,
    },
    /// Give LOGIN a role, beside a running server; it counts at once
    Grant {
        /// Whom
        #[arg(required_unless_present = "list")]
        login: Option<LoginId>,
        /// company (puts up its own ads), manager (members, ads, campaigns), operator (this server)
        #[arg(value_parser = role, required_unless_present = "list")]
        role: Option<Role>,
        /// Take it away
        #[arg(long, conflicts_with = "shop")]
        revoke: bool,
        /// Say who has which role
        #[arg(long, conflicts_with_all = ["login", "role", "shop", "revoke"])]
        list: bool,
        /// The login for whose port its agents are rung
        #[arg(long = "for", value_name = "LOGIN")]
        shop: Option<LoginId>,
    },
    /// Put a copy back, into a data directory without a database
    Restore {
        /// Where from
        file: PathBuf,
    },
}

fn role(text: &str) -> Result<Role, &'static str> {
    match text {
        "company" => Ok(Role::Company),
        "manager" => Ok(Role::Manager),
        "operator" => Ok(Role::Operator),
        _ => Err("a role is company, manager or operator"),
    }
}

impl Tool for ServeArgs {
    fn face(&self) -> &Face {
        &self.face
    }
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: ServeArgs::command,
        files: &[
            ("DATA/ch.db", "The databases. What is personal in them is sealed."),
            (
                "DATA/keys/",
                "The keys: ticket, seal and index. Mode 0600. Without them the databases are of no use.",
            ),
        ],
        environment: &[
            (
                "CH_LOG",
                "What to log on standard error: error, warn (the default), info, debug, or a filter of them.",
            ),
            ("CH_SENDMAIL", SENDMAIL),
            ("CREDENTIALS_DIRECTORY", "Where systemd puts the keys (LoadCredential=)."),
            ("XDG_STATE_HOME", "Where the data is without --data. Default: ~/.local/state."),
        ],
        examples: &[
            ("ch-serve --via maildir:/tmp/mail", "Try it on this machine, its mails in Maildirs:"),
            (
                "ch-serve --listen 0.0.0.0:443 --url https://ch.example.org --tls-cert cert.pem --tls-key key.pem --via smtp://localhost",
                "Serve the world:",
            ),
            (
                "ch-serve --url https://ch.example.org --trusted-proxy 127.0.0.1 --via smtp://localhost",
                "Behind a proxy on the same machine that speaks TLS:",
            ),
            (
                "ch-serve backup /backup/ch.db",
                "A copy of the database beside the running server (copy the keys too):",
            ),
        ],
    }
}

/// Ranges of ports, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ports(pub Vec<(u32, u32)>);

/// A text that is no pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ports are ranges like 10000-32767,61000-65535, each from 1 to 4294967295, none in another")]
pub struct BadPorts;

impl FromStr for Ports {
    type Err = BadPorts;

    fn from_str(text: &str) -> Result<Self, BadPorts> {
        let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n > 0).ok_or(BadPorts);
        let mut ranges = text
            .split(',')
            .map(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let (first, last) = (number(first)?, number(last)?);
                if first <= last { Ok((first, last)) } else { Err(BadPorts) }
            })
            .collect::<Result<Vec<_>, _>>()?;
        ranges.sort_unstable();
        if ranges.windows(2).all(|pair| pair[0].1 < pair[1].0) { Ok(Self(ranges)) } else { Err(BadPorts) }
    }
}

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub i64);

/// A text that is no span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a span is a number and one of s, m, h, d, w, y, for example 90d")]
pub struct BadSpan;

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or(BadSpan)?;
        let (number, unit) = text.split_at(split);
        let unit = match unit {
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => 7 * DAY,
            "y" => 365 * DAY,
            _ => return Err(BadSpan),
        };
        let span = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
        span.filter(|span| *span > 0).map(Self).ok_or(BadSpan)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_pool_is_ranges_in_order() {
        assert_eq!("61000-65535, 10000-32767".parse(), Ok(Ports(vec![(10000, 32767), (61000, 65535)])));
        assert_eq!("7".parse(), Ok(Ports(vec![(7, 7)])));
        for text in ["", "0-5", "5-4", "1-5,5-9", "a", "1-", "1,,2", "4294967296"] {
            assert_eq!(text.parse::<Ports>(), Err(BadPorts), "{text:?}");
        }
    }

    #[test]
    fn a_span_has_a_unit() {
        assert_eq!("90d".parse(), Ok(Span(90 * DAY)));
        assert_eq!("1y".parse(), Ok(Span(365 * DAY)));
        for text in ["", "d", "90", "0d", "-1d", "1 d", "9999999999999999y"] {
            assert_eq!(text.parse::<Span>(), Err(BadSpan), "{text:?}");
        }
    }

    #[test]
    fn the_flags_go_together() {
        let parse = |args: &[&str]| ServeArgs::try_parse_from([&["ch-serve"], args].concat());
        parse(&["--tls-cert", "a"]).unwrap_err();
        parse(&["--listen", "nowhere"]).unwrap_err();
        let args = parse(&["backup", "file", "--data", "dir"]).unwrap();
        assert_eq!(args.place.data, Some("dir".into()));
    }
}
