//! Records on standard input: one a line, read one at a time, bounded.

use std::io::{BufRead, Read};

use super::exit::{Exit, OrFail, fail};
use crate::wire::Record;

/// Bytes of a record that is read: the longest mail's text, each of its characters escaped.
const LONGEST: usize = 8 * 1024 * 1024;

/// The records of a stream. A line that is none is an error (65) and the next one is read; empty lines and records
/// of a type that we do not know are passed over.
pub struct Records<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<R> std::fmt::Debug for Records<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<R: BufRead> Records<R> {
    /// Reads from `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, line: Vec::new(), number: 0, ended: false }
    }

    /// Reads a line, or what of it is within the bound; the rest is passed over.
    fn line(&mut self) -> anyhow::Result<bool> {
        let mut take = |line: &mut Vec<u8>, most: usize| {
            (&mut self.reader)
                .take(most as u64)
                .read_until(b'\n', line)
                .or_fail(Exit::Io, "read standard input")
        };
        self.line.clear();
        if take(&mut self.line, LONGEST)? == 0 {
            return Ok(false);
        }
        self.number += 1;
        if self.line.len() < LONGEST || self.line.ends_with(b"\n") {
            return Ok(true);
        }
        while !self.line.ends_with(b"\n") {
            self.line.clear();
            if take(&mut self.line, 64 * 1024)? == 0 {
                break;
            }
        }
        Err(fail(Exit::Data, format!("line {}: longer than {LONGEST} bytes", self.number)))
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = anyhow::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.line() {
                Ok(true) if self.line.trim_ascii().is_empty() => {}
                Ok(true) => match serde_json::from_slice(&self.line) {
                    Ok(Record::Unknown) => {}
                    Ok(record) => return Some(Ok(record)),
                    Err(error) => {
                        let what = format!("line {}: not a record: {error}", self.number);
                        return Some(Err(fail(Exit::Data, what)));
                    }
                },
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = super::exit::of(&error) == Some(Exit::Io);
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cli::exit;

    #[test]
    fn a_bad_line_is_said_and_the_next_is_read() {
        let long = format!("{{\"type\":\"mail\",\"text\":\"{}\"}}\n", "x".repeat(LONGEST));
        let text = format!(
            "{{\"type\":\"mail\",\"subject\":\"a\"}}\n\nno\n{{\"type\":\"new\"}}\n{long}{{\"type\":\"mail\"}}"
        );
        let read: Vec<_> = Records::new(text.as_bytes()).collect();
        let bad = |at: usize| exit::of(read[at].as_ref().unwrap_err()) == Some(Exit::Data);
        assert_eq!(read.len(), 4);
        assert!(matches!(&read[0], Ok(Record::Mail(mail)) if mail.subject.as_deref() == Some("a")));
        assert!(bad(1) && bad(2) && matches!(&read[3], Ok(Record::Mail(_))));
        assert!(read[1].as_ref().unwrap_err().to_string().starts_with("line 3: not a record"));
    }
}
