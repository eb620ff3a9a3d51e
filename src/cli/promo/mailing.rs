//! A campaign is mailed by `run`, in one process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::{
    Edge,
    bar::Bar,
    campaign,
    ending::Ending,
    hold::{Hold, Recording},
    letter,
    told::Told,
    way,
    words::counted,
};
use crate::{
    cli::{
        Exit,
        args::promo::campaign::RunArgs,
        exit::{self, OrFail},
        fail,
    },
    client::Api,
    mail::transport::Via,
    promo::{
        render::Letter,
        run::{Campaign, Desk, Recorded, Recorder, Restraint, SOON, Source, Stop},
    },
    send::{
        Batch,
        batch::{Input, Ledger, Writing},
    },
    wire::{Time, campaigns::Take, promotion::CampaignState, record::Sent},
};

/// How long a CH server that is away is asked again.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Mails in a row that no mail server took or refused, until nothing further is handed out.
const FAILURES: u32 = 20;
/// The longest time between two looks of `--wait`.
const LOOK: i64 = 10_000;

/// `run`.
///
/// # Errors
/// As [`campaign::run`].
pub fn run(name: &str, args: &RunArgs, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let hold = match campaign::hold(name, &edge) {
        // Cron comes by while a long run is at it, which mails what is due.
        Err(error) if args.due && exit::of(&error) == Some(Exit::TempFail) => return Ok(Exit::Done),
        hold => hold?,
    };
    // A record beside it takes receipts in, and ends nothing.
    let _recording = Recording::take(&edge.config.home().path("promo"), name)?;
    let out = way::way(&args.way, &edge)?;
    if out.via == Via::Stdout {
        return Err(fail(
            Exit::Config,
            "a campaign does not go to standard output: ch-promo show prints its mail",
        ));
    }
    let parts = api.letter(name)?;
    way::check(&parts, &out.via)?;
    if let Some(profiles) = &args.lint {
        let found = letter::findings(name, profiles, &args.way, &edge)?;
        if let Some(first) = found.first() {
            return Err(fail(Exit::Data, format!("ch-promo lint finds {}: {first}", found.len())));
        }
    }
    tell_left(name, &hold, api)?;
    if args.unknown.is_some() {
        let mails = counted(
            api.resend(name)?,
            "mail of which nobody could say whether it arrived goes",
            "mails of which nobody could say whether they arrived go",
        );
        edge.io.note(&format!("{mails} again"));
    }
    let before = api.campaign(name)?;
    let mut ending = Ending { before, taken: None, failed: None, due: args.due };
    if !matches!(ending.before.state, CampaignState::Running | CampaignState::Planned) {
        return ending.say(&api.campaign(name)?, edge.io);
    }
    let letter = Arc::new(way::letter(parts, edge.config)?);
    let desk: Arc<dyn Desk> = Arc::new(Campaign { api: api.clone(), name: name.to_owned() });
    let claim = api.claim(name)?.claim;
    let bar = Bar::new(edge.io.face());
    bar.show(&ending.before);
    let sender = Sender { out: &out, letter, desk: Arc::clone(&desk), claim, hold: &hold, bar: &bar };
    loop {
        let Round { stopped, failed } = sender.round(usize::from(args.way.connections))?;
        ending.failed = failed.or(ending.failed);
        let taken = match (desk.take(&Take { claim, count: 0 }), &stopped) {
            (Ok(taken), _) => taken,
            (Err(error), None) => return Err(error.into()),
            (Err(_), Some(why)) => return Err(gave_up(name, why, api)),
        };
        let goes_on = matches!(taken.state, CampaignState::Running | CampaignState::Planned);
        if let Some(why) = stopped
            && goes_on
        {
            return Err(gave_up(name, &why, api));
        }
        let next = taken.next.filter(|_| goes_on);
        ending.taken = Some(taken);
        let Some(next) = next else { break };
        let wait = next.since(Time::now()).max(0);
        if wait > SOON && !args.wait {
            break;
        }
        thread::sleep(Duration::from_millis(u64::try_from(wait.clamp(50, LOOK)).unwrap_or(50)));
        if let Ok(campaign) = api.campaign(name) {
            bar.show(&campaign);
        }
    }
    let _ = api.end(name);
    drop(bar);
    ending.say(&api.campaign(name)?, edge.io)
}

/// What was handed out and did not go waits again at once.
fn gave_up(name: &str, why: &str, api: &Api) -> anyhow::Error {
    let _ = api.end(name);
    fail(Exit::TempFail, format!("{name}: stopped: {why}"))
}

/// Tells the ledger what an earlier sender could not.
///
/// # Errors
/// What the CH server says; 74.
pub(super) fn tell_left(name: &str, hold: &Hold, api: &Api) -> anyhow::Result<()> {
    let left = hold.left()?;
    if left.is_empty() {
        return Ok(());
    }
    api.settle(name, &left)?;
    hold.told()
}

/// Receipts that are kept for a later `who`.
pub(super) fn kept(left: &[Sent], who: &str, why: &str) -> String {
    let (receipts, them) = match left.len() {
        1 => ("1 receipt is".to_owned(), "it"),
        count => (format!("{count} receipts are"), "them"),
    };
    format!("{receipts} kept for the next {who}, which tells {them} first: {why}")
}

/// One claim's sender.
struct Sender<'a> {
    out: &'a way::Way,
    letter: Arc<Letter>,
    desk: Arc<dyn Desk>,
    claim: u32,
    hold: &'a Hold,
    bar: &'a Bar,
}

/// How a round ended.
struct Round {
    /// Why it broke off.
    stopped: Option<String>,
    /// The words of the last mail that was put off.
    failed: Option<String>,
}

impl Sender<'_> {
    /// Everything that may go now or soon; all receipts are recorded when it ends.
    fn round(&self, connections: usize) -> anyhow::Result<Round> {
        let stop = Stop::default();
        let broke: Arc<Mutex<Option<String>>> = Arc::default();
        let tell = Arc::clone(&broke);
        let (desk, letter) = (Arc::clone(&self.desk), Arc::clone(&self.letter));
        let source = Source::new(desk, letter, self.claim, stop.clone(), move |how| {
            *tell.lock().unwrap_or_else(PoisonError::into_inner) = how.err();
        });
        let recorder =
            Recorder::start(Arc::clone(&self.desk), PATIENCE, stop.clone()).or_fail(Exit::Io, "start")?;
        let batch = Batch {
            via: self.out.via.clone(),
            access: self.out.access.clone(),
            connections,
            writing: Writing {
                signer: self.out.signer.clone(),
                smtp: matches!(self.out.via, Via::Smtp(_)),
                stays_here: self.out.via.stays_here(),
                ..Writing::default()
            },
        };
        let limit = FAILURES.max(u32::try_from(2 * connections).unwrap_or(u32::MAX));
        let restraint = Restraint::new(source.handed_out());
        let mut told = Told::new(&recorder, self.bar, stop, restraint, limit);
        let ledger = Some(Box::new(recorder.marker()) as Box<dyn Ledger>);
        batch.run(Input::Jobs(Box::new(source)), ledger, &mut told).or_fail(Exit::Io, "send")?;
        let heard = told.heard();
        let Recorded { left, error, .. } = recorder.finish();
        if !left.is_empty() {
            self.hold.keep(&left)?;
            let why = error.map(|error| error.to_string()).unwrap_or_default();
            return Err(fail(Exit::TempFail, kept(&left, "run", &why)));
        }
        let broke = broke.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Round { stopped: heard.stopped.or(broke), failed: heard.failed })
    }
}
