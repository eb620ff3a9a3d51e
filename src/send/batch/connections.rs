//! Connections to an SMTP server, kept busy: one thread that never waits for one of them while another could go on.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    Receipts, Stage,
    connection::Connection,
    job::Slip,
    marks::{Holder, Marks, Refusal},
    watch::Watch,
    writing::{Made, Parcel},
};
use crate::{
    mail::{
        address::Address,
        transport::{
            Access, Outcome, SmtpServer, Times, TransportError,
            smtp::{Fate, Link, Pipeline},
        },
    },
    wire::record::Status,
};

/// How often a letter is given to a connection before it is put off.
const TRIES: u8 = 3;
/// How often in a row nobody answers before letters are put off.
const FAILURES: u32 = 3;
/// Why a letter that was [held](Receipts::holds) did not go.
const HELD: &str = "not offered: its domain said \"not now\" to others";
/// Between two tries to connect when there is no connection.
const PAUSE: Duration = Duration::from_millis(500);
/// How long nothing happens before what was said is handed on: a write for each receipt would wake its reader each time.
const MOMENT: Duration = Duration::from_millis(2);
/// What is taken at once of what is written, in bytes for each connection.
const AHEAD: usize = 32 * 1024;

/// What happened elsewhere.
enum News {
    Opened(Box<Result<(Link, Pipeline<Slip>), TransportError>>),
    Marked(Holder, Result<(), Refusal>),
}

/// All of them.
pub struct Connections {
    server: SmtpServer,
    access: Access,
    times: Times,
    most: usize,
    stage: Arc<Stage>,
    watch: Watch,
    marks: Marks,
    places: Vec<Option<Connection>>,
    numbers: u64,
    letters: VecDeque<Parcel>,
    news: Receiver<News>,
    tell: Sender<News>,
    opening: usize,
    failures: u32,
    /// No connection before then.
    pause: Option<Instant>,
    /// No letters come any more.
    ended: bool,
}

impl Connections {
    /// For at most `most` connections; connects to nobody yet.
    pub fn new(
        server: &SmtpServer,
        access: &Access,
        most: usize,
        stage: Arc<Stage>,
        watch: Watch,
        ledger: Option<Box<dyn super::Ledger>>,
    ) -> io::Result<Self> {
        let (tell, news) = channel();
        let (marked, wake) = (Mutex::new(tell.clone()), Arc::clone(&stage));
        let marks = Marks::start(ledger, move |holder, result| {
            let tell = marked.lock().unwrap_or_else(PoisonError::into_inner);
            let _ended = tell.send(News::Marked(holder, result));
            wake.wake.wake();
        })?;
        Ok(Self {
            times: server.timeout.map_or(access.times, Times::all),
            server: server.clone(),
            access: access.clone(),
            most,
            stage,
            watch,
            marks,
            places: (0..most).map(|_| None).collect(),
            numbers: 0,
            letters: VecDeque::new(),
            news,
            tell,
            opening: 0,
            failures: 0,
            pause: None,
            ended: false,
        })
    }

    /// Until everything has a receipt.
    ///
    /// # Errors
    /// The system's, of watching.
    pub fn run(mut self, receipts: &mut dyn Receipts) -> io::Result<()> {
        loop {
            while let Ok(news) = self.news.try_recv() {
                self.hear(news, receipts)?;
            }
            self.fetch(receipts);
            let now = Instant::now();
            for at in 0..self.places.len() {
                self.serve(at, now, receipts);
            }
            self.open(now)?;
            if self.is_done() {
                break;
            }
            self.wait(receipts)?;
        }
        for connection in self.places.iter_mut().flatten() {
            connection.link.quit();
        }
        Ok(())
    }

    fn is_done(&self) -> bool {
        self.ended
            && self.letters.is_empty()
            && self.places.iter().flatten().all(|connection| connection.pipeline.is_idle())
    }

    fn hear(&mut self, news: News, receipts: &mut dyn Receipts) -> io::Result<()> {
        match news {
            News::Opened(opened) => {
                self.opening -= 1;
                match *opened {
                    Ok((link, pipeline)) => {
                        (self.failures, self.pause) = (0, None);
                        self.numbers += 1;
                        let connection = Connection::new(link, pipeline, self.numbers);
                        if let Some(at) = self.places.iter().position(Option::is_none) {
                            self.watch.add(at, &connection.link)?;
                            self.places[at] = Some(connection);
                        }
                    }
                    Err(error) => self.failed(&error, receipts),
                }
            }
            News::Marked((at, number), result) => {
                if let Some(connection) = &mut self.places[at]
                    && connection.number == number
                {
                    connection.asked = false;
                    connection.pipeline.release(result);
                }
            }
        }
        Ok(())
    }

    /// Nobody answers, or not as they should. Servers also limit how many connections they take: as long as there is
    /// one, it does the work.
    fn failed(&mut self, error: &TransportError, receipts: &mut dyn Receipts) {
        self.failures += 1;
        self.pause = Some(Instant::now() + PAUSE);
        if self.places.iter().any(Option::is_some) || self.opening > 0 {
            return;
        }
        if self.failures >= FAILURES || !error.is_transient() {
            let why = error.to_string();
            for letter in std::mem::take(&mut self.letters) {
                put_off(letter, None, &why, receipts);
            }
        }
    }

    /// Takes letters from those who write them.
    fn fetch(&mut self, receipts: &mut dyn Receipts) {
        if receipts.is_over() {
            // Nobody reads what becomes of them: what is on its way is finished, nothing else begun.
            self.stage.letters.close();
            self.letters.clear();
            self.ended = true;
        }
        if self.ended || self.letters.len() > self.most {
            return;
        }
        match self.stage.letters.try_take(self.most * AHEAD) {
            Some(made) => {
                for made in made {
                    match made {
                        Made::Letter(letter) => self.letters.push_back(letter),
                        other => receipts.made(other),
                    }
                }
            }
            None => self.ended = true,
        }
    }

    /// Gives one connection what it can do next, and takes what it has done.
    fn serve(&mut self, at: usize, now: Instant, receipts: &mut dyn Receipts) {
        let Some(connection) = &mut self.places[at] else { return };
        while connection.pipeline.wants()
            && let Some(letter) = self.letters.pop_front()
        {
            if receipts.holds(&letter) {
                receipts.held(letter.tag, outcomes(&letter.envelope.recipients, None, HELD));
            } else {
                connection.pipeline.give(letter);
            }
        }
        // What became of its last letter is said before it asks for the next one's mark: a ledger may rely on that.
        self.hand_back(at, receipts);
        let Some(connection) = &mut self.places[at] else { return };
        if !connection.asked
            && let Some(letter) = connection.pipeline.held()
        {
            match self.marks.ask((at, connection.number), letter.tag.mark.clone()) {
                Ok(()) => connection.asked = true,
                Err(why) => connection.pipeline.release(Err(why)),
            }
        }
        connection.flush(now);
        self.hand_back(at, receipts);
        if self.places[at].as_ref().is_some_and(|connection| connection.pipeline.is_over()) {
            self.places[at] = None;
        }
    }

    /// Tells what became of a connection's letters.
    fn hand_back(&mut self, at: usize, receipts: &mut dyn Receipts) {
        let Some(connection) = &mut self.places[at] else { return };
        for fate in connection.pipeline.fates() {
            match fate {
                Fate::Settled(letter, outcomes) => receipts.outcomes(letter.tag, outcomes),
                Fate::Again(mut letter, refused, code, why) => {
                    if !refused.is_empty() {
                        receipts.outcomes(letter.tag.clone(), refused);
                    }
                    letter.tries += 1;
                    if letter.tries < TRIES && !receipts.is_over() {
                        self.letters.push_front(letter);
                    } else {
                        put_off(letter, code, &why, receipts);
                    }
                }
            }
        }
    }

    /// One more connection for each letter that found none.
    fn open(&mut self, now: Instant) -> io::Result<()> {
        if self.pause.is_some_and(|until| now < until) {
            return Ok(());
        }
        self.pause = None;
        let live = self.places.iter().flatten().count();
        let wanted = self.letters.len().min(self.most.saturating_sub(live)).saturating_sub(self.opening);
        for _ in 0..wanted {
            let (server, access) = (self.server.clone(), self.access.clone());
            let (tell, stage) = (self.tell.clone(), Arc::clone(&self.stage));
            thread::Builder::new().name("connect".to_owned()).spawn(move || {
                let opened = Link::open(&server, &access);
                let _ended = tell.send(News::Opened(Box::new(opened)));
                stage.wake.wake();
            })?;
            self.opening += 1;
        }
        Ok(())
    }

    /// Waits until something can go on; reads what has come in.
    fn wait(&mut self, receipts: &mut dyn Receipts) -> io::Result<()> {
        let stage = Arc::clone(&self.stage);
        stage.wake.doze();
        // What has happened before that moment woke nobody.
        let hungry = self.letters.len() <= self.most;
        if let Ok(news) = self.news.try_recv() {
            stage.wake.rise();
            return self.hear(news, receipts);
        }
        let more = hungry && !self.ended && stage.letters.has_some();
        if !self.watch.wait(Some(Duration::ZERO))? && !more {
            let until = self.deadline();
            let left = || until.map(|until| until.saturating_duration_since(Instant::now()));
            if !self.watch.wait(Some(left().map_or(MOMENT, |left| left.min(MOMENT))))? {
                receipts.pause();
                self.watch.wait(left())?;
            }
        }
        stage.wake.rise();
        let now = Instant::now();
        for readable in self.watch.readable() {
            if let Some(connection) = &mut self.places[readable.place] {
                connection.read(now, readable.ends);
            }
        }
        for connection in self.places.iter_mut().flatten() {
            let limit = connection.limit(&self.times);
            if limit.is_some_and(|limit| now.saturating_duration_since(connection.since) >= limit) {
                let why = format!("{}: no answer in time", self.server);
                connection.pipeline.lost(None, &why);
            }
        }
        Ok(())
    }

    /// When something is due even if nothing happens.
    fn deadline(&self) -> Option<Instant> {
        let pause = self.pause.filter(|_| !self.letters.is_empty());
        let limits = self.places.iter().flatten();
        let limits = limits.filter_map(|connection| Some(connection.since + connection.limit(&self.times)?));
        limits.chain(pause).min()
    }
}

fn put_off(letter: Parcel, code: Option<u16>, why: &str, receipts: &mut dyn Receipts) {
    receipts.outcomes(letter.tag, outcomes(&letter.envelope.recipients, code, why));
}

/// Not now.
fn outcomes(recipients: &[Address], code: Option<u16>, why: &str) -> Vec<Outcome> {
    recipients.iter().map(|to| Outcome::new(to, Status::Deferred, code, why)).collect()
}
