//! What senders and the CH server say to each other about a campaign.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Audience, LoginId, Port, Record, Ticket, Time,
    ask::Mark,
    promotion::{Ad, Campaign, CampaignState},
    record::Sent,
};

/// Deliveries that one question hands out at most.
pub const TAKE: u32 = 250;

/// How fast a campaign goes: all off unless asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Pace {
    /// Mails a minute, over all senders.
    pub rate: Option<u32>,
    /// Mails a minute to one recipient domain.
    pub domain_rate: Option<u32>,
    /// Mails under way to one recipient domain at a time.
    pub domain_at_once: Option<u32>,
    /// No mail between these times of the member's day: `21:00-08:00`.
    pub quiet: Option<String>,
    /// Time zone of members without one (IANA).
    pub time_zone: Option<String>,
    /// Nobody is mailed who got promotion within so many milliseconds.
    pub every: Option<i64>,
    /// Seconds until a delivery that a mail server deferred is tried again, 1 to 86,400; then twice as long each time, up to
    /// 16 times. Left out: 900.
    pub retry: Option<u32>,
}

/// `POST /v1/campaigns`: fixes an audience. Answered by [`Planned`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// The campaign's name: 1 to 64 of `a-z 0-9 . _ -`.
    pub name: String,
    /// The ad's id; it is published and valid.
    pub ad: String,
    /// Whom it is for.
    pub to: Audience,
    /// How many at most.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Not before.
    #[serde(default)]
    pub at: Option<Time>,
    /// The subject, a template; left out: the ad's title.
    #[serde(default)]
    pub subject: Option<String>,
    /// `From`; left out: the login's address.
    #[serde(default)]
    pub from: Option<String>,
    /// How fast.
    #[serde(default)]
    pub pace: Pace,
    /// Only counts: nothing is kept.
    #[serde(default)]
    pub dry_run: bool,
}

/// Answers [`Plan`]: how many get it, and why others do not. A campaign that nobody would get (`planned` is 0) is not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// The campaign.
    pub campaign: Campaign,
    /// Of the audience: did not say yes to promotion.
    pub no_consent: u64,
    /// Their address is suppressed.
    pub suppressed: u64,
    /// Got promotion a short time ago.
    pub too_recent: u64,
    /// Beyond the limit.
    pub over_limit: u64,
}

/// Answers `GET /v1/campaigns/{name}/letter`: what every mail of it is written with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LetterParts {
    /// The campaign.
    pub name: String,
    /// The ad as it was planned.
    pub ad: Ad,
    /// The subject, a template; null: the ad's title.
    pub subject: Option<String>,
    /// `From`: a mailbox.
    pub from: String,
    /// `CH-Login-ID`: who is rung.
    pub login: LoginId,
    /// `CH-Port`.
    pub port: Port,
    /// `CH-Host`.
    pub host: String,
    /// `CH-Server`.
    pub server: String,
    /// The picture, base64.
    pub picture: Option<String>,
    /// Its media type.
    pub picture_type: Option<String>,
}

/// Answers `POST /v1/campaigns/{name}/claims`: a claim, which lives 60 s after its sender's last word. The device's
/// earlier claims on the campaign end with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claimed {
    /// Its number.
    pub claim: u32,
}

/// `POST /v1/campaigns/{name}/take`: deliveries for a claim. Answered by [`Taken`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Take {
    /// For which claim.
    pub claim: u32,
    /// How many at most, up to [`TAKE`]; 0 only says that the sender is there.
    pub count: u32,
}

/// Answers [`Take`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Taken {
    /// Where the campaign is.
    pub state: CampaignState,
    /// What was handed out.
    pub deliveries: Vec<Delivery>,
    /// When there may be more, if there is none now.
    pub next: Option<Time>,
    /// Deliveries of the campaign that are not settled.
    pub left: u64,
    /// When its ad ended: nobody further is mailed, and what was not begun is skipped. Null: it has not.
    #[serde(default)]
    pub over: Option<Time>,
}

/// One member's mail: what is theirs in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delivery {
    /// The job's name, which its receipt gives back: `CAMPAIGN/CLAIM/MEMBER`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The member's number.
    pub member: u32,
    /// Their address.
    pub to: String,
    /// Their name.
    pub name: Option<String>,
    /// Language and region.
    pub locale: Option<String>,
    /// Message-ID without brackets: the same whenever this mail is sent.
    pub message_id: String,
    /// `CH-Ticket`.
    pub chat: Ticket,
    /// When it expires.
    pub expires: Time,
    /// Says no to promotion, as `/u/TICKET`.
    pub unsubscribe: Ticket,
    /// To be made durable before the message's final dot; null in a preview.
    pub mark: Option<Ticket>,
}

/// Answers `POST /v1/campaigns/{name}/outcomes` (NDJSON of `sent` records).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// Receipts that were news.
    pub news: u64,
    /// Receipts of no delivery of this campaign.
    pub foreign: u64,
}

/// `POST /v1/campaigns/{name}/turn`: what became of the mails before, and marks for the next: all in one COMMIT. Answered by
/// [`Turned`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Turn {
    /// Receipts, taken in before anything is marked.
    pub sent: Vec<Sent>,
    /// Deliveries that are about to be attempted, as for `POST /v1/marks`.
    pub marks: Vec<Mark>,
}

/// Answers [`Turn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Turned {
    /// What the receipts were.
    #[serde(flatten)]
    pub settled: Settled,
    /// A `mark` or an `error` record for each mark, in order.
    pub marks: Vec<Record>,
}

/// Answers `POST /v1/campaigns/{name}/end` and `/alive`, which are about all of the device's claims on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ended {
    /// Claims that there were.
    pub claims: u64,
    /// Deliveries that wait again.
    pub back: u64,
    /// Deliveries that had been begun.
    pub unknown: u64,
}

/// `POST /v1/campaigns/{name}/resend`: unknown deliveries go again, though their mail may have arrived. Answered by
/// [`Resent`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Resend {
    /// Whose, by number; left out: everybody's.
    pub members: Option<Vec<u32>>,
}

/// Answers [`Resend`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Resent {
    /// Deliveries that wait again.
    pub count: u64,
}

/// `POST /v1/campaigns/{name}/preview`: a member's mail without a claim. Answered by [`Delivery`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Preview {
    /// Whose, by address: exactly what they get, with their own tickets. Left out: the first of the campaign's.
    pub member: Option<String>,
    /// The first of those with this locale.
    pub locale: Option<String>,
    /// A sample, as if the campaign's owner were a member; its button rings, its `unsubscribe` changes nothing. So is what a
    /// campaign for nobody shows.
    pub sample: bool,
}

/// Answers `GET /v1/campaigns/{name}/locales`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Locales {
    /// The locales of its members, each once, 20 at most.
    pub locales: Vec<String>,
}

/// Answers `POST /v1/ads/{id}/retire`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Retired {
    /// An `ad` record.
    #[serde(flatten)]
    pub ad: Record,
    /// Its campaigns that are paused now.
    pub paused: u64,
}

/// The member's number in a sample's tickets: nobody's.
pub const SAMPLE: u32 = 0;

/// A delivery's name.
#[must_use]
pub fn reference(campaign: &str, claim: u32, member: u32) -> String {
    format!("{campaign}/{claim}/{member}")
}

/// The campaign, claim and member of a delivery's name.
#[must_use]
pub fn parse_reference(text: &str) -> Option<(&str, u32, u32)> {
    let (rest, member) = text.rsplit_once('/')?;
    let (campaign, claim) = rest.rsplit_once('/')?;
    Some((campaign, claim.parse().ok()?, member.parse().ok()?))
}

/// Whether a text names an ad or a campaign: 1 to 64 of `a-z 0-9 . _ -`, a letter or digit first.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c))
}
