//! `ch-promo member`, `consent`, `suppress`, `due`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::span;

/// What to do with members.
#[derive(Debug, Subcommand)]
pub enum MemberVerb {
    /// Add a member
    Add(PutArgs),
    /// Change what is given of a member; an empty value takes it away
    Set(PutArgs),
    /// Tag members
    Tag(TagArgs),
    /// Take tags away
    Untag(TagArgs),
    /// Add and change members from a list: CSV (mail,name,tags,locale,time_zone,consent) or NDJSON
    ///
    /// UTF-8 or CP949, with commas, semicolons or tabs: found out unless told. Several tags or purposes of a row are
    /// separated by semicolons. Ads are mailed for the purpose promotion, and that is what yes (o, 1, true, 예, 동의 …) and no
    /// (x, -, 0, opt-out, withdrawn, 아니오, 거부 …) are said of; other purposes are kept. A row that is no good is told
    /// with its line; the others go on. An empty cell changes nothing. The same list again changes nothing, and never
    /// turns a no that was said since into a yes.
    Import(ImportArgs),
    /// List members
    #[command(after_long_help = super::audience::HELP)]
    List {
        /// Only these: tag:running and city:Seoul and not pressed:spring
        #[arg(long, value_name = "AUDIENCE", default_value = "all")]
        to: String,
    },
    /// Show a member
    Show(WhoArgs),
    /// Print everything that is held about a member, as JSON
    Export(WhoArgs),
    /// Forget a member, but for the proof that it was done
    ///
    /// What stands in the database's file and its log is overwritten, the words of chats too. Backups are not reached.
    /// An old list does not bring the member back; member add --anew does.
    Erase(WhoArgs),
    /// Check that the ledger of consent is as it was written
    Verify,
    /// Add what members did from a list: NDJSON of {"mail","kind":"ordered" or "asked","at","about"}
    Events {
        /// The list, or - for standard input
        file: PathBuf,
    },
}

/// A member.
#[derive(Debug, Args)]
pub struct WhoArgs {
    /// Their mail address
    pub mail: String,
}

/// What is known of a member.
#[derive(Debug, Args)]
pub struct PutArgs {
    /// Their mail address
    pub mail: String,
    /// Their name
    #[arg(long)]
    pub name: Option<String>,
    /// A tag; can be said again
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Language and region, like ko-KR
    #[arg(long)]
    pub locale: Option<String>,
    /// Time zone, like Asia/Seoul
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// A purpose they said yes to (promotion); can be said again
    #[arg(long, value_name = "PURPOSE", requires = "consent_proof")]
    pub consent: Vec<String>,
    /// How they said so: 'paper form, March'
    #[arg(long, value_name = "TEXT")]
    pub consent_proof: Option<String>,
    /// Also when they were erased, or said no, before
    #[arg(long)]
    pub anew: bool,
}

/// Tags.
#[derive(Debug, Args)]
pub struct TagArgs {
    /// The tag
    pub tag: String,
    /// Mail addresses
    #[arg(required = true)]
    pub mail: Vec<String>,
}

/// `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The list, or - for standard input
    pub file: PathBuf,
    /// How the members of the list agreed; needed when it has a consent column
    #[arg(long, value_name = "TEXT")]
    pub consent_proof: Option<String>,
    /// How the list is written: utf-8 or cp949 [default: found out]
    #[arg(long, value_name = "NAME", value_parser = ["utf-8", "cp949"])]
    pub encoding: Option<String>,
    /// What is between columns: comma, semicolon or tab [default: found out]
    #[arg(long, value_name = "NAME", value_parser = ["comma", "semicolon", "tab"])]
    pub delimiter: Option<String>,
    /// Check each row and say what would be; change nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// What members say.
#[derive(Debug, Subcommand)]
pub enum ConsentVerb {
    /// A member said yes
    Give(SayArgs),
    /// A member said no
    Withdraw(SayArgs),
}

/// What a member said.
#[derive(Debug, Args)]
pub struct SayArgs {
    /// Their mail address
    pub mail: String,
    /// To what
    #[arg(long, default_value = "promotion")]
    pub purpose: String,
    /// How they said so
    #[arg(long, value_name = "TEXT")]
    pub proof: String,
}

/// `suppress`.
#[derive(Debug, Args)]
pub struct SuppressArgs {
    /// The address
    pub mail: String,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
}

/// `unsuppress`.
#[derive(Debug, Args)]
pub struct UnsuppressArgs {
    /// The address
    pub mail: String,
}

/// `due`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true)))]
pub struct DueArgs {
    /// Who is to be told, within SPAN, what came of their yes or no (Korea: 14d)
    #[arg(long, value_name = "SPAN", value_parser = span, group = "what")]
    pub notify: Option<i64>,
    /// Whose yes is older than SPAN and is to be recalled to them (Korea: 2y)
    #[arg(long, value_name = "SPAN", value_parser = span, group = "what")]
    pub reconfirm: Option<i64>,
    /// Mail it to them
    #[arg(long)]
    pub send: bool,
    /// From [default: from in config.toml, else the login's address]
    #[arg(long, value_name = "MAILBOX")]
    pub from: Option<String>,
    /// Where mail goes [default: as ch-send has it]
    #[arg(long, value_name = "URL", env = "CH_VIA", hide_env_values = true)]
    pub via: Option<String>,
}
