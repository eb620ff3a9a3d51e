//! An mbox in a file, looked through in pieces that know nothing of each other.

use std::{
    fs::File,
    io,
    ops::{ControlFlow, Range},
    os::unix::fs::FileExt,
};

use memchr::{memchr, memmem};

use super::{Found, Survey};
use crate::{
    mail::{
        lanes,
        mbox::{DELIMITER, after_empty},
        problem::Problem,
        read,
        scan::{self, HEADER},
        source::SourceError,
    },
    wire::record::Mail,
};

/// Bytes that a thread takes at once.
const SPAN: u64 = 4 * 1024 * 1024;
/// Bytes that are read at once: they stay in the processor's cache while they are looked through.
const PIECE: u64 = 128 * 1024;
/// Bytes after a piece that are read with it, so that the header of a mail that begins in it is likely there.
const BEYOND: u64 = 4096;
/// Bytes before a piece that tell whether its first line follows an empty one.
const BEFORE: u64 = 3;
/// The longest `From ` line whose message is found.
const ENVELOPE_LINE: usize = 4096;

/// What is in a span.
#[derive(Default)]
struct Span {
    /// How many messages begin in it, and where the first does.
    messages: usize,
    first: Option<u64>,
    found: Vec<Place>,
}

/// A mail that is wanted.
struct Place {
    /// Its number in the span, from 1.
    number: usize,
    begins: u64,
    mail: Mail,
}

pub(super) fn survey<B>(
    survey: &Survey,
    name: &str,
    file: &File,
    mut take: impl FnMut(Vec<Found>) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let failed = |why| SourceError::Read { source_name: name.to_owned(), why };
    let length = match file.metadata() {
        Ok(metadata) => metadata.len(),
        Err(why) => return take(vec![Err(failed(why))]),
    };
    let spans = (0..length.div_ceil(SPAN)).map(|at| at * SPAN..length.min((at + 1) * SPAN));
    let work = |buffer: &mut Vec<u8>, range| span(survey, file, buffer, range);
    let mut count = 0;
    let mut held: Option<Place> = None;
    lanes::in_order(survey.threads, spans, work, |span: io::Result<Span>| {
        let Span { messages, first, found } = match span {
            Ok(span) => span,
            Err(why) => return take(vec![Err(failed(why))]),
        };
        // How long the last mail of a span is, a later span tells.
        let mut done: Vec<Found> = Vec::new();
        if let (Some(mail), Some(end)) = (held.take_if(|_| first.is_some()), first) {
            done.push(Ok(mail.until(end)));
        }
        for mut place in found {
            if let Some(before) = held.take() {
                done.push(Ok(before.until(place.begins)));
            }
            place.mail.source = format!("{name}#{}", count + place.number);
            held = Some(place);
        }
        count += messages;
        take(done)
    })?;
    held.map_or(ControlFlow::Continue(()), |mail| take(vec![Ok(mail.until(length))]))
}

impl Place {
    /// The mail, which ends at `end` or before it.
    fn until(mut self, end: u64) -> Mail {
        if end - self.begins > scan::MESSAGE as u64 {
            self.mail.problems.push(Problem::TooLarge(scan::MESSAGE).to_string());
        }
        self.mail
    }
}

fn span(survey: &Survey, file: &File, buffer: &mut Vec<u8>, range: Range<u64>) -> io::Result<Span> {
    let mut span = Span::default();
    let mut begin = range.start;
    while begin < range.end {
        let end = range.end.min(begin + PIECE);
        piece(survey, file, buffer, begin..end, &mut span)?;
        begin = end;
    }
    Ok(span)
}

/// Finds the messages that begin in `range`.
fn piece(
    survey: &Survey,
    file: &File,
    buffer: &mut Vec<u8>,
    range: Range<u64>,
    span: &mut Span,
) -> io::Result<()> {
    let before = range.start.min(BEFORE);
    let begin = range.start - before;
    let read = read_at(file, buffer, begin, range.end + BEYOND - begin)?;
    let ended = (read as u64) < range.end + BEYOND - begin;
    let bytes = &buffer[..read];
    // A message begins after its line end, which may be the last byte before the range.
    let (from, to) = (before.saturating_sub(1), range.end - begin - 1 + DELIMITER.len() as u64 - 1);
    let (from, to) = (from as usize, (to as usize).min(bytes.len()));
    let first = (range.start == 0 && !bytes.is_empty()).then_some(0);
    let others = memmem::find_iter(bytes.get(from..to).unwrap_or_default(), DELIMITER)
        .map(|at| from + at)
        .filter(|&at| after_empty(&bytes[..at], false))
        .map(|at| at + 1);
    for at in first.into_iter().chain(others) {
        let begins = begin + at as u64;
        span.messages += 1;
        span.first = span.first.or(Some(begins));
        let mut head = head(survey, &bytes[at..], ended);
        if matches!(head, Head::Beyond) {
            let mut more = Vec::new();
            let read = read_at(file, &mut more, begins, (ENVELOPE_LINE + HEADER + 1) as u64)?;
            head = self::head(survey, &more[..read], true);
        }
        if let Head::Wanted(mail) = head {
            span.found.push(Place { number: span.messages, begins, mail: *mail });
        }
    }
    Ok(())
}

enum Head {
    Wanted(Box<Mail>),
    Unwanted,
    /// It goes on after what was read.
    Beyond,
}

/// Reads the header of a message whose `From ` line `bytes` begin with. `ended`: there is no more of it.
fn head(survey: &Survey, bytes: &[u8], ended: bool) -> Head {
    let block = match memchr(b'\n', bytes) {
        Some(end) => &bytes[end + 1..],
        None if ended => &[],
        None => return Head::Beyond,
    };
    let glance = scan::glance(block);
    match glance.end.or(ended.then_some(block.len())) {
        None => Head::Beyond,
        Some(_) if survey.buttons && !glance.promising => Head::Unwanted,
        Some(end) => Head::Wanted(Box::new(read::head("", &block[..end], false, survey.now))),
    }
}

/// Reads up to `most` bytes from the place `from` on into `buffer`, and tells how many there were.
fn read_at(file: &File, buffer: &mut Vec<u8>, from: u64, most: u64) -> io::Result<usize> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    buffer.resize(most.max(buffer.len()), 0);
    let mut length = 0;
    while length < most {
        match file.read_at(&mut buffer[length..most], from + length as u64) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}
