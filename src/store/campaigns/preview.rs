//! A member's mail before it goes, without a claim; and in which languages they will come.

use rusqlite::params;

use super::{
    super::{Addressee, Db, Result, Store, logins::NO_LOGIN, members::NO_MEMBER},
    CampaignRow, Handed, NO_CAMPAIGN, SAMPLE,
};

/// Languages that are told at most.
const LOCALES: u32 = 20;

/// Whose mail is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// This member's, by address.
    Member(String),
    /// The first of the campaign's; of those with this locale, if there is one. A campaign for nobody has a sample.
    First(Option<String>),
    /// As if the campaign's owner were member 0. Its button rings; nobody's promotion ends by its link.
    Sample,
}

impl Store {
    /// What a member's mail is written with.
    ///
    /// # Errors
    /// `NotFound("campaign")`; `NotFound("member")`, also when no member has that locale; for a sample `NotFound("login")`
    /// when the owner's is gone.
    pub async fn preview(&self, name: String, whose: Whose) -> Result<Handed> {
        self.read(move |db| {
            let row = db.campaign(&name)?.ok_or(NO_CAMPAIGN)?;
            let addressee = match whose {
                Whose::Member(address) => {
                    let member = db.member_row(&address)?.ok_or(NO_MEMBER)?;
                    db.addressee(member)?.ok_or(NO_MEMBER)?
                }
                Whose::First(Some(locale)) => db.first(&row, Some(&locale))?.ok_or(NO_MEMBER)?,
                Whose::First(None) => match db.first(&row, None)? {
                    Some(first) => first,
                    None => db.sample(&row)?,
                },
                Whose::Sample => db.sample(&row)?,
            };
            let message_id = db.delivery_id(row.mail, addressee.member);
            Ok(Handed { addressee, message_id })
        })
        .await
    }

    /// The locales of a campaign's members, each once, the first 20 of them.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn locales(&self, name: String) -> Result<Vec<String>> {
        self.read(move |db| {
            let find = "SELECT DISTINCT m.locale FROM delivery d CROSS JOIN member m ON m.row = d.member
                        WHERE d.campaign = ?1 AND m.locale IS NOT NULL LIMIT ?2";
            let campaign = db.campaign_number(&name)?;
            db.all(find, params![campaign, LOCALES], |row| Ok(row.get(0)?))
        })
        .await
    }
}

impl Db<'_> {
    /// The first of a campaign's members who is still one.
    fn first(&self, row: &CampaignRow, locale: Option<&str>) -> Result<Option<Addressee>> {
        let find = "SELECT d.member FROM delivery d CROSS JOIN member m ON m.row = d.member
                    WHERE d.campaign = ?1 AND (?2 IS NULL OR m.locale = ?2) ORDER BY d.member LIMIT 1";
        let first = self.one(find, params![super::signed(row.mail), locale], |row| Ok(row.get(0)?))?;
        first.map_or(Ok(None), |member| self.addressee(member))
    }

    fn sample(&self, row: &CampaignRow) -> Result<Addressee> {
        let owner = row.owner.clone().map_or(Ok(None), |owner| self.login(&owner))?.ok_or(NO_LOGIN)?;
        Ok(Addressee {
            member: SAMPLE,
            mail: owner.mail,
            name: Some(owner.login.to_string()),
            locale: None,
            time_zone: None,
        })
    }
}
