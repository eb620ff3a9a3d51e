//! Carries a course out, between the live connection, the input, and a screen: what is received is written out, then
//! remembered, then acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use super::{
    alarm::Alarms,
    course::{Course, Do, Said},
    framed::{self, Framed},
    reader::Input,
    screen::{End, Manner, Screen, TalkError},
    typed::{self, Typed},
};
use crate::{
    client::{
        ClientStore,
        live::{Happening, Live, Permit, Shown},
    },
    wire::{
        Code, ConversationId, Epoch, ErrorRecord, LineId, NoticeId, Time,
        frame::{ClientFrame, ServerFrame, Welcome},
    },
};

/// Inputs handled before what they wrote goes out.
const BATCH: usize = 256;

/// A talk.
pub struct Talk<'a> {
    live: Live,
    inbox: mpsc::Receiver<Input>,
    screen: &'a mut dyn Screen,
    store: &'a ClientStore,
    manner: Manner,
    alarms: Alarms,
    began: Instant,
    finishes: Option<Instant>,
    stops: u32,
    welcomed: bool,
    received: BTreeMap<ConversationId, (u64, bool)>,
    seen: Vec<NoticeId>,
    unsaid: BTreeSet<(ConversationId, LineId)>,
    bad_input: bool,
    closed: bool,
}

impl std::fmt::Debug for Talk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Talk").field("manner", &self.manner).finish_non_exhaustive()
    }
}

/// Whether it goes on.
enum Flow {
    On,
    Over,
}

impl<'a> Talk<'a> {
    /// A talk over a live connection that reports to `inbox`.
    #[must_use]
    pub fn new(
        live: Live,
        inbox: mpsc::Receiver<Input>,
        screen: &'a mut dyn Screen,
        store: &'a ClientStore,
        manner: Manner,
    ) -> Self {
        let alarms = Alarms::new(manner.on_ring.clone());
        Self {
            live,
            inbox,
            screen,
            store,
            manner,
            alarms,
            began: Instant::now(),
            finishes: None,
            stops: 0,
            welcomed: false,
            received: BTreeMap::new(),
            seen: Vec::new(),
            unsaid: BTreeSet::new(),
            bad_input: false,
            closed: false,
        }
    }

    /// Goes on until the course is over. Blocks the thread.
    ///
    /// # Errors
    /// [`TalkError`].
    pub fn run(mut self, course: &mut dyn Course) -> Result<End, TalkError> {
        self.tick(course)?;
        loop {
            let Some(input) = self.inbox.blocking_recv() else { return Ok(self.end(course)) };
            let mut flow = self.take(input, course)?;
            for _ in 0..BATCH {
                let Ok(input) = self.inbox.try_recv() else { break };
                if matches!(flow, Flow::Over) {
                    break;
                }
                flow = self.take(input, course)?;
            }
            self.settle(course)?;
            if matches!(flow, Flow::Over) {
                return Ok(self.end(course));
            }
        }
    }

    fn end(self, course: &dyn Course) -> End {
        End {
            outcome: course.outcome(),
            closed: self.closed,
            bad_input: self.bad_input,
            unsaid: self.unsaid.len(),
        }
    }

    fn take(&mut self, input: Input, course: &mut dyn Course) -> Result<Flow, TalkError> {
        match input {
            Input::Live(Happening::Shown(shown)) => self.shown(shown, course)?,
            Input::Live(Happening::Ended(Ok(()))) => return Ok(Flow::Over),
            Input::Live(Happening::Ended(Err(_))) if self.finishes.is_some() => return Ok(Flow::Over),
            Input::Live(Happening::Ended(Err(error))) => {
                self.settle(course)?;
                return Err(TalkError::Live(error));
            }
            Input::Line(line, permit) => self.line(&line, permit, course)?,
            Input::TooLong(_) => self.bad("a frame is at most 64 KiB"),
            Input::End(error) => {
                if let Some(error) = error {
                    self.complain(&format!("read the input: {error}"));
                }
                let doing = course.end_of_input();
                self.carry_out(doing, course)?;
            }
            Input::Stop => {
                self.stops += 1;
                if self.stops > 1 {
                    return Ok(Flow::Over);
                }
                let doing = course.stop();
                self.carry_out(doing, course)?;
            }
            Input::Tick => self.tick(course)?,
        }
        let late = self.finishes.is_some_and(|at| Instant::now() >= at);
        Ok(if late { Flow::Over } else { Flow::On })
    }

    fn tick(&mut self, course: &mut dyn Course) -> Result<(), TalkError> {
        self.alarms.reap();
        let quiet = self.manner.quiet.is_some_and(|quiet| quiet.holds(self.screen.clock()));
        let doing = course.tick(self.began.elapsed(), quiet);
        self.carry_out(doing, course)
    }

    fn shown(&mut self, shown: Shown, course: &mut dyn Course) -> Result<(), TalkError> {
        let (frame, received) = match shown {
            Shown::Frame { frame, received } => (frame, received),
            Shown::Lost(why) => {
                let what = if self.welcomed { "the connection is lost" } else { "no connection" };
                let words = format!("{what} ({why}); trying again");
                match self.screen.is_records() {
                    true => self.screen.complain(&ErrorRecord::new(Code::Unavailable, words)),
                    false => self.screen.note(&words),
                }
                return Ok(());
            }
            Shown::Back => {
                self.screen.note("connected");
                return Ok(());
            }
            Shown::NeverPlaced(call) => {
                let doing = course.never_placed(&call);
                return self.carry_out(doing, course);
            }
        };
        match &*frame {
            ServerFrame::Ack { conversation, id: Some(id), .. } => {
                self.unsaid.remove(&(conversation.clone(), id.clone()));
            }
            ServerFrame::Error(ErrorRecord { conversation: Some(conversation), id: Some(id), .. }) => {
                self.unsaid.remove(&(conversation.clone(), id.clone()));
            }
            _ => {}
        }
        if self.screen.is_records() {
            self.write_frame(&frame, course)?;
        }
        if matches!(*frame, ServerFrame::Welcome(_)) {
            if !self.welcomed && self.manner.learn {
                self.store.learn(&self.manner.server, Time::now()).map_err(TalkError::Store)?;
            }
            self.welcomed = true;
        }
        match &*frame {
            ServerFrame::Welcome(Welcome { epoch: Some(epoch), .. }) => self.in_epoch(epoch)?,
            ServerFrame::Answered { conversation, .. } if self.manner.listens => {
                self.store.touch(&self.manner.book, conversation).map_err(TalkError::Store)?;
            }
            _ => {}
        }
        let doing = course.shown(&frame, self.began.elapsed());
        self.carry_out(doing, course)?;
        if let Some((conversation, upto)) = received {
            let heard = matches!(*frame, ServerFrame::Line(_));
            let place = self.received.entry(conversation).or_default();
            *place = (place.0.max(upto), place.1 | heard);
        }
        Ok(())
    }

    /// Before anything of this connection is remembered as received: in another epoch, positions begin anew.
    fn in_epoch(&mut self, epoch: &Epoch) -> Result<(), TalkError> {
        let (store, book) = (self.store, &self.manner.book);
        let kept = store.epoch(book).map_err(TalkError::Store)?;
        if kept.as_ref() != Some(epoch) {
            if kept.is_some() {
                self.received.clear();
            }
            store.set_epoch(book, epoch).map_err(TalkError::Store)?;
        }
        Ok(())
    }

    /// In the face of records: what concerns a person, as it came. Notices are shown when the course says so.
    fn write_frame(&mut self, frame: &ServerFrame, course: &mut dyn Course) -> Result<(), TalkError> {
        match frame {
            ServerFrame::Notice(_) => Ok(()),
            ServerFrame::Welcome(_) if self.welcomed => Ok(()),
            ServerFrame::Welcome(welcome) => {
                let greeting = Welcome { notices: Vec::new(), ..welcome.clone() };
                self.write(course, |screen| screen.frame(&ServerFrame::Welcome(greeting)))
            }
            frame => self.write(course, |screen| screen.frame(frame)),
        }
    }

    fn line(&mut self, line: &str, permit: Permit, course: &mut dyn Course) -> Result<(), TalkError> {
        let doing = if self.screen.is_records() {
            match framed::parse(line, &course.here()) {
                Ok(Framed::Frame(frame)) => vec![Do::Send(frame, Some(permit))],
                Ok(Framed::Said(said)) => course.said(said, permit),
                Err(_) if line.trim().is_empty() => Vec::new(),
                Err(error) => {
                    self.bad(&error.to_string());
                    Vec::new()
                }
            }
        } else {
            match typed::parse(line, self.manner.typed) {
                None => Vec::new(),
                Some(Typed::Text(text)) => match Said::words(text) {
                    Ok(said) => course.said(said, permit),
                    Err(error) => vec![Do::Complain(error.to_string())],
                },
                Some(command) => course.typed(command),
            }
        };
        self.carry_out(doing, course)
    }

    fn carry_out(&mut self, doing: Vec<Do>, course: &mut dyn Course) -> Result<(), TalkError> {
        for one in doing {
            match one {
                Do::Tell(line) if !self.screen.is_records() => {
                    self.write(course, |screen| screen.text(&line))?;
                }
                Do::Report(error) if !self.screen.is_records() => self.screen.complain(&error),
                Do::Tell(_) | Do::Report(_) => {}
                Do::Complain(why) => self.complain(&why),
                Do::Send(frame, permit) => {
                    if let ClientFrame::Line { conversation, id, .. } = &frame {
                        self.unsaid.insert((conversation.clone(), id.clone()));
                    }
                    self.live.say(frame, permit);
                }
                Do::Notice(_) | Do::Seen(_) if self.manner.keeps_notices => {}
                Do::Seen(notices) => self.seen.extend(notices),
                Do::Notice(notice) => {
                    let id = notice.id.clone();
                    self.write(course, |screen| {
                        if screen.is_records() {
                            return screen.frame(&ServerFrame::Notice(notice));
                        }
                        let words = screen.notice(&notice);
                        screen.text(&words)
                    })?;
                    self.seen.push(id);
                }
                Do::Alarm(alarm) => {
                    let runs = self.alarms.start(&alarm).unwrap_or_else(|error| {
                        self.complain(&format!("--on-ring: {error}"));
                        false
                    });
                    if self.screen.bell() || runs {
                        let doing = course.alarmed(&alarm.call);
                        self.carry_out(doing, course)?;
                    }
                }
                Do::Hush(call) => self.alarms.stop(&call),
                Do::Finish(within) => {
                    self.finishes.get_or_insert(Instant::now() + within);
                    self.live.finish();
                }
            }
        }
        Ok(())
    }

    /// What was written goes out; then it is remembered as received, then acknowledged, in this order.
    fn settle(&mut self, course: &mut dyn Course) -> Result<(), TalkError> {
        self.write(course, |screen| screen.flush())?;
        if self.closed {
            return Ok(());
        }
        for (conversation, (upto, heard)) in std::mem::take(&mut self.received) {
            let kept = self.store.set_received(&self.manner.book, &conversation, upto);
            kept.map_err(TalkError::Store)?;
            if heard {
                let read = self.manner.reads.then_some(upto);
                self.live.send(ClientFrame::Ack { conversation, received: Some(upto), read });
            }
        }
        if !self.seen.is_empty() {
            let notices = std::mem::take(&mut self.seen);
            self.live.send(ClientFrame::Seen { notices });
        }
        Ok(())
    }

    /// Writes, unless the reader went away; when it does, the course is asked to end.
    fn write(
        &mut self,
        course: &mut dyn Course,
        write: impl FnOnce(&mut dyn Screen) -> io::Result<()>,
    ) -> Result<(), TalkError> {
        if self.closed {
            return Ok(());
        }
        match write(self.screen) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                let doing = course.stop();
                self.carry_out(doing, course)
            }
            Err(error) => Err(TalkError::Screen(error)),
        }
    }

    /// Input that is no frame.
    fn bad(&mut self, why: &str) {
        self.bad_input = true;
        self.complain(why);
    }

    fn complain(&mut self, why: &str) {
        self.screen.complain(&ErrorRecord::new(Code::BadRequest, why));
    }
}

/// How often [`Input::Tick`] is due.
pub const TICK: Duration = Duration::from_millis(500);
