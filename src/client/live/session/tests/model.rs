//! A session against a server that is modelled: whatever drops in between, nothing is lost or doubled.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

/// What happens next in the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Say,
    OtherSays,
    /// The server takes one frame of ours.
    Up,
    /// We take one frame of the server's.
    Down,
    Drop,
    /// The server asks to slow down, or no longer does.
    Slow,
    Pass(u16),
}

#[derive(Default)]
struct World {
    now: Duration,
    up: VecDeque<ClientFrame>,
    down: VecDeque<ServerFrame>,
    open: bool,
    greeted: bool,
    slow: bool,
    echo: bool,
    /// (own, id) by position.
    lines: Vec<(bool, String)>,
    said: usize,
    acked: Vec<String>,
    shown: Vec<u64>,
    received: u64,
    /// What the server knows of that.
    marked: u64,
}

impl World {
    fn act(&mut self, session: &mut Session) {
        while let Some(action) = session.action() {
            match action {
                Action::Connect => {
                    (self.open, self.greeted) = (true, false);
                    session.on(Event::Connected, self.now);
                }
                Action::Send(frame) if self.open => self.up.push_back(frame),
                Action::Close => self.close(),
                Action::Show(Shown::Frame { frame, received }) => {
                    match *frame {
                        ServerFrame::Line(line) => self.shown.push(line.position),
                        ServerFrame::Ack { id: Some(id), .. } => self.acked.push(id.to_string()),
                        _ => {}
                    }
                    if let Some((conversation, upto)) = received {
                        assert!(upto >= self.received, "only grows");
                        self.received = upto;
                        let ack = ClientFrame::Ack { conversation, received: Some(upto), read: None };
                        session.on(wish(ack), self.now);
                    }
                }
                Action::Stop(end) => panic!("{end:?}"),
                _ => {}
            }
        }
    }

    fn close(&mut self) {
        (self.open, self.greeted) = (false, false);
        self.up.clear();
        self.down.clear();
    }

    fn frame(&self, position: usize) -> ServerFrame {
        let (own, id) = &self.lines[position - 1];
        let mut line = line(position as u64);
        line.from = if *own { "bob@example.org" } else { "alice" }.into();
        line.id = id.parse().unwrap();
        ServerFrame::Line(line)
    }

    fn serve(&mut self) {
        match self.up.pop_front() {
            Some(ClientFrame::Hello(hello)) => {
                self.greeted = true;
                self.down.push_back(welcome());
                let from = hello.resume.first().map_or(self.marked, |resume| resume.received);
                for position in from as usize..self.lines.len() {
                    self.down.push_back(self.frame(position + 1));
                }
            }
            Some(ClientFrame::Ack { received, .. }) => {
                self.marked = self.marked.max(received.unwrap());
            }
            Some(ClientFrame::History { before, limit, .. }) => {
                let end = before.map_or(self.lines.len(), |before| before as usize - 1);
                for position in end.saturating_sub(limit.unwrap() as usize)..end {
                    self.down.push_back(self.frame(position + 1));
                }
                self.down.push_back(ServerFrame::Complete { conversation: "c".parse().unwrap() });
            }
            Some(ClientFrame::Line { id, .. }) if self.slow => {
                let slow = ErrorRecord { id: Some(id), ..error(Code::TooMany, Some(1)) };
                self.down.push_back(ServerFrame::Error(slow));
            }
            Some(ClientFrame::Line { id, .. }) => {
                let id = id.to_string();
                let known = self.lines.iter().position(|(own, said)| *own && *said == id);
                let position = known.unwrap_or_else(|| {
                    self.lines.push((true, id.clone()));
                    if self.echo {
                        self.down.push_back(self.frame(self.lines.len()));
                    }
                    self.lines.len() - 1
                });
                self.down.push_back(ack(&id, position as u64 + 1));
            }
            _ => {}
        }
    }

    fn step(&mut self, session: &mut Session, step: Step) {
        match step {
            Step::Say => {
                self.said += 1;
                session.on(say(&format!("own{}", self.said)), self.now);
            }
            Step::OtherSays => {
                self.lines.push((false, format!("other{}", self.lines.len())));
                if self.greeted {
                    self.down.push_back(self.frame(self.lines.len()));
                }
            }
            Step::Up => self.serve(),
            Step::Down => {
                if let Some(frame) = self.down.pop_front() {
                    session.on(Event::Frame(Box::new(frame)), self.now);
                }
            }
            Step::Drop if self.open => {
                self.close();
                session.on(Event::Lost("dropped".into()), self.now);
            }
            Step::Drop => {}
            Step::Slow => self.slow = !self.slow,
            Step::Pass(millis) => self.now += Duration::from_millis(millis.into()),
        }
        session.on(Event::Tick, self.now);
        self.act(session);
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Say),
        3 => Just(Step::OtherSays),
        6 => Just(Step::Up),
        6 => Just(Step::Down),
        1 => Just(Step::Drop),
        1 => Just(Step::Slow),
        2 => (0u16..3000).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_line_said_is_acknowledged_once_and_every_line_heard_is_shown_once(
        steps in prop::collection::vec(step(), 0..300),
        agent: bool,
        echo: bool,
    ) {
        let mut session = session(if agent { Role::Agent } else { Role::Caller }, Pace::default());
        let mut world = World { echo, ..World::default() };
        world.step(&mut session, Step::Pass(0));
        // A server that refuses a line and takes the next one puts them out of order itself.
        let in_order = !steps.iter().any(|step| matches!(step, Step::Slow));
        for step in steps {
            world.step(&mut session, step);
        }
        // Better times: everything arrives, and then nothing is left to do.
        world.slow = false;
        for _ in 0..60 {
            for _ in 0..20 {
                world.step(&mut session, Step::Up);
                world.step(&mut session, Step::Down);
            }
            world.step(&mut session, Step::Pass(1000));
        }
        let number = |id: &String| id[3..].parse::<usize>().unwrap();
        let mut own: Vec<_> = world.lines.iter().filter(|(own, _)| *own).map(|(_, id)| id.clone()).collect();
        let said: Vec<_> = (1..=world.said).map(|n| format!("own{n}")).collect();
        let mut acked = world.acked.clone();
        if !in_order {
            own.sort_by_key(number);
            acked.sort_by_key(number);
        }
        prop_assert_eq!(&own, &said, "durable once each, in order");
        prop_assert_eq!(acked, said);
        let others: Vec<_> = (1..=world.lines.len() as u64)
            .filter(|position| !world.lines[*position as usize - 1].0)
            .collect();
        prop_assert_eq!(world.shown, others);
        prop_assert_eq!(world.received, world.lines.len() as u64);
    }
}
