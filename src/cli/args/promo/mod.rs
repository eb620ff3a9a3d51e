//! `ch-promo`: one file for each kind of thing it is about.

pub mod ad;
pub mod audience;
pub mod campaign;
pub mod face;
pub mod letter;
pub mod member;
pub mod outcome;

use clap::{CommandFactory, Parser, Subcommand};

use super::{Face, Tool};
use crate::cli::generate::{HOME_ENVIRONMENT, HOME_FILES, Page};

/// Members, ads and campaigns: mails that get people talking
///
/// A manager's login does this (ch-serve grant LOGIN manager). Every mail carries a chat button, goes only to members
/// who said yes, and is in a ledger at the CH server: none is lost, none is mailed twice.
#[derive(Debug, Parser)]
#[command(name = "ch-promo", version, disable_help_subcommand = true)]
pub struct PromoArgs {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
    /// Common flags
    #[command(flatten)]
    pub common: face::Flags,
}

/// Verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Who the shop knows
    #[command(subcommand)]
    Member(member::MemberVerb),
    /// What members agreed to
    #[command(subcommand)]
    Consent(member::ConsentVerb),
    /// Mail no promotion to an address, whoever it belongs to
    Suppress(member::SuppressArgs),
    /// Take `suppress` back
    Unsuppress(member::UnsuppressArgs),
    /// List, and send, what the law wants members to be told
    Due(member::DueArgs),
    /// What is promoted
    #[command(subcommand)]
    Ad(ad::AdVerb),
    /// Fix who gets an ad, and say why others do not
    Plan(campaign::PlanArgs),
    /// Check a campaign's mail against what mail providers and laws ask for
    Lint(letter::LintArgs),
    /// Print a campaign's mail exactly as it goes
    Show(letter::ShowArgs),
    /// Send a campaign's mail to one address, for a look
    Test(letter::TestArgs),
    /// Mail a campaign to its audience
    Run(campaign::RunArgs),
    /// Hand out jobs for ch-send --batch
    Claim(campaign::ClaimArgs),
    /// Take in the receipts of ch-send --batch
    Record(campaign::RecordArgs),
    /// Mail nobody further until `resume`
    Pause(campaign::NameArgs),
    /// Go on
    Resume(campaign::NameArgs),
    /// Mail nobody further, ever
    Cancel(campaign::NameArgs),
    /// Say where a campaign is
    Status(campaign::StatusArgs),
    /// Say what came of a campaign: buttons pressed, chats, lines
    Report(outcome::ReportArgs),
    /// Do what members asked for by mail: reads `mail` records
    Unsubscribe(outcome::UnsubscribeArgs),
}

impl Tool for PromoArgs {
    fn face(&self) -> &Face {
        &self.common.0.face
    }
}

/// `30d`, `12h`, `2y`, in milliseconds.
fn span(text: &str) -> Result<i64, &'static str> {
    crate::wire::audience::span(text).ok_or("a span is like 14d, 12h, 2y")
}

/// What the man page says beyond the arguments.
#[must_use]
pub fn page() -> Page {
    Page {
        command: PromoArgs::command,
        files: HOME_FILES,
        environment: HOME_ENVIRONMENT,
        examples: &[
            (
                "ch-promo member import members.csv --consent-proof 'paper form, March'",
                "A list of members who agreed:",
            ),
            (
                "ch-promo ad add boots --title 'New boots' --text boots.txt --picture boots.jpg --price 89000 --currency KRW",
                "What is promoted:",
            ),
            (
                "ch-promo plan spring --ad boots --to 'tag:running and city:Seoul'",
                "Who gets it, and who does not:",
            ),
            ("ch-promo run spring --connections 50", "Mail it; again after a crash, it goes on:"),
            (
                "ch-promo claim spring | ch-send --batch | ch-promo record spring",
                "The same in stages, on any machine:",
            ),
            ("*/5 * * * *  ch-promo run --due -q", "In cron: what is due, and what is to be tried again:"),
        ],
    }
}
