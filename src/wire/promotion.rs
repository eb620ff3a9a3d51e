//! The promotion's records: members, ads, campaigns.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LoginId, Time};

/// The purpose of consent that promotion needs.
pub const PROMOTION: &str = "promotion";

/// The purpose of consent that whoever joins by themselves agrees to: to be a member, and no more.
pub const MEMBERSHIP: &str = "membership";

/// A purpose as it is kept and compared: in lower case. `None`: a mark or a single letter, which is nobody's name for
/// anything one could agree to.
#[must_use]
pub fn purpose(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    (text.chars().nth(1).is_some() && text.chars().any(char::is_alphabetic)).then_some(text)
}

/// What a login may do beyond its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Puts up its own ads; a manager publishes them.
    Company,
    /// The shop: members, ads, campaigns.
    Manager,
    /// This server.
    Operator,
}

impl Role {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Manager => "manager",
            Self::Operator => "operator",
        }
    }
}

/// `role`: what a login was given (`ch-serve grant --list`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Granted {
    /// Who.
    pub login: LoginId,
    /// What.
    pub role: Role,
    /// The login for whose port its agents are rung; null: its own.
    pub shop: Option<LoginId>,
    /// Since when.
    pub at: Time,
}

/// `member`: a person the shop knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// Their number, which tickets and receipts name.
    pub member: u32,
    /// Their mail address.
    pub mail: String,
    /// Their name.
    pub name: Option<String>,
    /// What they are tagged with, sorted.
    pub tags: Vec<String>,
    /// Language and region (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// Purposes they said yes to, sorted.
    pub consent: Vec<String>,
    /// The address gets no promotion.
    pub suppressed: bool,
    /// Since when.
    pub created: Time,
}

/// Whether an ad may be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AdState {
    /// A manager has not published it yet.
    Draft,
    /// Yes.
    Published,
    /// Not any more; also one that this reader does not know yet.
    #[serde(other)]
    Retired,
}

/// `ad`: what is promoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ad {
    /// Its id: 1 to 64 of `a-z 0-9 . _ -`.
    pub ad: String,
    /// Whether it may be mailed.
    pub state: AdState,
    /// The login that supplied it; null when it is gone.
    pub owner: Option<LoginId>,
    /// The company's name, as people read it.
    pub company: Option<String>,
    /// Title, the subject of its mails unless a plan says another: a template.
    pub title: String,
    /// Text part: a template.
    pub text: Option<String>,
    /// HTML part: a template.
    pub html: Option<String>,
    /// Price in the currency's smallest unit that is written (`89000` for KRW, `89.00` for EUR).
    pub price: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Where to read more.
    pub link: Option<String>,
    /// Whether there is a picture.
    pub picture: bool,
    /// Not mailed before.
    pub valid_from: Option<Time>,
    /// Not mailed after.
    pub valid_until: Option<Time>,
    /// Last changed.
    pub changed: Time,
}

/// Where a campaign is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Its audience is being fixed.
    Planning,
    /// Nobody was mailed yet.
    Planned,
    /// Being mailed.
    Running,
    /// Nobody further is mailed until `resume`.
    Paused,
    /// Nobody further is mailed.
    Cancelled,
    /// Every delivery is accepted, rejected, unknown or skipped.
    Finished,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Unknown,
}

/// `finding`: what is wrong with a campaign's mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Whose rule: `gmail`, `kr`, `us`; null: every mail's.
    pub profile: Option<String>,
    /// The rule.
    pub rule: String,
    /// What is wrong, and what can be done.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.message)
    }
}

/// `planned`: how many of an audience get a campaign, and why others do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlannedRecord {
    /// The campaign.
    pub name: String,
    /// How many get it; 0: it was not made.
    pub planned: u64,
    /// Of the audience: did not say yes to promotion.
    pub no_consent: u64,
    /// Their address is suppressed.
    pub suppressed: u64,
    /// Got promotion a short time ago.
    pub too_recent: u64,
    /// Beyond the limit.
    pub over_limit: u64,
}

/// `campaign`: an ad on its way to an audience, and how many deliveries are in each state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Campaign {
    /// Its name: 1 to 64 of `a-z 0-9 . _ -`.
    pub name: String,
    /// The ad's id.
    pub ad: String,
    /// Where it is.
    pub state: CampaignState,
    /// Waiting to be claimed.
    pub planned: u64,
    /// Handed to a sender.
    pub claimed: u64,
    /// The message may be under way.
    pub attempting: u64,
    /// The mail server took it.
    pub accepted: u64,
    /// Not now: tried again later.
    pub deferred: u64,
    /// Never.
    pub rejected: u64,
    /// The connection broke between the message's end and the answer.
    pub unknown: u64,
    /// Not mailed: they said no since, or were mailed too recently.
    pub skipped: u64,
}
