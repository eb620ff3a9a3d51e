//! Campaigns: an ad, an audience fixed once, and the ledger of who was mailed.
//!
//! ```text
//! plan    who gets it, in pieces, so that nobody waits      take     a sender's claim, and what it is handed
//! report  what came of it                                 preview  a member's mail, without a claim
//! course  begun, paused, resumed, cancelled, due, over
//! ledger  what became of each delivery, and the counts      claims   claims that begin and end
//! marks   a message that is about to end                    back_off  waiting for mail servers that say "not now"
//! ```

mod back_off;
mod claims;
mod course;
mod ledger;
mod marks;
mod plan;
mod preview;
mod report;
mod take;
mod unknown;

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{
    Db, Result, Store, StoreError,
    db::{signed, unsigned},
    logins::read_login,
};
pub(super) use crate::wire::campaigns::SAMPLE;
use crate::wire::{
    LoginId, Port, Time, hex,
    promotion::{Ad, Campaign, CampaignState},
};

pub use ledger::{News, State};
pub use marks::Marked;
pub(super) use marks::Marking;
pub use plan::{Fixed, LeftOut, NewCampaign};
pub use preview::Whose;
pub use take::{Gate, Handed, Taken};
pub use unknown::Unsettled;

pub(super) const NO_CAMPAIGN: StoreError = StoreError::NotFound("campaign");

/// What a campaign was planned to be; sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignText {
    /// Whom it is for, in words.
    pub to: String,
    /// Its subject, a template; `None`: the ad's title.
    pub subject: Option<String>,
    /// `From`; `None`: the owner's address.
    pub from: Option<String>,
    /// The ad as it was then.
    pub ad: Ad,
    /// How many at most.
    pub limit: Option<u64>,
    /// How fast, as the promotion's room reads it.
    pub pace: serde_json::Value,
    /// Why others do not get it.
    pub left_out: LeftOut,
}

/// Whether and when an ad may be mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Not before.
    pub from: Option<Time>,
    /// Not from then on.
    pub until: Option<Time>,
    /// Not any more.
    pub retired: bool,
}

/// A campaign as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignRow {
    /// Its mail row.
    pub mail: u64,
    /// Who is rung; `None`: their login was deleted.
    pub owner: Option<LoginId>,
    /// The port that its buttons name.
    pub port: Port,
    /// Not before.
    pub at: Option<Time>,
    /// Whether its ad may be mailed, as the ad is now.
    pub ad: Validity,
    /// What was planned.
    pub text: CampaignText,
    /// The record.
    pub record: Campaign,
}

impl Store {
    /// By name.
    pub async fn campaign(&self, name: String) -> Result<Option<CampaignRow>> {
        self.read(move |db| db.campaign(&name)).await
    }

    /// Every campaign, the latest first.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>> {
        self.read(move |db| {
            let find = "SELECT /* all */ name FROM campaign ORDER BY mail DESC";
            let names: Vec<String> = db.all(find, [], |row| Ok(row.get(0)?))?;
            names
                .iter()
                .filter_map(|name| db.campaign(name).map(|row| row.map(|row| row.record)).transpose())
                .collect()
        })
        .await
    }
}

impl Db<'_> {
    pub(super) fn campaign(&self, name: &str) -> Result<Option<CampaignRow>> {
        let find = "SELECT c.mail, c.name, c.state, c.at, c.body, l.name, m.port,
                        a.valid_from, a.valid_until, a.state = 2
                    FROM campaign c JOIN mail m ON m.row = c.mail JOIN ad a ON a.row = c.ad
                        LEFT JOIN login l ON l.row = c.owner
                    WHERE c.name = ?1";
        self.one(find, [name], |row| self.read_campaign(row))
    }

    fn read_campaign(&self, row: &Row<'_>) -> Result<CampaignRow> {
        let damaged = || StoreError::Damaged("campaign");
        let mail: i64 = row.get(0)?;
        let body: Vec<u8> = row.get(4)?;
        let json = self.keys.unseal("campaign.body", &mail.to_string(), &body)?;
        let text: CampaignText = serde_json::from_str(&json).map_err(|_| damaged())?;
        let mut counts = [0u64; State::COUNT];
        let tally = "SELECT state, count FROM tally WHERE campaign = ?1";
        self.all(tally, [mail], |row| {
            let (state, count): (u8, i64) = (row.get(0)?, row.get(1)?);
            if let Some(place) = counts.get_mut(usize::from(state)) {
                *place = unsigned(count);
            }
            Ok(())
        })?;
        let [planned, claimed, attempting, accepted, deferred, rejected, unknown, skipped] = counts;
        Ok(CampaignRow {
            mail: unsigned(mail),
            owner: row.get::<_, Option<String>>(5)?.map(read_login).transpose()?,
            port: Port::try_from(row.get::<_, u32>(6)?).map_err(|_| damaged())?,
            at: row.get::<_, Option<i64>>(3)?.map(Time),
            ad: Validity {
                from: row.get::<_, Option<i64>>(7)?.map(Time),
                until: row.get::<_, Option<i64>>(8)?.map(Time),
                retired: row.get(9)?,
            },
            record: Campaign {
                name: row.get(1)?,
                ad: text.ad.ad.clone(),
                state: state(row.get(2)?),
                planned,
                claimed,
                attempting,
                accepted,
                deferred,
                rejected,
                unknown,
                skipped,
            },
            text,
        })
    }

    fn seal_campaign(&self, mail: i64, text: &CampaignText) -> Result<Vec<u8>> {
        let json = serde_json::to_string(text)
            .map_err(|why| StoreError::File(format!("a campaign has no JSON form: {why}")))?;
        self.keys.seal("campaign.body", &mail.to_string(), &json)
    }

    fn set_state(&self, mail: i64, state: CampaignState, now: Time) -> Result<()> {
        let set = "UPDATE campaign SET state = ?2, changed = ?3 WHERE mail = ?1";
        self.run(set, params![mail, state_number(state), now.0]).map(drop)
    }

    /// What a campaign's mail to a member is called: the same whenever it is asked for.
    pub(super) fn delivery_id(&self, mail: u64, member: u32) -> String {
        let mac = self.keys.index("delivery.message_id", &format!("{mail}.{member}"));
        named(mail, member, &mac)
    }

    /// The campaign and member of a Message-ID that we made.
    pub(super) fn delivery_named(&self, message_id: &str) -> Option<(u64, u32)> {
        let (local, _) = message_id.split_once('@')?;
        let mut parts = local.strip_prefix('c')?.split('.');
        let (mail, member) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let place = format!("{mail}.{member}");
        let mut macs = self.keys.indexes("delivery.message_id", &place);
        macs.any(|mac| named(mail, member, &mac) == local).then_some((mail, member))
    }
}

fn named(mail: u64, member: u32, mac: &[u8]) -> String {
    format!("c{mail}.{member}.{}", hex(mac.get(..8).unwrap_or(mac)))
}

fn state(number: i64) -> CampaignState {
    match number {
        0 => CampaignState::Planning,
        1 => CampaignState::Planned,
        2 => CampaignState::Running,
        3 => CampaignState::Paused,
        4 => CampaignState::Cancelled,
        _ => CampaignState::Finished,
    }
}

fn state_number(state: CampaignState) -> i64 {
    match state {
        CampaignState::Planning => 0,
        CampaignState::Planned => 1,
        CampaignState::Running => 2,
        CampaignState::Paused => 3,
        CampaignState::Cancelled => 4,
        CampaignState::Finished | CampaignState::Unknown => 5,
    }
}
