//! Fixing an audience: read in pieces, written in pieces, so that lines and presences never wait for a million members.

use rusqlite::{params, params_from_iter, types::Value};
use serde::{Deserialize, Serialize};

use super::{
    super::{Db, NewMail, Result, Store, StoreError, ads::NO_AD, db::signed},
    CampaignRow, CampaignText, NO_CAMPAIGN, State, state_number,
};
use crate::wire::{
    Audience, LoginId, Port, Time,
    promotion::{Ad, CampaignState, PROMOTION},
};

/// Members looked at in one piece.
const PIECE: u32 = 4000;

/// A campaign to be planned.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    /// Its name.
    pub name: String,
    /// Who is rung.
    pub owner: LoginId,
    /// The port its buttons name.
    pub port: Port,
    /// The domain of its mails' Message-IDs.
    pub domain: String,
    /// The ad.
    pub ad: Ad,
    /// Whom it is for.
    pub to: Audience,
    /// How many at most.
    pub limit: Option<u64>,
    /// Not before.
    pub at: Option<Time>,
    /// Its subject, a template.
    pub subject: Option<String>,
    /// `From`.
    pub from: Option<String>,
    /// How fast.
    pub pace: serde_json::Value,
    /// Those who got promotion within so many milliseconds get none.
    pub every: Option<i64>,
}

impl CampaignRow {
    /// Whether it is what this plan would make of the same ad as it is now.
    #[must_use]
    pub fn is_of(&self, new: &NewCampaign) -> bool {
        let text = &self.text;
        self.owner.as_ref() == Some(&new.owner)
            && self.at == new.at
            && (&text.to, &text.subject, &text.from) == (&new.to.to_string(), &new.subject, &new.from)
            && (&text.ad, &text.limit, &text.pace) == (&new.ad, &new.limit, &new.pace)
    }
}

/// Why members of an audience do not get a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// They did not say yes.
    pub no_consent: u64,
    /// Their address is suppressed.
    pub suppressed: u64,
    /// They got promotion a short time ago.
    pub too_recent: u64,
    /// There was a limit.
    pub over_limit: u64,
}

/// What came of a plan.
#[derive(Debug)]
pub enum Fixed {
    /// A campaign.
    Made(Box<CampaignRow>),
    /// Nobody gets it, so there is none.
    Nobody(LeftOut),
}

/// Every member once, in pieces.
struct Walk {
    audience: Audience,
    since: Option<Time>,
    now: Time,
    /// How many more may get it.
    left: u64,
    /// The last number that was looked at; `None`: there are no more.
    after: Option<u32>,
    count: u64,
    left_out: LeftOut,
}

impl Walk {
    fn new(audience: Audience, limit: Option<u64>, every: Option<i64>, now: Time) -> Self {
        Self {
            audience,
            since: every.map(|span| now.plus(-span)),
            now,
            left: limit.unwrap_or(u64::MAX),
            after: Some(0),
            count: 0,
            left_out: LeftOut::default(),
        }
    }

    /// Who of the next piece get it; `None`: there are no more.
    async fn next(&mut self, store: &Store) -> Result<Option<Vec<u32>>> {
        let Some(after) = self.after else { return Ok(None) };
        let (audience, since, now) = (self.audience.clone(), self.since, self.now);
        let mut piece = store.read(move |db| db.piece(&audience, after, since, now)).await?;
        self.left_out.no_consent += piece.left_out.no_consent;
        self.left_out.suppressed += piece.left_out.suppressed;
        self.left_out.too_recent += piece.left_out.too_recent;
        let chosen = usize::try_from(self.left).unwrap_or(usize::MAX).min(piece.chosen.len());
        self.left_out.over_limit += (piece.chosen.len() - chosen) as u64;
        piece.chosen.truncate(chosen);
        self.left -= chosen as u64;
        self.count += chosen as u64;
        self.after = piece.reached;
        Ok(Some(piece.chosen))
    }
}

/// What was seen of a piece of the members.
struct Piece {
    chosen: Vec<u32>,
    left_out: LeftOut,
    /// The last number that was looked at; `None`: there are no more.
    reached: Option<u32>,
}

impl Store {
    /// How many a campaign would go to at this moment, and why others would not get it. Nothing is kept.
    pub async fn count_audience(
        &self,
        audience: Audience,
        limit: Option<u64>,
        every: Option<i64>,
        now: Time,
    ) -> Result<(u64, LeftOut)> {
        let mut walk = Walk::new(audience, limit, every, now);
        while walk.next(self).await?.is_some() {}
        Ok((walk.count, walk.left_out))
    }

    /// Plans a campaign. One that was cut off before is planned anew.
    ///
    /// # Errors
    /// `Taken` when there is one of that name; `NotFound("ad")`, `NotFound("login")`, `NotFound("port")`.
    pub async fn plan(&self, new: NewCampaign, now: Time) -> Result<Fixed> {
        let name = new.name.clone();
        let mut walk = Walk::new(new.to.clone(), new.limit, new.every, now);
        let mail = self.begin_plan(new, now).await?;
        while let Some(chosen) = walk.next(self).await? {
            if !chosen.is_empty() {
                self.write(move |db| db.add_deliveries(mail, &chosen, now)).await?;
            }
        }
        let left_out = walk.left_out;
        if walk.count == 0 {
            self.forget_half_plan(name).await?;
            return Ok(Fixed::Nobody(left_out));
        }
        self.write(move |db| {
            let mut row = db.campaign(&name)?.ok_or(NO_CAMPAIGN)?;
            row.text.left_out = left_out;
            let body = db.seal_campaign(mail, &row.text)?;
            db.run("UPDATE campaign SET body = ?2 WHERE mail = ?1", params![mail, body])?;
            // Its ad may have been retired meanwhile.
            let state = if row.ad.retired { CampaignState::Paused } else { CampaignState::Planned };
            db.set_state(mail, state, now)?;
            Ok(Fixed::Made(Box::new(db.campaign(&name)?.ok_or(NO_CAMPAIGN)?)))
        })
        .await
    }

    /// Campaigns whose plan was cut off, or is being made.
    pub async fn half_plans(&self) -> Result<Vec<String>> {
        self.read(|db| db.all("SELECT name FROM campaign WHERE state = 0", [], |row| Ok(row.get(0)?))).await
    }

    /// Takes away what there is of a plan that was cut off, in pieces; nothing of one that was finished.
    pub async fn forget_half_plan(&self, name: String) -> Result<()> {
        loop {
            let name = name.clone();
            if !self.write(move |db| db.forget_half_plan(&name)).await? {
                return Ok(());
            }
        }
    }

    async fn begin_plan(&self, new: NewCampaign, now: Time) -> Result<i64> {
        // What a crash left of an earlier try.
        self.forget_half_plan(new.name.clone()).await?;
        let title = new.subject.clone().unwrap_or_else(|| new.ad.title.clone());
        // Each of its mails has a Message-ID of its own; what they share is kept in its place.
        let mail = NewMail {
            subject: Some(words(&title)),
            message_id: Some(new.domain.clone()),
            ..NewMail::default()
        };
        self.write(move |db| {
            if db.any("SELECT 1 FROM campaign WHERE name = ?1", [&new.name])? {
                return Err(StoreError::Taken);
            }
            let owner = db.login_number(&new.owner)?;
            let ad = db.ad_row(&new.ad.ad)?.ok_or(NO_AD)?;
            db.renew_port(new.port, owner, now)?;
            let row = db.last_mail()? + 1;
            db.add_mail(row, Some(owner), new.port, &mail, now)?;
            let text = CampaignText {
                to: new.to.to_string(),
                subject: new.subject.clone(),
                from: new.from.clone(),
                limit: new.limit,
                ad: new.ad.clone(),
                pace: new.pace.clone(),
                left_out: LeftOut::default(),
            };
            let add = "INSERT INTO campaign (mail, name, owner, ad, state, at, body, created, changed)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)";
            let state = state_number(CampaignState::Planning);
            let at = new.at.map(|at| at.0);
            let body = db.seal_campaign(row, &text)?;
            db.run(add, params![row, new.name, owner, ad, state, at, body, now.0])?;
            Ok(row)
        })
        .await
    }
}

/// What a ring and a notice say of a mail: its subject's own words, without what is filled in for each member.
fn words(template: &str) -> String {
    let (mut words, mut rest) = (String::new(), template);
    while let Some(at) = rest.find('{') {
        let (before, tag) = rest.split_at(at);
        words.push_str(before);
        let end = match tag.as_bytes().get(1) {
            Some(b'{') => tag.find("}}"),
            Some(b'%') => tag.find("%}"),
            Some(b'#') => tag.find("#}"),
            _ => None,
        };
        rest = match end {
            Some(end) => &tag[end + 2..],
            None => {
                words.push('{');
                &tag[1..]
            }
        };
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Db<'_> {
    fn piece(&self, audience: &Audience, after: u32, since: Option<Time>, now: Time) -> Result<Piece> {
        let end = "SELECT row FROM member WHERE row > ?1 ORDER BY row LIMIT 1 OFFSET ?2";
        let last: Option<u32> = self.one(end, params![after, PIECE - 1], |row| Ok(row.get(0)?))?;
        let condition = self.condition(audience, now)?;
        let recent = match since {
            Some(_) => "EXISTS (SELECT 1 FROM delivery WHERE member = m.row AND state = 3 AND at >= ?)",
            None => "0",
        };
        let sql = format!(
            "SELECT m.row,
                (SELECT given FROM consent WHERE member = m.row AND purpose = ?),
                EXISTS (SELECT 1 FROM suppression WHERE mail_index = m.mail_index),
                {recent}
             FROM member m WHERE m.row > ? AND m.row <= ? AND {} ORDER BY m.row",
            condition.sql
        );
        let mut values = vec![Value::Text(PROMOTION.to_owned())];
        values.extend(since.map(|since| Value::Integer(since.0)));
        values.extend([Value::Integer(after.into()), Value::Integer(last.map_or(i64::MAX, i64::from))]);
        values.extend(condition.values);
        let mut piece = Piece { chosen: Vec::new(), left_out: LeftOut::default(), reached: last };
        self.all(&sql, params_from_iter(values), |row| {
            let (yes, suppressed, recent): (Option<bool>, bool, bool) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            match (yes == Some(true), suppressed, recent) {
                (false, ..) => piece.left_out.no_consent += 1,
                (_, true, _) => piece.left_out.suppressed += 1,
                (_, _, true) => piece.left_out.too_recent += 1,
                _ => piece.chosen.push(row.get(0)?),
            }
            Ok(())
        })?;
        Ok(piece)
    }

    fn add_deliveries(&self, campaign: i64, members: &[u32], now: Time) -> Result<()> {
        let add = "INSERT INTO delivery (campaign, member, state, at) VALUES (?1, ?2, 0, ?3)";
        for member in members {
            self.run(add, params![campaign, member, now.0])?;
        }
        self.count(campaign, State::Planned, signed(members.len() as u64))
    }

    /// Takes away a piece of a plan that was cut off; whether there may be more of it.
    fn forget_half_plan(&self, name: &str) -> Result<bool> {
        let find = "SELECT mail FROM campaign WHERE name = ?1 AND state = 0";
        let Some(mail) = self.one(find, [name], |row| Ok(row.get::<_, i64>(0)?))? else { return Ok(false) };
        let some = "DELETE FROM delivery WHERE campaign = ?1 AND member IN
                    (SELECT member FROM delivery WHERE campaign = ?1 LIMIT ?2)";
        if self.run(some, params![mail, PIECE])? > 0 {
            return Ok(true);
        }
        for rest in [
            "DELETE FROM tally WHERE campaign = ?1",
            "DELETE FROM campaign WHERE mail = ?1",
            "DELETE FROM mail WHERE row = ?1",
        ] {
            self.run(rest, [mail])?;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_told_without_what_is_filled_in() {
        for (template, told) in [
            ("New boots", "New boots"),
            ("{{ name }}, new  boots{% if x %} now{% endif %}{# never #}", ", new boots now"),
            ("a {b} {{ c", "a {b} {{ c"),
            ("{", "{"),
        ] {
            assert_eq!(words(template), told, "{template}");
        }
    }
}
