//! A campaign as stages around `ch-send --batch`: `claim` writes its jobs, `record` reads what became of them.

use std::{
    io::{self, BufRead, BufReader},
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    Edge, campaign, ending,
    hold::{Hold, Recording},
    mailing::{PATIENCE, kept, tell_left},
    way,
    words::counted,
};
use crate::{
    cli::{Exit, exit::OrFail, fail},
    client::Api,
    promo::run::{self, Campaign, Desk, Recorded, Recorder, Source, Stop},
    wire::{self, Record},
};

/// How the source ended.
type Ended = Arc<Mutex<Option<run::Ended>>>;

/// `claim`: jobs on standard output, until nothing is due.
///
/// # Errors
/// 75 while mails are left that may not go now, 69 when it is cancelled; as `run`.
pub fn claim(name: &str, api: &Api, edge: Edge<'_>) -> anyhow::Result<Exit> {
    let hold = campaign::hold(name, &edge)?;
    tell_left(name, &hold, api)?;
    let letter = Arc::new(way::letter(api.letter(name)?, edge.config)?);
    let desk: Arc<dyn Desk> = Arc::new(Campaign { api: api.clone(), name: name.to_owned() });
    let claim = api.claim(name)?.claim;
    let ended = Ended::default();
    let tell = Arc::clone(&ended);
    let stop = Stop::default();
    // While the pipe is full nothing is asked for, so somebody else says that we are there.
    let recorder = Recorder::start(Arc::clone(&desk), PATIENCE, stop.clone()).or_fail(Exit::Io, "start")?;
    let source = Source::new(desk, letter, claim, stop, move |how| {
        *tell.lock().unwrap_or_else(PoisonError::into_inner) = Some(how);
    });
    let mut none = true;
    for jobs in source {
        none = false;
        for job in jobs {
            edge.io.out.bytes(wire::to_line(&Record::Job(Box::new(job)))?.as_bytes())?;
        }
        edge.io.out.flush()?;
    }
    drop(recorder);
    match ended.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(Err(why)) => Err(fail(Exit::TempFail, format!("{name}: stopped: {why}"))),
        Some(Ok(taken)) if none => Ok(ending::nothing(&taken, &api.campaign(name)?, edge.io)),
        _ => Ok(Exit::Done),
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
        Hold::keep_for(&dir, name, &left)?;
        let why = error.map(|error| error.to_string()).unwrap_or_default();
        return Err(fail(Exit::TempFail, kept(&left, "sender", &why)));
    }
    if foreign > 0 {
        let says = format!("{} to no mail of {name}", counted(foreign, "receipt belongs", "receipts belong"));
        exit = exit.and(edge.io.report(&fail(Exit::Data, says)));
    }
    if recording.is_some() {
        let _ = api.end(name);
    }
    Ok(exit)
}
