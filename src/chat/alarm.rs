//! The command that is run when somebody calls (`--on-ring`).

use std::{
    io,
    os::{fd::AsFd, unix::process::CommandExt},
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::course::Alarm;
use crate::wire::{CallId, display::clean};

/// Commands that run, each for a call. Dropping it ends them.
#[derive(Debug)]
pub struct Alarms {
    command: Option<String>,
    running: Vec<(CallId, Child)>,
}

impl Alarms {
    /// With a command for `sh -c`, or none.
    #[must_use]
    pub fn new(command: Option<String>) -> Self {
        Self { command, running: Vec::new() }
    }

    /// Starts the command for a call, with `CH_FROM`, `CH_SUBJECT` and `CH_CALL` in its environment, cleaned; one
    /// that still runs for that call goes on. False: there is no command. What it prints goes to standard error.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&mut self, alarm: &Alarm) -> io::Result<bool> {
        let Some(command) = &self.command else { return Ok(false) };
        self.running.retain_mut(|(_, child)| matches!(child.try_wait(), Ok(None)));
        if self.running.iter().any(|(call, _)| *call == alarm.call) {
            return Ok(true);
        }
        let stderr = io::stderr().as_fd().try_clone_to_owned()?;
        let child = Command::new("sh")
            .args(["-c", command])
            .env("CH_FROM", clean(&alarm.from))
            .env("CH_SUBJECT", alarm.subject.as_deref().map(clean).unwrap_or_default())
            .env("CH_CALL", alarm.call.as_str())
            .stdin(Stdio::null())
            .stdout(stderr)
            // A group of its own: all of it can be ended, and Ctrl-C is not for it.
            .process_group(0)
            .spawn()?;
        self.running.push((alarm.call.clone(), child));
        Ok(true)
    }

    /// Ends the command of a call, if it still runs.
    pub fn stop(&mut self, call: &CallId) {
        for (_, child) in self.running.iter_mut().filter(|(known, _)| known == call) {
            end(child);
        }
        self.reap();
    }

    /// Takes note of commands that have ended.
    pub fn reap(&mut self) {
        self.running.retain_mut(|(_, child)| matches!(child.try_wait(), Ok(None)));
    }
}

impl Drop for Alarms {
    fn drop(&mut self) {
        self.running.iter_mut().for_each(|(_, child)| end(child));
    }
}

/// Asks a command and all that it started to end. One that has ended is not asked: its number may be another's.
fn end(child: &mut Child) {
    if matches!(child.try_wait(), Ok(None)) {
        let _ = kill_process_group(Pid::from_child(child), Signal::TERM);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use std::{fs, thread, time::Duration};

    use super::*;

    fn alarm(call: &str, from: &str) -> Alarm {
        Alarm { call: call.parse().unwrap(), from: from.into(), subject: Some("$(touch x)\nBoots".into()) }
    }

    fn read(path: &std::path::Path) -> String {
        for _ in 0..1000 {
            match fs::read_to_string(path) {
                Ok(text) if text.ends_with("done\n") => return text,
                _ => thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("the command wrote nothing");
    }

    #[test]
    fn the_command_knows_who_calls_and_nothing_of_it_is_run() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        let command = format!(
            "printf '%s|%s|%s\\ndone\\n' \"$CH_FROM\" \"$CH_SUBJECT\" \"$CH_CALL\" > {}",
            out.display()
        );
        let mut alarms = Alarms::new(Some(command));
        assert!(alarms.start(&alarm("k", "bob\x1b[2J;`id`")).unwrap());
        assert_eq!(read(&out), "bob[2J;`id`|$(touch x) Boots|k\ndone\n");
        assert!(!Alarms::new(None).start(&alarm("k", "bob")).unwrap());
    }

    #[test]
    fn a_command_that_still_runs_is_not_started_twice_and_ends_with_its_call() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("out");
        // What it starts is there before its trap is: a child that was forked with the trap could miss the signal.
        let trap = format!("trap 'echo done >> {0}; exit' TERM; echo up >> {0}", out.display());
        let command = format!("sleep 100 & {trap}; wait");
        let mut alarms = Alarms::new(Some(command));
        let ring = alarm("k", "bob");
        assert!(alarms.start(&ring).unwrap());
        while fs::read_to_string(&out).unwrap_or_default().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(alarms.start(&ring).unwrap());
        alarms.stop(&ring.call);
        assert_eq!(read(&out), "up\ndone\n");
    }
}
