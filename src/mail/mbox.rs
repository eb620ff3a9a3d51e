//! The reading side of an mbox (RFC 4155): a stream that is cut at its `From ` lines.

use std::io::{self, BufRead, Read};

use super::{
    scan,
    source::{ENVELOPE, Message, SourceError},
};

/// The messages of an mbox, in order.
///
/// A message begins at a line `From …` at the start or after an empty line. `>From ` at a line's start loses one `>`
/// (mboxrd; programs that write the older mboxo lose nothing either).
pub struct Mbox {
    name: String,
    reader: Box<dyn BufRead>,
    /// How many messages were given.
    count: usize,
    /// There is another message, and the beginning of its `From ` line was taken.
    more: bool,
    /// The rest of that line was not.
    envelope: bool,
}

impl std::fmt::Debug for Mbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mbox").field("name", &self.name).field("count", &self.count).finish_non_exhaustive()
    }
}

impl Mbox {
    /// The messages of `reader`, of which `From ` was taken.
    #[must_use]
    pub fn new(name: &str, reader: Box<dyn BufRead>) -> Self {
        Self { name: name.to_owned(), reader, count: 0, more: true, envelope: true }
    }

    /// Appends the next piece of a line, its end included; false at the end of the stream.
    fn piece(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        Ok((&mut self.reader).take(PIECE).read_until(b'\n', line)? > 0)
    }

    fn message(&mut self) -> io::Result<(Vec<u8>, bool)> {
        let (mut bytes, mut cut) = (Vec::new(), false);
        let mut line = Vec::new();
        while self.envelope && self.piece(&mut line)? {
            self.envelope = !line.ends_with(b"\n");
        }
        let (mut starts, mut after_empty) = (true, true);
        loop {
            if !self.piece(&mut line)? {
                self.more = false;
                break;
            }
            if starts && after_empty && line.starts_with(ENVELOPE) {
                self.envelope = !line.ends_with(b"\n");
                break;
            }
            let text = if starts { unquoted(&line) } else { &line };
            if !cut {
                bytes.extend_from_slice(text);
                if bytes.len() > scan::MESSAGE {
                    cut = true;
                    bytes = bytes[..scan::HEADER].to_vec();
                }
            }
            after_empty = starts && matches!(line.as_slice(), b"\n" | b"\r\n");
            starts = line.ends_with(b"\n");
        }
        // The empty line before the next `From ` is the mbox's.
        let end = bytes.strip_suffix(b"\n").map(|b| b.strip_suffix(b"\r").unwrap_or(b));
        if let Some(end) = end.filter(|end| end.ends_with(b"\n") && !cut) {
            bytes.truncate(end.len());
        }
        Ok((bytes, cut))
    }
}

impl Iterator for Mbox {
    type Item = Result<Message, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.more {
            return None;
        }
        self.count += 1;
        let source = format!("{}#{}", self.name, self.count);
        Some(match self.message() {
            Ok((bytes, cut)) => Ok(Message { source, bytes, cut }),
            Err(why) => {
                self.more = false;
                Err(SourceError::Read { source_name: self.name.clone(), why })
            }
        })
    }
}

/// Bytes of a line that are looked at together.
const PIECE: u64 = 64 * 1024;

fn unquoted(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|&&byte| byte == b'>').count();
    if marks > 0 && line[marks..].starts_with(ENVELOPE) { &line[1..] } else { line }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::mail::source::Messages;

    fn read(text: &'static str) -> Vec<(String, String)> {
        Messages::of_stream("box", Box::new(text.as_bytes()))
            .unwrap()
            .map(|message| message.unwrap())
            .map(|message| (message.source, String::from_utf8(message.bytes).unwrap()))
            .collect()
    }

    #[test]
    fn an_mbox_is_cut_at_its_from_lines() {
        let text = "From a@b Thu Jan  1 00:00:00 1970\nA: 1\n\none\nFrom here\n>From there\n>>From far\n\n\
                    From c@d\r\nA: 2\r\n\r\ntwo\r\n\r\nFrom e@f\nA: 3\n";
        let expected = [
            ("box#1".to_owned(), "A: 1\n\none\nFrom here\nFrom there\n>From far\n".to_owned()),
            ("box#2".to_owned(), "A: 2\r\n\r\ntwo\r\n".to_owned()),
            ("box#3".to_owned(), "A: 3\n".to_owned()),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn one_mail_is_read_as_it_is() {
        let text = "A: 1\n\nFrom x\n\nFrom y\n>From z";
        assert_eq!(read(text), [("box".to_owned(), text.to_owned())]);
        assert_eq!(read("From"), [("box".to_owned(), "From".to_owned())]);
        assert!(matches!(Messages::of_stream("box", Box::new(io::empty())), Err(SourceError::Empty(_))));
    }

    #[test]
    fn a_message_over_the_limit_is_cut_and_the_next_is_read() {
        let line = vec![b'x'; 1000 * 1000];
        let long = std::iter::repeat_n([&line[..], b"\n"].concat(), scan::MESSAGE / line.len() + 1);
        let mut reader: Box<dyn BufRead> = Box::new(io::Cursor::new(b"From a\nA: 1\n\n"));
        for piece in long.chain([b"\nFrom b\nA: 2\n".to_vec()]) {
            reader = Box::new(reader.chain(io::Cursor::new(piece)));
        }
        let read: Vec<_> = Messages::of_stream("box", reader).unwrap().map(Result::unwrap).collect();
        assert_eq!((read.len(), read[0].cut, read[0].bytes.len()), (2, true, scan::HEADER));
        assert_eq!((read[1].cut, &read[1].bytes[..]), (false, &b"A: 2\n"[..]));
    }
}
