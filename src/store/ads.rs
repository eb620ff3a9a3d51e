//! Ads: what is promoted, by whom it was supplied, whether it may be mailed.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::{Db, Result, Store, StoreError, logins::read_login};
use crate::wire::{
    LoginId, Time,
    promotion::{Ad, AdState},
};

pub(super) const NO_AD: StoreError = StoreError::NotFound("ad");

/// The columns that `read_ad` reads.
macro_rules! ad_columns {
    () => {
        "a.row, a.id, a.state, a.body, a.picture IS NOT NULL, a.valid_from, a.valid_until, a.changed, l.name
         FROM ad a LEFT JOIN login l ON l.row = a.owner"
    };
}

/// What an ad says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AdText {
    /// The company's name.
    pub company: Option<String>,
    /// A template.
    pub title: String,
    /// A template.
    pub text: Option<String>,
    /// A template.
    pub html: Option<String>,
    /// As it is written.
    pub price: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Where to read more.
    pub link: Option<String>,
}

/// An ad to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAd {
    /// Its id.
    pub id: String,
    /// Who supplies it.
    pub owner: LoginId,
    /// Whether it may be mailed at once.
    pub published: bool,
    /// Whoever supplies it may change everybody's.
    pub any: bool,
    /// What it says.
    pub text: AdText,
    /// Its picture and that one's media type; `None` keeps the one it has.
    pub picture: Option<(Vec<u8>, String)>,
    /// Not mailed before.
    pub valid_from: Option<Time>,
    /// Not mailed after.
    pub valid_until: Option<Time>,
}

impl Store {
    /// Adds an ad, or says it anew. A change by a company is a draft again.
    ///
    /// # Errors
    /// `Taken` when the id is another supplier's; `NotFound("login")`.
    pub async fn put_ad(&self, ad: NewAd, now: Time) -> Result<Ad> {
        self.write(move |db| db.put_ad(&ad, now)).await
    }

    /// An ad; for anybody but managers only their own.
    pub async fn ad(&self, id: String, of: Option<LoginId>) -> Result<Option<Ad>> {
        self.read(move |db| Ok(db.ad(&id)?.filter(|ad| of.is_none() || ad.owner == of))).await
    }

    /// Every ad, by id; for anybody but managers only their own.
    pub async fn ads(&self, of: Option<LoginId>) -> Result<Vec<Ad>> {
        self.read(move |db| {
            let ads = db.all(concat!("SELECT /* all */ ", ad_columns!(), " ORDER BY a.id"), [], |row| {
                db.read_ad(row)
            })?;
            Ok(ads.into_iter().filter(|ad| of.is_none() || ad.owner == of).collect())
        })
        .await
    }

    /// An ad's picture and its media type.
    pub async fn picture(&self, id: String) -> Result<Option<(Vec<u8>, String)>> {
        self.read(move |db| {
            let find = "SELECT picture, picture_type FROM ad WHERE id = ?1 AND picture IS NOT NULL";
            db.one(find, [&id], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    /// Publishes or retires; and how many campaigns that paused.
    ///
    /// # Errors
    /// `NotFound("ad")`, also for somebody else's.
    pub async fn set_ad_state(
        &self,
        id: String,
        of: Option<LoginId>,
        state: AdState,
        now: Time,
    ) -> Result<(Ad, u64)> {
        self.write(move |db| {
            db.ad(&id)?.filter(|ad| of.is_none() || ad.owner == of).ok_or(NO_AD)?;
            let set = "UPDATE ad SET state = ?2, changed = ?3 WHERE id = ?1";
            db.run(set, params![id, state_number(state), now.0])?;
            let paused = if state == AdState::Retired { db.pause_all(&id, now)? } else { 0 };
            Ok((db.ad(&id)?.ok_or(NO_AD)?, paused))
        })
        .await
    }
}

impl Db<'_> {
    fn put_ad(&self, ad: &NewAd, now: Time) -> Result<Ad> {
        let owner = self.login_number(&ad.owner)?;
        let before = self.ad(&ad.id)?;
        if before.as_ref().is_some_and(|before| !ad.any && before.owner.as_ref() != Some(&ad.owner)) {
            return Err(StoreError::Taken);
        }
        let json = serde_json::to_string(&ad.text)
            .map_err(|why| StoreError::File(format!("an ad has no JSON form: {why}")))?;
        let sealed = self.keys.seal("ad.body", &ad.id, &json)?;
        let state = if ad.published { AdState::Published } else { AdState::Draft };
        let (from, until) = (ad.valid_from.map(|time| time.0), ad.valid_until.map(|time| time.0));
        if before.is_some() {
            let set = "UPDATE ad SET state = ?2, body = ?3, valid_from = ?4, valid_until = ?5, changed = ?6 WHERE id = ?1";
            self.run(set, params![ad.id, state_number(state), sealed, from, until, now.0])?;
        } else {
            let add = "INSERT INTO ad (id, owner, state, body, valid_from, valid_until, created, changed)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
            self.run(add, params![ad.id, owner, state_number(state), sealed, from, until, now.0])?;
        }
        if let Some((bytes, media)) = &ad.picture {
            let set = "UPDATE ad SET picture = ?2, picture_type = ?3 WHERE id = ?1";
            self.run(set, params![ad.id, bytes, media])?;
        }
        self.ad(&ad.id)?.ok_or(NO_AD)
    }

    pub(super) fn ad(&self, id: &str) -> Result<Option<Ad>> {
        self.one(concat!("SELECT ", ad_columns!(), " WHERE a.id = ?1"), [id], |row| self.read_ad(row))
    }

    pub(super) fn ad_row(&self, id: &str) -> Result<Option<i64>> {
        self.one("SELECT row FROM ad WHERE id = ?1", [id], |row| Ok(row.get(0)?))
    }

    fn read_ad(&self, row: &Row<'_>) -> Result<Ad> {
        let damaged = || StoreError::Damaged("ad");
        let id: String = row.get(1)?;
        let body: Vec<u8> = row.get(3)?;
        let json = self.keys.unseal("ad.body", &id, &body)?;
        let text: AdText = serde_json::from_str(&json).map_err(|_| damaged())?;
        Ok(Ad {
            ad: id,
            state: match row.get::<_, i64>(2)? {
                0 => AdState::Draft,
                1 => AdState::Published,
                _ => AdState::Retired,
            },
            owner: row.get::<_, Option<String>>(8)?.map(read_login).transpose()?,
            company: text.company,
            title: text.title,
            text: text.text,
            html: text.html,
            price: text.price,
            currency: text.currency,
            link: text.link,
            picture: row.get(4)?,
            valid_from: row.get::<_, Option<i64>>(5)?.map(Time),
            valid_until: row.get::<_, Option<i64>>(6)?.map(Time),
            changed: Time(row.get(7)?),
        })
    }
}

fn state_number(state: AdState) -> i64 {
    match state {
        AdState::Draft => 0,
        AdState::Published => 1,
        AdState::Retired => 2,
    }
}
