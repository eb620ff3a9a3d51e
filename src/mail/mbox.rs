//! The reading side of an mbox (RFC 4155): a stream that is cut at its `From ` lines.

use std::{
    io::{self, Read},
    mem,
};

use memchr::{memchr, memmem};

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
    reader: Box<dyn Read>,
    /// What was read and not given yet: from `start` on, what follows the `From ` of a message.
    buffer: Vec<u8>,
    start: usize,
    /// How many messages were given.
    count: usize,
    /// There is another message.
    more: bool,
}

impl std::fmt::Debug for Mbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mbox").field("name", &self.name).field("count", &self.count).finish_non_exhaustive()
    }
}

/// A line end and the `From ` after it.
pub(super) const DELIMITER: &[u8] = b"\nFrom ";
/// Bytes read at once.
const PIECE: usize = 256 * 1024;
/// Messages up to this size are copied out of what was read; of a larger one, what follows it is.
const SMALL: usize = 256 * 1024;

impl Mbox {
    /// The messages of `reader`, of which `From ` was taken.
    #[must_use]
    pub fn new(name: &str, reader: Box<dyn Read>) -> Self {
        Self { name: name.to_owned(), reader, buffer: Vec::new(), start: 0, count: 0, more: true }
    }

    /// Reads some more; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let length = self.buffer.len();
        self.buffer.resize(length + PIECE, 0);
        loop {
            match self.reader.read(&mut self.buffer[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    self.buffer.truncate(length + read.as_ref().copied().unwrap_or(0));
                    return read.map(|count| count > 0);
                }
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Passes over the rest of the `From ` line; false when there is nothing after it.
    fn envelope(&mut self) -> io::Result<bool> {
        loop {
            if let Some(end) = memchr(b'\n', self.rest()) {
                self.start += end + 1;
                return Ok(true);
            }
            self.start = self.buffer.len();
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    fn message(&mut self) -> io::Result<(Vec<u8>, bool)> {
        self.more = self.envelope()?;
        // Of a message that is over the limit, what is kept; `looked`: how much of the rest holds no delimiter.
        let (mut kept, mut looked) = (None, 0);
        while self.more {
            if let Some(end) = delimiter(self.rest(), looked, kept.is_none()) {
                let bytes = kept.is_none().then(|| self.split(end));
                self.start += if kept.is_none() { 0 } else { end };
                self.start += ENVELOPE.len();
                return Ok(whole(bytes, kept));
            }
            // The end of what was read may be the beginning of a delimiter, or the empty line before one.
            looked = self.rest().len().saturating_sub(DELIMITER.len() + 2);
            if self.rest().len() > scan::MESSAGE + DELIMITER.len() + 2 || kept.is_some() {
                kept.get_or_insert_with(|| self.buffer[self.start..][..scan::HEADER].to_vec());
                self.start += looked;
                looked = 2;
            }
            self.more = self.fill()?;
        }
        let end = self.rest().len();
        let bytes = kept.is_none().then(|| self.split(end));
        Ok(whole(bytes, kept))
    }

    /// Takes the first `end` bytes of the rest.
    fn split(&mut self, end: usize) -> Vec<u8> {
        if end <= SMALL {
            self.start += end;
            return self.buffer[self.start - end..self.start].to_vec();
        }
        let after = self.buffer.split_off(self.start + end);
        let mut bytes = mem::replace(&mut self.buffer, after);
        bytes.drain(..self.start);
        self.start = 0;
        bytes
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

/// Where the `From ` of the next message begins: after an empty line. `from`: the beginning holds none. `start`: what
/// is before `rest` is a line end.
fn delimiter(rest: &[u8], from: usize, start: bool) -> Option<usize> {
    let others = memmem::find_iter(&rest[from..], DELIMITER).map(|at| from + at);
    others.filter(|&end| after_empty(&rest[..end], start)).map(|end| end + 1).next()
}

/// Whether the line that ends after `before` is empty. `start`: `before` follows a line end.
pub(super) fn after_empty(before: &[u8], start: bool) -> bool {
    match before {
        [] | [b'\r'] => start,
        [.., b'\n'] | [.., b'\n', b'\r'] => true,
        _ => false,
    }
}

/// A message without the empty line that is the mbox's, and without the quoting of `From `; or what was kept of one that
/// is too large.
fn whole(bytes: Option<Vec<u8>>, kept: Option<Vec<u8>>) -> (Vec<u8>, bool) {
    let Some(mut bytes) = bytes else { return (kept.unwrap_or_default(), true) };
    let end = bytes.strip_suffix(b"\n").map(|b| b.strip_suffix(b"\r").unwrap_or(b));
    if let Some(end) = end.filter(|end| end.is_empty() || end.ends_with(b"\n")) {
        bytes.truncate(end.len());
    }
    unquote(&mut bytes);
    if bytes.len() > scan::MESSAGE {
        bytes.truncate(scan::HEADER);
        return (bytes, true);
    }
    (bytes, false)
}

/// Takes one `>` of each line that begins with some and `From `.
fn unquote(bytes: &mut Vec<u8>) {
    let is_quote = |at: usize, bytes: &[u8]| {
        let line = bytes[..at].iter().rposition(|&byte| byte != b'>').map_or(0, |before| before + 1);
        (line < at && (line == 0 || bytes[line - 1] == b'\n')).then_some(line)
    };
    let marks: Vec<usize> =
        memmem::find_iter(bytes, b">From ").filter_map(|at| is_quote(at + 1, bytes)).collect();
    let Some(&first) = marks.first() else { return };
    let (mut to, mut from) = (first, first);
    for &mark in &marks {
        bytes.copy_within(from..mark, to);
        to += mark - from;
        from = mark + 1;
    }
    bytes.copy_within(from.., to);
    bytes.truncate(bytes.len() - marks.len());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::io::BufRead;

    use proptest::prelude::*;

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

    #[test]
    fn the_last_message_may_end_anywhere() {
        for (text, last) in [
            ("From a\nA: 1\n\nx\n\nFrom b\nB: 2\n\nend", "B: 2\n\nend"),
            ("From a\nA: 1\n\nx\n\nFrom b", ""),
            ("From a\nA: 1\n\nx\n\nFrom ", ""),
            ("From a\nA: 1\n\nx\n\nFrom", "A: 1\n\nx\n\nFrom"),
            ("From a\nA: 1\n\nx\n\nFrom b\n", ""),
            ("From a\n\nFrom b\n\n", ""),
        ] {
            assert_eq!(read(text).last().unwrap().1, last, "{text:?}");
        }
    }

    /// Gives one byte at a time, so that every place is the end of what was read.
    struct Drip(&'static [u8]);

    impl Read for Drip {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut to[..1])
        }
    }

    #[test]
    fn it_does_not_matter_how_the_bytes_come() {
        let text = "From a\nA: 1\n\none\n>From here\n\nFrom b\r\nB: 2\r\n\r\ntwo\r\n\r\nFrom c\nC: 3\n\n\n";
        let dripped: Vec<_> = Mbox::new("box", Box::new(Drip(&text.as_bytes()[5..])))
            .map(|message| String::from_utf8(message.unwrap().bytes).unwrap())
            .collect();
        assert_eq!(dripped, read(text).into_iter().map(|(_, text)| text).collect::<Vec<_>>());
        assert_eq!(dripped[2], "C: 3\n\n");
    }

    /// The same, line by line, as the format is told.
    fn slowly(text: &str) -> Vec<String> {
        let mut messages: Vec<String> = Vec::new();
        let mut empty = true;
        for line in text.split_inclusive('\n') {
            if empty && line.starts_with("From ") {
                messages.push(String::new());
                empty = false;
                continue;
            }
            empty = matches!(line, "\n" | "\r\n");
            let marks = line.len() - line.trim_start_matches('>').len();
            let quoted = marks > 0 && line[marks..].starts_with("From ");
            messages.last_mut().unwrap().push_str(if quoted { &line[1..] } else { line });
        }
        for message in &mut messages {
            let end = message.strip_suffix('\n').map(|m| m.strip_suffix('\r').unwrap_or(m));
            if let Some(end) = end.filter(|end| end.is_empty() || end.ends_with('\n')) {
                message.truncate(end.len());
            }
        }
        messages
    }

    proptest! {
        #[test]
        fn any_text_is_cut_as_the_format_says(pieces in "(From |>|\n|\r\n|x|\r|A: 1\n){0,40}") {
            let text = format!("From \n{pieces}");
            let stream = Box::new(io::Cursor::new(text[5..].to_owned()));
            let read: Vec<_> = Mbox::new("box", stream)
                .map(|message| String::from_utf8(message.unwrap().bytes).unwrap())
                .collect();
            prop_assert_eq!(read, slowly(&text));
        }
    }
}
