//! A campaign is mailed: `run` in one process, `claim` and `record` as stages around `ch-send --batch`.

use std::{
    io::{self, BufRead, BufReader},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use super::{Edge, bar::Bar, campaign, hold::Recording, letter, way};
use crate::{
    cli::{Exit, Io, args::promo::campaign::RunArgs, exit::OrFail, fail},
    client::Api,
    mail::transport::{Outcome, Via},
    promo::run::{Campaign, Desk, Recorded, Recorder, Source, Stop},
    send::{
        Batch,
        batch::{Input, Ledger, Made, Receipts, Slip, Writing},
    },
    wire::{
        self, Record, Time,
        campaigns::Take,
        promotion::CampaignState,
        record::{Sent, Status},
    },
};

/// How long a CH server that is away is asked again.
const PATIENCE: Duration = Duration::from_secs(30);
/// Mails in a row that no mail server took or refused, until nothing further is handed out.
const FAILURES: u32 = 20;
/// Deliveries that are due so soon are waited for.
const SOON: i64 = 3_000;
/// The longest time between two looks of `--wait`.
const LOOK: i64 = 10_000;

/// Why a source ended, if it broke off.
type Broke = Arc<Mutex<Option<String>>>;

/// `run`.
///
/// # Errors
/// As [`campaign::run`].
pub fn run(name: &str, args: &RunArgs, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let hold = campaign::hold(name, &edge)?;
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
    let left = hold.left()?;
    if !left.is_empty() {
        api.settle(name, &left)?;
        hold.told()?;
    }
    if args.unknown.is_some() {
        let count = api.resend(name)?;
        edge.io.note(&format!("{count} mails of which nobody could say whether they arrived go again"));
    }
    let before = api.campaign(name)?;
    if !matches!(before.state, CampaignState::Running | CampaignState::Planned) {
        return finished(name, api, edge.io);
    }
    let letter = Arc::new(way::letter(parts, edge.config)?);
    let desk: Arc<dyn Desk> = Arc::new(Campaign { api: api.clone(), name: name.to_owned() });
    let claim = api.claim(name)?.claim;
    let bar = Bar::new(edge.io.face());
    bar.show(&before);
    loop {
        let stop = Stop::default();
        let broke = Broke::default();
        let why = Arc::clone(&broke);
        let source = Source::new(Arc::clone(&desk), Arc::clone(&letter), claim, stop.clone(), move |error| {
            *why.lock().unwrap_or_else(PoisonError::into_inner) = error;
        });
        let recorder =
            Recorder::start(Arc::clone(&desk), PATIENCE, stop.clone()).or_fail(Exit::Io, "start")?;
        let batch = Batch {
            via: out.via.clone(),
            access: out.access.clone(),
            connections: usize::from(args.way.connections),
            writing: Writing {
                signer: out.signer.clone(),
                smtp: matches!(out.via, Via::Smtp(_)),
                stays_here: out.via.stays_here(),
                ..Writing::default()
            },
        };
        let limit = FAILURES.max(2 * u32::from(args.way.connections));
        let mut told =
            Told { recorder: &recorder, bar: &bar, stop, failures: 0, limit, last: None, bad: None };
        let ledger = recorder.marker().map(|marker| Box::new(marker) as Box<dyn Ledger>);
        batch.run(Input::Jobs(Box::new(source)), ledger, &mut told).or_fail(Exit::Io, "send")?;
        let (failures, last, bad) = (told.failures, told.last.take(), told.bad.take());
        let Recorded { left, error, .. } = recorder.finish();
        if !left.is_empty() {
            hold.keep(&left)?;
            let why = error.map(|error| error.to_string()).unwrap_or_default();
            let says =
                format!("{} receipts are kept for the next run, which tells them first: {why}", left.len());
            return Err(fail(Exit::TempFail, says));
        }
        let broke = broke.lock().unwrap_or_else(PoisonError::into_inner).take();
        let gave_up = failures >= limit;
        if gave_up || broke.is_some() || bad.is_some() {
            // What was handed out and did not go waits again at once.
            let _ = api.end(name);
            let why = bad.or(broke).or(last).unwrap_or_default();
            return Err(fail(Exit::TempFail, format!("{name}: stopped: {why}")));
        }
        let now = Time::now();
        let next = match desk.take(&Take { claim, count: 0 }) {
            Ok(taken) if taken.state == CampaignState::Running => taken.next,
            Ok(_) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(next) = next else { break };
        let wait = next.since(now).max(0);
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
    finished(name, api, edge.io)
}

/// What came of it, as an exit status, and in a line when something is left.
fn finished(name: &str, api: &Api, io: &mut Io) -> anyhow::Result<Exit> {
    let campaign = api.campaign(name)?;
    if io.face().json || io.face().verbose {
        io.out.show(&Record::Campaign(Box::new(campaign.clone())), super::words::of)?;
    }
    let left = campaign.planned + campaign.claimed + campaign.attempting + campaign.deferred;
    match campaign.state {
        CampaignState::Finished => {}
        CampaignState::Running | CampaignState::Planned => {
            let says = format!("{name}: {left} are left for later (cron: ch-promo run --due)");
            return Ok(io.report(&fail(Exit::TempFail, says)));
        }
        state => {
            let says = format!("{name} is {}: {left} were not mailed", super::words::state(state));
            return Ok(io.report(&fail(Exit::TempFail, says)));
        }
    }
    let mut exit = Exit::Done;
    if campaign.unknown > 0 {
        let how = format!(
            "ch-promo status {name} --unknown lists them, ch-promo run {name} --unknown resend mails them again"
        );
        let says = format!("{name}: of {} nobody can say whether they arrived: {how}", campaign.unknown);
        exit = exit.and(io.report(&fail(Exit::TempFail, says)));
    }
    if campaign.rejected > 0 {
        let says = format!("{name}: {} were refused for good", campaign.rejected);
        exit = exit.and(io.report(&fail(Exit::Refused, says)));
    }
    Ok(exit)
}

/// Hands receipts on, and sees a mail server that is dead.
struct Told<'a> {
    recorder: &'a Recorder,
    bar: &'a Bar,
    stop: Stop,
    failures: u32,
    limit: u32,
    last: Option<String>,
    bad: Option<String>,
}

impl Told<'_> {
    fn receipt(&mut self, sent: Sent) {
        if sent.code.is_some() || sent.status == Status::Accepted {
            self.failures = 0;
        } else if self.failures < self.limit {
            self.failures += 1;
            self.last.clone_from(&sent.reply);
            if self.failures >= self.limit {
                self.stop.tell();
            }
        }
        if matches!(sent.status, Status::Accepted | Status::Rejected) {
            self.bar.one();
        }
        self.recorder.put(sent);
    }
}

impl Receipts for Told<'_> {
    fn outcomes(&mut self, slip: Slip, outcomes: Vec<Outcome>) {
        let at = Time::now();
        for outcome in outcomes {
            self.receipt(slip.receipt(outcome, at));
        }
    }

    fn made(&mut self, made: Made) {
        match made {
            Made::Settled(sent) => self.receipt(sent),
            // What is wrong with one mail of a campaign is wrong with all.
            Made::Refused(all) => {
                self.bad = all.into_iter().next().and_then(|sent| sent.reply);
                self.stop.tell();
            }
            Made::Bad(_, why) | Made::Note(why) => {
                self.bad = Some(why);
                self.stop.tell();
            }
            Made::Failed(error) => {
                self.bad = Some(error.to_string());
                self.stop.tell();
            }
            Made::Letter(_) => {}
        }
    }

    fn pause(&mut self) {}

    fn is_over(&self) -> bool {
        self.stop.is_told()
    }
}

/// `claim`: jobs on standard output, until nothing is due.
///
/// # Errors
/// As [`campaign::run`].
pub fn claim(name: &str, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let hold = campaign::hold(name, &edge)?;
    let left = hold.left()?;
    if !left.is_empty() {
        api.settle(name, &left)?;
        hold.told()?;
    }
    let letter = Arc::new(way::letter(api.letter(name)?, edge.config)?);
    let desk: Arc<dyn Desk> = Arc::new(Campaign { api: api.clone(), name: name.to_owned() });
    let claim = api.claim(name)?.claim;
    let broke = Broke::default();
    let why = Arc::clone(&broke);
    let stop = Stop::default();
    // While the pipe is full nothing is asked for, so somebody else says that we are there.
    let recorder = Recorder::start(Arc::clone(&desk), PATIENCE, stop.clone()).or_fail(Exit::Io, "start")?;
    let source = Source::new(desk, letter, claim, stop, move |error| {
        *why.lock().unwrap_or_else(PoisonError::into_inner) = error;
    });
    for jobs in source {
        for job in jobs {
            edge.io.out.bytes(wire::to_line(&Record::Job(Box::new(job)))?.as_bytes())?;
        }
        edge.io.out.flush()?;
    }
    drop(recorder);
    match broke.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(why) => Err(fail(Exit::TempFail, format!("{name}: stopped: {why}"))),
        None => Ok(Exit::Done),
    }
}

/// `record`: receipts on standard input, until they end; then this device's claims do, unless a `run` or another
/// `record` is at work and has them.
///
/// # Errors
/// 65 for a line that is no record; 75 when the CH server is away, with the receipts kept for the next sender.
pub fn record(name: &str, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let dir = edge.config.home().path("promo");
    let desk: Arc<dyn Desk> = Arc::new(Campaign { api: api.clone(), name: name.to_owned() });
    let stop = Stop::default();
    let mut recording = None;
    let mut recorder = None;
    let mut exit = Exit::Done;
    for (number, line) in (1..).zip(BufReader::new(io::stdin()).lines()) {
        let line = line.or_fail(Exit::Io, "read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        if recorder.is_none() {
            recording = Recording::take(&dir, name)?;
            recorder =
                Some(Recorder::start(Arc::clone(&desk), PATIENCE, stop.clone()).or_fail(Exit::Io, "start")?);
        }
        match serde_json::from_str(&line) {
            Ok(Record::Sent(sent)) => {
                if let Some(recorder) = &recorder {
                    recorder.put(sent);
                }
            }
            Ok(_) => {}
            Err(error) => {
                exit = exit.and(edge.io.report(&fail(Exit::Data, format!("line {number}: {error}"))));
            }
        }
    }
    let Some(recorder) = recorder else { return Ok(exit) };
    let Recorded { left, error, foreign, .. } = recorder.finish();
    if !left.is_empty() {
        super::hold::Hold::keep_for(&dir, name, &left)?;
        let why = error.map(|error| error.to_string()).unwrap_or_default();
        let says =
            format!("{} receipts are kept for the next sender, which tells them first: {why}", left.len());
        return Err(fail(Exit::TempFail, says));
    }
    if foreign > 0 {
        let says = format!("{foreign} receipts belong to no mail of {name}");
        exit = exit.and(edge.io.report(&fail(Exit::Data, says)));
    }
    if recording.is_some() {
        let _ = api.end(name);
    }
    Ok(exit)
}
