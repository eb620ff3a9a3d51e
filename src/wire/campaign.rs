//! What senders and the CH server say to each other about campaigns, beyond the `campaign` and `sent` records.
//!
//! ```text
//! POST /v1/campaigns                  Plan    → NDJSON of Planned: how far it is, and last how it ended
//! GET  /v1/campaigns                          → NDJSON of campaign records, the newest first
//! GET  /v1/campaigns/NAME                     → campaign record
//! GET  /v1/campaigns/NAME/letter              → LetterRecord
//! POST /v1/campaigns/NAME/preview     Preview → ClaimLine without a claim
//! POST /v1/campaigns/NAME/claims      Begin   → Begun
//! POST /v1/campaigns/NAME/take        Take    → Taken
//! POST /v1/campaigns/NAME/alive       Held    → campaign record
//! POST /v1/campaigns/NAME/end         Held    → campaign record
//! POST /v1/campaigns/NAME/outcomes    NDJSON of sent records → Recorded
//! POST /v1/campaigns/NAME/{pause,resume,cancel}       → campaign record
//! POST /v1/campaigns/NAME/resend      Resend  → campaign record
//! GET  /v1/campaigns/NAME/unknown?after=&limit=       → NDJSON of sent records
//! ```
//! A claim that is not the asker's, or not there, is `not_found`; one that has ended is `expired`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Audience, LoginId, Port, Ticket, Time,
    promotion::{Ad, Campaign, CampaignState},
};

/// Deliveries that one `take` gets at most.
pub const TAKE: u32 = 500;
/// Bytes of one body of `outcomes`.
pub const OUTCOMES: usize = 1 << 20;
/// Seconds of silence that end a claim.
pub const SILENCE: u32 = 60;
/// Unknown deliveries that one answer of `unknown` lists at most.
pub const UNKNOWN: u32 = 1000;

/// `POST /v1/campaigns`. The same again (a lost answer) gets the same answer; another one of that name is `taken`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The campaign's name: 1 to 64 of `a-z 0-9 . _ -`, beginning with a letter or digit.
    pub name: String,
    /// The ad's id. A draft or a retired one is `forbidden`, none `not_found`.
    pub ad: String,
    /// For whom.
    #[schemars(with = "String")]
    pub to: Audience,
    /// For that many of them at most, the first in order of their numbers.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Not before.
    #[serde(default)]
    pub at: Option<Time>,
    /// Subject, a template; the ad's title otherwise.
    #[serde(default)]
    pub subject: Option<String>,
    /// From, a mailbox; the login's name and address otherwise.
    #[serde(default)]
    pub from: Option<String>,
    /// How fast, and when not.
    #[serde(default)]
    pub pace: PaceAsk,
}

/// How fast a campaign goes. What is not given does not hold it back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct PaceAsk {
    /// Messages a minute, at least 1.
    pub rate: Option<u32>,
    /// Messages a minute to one recipient domain, at least 1.
    pub domain_rate: Option<u32>,
    /// Messages to one recipient domain that are handed out at once, at least 1.
    pub domain_connections: Option<u32>,
    /// `HH:MM-HH:MM`: nobody is mailed then, by the clock where they live.
    pub quiet: Option<String>,
    /// The time zone (IANA) of members who name none; UTC otherwise.
    pub time_zone: Option<String>,
    /// Seconds: nobody who was mailed a campaign within them is mailed this one.
    pub apart: Option<u32>,
    /// Seconds until a delivery that was deferred is tried again (at most a day); then twice as long each time, up to 16
    /// times. 900 otherwise.
    pub retry: Option<u32>,
}

/// One line of the answer to `POST /v1/campaigns`. It is the last when `state` is no longer `planning`; a line with
/// `"type":"error"` says why it broke off (the plan is finished by the server all the same).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// The campaign.
    pub name: String,
    /// `planning`: goes on.
    pub state: CampaignState,
    /// Members meant, as far as it came: the sum of what follows.
    pub meant: u64,
    /// Get it.
    pub planned: u64,
    /// Did not say yes to promotion, or said no since.
    pub no_consent: u64,
    /// Their address is suppressed.
    pub suppressed: u64,
    /// Were mailed within `pace.apart`.
    pub too_recent: u64,
    /// Beyond `limit`.
    pub over_limit: u64,
}

/// Answers `GET …/letter`: what is the same in each of a campaign's mails, as it was when it was planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LetterRecord {
    /// The campaign.
    pub name: String,
    /// The ad; its picture is at `GET /v1/ads/ID/picture`.
    pub ad: Ad,
    /// Subject, a template.
    pub subject: String,
    /// From, a mailbox.
    pub from: String,
    /// `CH-Login-ID`: who is rung.
    pub login: LoginId,
    /// `CH-Port`.
    pub port: Port,
    /// `CH-Host`, unless the sender sets another.
    pub host: String,
    /// `CH-Server`.
    pub server: String,
}

/// `POST …/preview`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Preview {
    /// Exactly what this member gets, with their own tickets. Left out: for a look, as if the campaign's owner were the
    /// member; pressing its button rings, its `unsubscribe` changes nothing.
    pub member: Option<u32>,
}

/// `POST …/claims`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Begin {
    /// First end every other claim of this device in this campaign: whoever had them is dead.
    pub alone: bool,
}

/// Answers `POST …/claims`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Begun {
    /// The claim's number.
    pub claim: u32,
    /// Seconds of silence that end it.
    pub silence: u32,
    /// Claims of this device that were ended.
    pub ended: u32,
    /// The campaign as it stands.
    pub campaign: Campaign,
}

/// `POST …/take`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Take {
    /// For which claim.
    pub claim: u32,
    /// That many at most; never more than [`TAKE`].
    pub limit: u32,
}

/// Answers `POST …/take`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// Now this claim's. Fewer than asked for, or none, is no end: see `next`.
    pub deliveries: Vec<ClaimLine>,
    /// When to ask again; null: nothing waits that could ever be had (what others hold may still come back: the counts say
    /// so), or the campaign is paused, cancelled or finished.
    pub next: Option<Time>,
    /// The campaign as it stands.
    pub campaign: Campaign,
}

/// One delivery: what its mail is written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClaimLine {
    /// `NAME/CLAIM/MEMBER`: the `ref` of its job and of its receipt.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The member.
    pub member: u32,
    /// Their address.
    pub to: String,
    /// Their name.
    pub name: Option<String>,
    /// Language and region (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// Message-ID without brackets, the same for each try.
    pub message_id: String,
    /// `CH-Ticket`.
    pub ticket: Ticket,
    /// The chat link.
    pub url: String,
    /// The `unsubscribe` ticket.
    pub unsubscribe: Ticket,
    /// Its link: a page for people, and one-click (RFC 8058).
    pub unsubscribe_url: String,
    /// The `mark` ticket; null in a preview.
    pub mark: Option<Ticket>,
    /// How often it was deferred before.
    pub tries: u32,
}

/// `POST …/alive`: the claim's sender is there, and nothing more; `POST …/end`: it is done. A delivery that is claimed
/// then is planned again, one that is attempting becomes unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Held {
    /// Which; left out: every claim of this device in this campaign that has not ended, if any.
    pub claim: Option<u32>,
}

/// Answers `POST …/outcomes`. The same outcomes again change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// How many were news.
    pub recorded: u32,
    /// How many were known, or do not matter any more.
    pub known: u32,
    /// Those that cannot be.
    pub refused: Vec<Refused>,
    /// The campaign as it stands.
    pub campaign: Campaign,
}

/// An outcome that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Its `ref`.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// Why, for people.
    pub message: String,
}

/// `POST …/resend`: mails that may have arrived go again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Resend {
    /// Whose; null: everybody's whose delivery is unknown.
    pub members: Option<Vec<u32>>,
}
