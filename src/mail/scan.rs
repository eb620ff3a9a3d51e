//! The linear scan that runs before any parser: header fields as bytes, under named limits.

use memchr::{memchr, memchr_iter};

use super::problem::Problem;

/// Bytes of a mail that is read whole; of a larger one only the header is. (25 MiB is what large providers carry.)
pub const MESSAGE: usize = 64 * 1024 * 1024;
/// Bytes of a header block.
pub const HEADER: usize = 256 * 1024;
/// Header fields of a block.
pub const FIELDS: usize = 1000;
/// Bytes of a header field's value, its folded lines included. RFC 5322 §2.1.1 bounds a line (998), not a field.
pub const FIELD: usize = 64 * 1024;
/// Bytes of a field with MIME parameters (`Content-Type`, `Content-Disposition`).
pub const MIME_FIELD: usize = 4 * 1024;
/// MIME parameters of a field: the pieces of RFC 2231 are put together in quadratic time.
pub const PARAMETERS: usize = 100;
/// Encoded words (RFC 2047) of a field.
pub const WORDS: usize = 1000;
/// Parts of a mail, multiparts counted.
pub const PARTS: usize = 500;
/// Multiparts in one another.
pub const DEPTH: usize = 30;
/// Bytes of text that a record carries.
pub const TEXT: usize = 1024 * 1024;

/// A header field as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, without the colon.
    pub name: &'a [u8],
    /// All after the colon, line ends of the folding included, the last line end not.
    pub value: &'a [u8],
}

impl Field<'_> {
    /// Whether the field's name is `name`, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }
}

/// A header block.
#[derive(Debug, Default)]
pub struct Header<'a> {
    /// Its fields, in their order.
    pub fields: Vec<Field<'a>>,
    /// Where the body begins; `None` when the block's end was not found within [`HEADER`] bytes.
    pub body: Option<usize>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl<'a> Header<'a> {
    /// The first field of that name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Field<'a>> {
        self.all(name).next()
    }

    /// All fields of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = Field<'a>> {
        self.fields.iter().copied().filter(move |field| field.is(name))
    }
}

/// Notes a problem once.
pub fn note(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}

/// Reads the header block at the start of `bytes`: to the first empty line, to a line that `stops` it, or to the end.
///
/// Lines end in LF or CRLF. A line that is no field is left out, with its continuations, and noted.
#[must_use]
pub fn header(bytes: &[u8], stops: impl Fn(&[u8]) -> bool) -> Header<'_> {
    let mut block = Header::default();
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    loop {
        let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
            block.body = Some(bytes.len());
            break;
        };
        let (line, next) = match memchr(b'\n', rest) {
            Some(end) => (&rest[..end], at + end + 1),
            None => (rest, bytes.len()),
        };
        if next > HEADER {
            note(&mut block.problems, Problem::HeaderTooLong(HEADER));
            // What is here of a field that begins here counts.
            let part = &bytes[at..HEADER.min(at + line.len())];
            if let Some((name, colon)) = field_name(part).filter(|_| !matches!(part[0], b' ' | b'\t')) {
                block.close(open.take());
                open = Some(Open { bytes, name, start: at + colon + 1, end: at + part.len() });
            }
            break;
        }
        let end = at + line.len() - usize::from(line.ends_with(b"\r"));
        let line = &bytes[at..end];
        if line.is_empty() {
            block.body = Some(next);
            break;
        }
        if stops(line) {
            block.body = Some(at);
            break;
        }
        if line[0] == b' ' || line[0] == b'\t' {
            match &mut open {
                Some(field) => field.end = end,
                None => {
                    note(&mut block.problems, Problem::DamagedStructure("a header line that is no field"))
                }
            }
        } else {
            block.close(open.take());
            open = field_name(line).map(|(name, colon)| Open { bytes, name, start: at + colon + 1, end });
            // The envelope line of an mbox may still stand at the top.
            if open.is_none() && !(at == 0 && is_envelope_line(line)) {
                note(&mut block.problems, Problem::DamagedStructure("a header line that is no field"));
            }
        }
        at = next;
    }
    block.close(open);
    block
}

/// What a look over a header block tells, without taking it apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// Where the body begins; `None` when the block does not end here.
    pub end: Option<usize>,
    /// Whether to read it when only buttons are wanted: it may have one, or it is no header at all.
    pub promising: bool,
}

/// Looks over the header block at the start of `bytes`. Never passes over a button that [`header`] would find.
#[must_use]
pub fn glance(bytes: &[u8]) -> Glance {
    let mut promising = false;
    let mut start = 0;
    for end in memchr_iter(b'\n', bytes) {
        let line = &bytes[start..end];
        if matches!(line, b"" | b"\r") {
            return Glance { end: Some(end + 1), promising: promising || start == 0 };
        }
        promising |= promises(line, start);
        start = end + 1;
    }
    Glance { end: None, promising: promising || promises(&bytes[start..], start) }
}

/// Whether a line begins with `CH-Ticket`, or is the first and no field.
fn promises(line: &[u8], start: usize) -> bool {
    let ticket = matches!(line.first(), Some(b'C' | b'c'))
        && line.get(..TICKET.len()).is_some_and(|name| name.eq_ignore_ascii_case(TICKET));
    ticket || (start == 0 && field_name(line).is_none())
}

const TICKET: &[u8] = b"CH-Ticket";

/// Whether a line is an mbox's `From ` line, perhaps quoted, and quoted again.
#[must_use]
pub fn is_envelope_line(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    line[quotes..].starts_with(b"From ")
}

/// Notes a CR that no LF follows, and a NUL.
pub fn forbidden(bytes: &[u8], problems: &mut Vec<Problem>) {
    if memchr_iter(b'\r', bytes).any(|at| bytes.get(at + 1) != Some(&b'\n')) {
        note(problems, Problem::BareCr);
    }
    if memchr(0, bytes).is_some() {
        note(problems, Problem::Nul);
    }
}

/// A field whose continuation lines are not all seen yet.
struct Open<'a> {
    bytes: &'a [u8],
    name: &'a [u8],
    start: usize,
    end: usize,
}

impl<'a> Header<'a> {
    fn close(&mut self, field: Option<Open<'a>>) {
        let Some(Open { bytes, name, start, end }) = field else { return };
        if self.fields.len() == FIELDS {
            note(&mut self.problems, Problem::TooManyFields(FIELDS));
            return;
        }
        let mut value = &bytes[start..end];
        if value.len() > FIELD {
            note(&mut self.problems, Problem::FieldTooLong(FIELD));
            value = &value[..FIELD];
        }
        self.fields.push(Field { name, value });
    }
}

/// A line's field name and the place of its colon (RFC 5322 §3.6.8: printable, no space; white space before the
/// colon is obsolete but read, §4.5).
#[must_use]
pub fn field_name(line: &[u8]) -> Option<(&[u8], usize)> {
    let colon = memchr(b':', line)?;
    let name = line[..colon].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some((name, colon))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn names(bytes: &[u8]) -> Vec<String> {
        header(bytes, |_| false).fields.iter().map(|f| String::from_utf8_lossy(f.name).into_owned()).collect()
    }

    fn problems(bytes: &[u8]) -> Vec<Problem> {
        header(bytes, |_| false).problems
    }

    #[test]
    fn a_field_that_is_longer_than_a_header_may_be_is_cut_and_there() {
        for long in
            ["To: a@b, ".to_owned() + &"c@d, ".repeat(HEADER / 4), "To: a@b".to_owned() + &" ".repeat(HEADER)]
        {
            let first = header(long.as_bytes(), |_| false);
            assert_eq!((first.fields.len(), first.fields[0].value.len()), (1, FIELD));
            assert_eq!(first.problems, [Problem::HeaderTooLong(HEADER), Problem::FieldTooLong(FIELD)]);
            let second = format!("From: x@y\n{long}\nSubject: no\n\n");
            assert_eq!(names(second.as_bytes()), ["From", "To"]);
        }
        assert_eq!(names("x".repeat(2 * HEADER).as_bytes()), Vec::<String>::new());
    }

    #[test]
    fn fields_end_at_the_first_empty_line() {
        for text in ["A: 1\r\nB : 2\r\n\t3\r\n\r\nC: 4", "A: 1\nB:2\n 3\n\nC: 4"] {
            let block = header(text.as_bytes(), |_| false);
            assert_eq!(names(text.as_bytes()), ["A", "B"]);
            assert_eq!(&text[block.body.unwrap()..], "C: 4");
            assert!(block.fields[1].value.ends_with(b"3") && block.problems.is_empty());
        }
    }

    #[test]
    fn a_line_that_is_no_field_is_left_out() {
        let damaged = vec![Problem::DamagedStructure("a header line that is no field")];
        for text in
            ["hello world\n\n", "A: 1\nb b: 2\n c\nD: 4\n\n", " a\nA: 1\n\n", ": x\nA: 1\n\n", "ä: x\n\n"]
        {
            assert_eq!(problems(text.as_bytes()), damaged, "{text}");
        }
        assert_eq!(names(b"A: 1\nb b: 2\n c\nD: 4\n\n"), ["A", "D"]);
        assert_eq!(problems(b"From a@b Thu Jan  1 00:00:00 1970\nA: 1\n\n"), []);
    }

    #[test]
    fn a_bare_cr_begins_no_field() {
        assert_eq!(names(b"Subject: a\rCH-Ticket: b\r\n\r\n"), ["Subject"]);
        let mut found = Vec::new();
        forbidden(b"a\r\nb\rc\0", &mut found);
        assert_eq!(found, [Problem::BareCr, Problem::Nul]);
    }

    #[test]
    fn a_glance_passes_over_no_button_and_no_text_that_is_no_mail() {
        for (text, end, promising) in [
            ("A: 1\nCH-Ticket: x\n\nB", Some(19), true),
            ("A: 1\r\nch-tickeT : x\r\n\r\nB", Some(23), true),
            ("A: 1\n\nCH-Ticket: x\n", Some(6), false),
            ("A: 1\n CH-Ticket: x\n", None, false),
            ("A: 1\nCH-Ticket", None, true),
            ("A: 1\nC", None, false),
            ("no field\nA: 1\n\n", Some(15), true),
            ("\nA: 1\n", Some(1), true),
            ("", None, true),
        ] {
            assert_eq!(glance(text.as_bytes()), Glance { end, promising }, "{text:?}");
        }
    }

    #[test]
    fn limits_are_noted_and_the_rest_is_kept() {
        let long = format!("A: {}\n\nbody", "x\n ".repeat(HEADER / 3 + 1));
        let block = header(long.as_bytes(), |_| false);
        assert!(block.body.is_none() && block.fields.len() == 1);
        assert_eq!(block.problems, [Problem::HeaderTooLong(HEADER), Problem::FieldTooLong(FIELD)]);

        let many = format!("{}\nbody", "a:\n".repeat(FIELDS + 5));
        let block = header(many.as_bytes(), |_| false);
        assert_eq!(
            (block.fields.len(), &block.problems[..]),
            (FIELDS, &[Problem::TooManyFields(FIELDS)][..])
        );
        assert_eq!(&many[block.body.unwrap()..], "body");
    }
}
