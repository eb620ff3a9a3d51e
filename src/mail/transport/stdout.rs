//! Messages on standard output: to look at, or into a pipe. Lines end with LF there, as `grep` likes them.

use std::io::Write;

use super::{Envelope, Outcome, TransportError, with_lf};
use crate::{mail::address::Address, wire::record::Status};

/// How messages stand in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The one message as it is.
    Message,
    /// Several, each with a `From ` line before it and an empty one after it (RFC 4155, lines quoted as in mboxrd).
    Mbox,
}

/// Writes one message and flushes.
///
/// # Errors
/// [`TransportError::Output`].
pub fn deliver(
    form: Form,
    out: &mut impl Write,
    envelope: &Envelope,
    message: &[u8],
) -> Result<Vec<Outcome>, TransportError> {
    let body = with_lf(message);
    let bytes = match form {
        Form::Message => body,
        Form::Mbox => mbox(envelope, &body),
    };
    out.write_all(&bytes).and_then(|()| out.flush()).map_err(TransportError::Output)?;
    let outcome = |recipient| Outcome::new(recipient, Status::Accepted, None, "");
    Ok(envelope.recipients.iter().map(outcome).collect())
}

fn mbox(envelope: &Envelope, body: &[u8]) -> Vec<u8> {
    let sender = envelope.reverse_path.as_ref().map_or("MAILER-DAEMON", Address::as_str);
    // The date of the line is nobody's business: a fixed one keeps equal messages equal.
    let mut out = format!("From {} Thu Jan  1 00:00:00 1970\n", sender.replace(' ', "_")).into_bytes();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let quoted =
            line.iter().position(|byte| *byte != b'>').is_some_and(|at| line[at..].starts_with(b"From "));
        if quoted {
            out.push(b'>');
        }
        out.extend_from_slice(line);
    }
    if !body.ends_with(b"\n") {
        out.push(b'\n');
    }
    out.push(b'\n');
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn write(form: Form, message: &[u8]) -> String {
        let envelope = Envelope {
            reverse_path: Some("a@x.example".parse().unwrap()),
            recipients: vec!["b@y.example".parse().unwrap()],
        };
        let mut out = Vec::new();
        let outcomes = deliver(form, &mut out, &envelope, message).unwrap();
        assert_eq!(outcomes.len(), 1);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_message_stands_as_it_is_and_several_make_an_mbox() {
        let message = b"Subject: Hi\r\n\r\nFrom here\r\n>From there\r\n";
        assert_eq!(write(Form::Message, message), "Subject: Hi\n\nFrom here\n>From there\n");
        let mbox = write(Form::Mbox, message);
        assert!(
            mbox.starts_with("From a@x.example ") && mbox.ends_with("\n\n>From here\n>>From there\n\n"),
            "{mbox}"
        );
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let envelope = Envelope { reverse_path: None, recipients: Vec::new() };
        assert!(matches!(deliver(Form::Message, &mut full, &envelope, b"x"), Err(TransportError::Output(_))));
    }
}
