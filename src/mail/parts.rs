//! The MIME structure of a mail (RFC 2046 §5.1): its parts that are no multiparts, found in one pass.

use mail_parser::{ContentType, HeaderValue, parsers::MessageStream};
use memchr::memmem;

use super::{
    problem::Problem,
    scan::{self, Field, Header, note},
    words,
};

/// A part that is no multipart.
#[derive(Debug)]
pub struct Part<'a> {
    /// What its fields say of it.
    pub kind: Kind,
    /// Its body, as it was transferred.
    pub bytes: &'a [u8],
    /// The `multipart/alternative` it stands in directly, by its place among the multiparts.
    pub alternative: Option<usize>,
}

/// How a body was made fit for transfer (RFC 2045 §6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encoding {
    /// As it is: `7bit`, `8bit`, `binary`, or one that nobody knows.
    #[default]
    Plain,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    QuotedPrintable,
}

/// What a part's header says of its body.
#[derive(Debug, Default)]
pub struct Kind {
    /// `text` of `text/plain`, in lower case.
    pub main: String,
    /// `plain` of `text/plain`, in lower case.
    pub sub: String,
    /// The charset parameter.
    pub charset: Option<String>,
    /// The file's name, decoded, without directories.
    pub name: Option<String>,
    /// `Content-Disposition: attachment`.
    pub attached: bool,
    /// The transfer encoding.
    pub encoding: Encoding,
    boundary: Option<String>,
}

impl Kind {
    /// Reads `Content-Type`, `Content-Disposition` and `Content-Transfer-Encoding`. Without a type: text/plain.
    #[must_use]
    pub fn of(header: &Header<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut kind = Self::default();
        kind.become_type("text", "plain");
        let content = header.first("Content-Type").and_then(|field| parameters(field, None, problems));
        let mut name = None;
        if let Some(content) = content {
            kind.charset = content.attribute("charset").map(str::to_owned);
            kind.boundary = content.attribute("boundary").map(str::to_owned).filter(|b| !b.is_empty());
            name = content.attribute("name").and_then(file_name);
            kind.main = content.c_type.to_ascii_lowercase();
            kind.sub = content.c_subtype.unwrap_or_default().to_ascii_lowercase();
        }
        let hint = kind.charset.clone();
        let disposition = header
            .first("Content-Disposition")
            .and_then(|field| parameters(field, hint.as_deref(), problems));
        if let Some(disposition) = disposition {
            kind.attached = disposition.c_type.eq_ignore_ascii_case("attachment");
            name = disposition.attribute("filename").and_then(file_name).or(name);
        }
        kind.name = name;
        let encoding = header.first("Content-Transfer-Encoding").map(|field| words::text(field.value, None));
        kind.encoding = match encoding.unwrap_or_default().to_ascii_lowercase().as_str() {
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::QuotedPrintable,
            _ => Encoding::Plain,
        };
        kind
    }

    fn become_type(&mut self, main: &str, sub: &str) {
        main.clone_into(&mut self.main);
        sub.clone_into(&mut self.sub);
    }

    /// Whether it is text of that sort and not a file of its own.
    #[must_use]
    pub fn is_text(&self, sub: &str) -> bool {
        self.main == "text" && self.sub == sub && !self.attached
    }
}

/// Finds the parts of the body whose header is `root`. What is wrong is noted; nothing is lost but what limits say.
#[must_use]
pub fn parts<'a>(root: &Header<'_>, body: &'a [u8], problems: &mut Vec<Problem>) -> Vec<Part<'a>> {
    let mut walk = Walk { body, parts: Vec::new(), open: Vec::new(), count: 0, current: None };
    walk.begin(root, 0, problems);
    let multipart = !walk.open.is_empty();
    let mut at = 0;
    while let Some(line) = walk.delimiter(at) {
        walk.finish(line.start);
        if walk.open.len() > line.level + 1 {
            note(problems, Problem::DamagedStructure("a multipart without its end"));
        }
        walk.open.truncate(line.level + usize::from(!line.closes));
        at = line.next;
        if line.closes {
            if walk.open.is_empty() {
                break;
            }
            continue;
        }
        if walk.count == scan::PARTS {
            note(problems, Problem::TooManyParts(scan::PARTS));
            walk.open.clear();
            break;
        }
        let header = scan::header(&body[at..], |line| walk.level(line).is_some());
        header.problems.iter().for_each(|problem| note(problems, problem.clone()));
        let start = at + header.body.unwrap_or(0);
        walk.begin(&header, start, problems);
        if header.body.is_none() {
            walk.current = None;
        }
        at = start;
    }
    walk.finish(body.len());
    if !walk.open.is_empty() {
        note(problems, Problem::DamagedStructure("a multipart without its end"));
    }
    if multipart && walk.parts.is_empty() && !body.is_empty() {
        note(problems, Problem::DamagedStructure("a multipart without parts"));
        let mut kind = Kind::default();
        kind.become_type("text", "plain");
        walk.parts.push(Part { kind, bytes: body, alternative: None });
    }
    walk.parts
}

/// A multipart that is open.
struct Open {
    boundary: String,
    alternative: Option<usize>,
    digest: bool,
}

/// A line that ends one part, and begins another unless it closes.
struct Delimiter {
    start: usize,
    next: usize,
    level: usize,
    closes: bool,
}

struct Walk<'a> {
    body: &'a [u8],
    parts: Vec<Part<'a>>,
    open: Vec<Open>,
    /// Parts so far, multiparts counted.
    count: usize,
    /// The part that is being read and where its body begins.
    current: Option<(Kind, usize)>,
}

impl Walk<'_> {
    /// A part whose header was just read: a multipart is opened, anything else becomes current.
    fn begin(&mut self, header: &Header<'_>, start: usize, problems: &mut Vec<Problem>) {
        let mut kind = Kind::of(header, problems);
        self.count += 1;
        if self.open.last().is_some_and(|parent| parent.digest) && header.first("Content-Type").is_none() {
            kind.become_type("message", "rfc822");
        }
        if kind.main == "multipart" {
            match kind.boundary.take() {
                None => note(problems, Problem::DamagedStructure("a multipart without a boundary")),
                Some(_) if self.open.len() == scan::DEPTH => note(problems, Problem::TooDeep(scan::DEPTH)),
                Some(boundary) => {
                    let alternative = (kind.sub == "alternative").then_some(self.count);
                    self.open.push(Open { boundary, alternative, digest: kind.sub == "digest" });
                    return;
                }
            }
            // What cannot be taken apart is shown as it is.
            kind.become_type("text", "plain");
        }
        self.current = Some((kind, start));
    }

    /// The current part ends before the delimiter line that begins at `end`: the line end before it is the
    /// delimiter's (RFC 2046 §5.1.1).
    fn finish(&mut self, end: usize) {
        let Some((kind, start)) = self.current.take() else { return };
        let mut bytes = &self.body[start.min(end)..end];
        if end < self.body.len() {
            bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        }
        let alternative = self.open.last().and_then(|parent| parent.alternative);
        self.parts.push(Part { kind, bytes, alternative });
    }

    /// The next delimiter line of an open multipart, at `from` (the start of a line) or after it.
    fn delimiter(&self, from: usize) -> Option<Delimiter> {
        if self.open.is_empty() {
            return None;
        }
        let rest = &self.body[from..];
        let first = rest.starts_with(b"--").then_some(0);
        let others = memmem::find_iter(rest, b"\n--").map(|at| at + 1);
        for at in first.into_iter().chain(others) {
            let line = &rest[at..];
            let end = memchr::memchr(b'\n', &line[..line.len().min(LINE)]);
            let next = from + at + end.map_or(line.len(), |end| end + 1);
            let line = &line[..end.unwrap_or(line.len().min(LINE))];
            if let Some((level, closes)) = self.level(line) {
                return Some(Delimiter { start: from + at, next, level, closes });
            }
        }
        None
    }

    /// Which open multipart a line delimits, the innermost first, and whether it closes it.
    fn level(&self, line: &[u8]) -> Option<(usize, bool)> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        self.open.iter().enumerate().rev().find_map(|(level, open)| {
            let rest = line.strip_prefix(open.boundary.as_bytes())?;
            (rest.is_empty() || rest == b"--").then_some((level, !rest.is_empty()))
        })
    }
}

/// The longest delimiter line: RFC 2046 allows a boundary of 70 characters; white space may follow.
const LINE: usize = 1000;

/// A field with parameters, decoded (RFC 2045 §5.1, RFC 2231, and encoded words where they should not be).
fn parameters(
    field: Field<'_>,
    hint: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<ContentType<'static>> {
    let mut value = field.value;
    if value.len() > scan::MIME_FIELD {
        note(problems, Problem::FieldTooLong(scan::MIME_FIELD));
        value = &value[..scan::MIME_FIELD];
    }
    if let Some(end) = memchr::memchr_iter(b';', value).nth(scan::PARAMETERS) {
        note(problems, Problem::TooManyParameters(scan::PARAMETERS));
        value = &value[..end];
    }
    let line = words::quoted(value, hint) + "\n";
    match MessageStream::new(line.as_bytes()).parse_content_type() {
        HeaderValue::ContentType(content) => match HeaderValue::ContentType(content).into_owned() {
            HeaderValue::ContentType(content) => Some(content),
            _ => None,
        },
        _ => None,
    }
}

/// A file's name without its directories; `None` when nothing is left that can be a name.
fn file_name(value: &str) -> Option<String> {
    let base = value.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    (!matches!(base, "" | "." | "..")).then(|| base.to_owned())
}
