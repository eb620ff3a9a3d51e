//! Handing a message to a local `sendmail`: Postfix's, Exim's, msmtp's, or one of our own.

use std::{
    io::{self, Read, Write},
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Envelope, Outcome, TransportError, with_lf};
use crate::{
    mail::address::Address,
    wire::{display, record::Status},
};

/// How much of what the program says is kept, in bytes.
const WORDS: usize = 1024;
/// Bytes of a message for each of which the program gets a second more: the slowest line it may send over.
const SLOWEST: usize = 16 * 1024;
/// How long something that the program left behind may keep its pipes open when it has ended itself.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The longest pause between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Tells a program through how many of its kind the mail came, so that one that calls us again does not do so for ever.
pub const HOPS: &str = "CH_SENDMAIL_HOPS";

/// A local program that takes mail.
#[derive(Debug)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// How long it may take for a small message.
    pub limit: Duration,
    /// Its place among those the mail came through, from 1.
    pub hops: u8,
}

/// Runs `PROGRAM -i -f REVERSE-PATH -- RECIPIENT…` with the message on its standard input. The program's exit
/// status (`sysexits.h`) says what became of all recipients alike. It is killed, with all it started, when it takes
/// longer than its limit and a second for each 16 KiB: then nobody knows how far it had come.
///
/// # Errors
/// [`TransportError::Config`] when the program can't be started.
pub fn deliver(
    program: &Program,
    envelope: &Envelope,
    message: &[u8],
) -> Result<Vec<Outcome>, TransportError> {
    let Program { path: program, limit, hops } = program;
    let mut child = Command::new(program)
        .args(["-i", "-f", envelope.reverse_path.as_ref().map_or("<>", Address::as_str), "--"])
        .args(envelope.recipients.iter().map(Address::as_str))
        .env(HOPS, hops.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| TransportError::Config(format!("start {}: {error}", program.display())))?;
    let failed = |source| TransportError::File { path: program.to_owned(), source };
    // A program that complains while it is being written to must not wait for us, nor we for one that does not read.
    let words = Words::of(child.stderr.take());
    let fed = feed(child.stdin.take(), with_lf(message));
    let limit = *limit + Duration::from_secs((message.len() / SLOWEST) as u64);
    let Some(ended) = wait(&mut child, limit).map_err(failed)? else {
        let why = format!("{} did not end within {} s and was killed", program.display(), limit.as_secs());
        return Ok(alike(envelope, Status::Unknown, &why));
    };
    let fed = fed.recv_timeout(LAST_WORDS).unwrap_or(false);
    let words = display::clean(words.said().trim());
    let code = ended.code().and_then(|code| u16::try_from(code).ok());
    let status = match (code, fed) {
        // It said yes although it did not hear all: what it has is not what was sent.
        (Some(0), false) => Status::Unknown,
        (Some(0), true) => Status::Accepted,
        // EX_SOFTWARE to EX_TEMPFAIL: the machine's trouble, not the mail's.
        (Some(70..=75), _) => Status::Deferred,
        // Killed: nobody knows how far it had come.
        (None, _) => Status::Unknown,
        (Some(_), _) => Status::Rejected,
    };
    let words = match (words.is_empty(), status) {
        (true, Status::Accepted) => String::new(),
        (true, _) => format!("{} ended with status {}", program.display(), code.unwrap_or_default()),
        (false, _) => words,
    };
    Ok(alike(envelope, status, &words))
}

fn alike(envelope: &Envelope, status: Status, words: &str) -> Vec<Outcome> {
    envelope.recipients.iter().map(|recipient| Outcome::new(recipient, status, None, words)).collect()
}

/// Waits until the program ends. `None`: it did not, and was killed with its process group.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= until {
            // Not waited for yet, so the number is still its own.
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK);
    }
}

/// Writes the message, beside everything else. Says whether the program took all of it.
fn feed(stdin: Option<ChildStdin>, message: Vec<u8>) -> Receiver<bool> {
    let (done, is_done) = channel();
    thread::spawn(move || {
        let fed = stdin.is_none_or(|mut stdin| stdin.write_all(&message).is_ok());
        // Nobody asks any more when the program was killed.
        let _ = done.send(fed);
    });
    is_done
}

/// What the program says on standard error.
struct Words {
    said: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Words {
    fn of(stderr: Option<ChildStderr>) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let (done, ended) = channel();
        let kept = Arc::clone(&said);
        thread::spawn(move || {
            if let Some(mut stderr) = stderr {
                let mut some = [0; WORDS];
                while let Ok(read @ 1..) = stderr.read(&mut some) {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = WORDS.saturating_sub(kept.len()).min(read);
                    kept.extend_from_slice(&some[..room]);
                }
            }
            let _ = done.send(());
        });
        Self { said, ended }
    }

    fn said(&self) -> String {
        // What it left running may hold its end of the pipe for ever.
        let _ = self.ended.recv_timeout(LAST_WORDS);
        String::from_utf8_lossy(&self.said.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{fs, os::unix::fs::PermissionsExt, path::Path};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn program(script: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sendmail");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path)
    }

    fn program_at(path: &Path, limit: Duration) -> Program {
        Program { path: path.to_owned(), limit, hops: 1 }
    }

    fn envelope() -> Envelope {
        let recipients = vec!["-oQ/tmp@y.example".parse().unwrap(), "b@y.example".parse().unwrap()];
        Envelope { reverse_path: Some("a@x.example".parse().unwrap()), recipients }
    }

    #[test]
    fn the_message_goes_in_with_lf_and_recipients_are_never_options() {
        let (dir, path) = program("cat > \"$0.in\"; printf '%s\\n' \"$@\" > \"$0.args\"");
        let outcomes = deliver(&program_at(&path, LONG), &envelope(), b"A: 1\r\n\r\n.\r\nend\r\n").unwrap();
        assert!(outcomes.iter().all(|o| o.status == Status::Accepted && o.reply.is_none()));
        assert_eq!(fs::read(dir.path().join("sendmail.in")).unwrap(), b"A: 1\n\n.\nend\n");
        let args = fs::read_to_string(dir.path().join("sendmail.args")).unwrap();
        assert_eq!(args, "-i\n-f\na@x.example\n--\n-oQ/tmp@y.example\nb@y.example\n");
    }

    #[test]
    fn its_exit_status_says_what_became_of_the_mail() {
        for (script, status) in [
            ("exit 75", Status::Deferred),
            ("echo no such user >&2; exit 67", Status::Rejected),
            ("kill -9 $$", Status::Unknown),
            ("yes | head -c 300000 >&2; cat >/dev/null; exit 69", Status::Rejected),
        ] {
            let (_dir, path) = program(script);
            let outcomes = deliver(&program_at(&path, LONG), &envelope(), &b"x".repeat(200_000)).unwrap();
            assert_eq!(outcomes[0].status, status, "{script}");
            assert!(outcomes[0].reply.as_ref().is_some_and(|words| words.len() <= 1100), "{script}");
        }
        let error = deliver(&program_at(Path::new("/nowhere/sendmail"), LONG), &envelope(), b"").unwrap_err();
        assert!(error.to_string().starts_with("start /nowhere/sendmail: "), "{error}");
    }

    /// Neither running nor waiting for somebody to ask how it ended.
    fn is_gone(pid: &str) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        stat.rsplit(')').next().is_none_or(|rest| rest.trim().is_empty() || rest.trim().starts_with('Z'))
    }

    #[test]
    fn one_that_hangs_is_killed_with_all_it_started_and_the_outcome_is_unknown() {
        for script in [
            "cat > /dev/null; sleep 1000 & echo $! > \"$0.pid\"; wait",
            // Neither reads, nor can its child be told from it by its pipes.
            "sleep 1000 2>&- & echo $! > \"$0.pid\"; exec 2>&-; wait",
        ] {
            let (dir, path) = program(script);
            let soon = Duration::from_secs(1);
            let outcomes = deliver(&program_at(&path, soon), &envelope(), &b"x\n".repeat(100)).unwrap();
            assert!(outcomes.iter().all(|outcome| outcome.status == Status::Unknown), "{outcomes:?}");
            let words = outcomes[0].reply.clone().unwrap();
            assert!(words.ends_with("sendmail did not end within 1 s and was killed"), "{words}");
            let child = fs::read_to_string(dir.path().join("sendmail.pid")).unwrap();
            let began = Instant::now();
            while !is_gone(&child) {
                assert!(began.elapsed() < LONG, "{child} lives");
                thread::sleep(LOOK);
            }
        }
    }

    #[test]
    fn what_a_program_leaves_running_holds_nobody_up() {
        let script = "cat > /dev/null; setsid sleep 30 & echo queued >&2; exit 75";
        let (_dir, path) = program(script);
        let began = Instant::now();
        let outcomes = deliver(&program_at(&path, LONG), &envelope(), b"x\n").unwrap();
        assert_eq!((outcomes[0].status, outcomes[0].reply.as_deref()), (Status::Deferred, Some("queued")));
        assert!(began.elapsed() < Duration::from_secs(25));
    }
}
