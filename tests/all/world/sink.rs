//! A mail server that writes down what it got, and answers as a test wants it to.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::until;

/// What the client just did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Connected,
    Hello,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// The final dot is here: the mail is written down.
    Dot,
    Other,
}

/// What a server does about it.
#[derive(Debug, Clone)]
pub enum Answer {
    /// What it should.
    Fine,
    /// Another reply, its line end left out.
    Say(String),
    /// Nothing, and goes.
    Close,
    /// Nothing, and stays until the client goes.
    Silence,
}

/// A mail that came whole, whether or not it was acknowledged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// As it was on the wire, dots undone, without the final dot.
    pub message: String,
    /// What the server said to it, once it did.
    pub said: Option<String>,
}

/// A running server.
#[derive(Debug)]
pub struct Sink {
    pub port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    steps: Arc<Mutex<Vec<(Step, String)>>>,
}

type Policy = dyn Fn(Step, &str) -> Answer + Send + Sync;

impl Sink {
    /// Answers each step as `policy` says; it is given the step and the client's line.
    pub fn start(policy: impl Fn(Step, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(0, policy)
    }

    /// The same on a given port, where nobody may listen yet.
    pub fn on(port: u16, policy: impl Fn(Step, &str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = until("the sink's port", || TcpListener::bind(("127.0.0.1", port)).ok());
        let port = listener.local_addr().unwrap().port();
        let (taken, steps) = (Arc::default(), Arc::default());
        let policy: Arc<Policy> = Arc::new(policy);
        let shared = (Arc::clone(&taken), Arc::clone(&steps));
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (policy, shared) = (Arc::clone(&policy), shared.clone());
                thread::spawn(move || {
                    // A client that was killed leaves a broken connection behind.
                    let _gone = serve(stream, &*policy, &shared.0, &shared.1);
                });
            }
        });
        Self { port, taken, steps }
    }

    /// Takes everything.
    pub fn kind() -> Self {
        Self::start(|_, _| Answer::Fine)
    }

    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How often a step was taken.
    pub fn count(&self, step: Step) -> usize {
        self.steps.lock().unwrap().iter().filter(|(taken, _)| *taken == step).count()
    }

    /// The client's lines of one step.
    pub fn lines(&self, step: Step) -> Vec<String> {
        let steps = self.steps.lock().unwrap();
        steps.iter().filter(|(taken, _)| *taken == step).map(|(_, line)| line.clone()).collect()
    }
}

fn serve(
    stream: TcpStream,
    policy: &Policy,
    taken: &Mutex<Vec<Taken>>,
    steps: &Mutex<Vec<(Step, String)>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut mail = Taken::default();
    let mut step = Step::Connected;
    let mut line = String::new();
    loop {
        let mut place = None;
        if step == Step::Dot {
            let mut taken = taken.lock().unwrap();
            place = Some(taken.len());
            taken.push(std::mem::take(&mut mail));
        }
        steps.lock().unwrap().push((step, line.trim_end().to_owned()));
        let reply = match policy(step, line.trim_end()) {
            Answer::Fine => fine(step).to_owned(),
            Answer::Say(reply) => reply,
            Answer::Close => return Ok(()),
            Answer::Silence => {
                while reader.read_line(&mut line)? > 0 {}
                return Ok(());
            }
        };
        if let Some(place) = place {
            taken.lock().unwrap()[place].said = Some(reply.clone());
        }
        reader.get_mut().write_all(format!("{reply}\r\n").as_bytes())?;
        if step == Step::Data && reply.starts_with("354") {
            if !message(&mut reader, &mut mail.message)? {
                return Ok(());
            }
            step = Step::Dot;
            line.clear();
            continue;
        }
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = || {
            line.split_once('<').and_then(|(_, rest)| rest.split('>').next()).unwrap_or_default().to_owned()
        };
        step = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => Step::Hello,
            "AUTH" => Step::Auth,
            "MAIL" => {
                mail.from = path();
                mail.to.clear();
                Step::Mail
            }
            "RCPT" => {
                mail.to.push(path());
                Step::Rcpt
            }
            "DATA" => Step::Data,
            _ => Step::Other,
        };
    }
}

/// Whether the whole message came.
fn message(reader: &mut BufReader<TcpStream>, message: &mut String) -> std::io::Result<bool> {
    loop {
        let mut bytes = Vec::new();
        if reader.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(false);
        }
        let line = String::from_utf8_lossy(&bytes);
        if line == ".\r\n" {
            return Ok(true);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn fine(step: Step) -> &'static str {
    match step {
        Step::Connected => "220 sink",
        Step::Hello => "250-sink\r\n250-8BITMIME\r\n250 SIZE 50000000",
        Step::Auth => "235 2.7.0 welcome",
        Step::Mail | Step::Rcpt => "250 2.1.0 ok",
        Step::Data => "354 go",
        Step::Dot => "250 2.0.0 taken",
        Step::Other => "250 ok",
    }
}
