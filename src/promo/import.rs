//! Lists of members: CSV as spreadsheets write it, or NDJSON; row by row, whatever their length. A row that is no good is
//! told with its line and why; none is passed over silently.

use std::io::{self, BufRead, BufReader, Read};

use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::{EUC_KR, Encoding, UTF_8};
use serde::Deserialize;

use crate::wire::{members::MemberPut, promotion::PROMOTION};

/// Bytes looked at to tell an encoding and a delimiter.
const LOOK: usize = 64 * 1024;
/// Bytes of one row.
const ROW: usize = 64 * 1024;
/// The columns we know.
const COLUMNS: [&str; 6] = ["mail", "name", "tags", "locale", "time_zone", "consent"];

/// How a list is written; what is not said is found out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form {
    /// UTF-8, or CP949 (which EUC-KR is part of).
    pub encoding: Option<&'static Encoding>,
    /// Between columns.
    pub delimiter: Option<u8>,
}

/// A row: which line it begins on, and what it says or what is wrong with it.
pub type Row = (u64, Result<MemberPut, String>);

/// Why a list cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum BadList {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is no list of members.
    #[error("{0}")]
    Form(String),
}

/// Reads a list and gives each row to `each`; ends early when that fails.
///
/// # Errors
/// [`BadList`], and what `each` says.
pub fn read<E: From<BadList>>(
    input: impl Read,
    form: Form,
    proof: Option<&str>,
    each: &mut dyn FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut input = BufReader::with_capacity(LOOK, input);
    let mut begin = Vec::new();
    // As much as there is: a pipe gives it in pieces.
    Read::by_ref(&mut input).take(LOOK as u64).read_to_end(&mut begin).map_err(BadList::from)?;
    let is_json = begin.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let bom = begin.strip_prefix(b"\xef\xbb\xbf").is_some();
    let encoding = form.encoding.unwrap_or_else(|| if bom || is_utf8(&begin) { UTF_8 } else { EUC_KR });
    let whole = io::Cursor::new(if bom { begin[3..].to_vec() } else { begin.clone() }).chain(input);
    if is_json {
        json(BufReader::new(whole), proof, each)
    } else {
        table(whole, &begin, encoding, form, proof, each)
    }
}

/// Whether bytes are UTF-8, but for a character that the end cuts.
fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && bytes.len() >= LOOK,
    }
}

/// A line of NDJSON.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Line {
    mail: String,
    name: Option<String>,
    tags: Vec<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    consent: Vec<String>,
}

fn json<E: From<BadList>>(
    mut input: impl BufRead,
    proof: Option<&str>,
    each: &mut dyn FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let (mut number, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let read = Read::by_ref(&mut input).take(ROW as u64 + 1).read_until(b'\n', &mut line);
        if read.map_err(BadList::from)? == 0 {
            return Ok(());
        }
        number += 1;
        let is_long = line.len() > ROW && line.last() != Some(&b'\n');
        while is_long && line.last() != Some(&b'\n') {
            line.clear();
            let read = Read::by_ref(&mut input).take(ROW as u64).read_until(b'\n', &mut line);
            if read.map_err(BadList::from)? == 0 {
                break;
            }
        }
        if is_long {
            each((number, Err(format!("longer than {ROW} bytes"))))?;
            continue;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row =
            serde_json::from_slice::<Line>(&line).map_err(|error| error.to_string()).map(|line| MemberPut {
                mail: line.mail.trim().to_owned(),
                name: line.name,
                tags: line.tags,
                locale: line.locale,
                time_zone: line.time_zone,
                consent: line.consent,
                ..MemberPut::default()
            });
        each((number, row.and_then(|put| checked(put, proof))))?;
    }
}

fn table<E: From<BadList>>(
    input: impl Read,
    begin: &[u8],
    encoding: &'static Encoding,
    form: Form,
    proof: Option<&str>,
    each: &mut dyn FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let first = begin.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| first.iter().filter(|byte| **byte == delimiter).count();
    let likely =
        [b',', b';', b'\t'].into_iter().max_by_key(|delimiter| (count(*delimiter), *delimiter == b','));
    let delimiter = form.delimiter.or(likely).unwrap_or(b',');
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(Bounded::new(input));
    let mut row = ByteRecord::new();
    let mut columns = Vec::new();
    loop {
        match reader.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => return Err(BadList::Form(error.to_string()).into()),
        }
        let number = row.position().map_or(0, csv::Position::line);
        let cells: Result<Vec<String>, String> = row
            .iter()
            .map(|cell| {
                let (text, wrong) = encoding.decode_without_bom_handling(cell);
                if wrong { Err(format!("not {}", name(encoding))) } else { Ok(text.trim().to_owned()) }
            })
            .collect();
        if columns.is_empty() {
            columns = head(cells.map_err(BadList::Form)?)?;
            continue;
        }
        let put = cells.and_then(|cells| self::row(&columns, cells)).and_then(|put| checked(put, proof));
        each((number, put))?;
    }
}

fn name(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_8 { "UTF-8" } else { "CP949" }
}

/// Which column each of the first row's names is.
fn head(cells: Vec<String>) -> Result<Vec<Option<&'static str>>, BadList> {
    let known = |cell: &String| {
        let cell = cell.to_lowercase().replace([' ', '-'], "_");
        let cell = match cell.as_str() {
            "email" | "e_mail" | "address" | "이메일" | "메일" => "mail",
            "이름" => "name",
            "태그" => "tags",
            "timezone" => "time_zone",
            "동의" => "consent",
            other => other,
        };
        COLUMNS.into_iter().find(|column| *column == cell)
    };
    let columns: Vec<_> = cells.iter().map(known).collect();
    if !columns.contains(&Some("mail")) {
        let says = format!("the first row names the columns: {}; there is no mail", COLUMNS.join(","));
        return Err(BadList::Form(says));
    }
    if let Some(strange) =
        cells.iter().zip(&columns).find(|(cell, column)| column.is_none() && !cell.is_empty())
    {
        let says = format!("the column {:?} is none of {}", strange.0, COLUMNS.join(","));
        return Err(BadList::Form(says));
    }
    Ok(columns)
}

fn row(columns: &[Option<&'static str>], cells: Vec<String>) -> Result<MemberPut, String> {
    if cells.len() > columns.len() {
        return Err(format!("{} columns where there are {}", cells.len(), columns.len()));
    }
    let mut put = MemberPut::default();
    let list = |cell: &str| {
        cell.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    for (column, cell) in columns.iter().zip(cells) {
        // An empty cell says nothing: it takes nothing away.
        if cell.is_empty() {
            continue;
        }
        match column {
            Some("mail") => put.mail = cell,
            Some("name") => put.name = Some(cell),
            Some("tags") => put.tags = list(&cell),
            Some("locale") => put.locale = Some(cell),
            Some("time_zone") => put.time_zone = Some(cell),
            Some("consent") => put.consent = list(&cell),
            _ => {}
        }
    }
    Ok(put)
}

fn checked(mut put: MemberPut, proof: Option<&str>) -> Result<MemberPut, String> {
    if put.mail.is_empty() {
        return Err("no mail address".to_owned());
    }
    // What people write in such a column for yes.
    for purpose in &mut put.consent {
        if matches!(purpose.to_lowercase().as_str(), "yes" | "y" | "1" | "true" | "예" | "동의") {
            PROMOTION.clone_into(purpose);
        }
    }
    put.consent
        .retain(|purpose| !matches!(purpose.to_lowercase().as_str(), "no" | "n" | "0" | "false" | "아니오"));
    if !put.consent.is_empty() {
        match proof {
            Some(proof) => put.proof = Some(proof.to_owned()),
            None => return Err("consent without a proof: --consent-proof says how they agreed".to_owned()),
        }
    }
    Ok(put)
}

/// Ends a row that has no end: a quote that is never closed must not fill the memory.
struct Bounded<R> {
    input: R,
    since_line: usize,
}

impl<R: Read> Bounded<R> {
    fn new(input: R) -> Self {
        Self { input, since_line: 0 }
    }
}

/// Bytes without a line end, over several lines of one row, that are surely no list.
const NO_LIST: usize = 1 << 20;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(to)?;
        match memchr::memrchr(b'\n', &to[..count]) {
            Some(at) => self.since_line = count - at,
            None => self.since_line += count,
        }
        if self.since_line > NO_LIST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end"));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn rows(input: &[u8]) -> Vec<Row> {
        let mut rows = Vec::new();
        read::<BadList>(input, Form::default(), Some("paper"), &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
        rows
    }

    fn first(input: &[u8]) -> MemberPut {
        rows(input).remove(0).1.unwrap()
    }

    #[test]
    fn a_list_is_read_however_a_spreadsheet_wrote_it() {
        let csv = "mail,name,tags,locale,time_zone,consent\nbob@example.org,밥,running;city:Seoul,ko-KR,Asia/Seoul,promotion\n";
        let put = first(csv.as_bytes());
        assert_eq!((put.name.as_deref(), put.tags.len()), (Some("밥"), 2));
        assert_eq!((put.consent, put.proof.as_deref()), (vec![PROMOTION.to_owned()], Some("paper")));
        let mut bom = b"\xef\xbb\xbf".to_vec();
        bom.extend_from_slice(csv.as_bytes());
        assert_eq!(first(&bom).name.as_deref(), Some("밥"));
        let (cp949, ..) = EUC_KR.encode(csv);
        assert_eq!(first(&cp949).name.as_deref(), Some("밥"));
        assert_eq!(
            first(b"Email\tName\r\nbob@example.org\t\"B, \"\"ob\"\"\"\r\n").name.as_deref(),
            Some("B, \"ob\"")
        );
        assert_eq!(first(b"mail;name\nbob@example.org;Bob\n").name.as_deref(), Some("Bob"));
        let json = first(b"{\"mail\":\"bob@example.org\",\"tags\":[\"a\"],\"consent\":[\"yes\"]}\n");
        assert_eq!((json.tags.len(), json.consent), (1, vec![PROMOTION.to_owned()]));
    }

    #[test]
    fn a_bad_row_is_told_with_its_line_and_the_rest_goes_on() {
        let csv = "mail,name\na@example.org,A\n,B\n\"c@example.org\",\"two\nlines\"\nd@example.org,D,more\ne@example.org,E\n";
        let told: Vec<(u64, bool)> =
            rows(csv.as_bytes()).into_iter().map(|(line, row)| (line, row.is_ok())).collect();
        assert_eq!(told, [(2, true), (3, false), (4, true), (6, false), (7, true)]);
    }

    #[test]
    fn what_is_no_list_says_so() {
        for text in ["name\nBob\n", "mail,shoe\na@b.example,9\n"] {
            let error = read::<BadList>(text.as_bytes(), Form::default(), None, &mut |_| Ok(())).unwrap_err();
            assert!(error.to_string().contains("mail,name,tags"), "{error}");
        }
        let endless = io::repeat(b'x').take(50 << 20);
        assert!(read::<BadList>(endless, Form::default(), None, &mut |_| Ok(())).is_err());
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut all = b"mail,name\n".to_vec();
            all.extend(bytes);
            let _ = read::<BadList>(&all[..], Form::default(), None, &mut |_| Ok(()));
        }
    }
}
