//! Running tools: to the end with their output, or in the background line by line.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::Instant,
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::PATIENCE;

/// What a tool that has ended left.
#[derive(Debug, Clone)]
pub struct Output {
    /// The command line.
    pub command: String,
    /// The exit status; 128 and the signal's number for one that was killed.
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// Asserts an exit status.
    #[track_caller]
    pub fn ends(self, status: i32) -> Self {
        assert!(self.status == status, "{status} was due\n{self:#?}");
        self
    }

    /// Asserts exit 0.
    #[track_caller]
    pub fn done(self) -> Self {
        self.ends(0)
    }

    /// The records on stdout.
    #[track_caller]
    pub fn records(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The one record on stdout.
    #[track_caller]
    pub fn record(&self) -> Value {
        let mut records = self.records();
        assert!(records.len() == 1, "one record was due\n{self:#?}");
        records.remove(0)
    }
}

/// Runs a command to its end. A tool that takes longer than [`PATIENCE`] is killed and the test fails.
#[track_caller]
pub fn run(command: Command, input: &[u8]) -> Output {
    let mut running = Running::start(command);
    if let Some(mut stdin) = running.stdin.take() {
        let input = input.to_vec();
        // A tool may end without reading what it is given: not this thread's business.
        thread::spawn(move || stdin.write_all(&input).is_ok());
    }
    running.end()
}

/// A tool that goes on in the background; killed when dropped.
#[derive(Debug)]
pub struct Running {
    command: String,
    child: Child,
    /// Its standard input until closed.
    pub stdin: Option<ChildStdin>,
    heard: Arc<Heard>,
}

/// What a tool has said so far.
#[derive(Debug, Default)]
struct Heard {
    said: Mutex<Said>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Said {
    streams: [Stream; 2],
}

#[derive(Debug, Default)]
struct Stream {
    lines: Vec<String>,
    /// Lines that a wait has passed.
    passed: usize,
    ended: bool,
}

const OUT: usize = 0;
const ERR: usize = 1;

impl Running {
    #[track_caller]
    pub fn start(mut command: Command) -> Self {
        let mut words =
            command.get_program().to_string_lossy().rsplit('/').next().unwrap_or_default().to_owned();
        for word in command.get_args() {
            let _infallible = write!(words, " {}", word.to_string_lossy());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{words}: {error}"));
        let heard = Arc::new(Heard::default());
        listen(child.stdout.take().unwrap(), OUT, heard.clone());
        listen(child.stderr.take().unwrap(), ERR, heard.clone());
        Self { command: words, stdin: child.stdin.take(), child, heard }
    }

    /// Waits for a line on stdout, among those no earlier wait has passed. Lines before it are passed too.
    #[track_caller]
    pub fn line(&self, wanted: impl FnMut(&str) -> bool) -> String {
        self.wait_for(OUT, wanted)
    }

    /// The same on stderr.
    #[track_caller]
    pub fn stderr_line(&self, wanted: impl FnMut(&str) -> bool) -> String {
        self.wait_for(ERR, wanted)
    }

    /// Waits for a record or frame of this type on stdout.
    #[track_caller]
    pub fn frame(&self, kind: &str) -> Value {
        let line =
            self.line(|line| serde_json::from_str::<Value>(line).is_ok_and(|value| value["type"] == kind));
        serde_json::from_str(&line).unwrap()
    }

    /// Everything on stdout so far.
    pub fn stdout(&self) -> String {
        joined(&self.said().streams[OUT].lines)
    }

    /// Everything on stderr so far.
    pub fn stderr(&self) -> String {
        joined(&self.said().streams[ERR].lines)
    }

    /// Types a line.
    #[track_caller]
    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Presses keys: no line end is added.
    #[track_caller]
    pub fn press(&mut self, keys: &str) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(keys.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Says a frame.
    #[track_caller]
    pub fn say_frame(&mut self, frame: &Value) {
        self.say(&frame.to_string());
    }

    /// End of input.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    /// Waits until it is gone; for what ends by itself or was told to.
    pub fn wait(&mut self) {
        let _gone = self.child.wait();
    }

    /// Whether it has ended.
    pub fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends any signal.
    pub fn signal(&self, signal: Signal) {
        let _gone = kill_process(self.pid(), signal);
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until it ends by itself, and takes what it said. Its stdin is closed.
    #[track_caller]
    pub fn end(mut self) -> Output {
        self.close();
        self.end_with_open_input()
    }

    /// The same with stdin as it is.
    #[track_caller]
    pub fn end_with_open_input(mut self) -> Output {
        let began = Instant::now();
        let mut said = self.heard.said.lock().unwrap();
        while !said.streams.iter().all(|stream| stream.ended) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            assert!(!left.is_zero(), "{} does not end\n{}", self.command, transcript(&said));
            said = self.heard.news.wait_timeout(said, left).unwrap().0;
        }
        let (stdout, stderr) = (joined(&said.streams[OUT].lines), joined(&said.streams[ERR].lines));
        drop(said);
        let status = code(self.child.wait().unwrap());
        Output { command: self.command.clone(), status, stdout, stderr }
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.heard.said.lock().unwrap()
    }

    #[track_caller]
    fn wait_for(&self, which: usize, mut wanted: impl FnMut(&str) -> bool) -> String {
        let began = Instant::now();
        let mut said = self.said();
        loop {
            let stream = &mut said.streams[which];
            while stream.passed < stream.lines.len() {
                let line = stream.lines[stream.passed].trim_end_matches('\n').to_owned();
                stream.passed += 1;
                if wanted(&line) {
                    return line;
                }
            }
            let (ended, left) = (stream.ended, PATIENCE.saturating_sub(began.elapsed()));
            assert!(!ended, "{} ended without the line\n{}", self.command, transcript(&said));
            assert!(!left.is_zero(), "{} does not say the line\n{}", self.command, transcript(&said));
            said = self.heard.news.wait_timeout(said, left).unwrap().0;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _gone = self.child.kill();
            let _gone = self.child.wait();
        }
        if thread::panicking()
            && let Ok(said) = self.heard.said.lock()
        {
            // The test's own message comes first; this is what the tool had to say.
            let _closed = writeln!(std::io::stderr(), "-- {}\n{}", self.command, transcript(&said));
        }
    }
}

fn listen(stream: impl Read + Send + 'static, which: usize, heard: Arc<Heard>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        loop {
            let mut bytes = Vec::new();
            let end = !matches!(reader.read_until(b'\n', &mut bytes), Ok(1..));
            let Ok(mut said) = heard.said.lock() else { return };
            if end {
                said.streams[which].ended = true;
            } else {
                said.streams[which].lines.push(String::from_utf8_lossy(&bytes).into_owned());
            }
            heard.news.notify_all();
            if end {
                return;
            }
        }
    });
}

/// Lines keep their line breaks, so that what was said can be put together again byte by byte.
fn joined(lines: &[String]) -> String {
    lines.concat()
}

fn transcript(said: &Said) -> String {
    format!("stdout:\n{}stderr:\n{}", joined(&said.streams[OUT].lines), joined(&said.streams[ERR].lines))
}

fn code(status: ExitStatus) -> i32 {
    status.code().or(status.signal().map(|signal| 128 + signal)).unwrap()
}
