//! How a campaign stands when a sender ends: as an exit status, and in a line when something is left.

use super::words::{counted, state};
use crate::{
    cli::{Exit, Io, fail, words::time},
    wire::{
        Record, Time,
        campaigns::Taken,
        promotion::{Campaign, CampaignState},
    },
};

/// What whoever wants the rest mailed puts into cron.
const CRON: &str = "cron: ch-promo run --due";

/// What a run knows when it ends.
#[derive(Debug)]
pub struct Ending {
    /// The campaign when it began.
    pub before: Campaign,
    /// The ledger's last word; `None`: nothing was to be mailed.
    pub taken: Option<Taken>,
    /// The words of the last mail that was put off.
    pub failed: Option<String>,
    /// From cron: nothing is said of what waits for its time.
    pub due: bool,
}

impl Ending {
    /// Says it.
    ///
    /// # Errors
    /// Standard output's.
    pub fn say(self, now: &Campaign, io: &mut Io) -> anyhow::Result<Exit> {
        let name = &now.name;
        if io.face().json || io.face().verbose {
            io.out.show(&Record::Campaign(Box::new(now.clone())), super::words::of)?;
        }
        let over = self.taken.as_ref().and_then(|taken| taken.over);
        let skipped = now.skipped.saturating_sub(self.before.skipped);
        if let Some(over) = over
            && skipped > 0
        {
            io.note(&is_over(name, over, skipped));
        }
        match now.state {
            CampaignState::Finished => Ok(finished(now, io)),
            CampaignState::Planned | CampaignState::Running => {
                if self.due && self.failed.is_none() {
                    return Ok(Exit::Done);
                }
                let begins = self.taken.as_ref().filter(|_| now.state == CampaignState::Planned);
                let says = match (begins.and_then(|taken| taken.next), self.failed) {
                    (Some(begins), _) => waits(now, begins),
                    (None, Some(why)) => format!("{name}: {} for later: {why}; {CRON}", left(now)),
                    (None, None) => format!("{name}: {} for later ({CRON})", left(now)),
                };
                Ok(io.report(&fail(Exit::TempFail, says)))
            }
            _ => Ok(stopped(now, self.before.state == now.state, io)),
        }
    }
}

/// Why a claim got nothing.
pub fn nothing(taken: &Taken, now: &Campaign, io: &mut Io) -> Exit {
    let name = &now.name;
    let says = match (taken.state, taken.next) {
        (CampaignState::Finished, _) => {
            io.note(&match taken.over {
                Some(over) if now.skipped > 0 => is_over(name, over, now.skipped),
                _ => format!("{name}: nothing is left"),
            });
            return Exit::Done;
        }
        (CampaignState::Planned, Some(begins)) => waits(now, begins),
        (CampaignState::Running, Some(next)) if next > Time::now() => {
            format!("{name}: {}, held back until {}", left(now), time(next))
        }
        (CampaignState::Running | CampaignState::Planned, _) => {
            format!("{name}: {}, and other senders have what may go now", left(now))
        }
        _ => return stopped(now, true, io),
    };
    io.report(&fail(Exit::TempFail, says))
}

fn is_over(name: &str, over: Time, count: u64) -> String {
    format!("{name}: the ad was over at {}: {} not mailed", time(over), counted(count, "was", "were"))
}

fn waits(now: &Campaign, begins: Time) -> String {
    format!("{} begins at {}: {} ({CRON})", now.name, time(begins), left(now))
}

/// Paused or cancelled; `was`: before anything was tried.
fn stopped(now: &Campaign, was: bool, io: &mut Io) -> Exit {
    let (name, is) = (&now.name, if was { "is" } else { "was" });
    let says = match now.state {
        CampaignState::Paused => {
            fail(Exit::TempFail, format!("{name} {is} paused: {} (ch-promo resume {name})", left(now)))
        }
        CampaignState::Cancelled => {
            let not = counted(open(now), "was", "were");
            fail(Exit::Refused, format!("{name} {is} cancelled: {not} not mailed"))
        }
        other => fail(Exit::TempFail, format!("{name} is {}: {}", state(other), left(now))),
    };
    io.report(&says)
}

fn finished(now: &Campaign, io: &mut Io) -> Exit {
    let (name, mut exit) = (&now.name, Exit::Done);
    if now.unknown > 0 {
        let (arrived, them) = if now.unknown == 1 { ("it", "it") } else { ("they", "them") };
        let how = format!(
            "ch-promo status {name} --unknown lists {them}, ch-promo run {name} --unknown resend mails {them} again"
        );
        let says = format!("{name}: of {} nobody can say whether {arrived} arrived: {how}", now.unknown);
        exit = exit.and(io.report(&fail(Exit::TempFail, says)));
    }
    if now.rejected > 0 {
        let says = format!("{name}: {} refused for good", counted(now.rejected, "was", "were"));
        exit = exit.and(io.report(&fail(Exit::Refused, says)));
    }
    exit
}

fn open(now: &Campaign) -> u64 {
    now.planned + now.claimed + now.attempting + now.deferred
}

fn left(now: &Campaign) -> String {
    counted(open(now), "is left", "are left")
}
