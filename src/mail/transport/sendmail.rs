//! Handing a message to a local `sendmail`: Postfix's, Exim's, msmtp's, or one of our own.

use std::{
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use super::{Envelope, Outcome, TransportError, with_lf};
use crate::{
    mail::address::Address,
    wire::{display, record::Status},
};

/// How much of what the program says is kept, in bytes.
const WORDS: u64 = 1024;

/// Runs `PROGRAM -i -f REVERSE-PATH -- RECIPIENT…` with the message on its standard input. The program's exit
/// status (`sysexits.h`) says what became of all recipients alike.
///
/// # Errors
/// [`TransportError::Config`] when the program can't be started.
pub fn deliver(program: &Path, envelope: &Envelope, message: &[u8]) -> Result<Vec<Outcome>, TransportError> {
    let mut child = Command::new(program)
        .args(["-i", "-f", envelope.reverse_path.as_ref().map_or("<>", Address::as_str), "--"])
        .args(envelope.recipients.iter().map(Address::as_str))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| TransportError::Config(format!("start {}: {error}", program.display())))?;
    let failed = |source| TransportError::File { path: program.to_owned(), source };
    // A program that complains while it is being written to must not wait for us.
    let stderr = child.stderr.take();
    let words = thread::spawn(move || {
        let mut words = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.by_ref().take(WORDS).read_to_end(&mut words);
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        }
        String::from_utf8_lossy(&words).into_owned()
    });
    let fed = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(&with_lf(message)),
        None => Ok(()),
    };
    let status = child.wait().map_err(failed)?;
    let words = display::clean(words.join().unwrap_or_default().trim());
    let code = status.code().and_then(|code| u16::try_from(code).ok());
    let status = match (code, &fed) {
        // It said yes although it did not hear all: what it has is not what was sent.
        (Some(0), Err(_)) => Status::Unknown,
        (Some(0), Ok(())) => Status::Accepted,
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
    Ok(envelope
        .recipients
        .iter()
        .map(|recipient| Outcome::new(recipient, status, None, words.as_str()))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn program(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sendmail");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path)
    }

    fn envelope() -> Envelope {
        let recipients = vec!["-oQ/tmp@y.example".parse().unwrap(), "b@y.example".parse().unwrap()];
        Envelope { reverse_path: Some("a@x.example".parse().unwrap()), recipients }
    }

    #[test]
    fn the_message_goes_in_with_lf_and_recipients_are_never_options() {
        let (dir, path) = program("cat > \"$0.in\"; printf '%s\\n' \"$@\" > \"$0.args\"");
        let outcomes = deliver(&path, &envelope(), b"A: 1\r\n\r\n.\r\nend\r\n").unwrap();
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
            let outcomes = deliver(&path, &envelope(), &b"x".repeat(200_000)).unwrap();
            assert_eq!(outcomes[0].status, status, "{script}");
            assert!(outcomes[0].reply.as_ref().is_some_and(|words| words.len() <= 1100), "{script}");
        }
        let error = deliver(Path::new("/nowhere/sendmail"), &envelope(), b"").unwrap_err();
        assert!(error.to_string().starts_with("start /nowhere/sendmail: "), "{error}");
    }
}
