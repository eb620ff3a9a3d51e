//! `report`: what came of a campaign.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    promotion::{Campaign, CampaignState},
    time::{DAY, HOUR, MINUTE},
};

/// Where the spans of [`Report::course`] end, in milliseconds after a member's mail was accepted; one more is open.
pub const SPANS: [i64; 9] =
    [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY];

/// `report`: what came of a campaign, or of all campaigns of an ad. No pixel is asked: what is counted are pressed
/// buttons and what followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// The campaign; null: all of the ad.
    pub campaign: Option<String>,
    /// The ad's id.
    pub ad: String,
    /// Where the campaign is; null: there are several.
    pub state: Option<CampaignState>,
    /// Waiting to be claimed.
    pub planned: u64,
    /// Handed to a sender.
    pub claimed: u64,
    /// The message may be under way.
    pub attempting: u64,
    /// The mail server took it.
    pub accepted: u64,
    /// Not now.
    pub deferred: u64,
    /// Never.
    pub rejected: u64,
    /// Nobody can say.
    pub unknown: u64,
    /// Not mailed.
    pub skipped: u64,
    /// Members whose button was pressed, by them or by whom they sent the mail on to.
    pub pressed: u64,
    /// Conversations that came of it: one for each who pressed.
    pub conversations: u64,
    /// Of these: a call was answered.
    pub answered: u64,
    /// Rang, and was never answered.
    pub missed: u64,
    /// Refused, and never answered.
    pub declined: u64,
    /// Lines that members said.
    pub lines_theirs: u64,
    /// Lines that the shop said.
    pub lines_ours: u64,
    /// Members who said no to promotion after they got this mail.
    pub unsubscribed: u64,
    /// The same over time: one row for each span in which something happened.
    pub course: Vec<Span>,
}

/// What happened within a span after the member's mail was accepted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// Where the span ends, in seconds after the mail; null: it has no end.
    pub until: Option<u64>,
    /// Members whose button was first pressed.
    pub pressed: u64,
    /// Calls that were answered, by when they began.
    pub answered: u64,
    /// Calls that were missed.
    pub missed: u64,
    /// Lines, of both sides.
    pub lines: u64,
}

impl Report {
    /// Nothing yet.
    #[must_use]
    pub fn new(campaign: &Campaign) -> Self {
        Self {
            campaign: Some(campaign.name.clone()),
            ad: campaign.ad.clone(),
            state: Some(campaign.state),
            planned: campaign.planned,
            claimed: campaign.claimed,
            attempting: campaign.attempting,
            accepted: campaign.accepted,
            deferred: campaign.deferred,
            rejected: campaign.rejected,
            unknown: campaign.unknown,
            skipped: campaign.skipped,
            pressed: 0,
            conversations: 0,
            answered: 0,
            missed: 0,
            declined: 0,
            lines_theirs: 0,
            lines_ours: 0,
            unsubscribed: 0,
            course: Vec::new(),
        }
    }

    /// The span that a moment `after` milliseconds from the mail is in; spans stay in order.
    pub fn span(&mut self, after: i64) -> &mut Span {
        let until = SPANS.into_iter().find(|end| after < *end).map(|end| (end / 1000).unsigned_abs());
        let place = |span: &Span| span.until.unwrap_or(u64::MAX);
        let at = self.course.partition_point(|span| place(span) < until.unwrap_or(u64::MAX));
        if self.course.get(at).is_none_or(|span| span.until != until) {
            self.course.insert(at, Span { until, ..Span::default() });
        }
        &mut self.course[at]
    }

    /// Both together: the ad's.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        (self.campaign, self.state) = (None, None);
        for (mine, theirs) in [
            (&mut self.planned, other.planned),
            (&mut self.claimed, other.claimed),
            (&mut self.attempting, other.attempting),
            (&mut self.accepted, other.accepted),
            (&mut self.deferred, other.deferred),
            (&mut self.rejected, other.rejected),
            (&mut self.unknown, other.unknown),
            (&mut self.skipped, other.skipped),
            (&mut self.pressed, other.pressed),
            (&mut self.conversations, other.conversations),
            (&mut self.answered, other.answered),
            (&mut self.missed, other.missed),
            (&mut self.declined, other.declined),
            (&mut self.lines_theirs, other.lines_theirs),
            (&mut self.lines_ours, other.lines_ours),
            (&mut self.unsubscribed, other.unsubscribed),
        ] {
            *mine += theirs;
        }
        for span in &other.course {
            // One millisecond before its end is in it.
            let after = span.until.map_or(i64::MAX, |until| until.cast_signed() * 1000 - 1);
            let mine = self.span(after);
            mine.pressed += span.pressed;
            mine.answered += span.answered;
            mine.missed += span.missed;
            mine.lines += span.lines;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_order_and_each_is_there_once() {
        let campaign = Campaign {
            name: "spring".to_owned(),
            ad: "boots".to_owned(),
            state: CampaignState::Finished,
            planned: 0,
            claimed: 0,
            attempting: 0,
            accepted: 3,
            deferred: 0,
            rejected: 0,
            unknown: 0,
            skipped: 1,
        };
        let mut report = Report::new(&campaign);
        for after in [31 * DAY, 30_000, 2 * HOUR, 0, MINUTE] {
            report.span(after).lines += 1;
        }
        let spans = |report: &Report| -> Vec<_> {
            report.course.iter().map(|span| (span.until, span.lines)).collect()
        };
        assert_eq!(spans(&report), [(Some(60), 2), (Some(300), 1), (Some(14_400), 1), (None, 1)]);
        let both = report.clone().and(&report);
        assert_eq!(spans(&both), [(Some(60), 4), (Some(300), 2), (Some(14_400), 2), (None, 2)]);
        assert_eq!((both.campaign, both.accepted, both.skipped), (None, 6, 2));
    }
}
