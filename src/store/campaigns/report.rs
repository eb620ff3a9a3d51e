//! What came of a campaign: from its conversations, their calls and lines.

use std::collections::HashSet;

use rusqlite::params;

use super::{
    super::{Db, Result, Store, db::signed},
    NO_CAMPAIGN, State,
};
use crate::wire::{Time, promotion::PROMOTION, report::Report};

/// Conversations that are looked at in one piece, so that no reader is kept for long.
const PIECE: u32 = 500;

/// One conversation, as the report counts it.
struct Talk {
    row: i64,
    recipient: u32,
    /// When their mail was accepted.
    mailed: i64,
    /// When it began.
    began: i64,
    /// Calls: state and start.
    calls: Vec<(u8, i64)>,
    /// Lines: whether the shop said it, and when.
    lines: Vec<(bool, i64)>,
}

impl Store {
    /// What came of a campaign up to now.
    ///
    /// # Errors
    /// `NotFound("campaign")`.
    pub async fn report(&self, name: String) -> Result<Report> {
        let (mut report, unsubscribed) = self
            .read(move |db| {
                let row = db.campaign(&name)?.ok_or(NO_CAMPAIGN)?;
                Ok((Report::new(&row.record), db.unsubscribed(&[signed(row.mail)])?))
            })
            .await?;
        report.unsubscribed = unsubscribed;
        self.conversed(report.campaign.clone().unwrap_or_default(), &mut report, &mut HashSet::new()).await?;
        Ok(report)
    }

    /// What came of all campaigns of an ad. Who pressed or said no counts once, whatever they got.
    ///
    /// # Errors
    /// `NotFound("campaign")` when there is none.
    pub async fn ad_report(&self, ad: String) -> Result<Report> {
        let (reports, unsubscribed) = self
            .read(move |db| {
                let find = "SELECT /* all */ c.name, c.mail FROM campaign c JOIN ad a ON a.row = c.ad
                            WHERE a.id = ?1 AND c.state > 0 ORDER BY c.mail";
                let all: Vec<(String, i64)> = db.all(find, [&ad], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let mut reports = Vec::new();
                for (name, _) in &all {
                    reports.push(Report::new(&db.campaign(name)?.ok_or(NO_CAMPAIGN)?.record));
                }
                let mails: Vec<i64> = all.into_iter().map(|(_, mail)| mail).collect();
                Ok((reports, db.unsubscribed(&mails)?))
            })
            .await?;
        let (mut whole, mut pressed): (Option<Report>, _) = (None, HashSet::new());
        for mut report in reports {
            let name = report.campaign.take().unwrap_or_default();
            self.conversed(name, &mut report, &mut pressed).await?;
            whole = Some(match whole {
                Some(whole) => whole.and(&report),
                None => report,
            });
        }
        let mut whole = whole.ok_or(NO_CAMPAIGN)?;
        (whole.campaign, whole.state, whole.unsubscribed) = (None, None, unsubscribed);
        Ok(whole)
    }

    /// Adds a campaign's conversations to its report; `pressed`: who has been counted.
    async fn conversed(&self, name: String, report: &mut Report, pressed: &mut HashSet<u32>) -> Result<()> {
        let mail = self.read(move |db| db.campaign_number(&name)).await?;
        let mut after = 0;
        loop {
            let talks = self.read(move |db| db.talks(mail, after)).await?;
            let Some(last) = talks.last() else { return Ok(()) };
            after = last.row;
            for talk in talks {
                let is_new = pressed.insert(talk.recipient);
                count(report, &talk, is_new);
            }
        }
    }
}

fn count(report: &mut Report, talk: &Talk, is_new: bool) {
    // `CallState`: 1 answered, 2 ended after that, 3 missed, 4 declined.
    let has = |wanted: &[u8]| talk.calls.iter().any(|(state, _)| wanted.contains(state));
    report.conversations += 1;
    if has(&[1, 2]) {
        report.answered += 1;
    } else if has(&[4]) {
        report.declined += 1;
    } else if has(&[3]) {
        report.missed += 1;
    }
    if is_new {
        report.pressed += 1;
        report.span(talk.began - talk.mailed).pressed += 1;
    }
    for (state, at) in &talk.calls {
        let span = report.span(at - talk.mailed);
        match state {
            1 | 2 => span.answered += 1,
            3 => span.missed += 1,
            _ => {}
        }
    }
    for (ours, at) in &talk.lines {
        *(if *ours { &mut report.lines_ours } else { &mut report.lines_theirs }) += 1;
        report.span(at - talk.mailed).lines += 1;
    }
    report.course.retain(|span| span.pressed + span.answered + span.missed + span.lines > 0);
}

impl Db<'_> {
    fn talks(&self, mail: i64, after: i64) -> Result<Vec<Talk>> {
        let find = "SELECT c.row, c.recipient, d.at, c.touched FROM conversation c
                    JOIN delivery d ON d.campaign = c.mail AND d.member = c.recipient
                    WHERE c.mail = ?1 AND c.row > ?2 ORDER BY c.row LIMIT ?3";
        let calls = "SELECT state, started FROM call WHERE conversation = ?1 ORDER BY started";
        let lines = "SELECT side = 0, at FROM line WHERE conversation = ?1";
        self.all(find, params![mail, after, PIECE], |row| {
            let (number, touched): (i64, i64) = (row.get(0)?, row.get(3)?);
            let calls: Vec<(u8, i64)> = self.all(calls, [number], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let lines: Vec<(bool, i64)> = self.all(lines, [number], |row| Ok((row.get(0)?, row.get(1)?)))?;
            // A press that is neither a call nor a line leaves only when it was.
            let first = calls.first().map(|(_, at)| *at).into_iter().chain(lines.iter().map(|(_, at)| *at));
            let began = first.min().unwrap_or(touched);
            Ok(Talk { row: number, recipient: row.get(1)?, mailed: row.get(2)?, began, calls, lines })
        })
    }

    /// Members who said no after they got one of these mails.
    fn unsubscribed(&self, mails: &[i64]) -> Result<u64> {
        let mut members = HashSet::new();
        for mail in mails {
            let since: Time = self
                .one("SELECT created FROM campaign WHERE mail = ?1", [mail], |row| Ok(Time(row.get(0)?)))?
                .ok_or(NO_CAMPAIGN)?;
            // From those who said no: there are fewer of them than mails.
            let find = "SELECT c.member FROM consent c CROSS JOIN delivery d
                        WHERE c.purpose = ?2 AND c.given = 0 AND c.at >= ?3
                        AND d.campaign = ?1 AND d.member = c.member AND d.state = ?4 AND c.at >= d.at";
            let values = params![mail, PROMOTION, since.0, State::Accepted as i64];
            let some: Vec<u32> = self.all(find, values, |row| Ok(row.get(0)?))?;
            members.extend(some);
        }
        Ok(members.len() as u64)
    }
}
