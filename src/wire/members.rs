//! What managers and the CH server say to each other about members and ads.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Audience, Time,
    promotion::{Ad, Member},
};

/// Members in one answer of a list.
pub const PAGE: u32 = 500;
/// Bytes of a name, a tag, a purpose.
pub const NAME: usize = 200;
/// Tags or purposes in one question.
pub const TAGS: usize = 100;
/// Bytes of a proof's text.
pub const PROOF: usize = 4000;

/// One line of `POST /v1/members` (NDJSON): adds a member, or changes what is given. Answered in order by [`MemberDone`]
/// or an `error` record each, after COMMIT.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MemberPut {
    /// The address.
    pub mail: String,
    /// The name; empty takes it away.
    pub name: Option<String>,
    /// Further tags.
    pub tags: Vec<String>,
    /// Tags to take away.
    pub untag: Vec<String>,
    /// Language and region; empty takes it away.
    pub locale: Option<String>,
    /// Time zone; empty takes it away.
    pub time_zone: Option<String>,
    /// Purposes that they said yes to.
    pub consent: Vec<String>,
    /// Purposes that they said no to.
    pub withdraw: Vec<String>,
    /// How they said so; needed for consent.
    pub proof: Option<String>,
    /// An earlier no, or an erasure, does not stand in the way.
    pub anew: bool,
    /// Only somebody who is a member already: nobody is added.
    pub known: bool,
}

/// What a line of `POST /v1/members` did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Did {
    /// A member more.
    Added,
    /// Something else than before.
    Changed,
    /// All as it was.
    Same,
    /// They said no later than the list: that stands.
    KeptNo,
    /// They were erased: not brought back.
    Erased,
    /// There is no such member, and [`MemberPut::known`] wanted none to be added.
    NoMember,
    /// One this reader does not know yet.
    #[serde(other)]
    #[schemars(skip)]
    Other,
}

/// Answers a line of [`MemberPut`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberDone {
    /// What it did.
    pub did: Did,
    /// Erased when.
    pub at: Option<Time>,
}

/// `GET /v1/members`: some of them, in order of their number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct MemberList {
    /// After this number.
    pub after: u32,
    /// Only these.
    pub to: Option<Audience>,
}

/// `POST /v1/members/tags`: whether anybody has these. Answered by [`TagsFound`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagsAsked {
    /// The tags, at most [`TAGS`].
    pub tags: Vec<String>,
}

/// Answers [`TagsAsked`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagsFound {
    /// Those of the question that no member has.
    pub nobody_has: Vec<String>,
}

/// `POST /v1/members/{show,export,erase}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Whose {
    /// The member's address.
    pub mail: String,
}

/// `POST /v1/members/consent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// The member's address.
    pub mail: String,
    /// To what.
    pub purpose: String,
    /// Yes or no.
    pub given: bool,
    /// How they said so.
    pub proof: String,
}

/// `POST /v1/members/suppress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppress {
    /// The address, a member's or not.
    pub mail: String,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Take it back.
    #[serde(default)]
    pub remove: bool,
}

/// One line of `POST /v1/members/events` (NDJSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberEvent {
    /// The member's address.
    pub mail: String,
    /// `asked` or `ordered`.
    pub kind: String,
    /// When.
    pub at: Time,
    /// About what: a product, an order's number.
    #[serde(default)]
    pub about: Option<String>,
}

/// Answers `GET /v1/members/ledger?after=N`: a piece of the ledger of consent was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerChecked {
    /// The row up to which it came; that of the question: there are no more.
    pub after: i64,
    /// The first row that is not as it was written.
    pub broken: Option<i64>,
}

/// A row of the ledger of consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerEntry {
    /// `given`, `withdrawn`, `told`, `suppressed`, `unsuppressed`, `erased`.
    pub kind: String,
    /// About which purpose.
    pub purpose: Option<String>,
    /// When.
    pub at: Time,
    /// In which way.
    pub how: Option<String>,
    /// Which words.
    pub text: Option<String>,
    /// From where.
    pub from: Option<String>,
    /// Entered by.
    pub by: Option<String>,
}

/// A mail of a campaign, as a member's export tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailedTo {
    /// The campaign.
    pub campaign: String,
    /// What became of it.
    pub state: String,
    /// When.
    pub at: Time,
    /// What the mail server said last.
    pub reply: Option<String>,
}

/// What was said in the conversation behind a mail's button, as a member's export tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Chatted {
    /// The mail's campaign.
    pub campaign: String,
    /// In order.
    pub lines: Vec<ChattedLine>,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChattedLine {
    /// Said by the member; else by the shop.
    pub theirs: bool,
    /// When.
    pub at: Time,
    /// What; `None`: it was encrypted from end to end.
    pub text: Option<String>,
}

/// That an address gets no promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppressed {
    /// Why.
    pub reason: Option<String>,
    /// Since when.
    pub at: Time,
}

/// Answers `POST /v1/members/export`: everything that is held about a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Export {
    /// Their data.
    pub member: Member,
    /// That their address gets no promotion.
    pub suppressed: Option<Suppressed>,
    /// What they agreed to, and how.
    pub consent: Vec<LedgerEntry>,
    /// What they did.
    pub events: Vec<MemberEvent>,
    /// What they were mailed.
    pub mails: Vec<MailedTo>,
    /// What was said in the conversations behind those mails' buttons.
    pub chats: Vec<Chatted>,
}

/// `POST /v1/members/due`: whom the law wants told something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Due {
    /// Not told yet what came of their yes or no, whose time of so many milliseconds runs.
    pub notify: Option<i64>,
    /// Said yes, or were last reminded of it, longer ago than so many milliseconds.
    pub reconfirm: Option<i64>,
    /// After this member.
    pub after: u32,
    /// And after this purpose of theirs.
    pub after_purpose: String,
}

/// `due`: somebody whom the law wants told what they said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DueMember {
    /// Their number.
    pub member: u32,
    /// Their address.
    pub mail: String,
    /// Their name.
    pub name: Option<String>,
    /// Language and region.
    pub locale: Option<String>,
    /// Time zone.
    pub time_zone: Option<String>,
    /// To what they said yes or no.
    pub purpose: String,
    /// Yes or no.
    pub given: bool,
    /// When.
    pub at: Time,
    /// Until when they are to be told.
    pub until: Time,
    /// The page of an `unsubscribe` ticket of theirs, for a mail about promotion; null: about something else, to which that
    /// ticket says nothing.
    pub unsubscribe_link: Option<String>,
}

/// `POST /v1/members/told`: they were told. What they said since is still to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// Who, about what, at most [`PAGE`].
    pub told: Vec<Said>,
}

/// A yes or no that somebody was told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Said {
    /// Their number.
    pub member: u32,
    /// To what.
    pub purpose: String,
    /// When they said it: as [`DueMember::at`].
    pub at: Time,
}

/// Answers what has nothing else to say: how many it was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Count {
    /// How many.
    pub count: u64,
}

/// `POST /v1/ads`: adds an ad, or says it anew. Answered by its `ad` record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdPut {
    /// What it says; `state`, `owner`, `picture` and `changed` are the server's.
    pub ad: Ad,
    /// A manager's own is published at once unless this is set.
    #[serde(default)]
    pub draft: bool,
    /// The picture, base64.
    #[serde(default)]
    pub picture: Option<String>,
    /// Its media type: `image/png`, `image/jpeg`, `image/gif`.
    #[serde(default)]
    pub picture_type: Option<String>,
}
