//! CSV as spreadsheets write it. A row is bounded, however its quotes stand; a row of several lines is told with all of
//! them, since a quote that somebody forgot takes the rows after it along.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{EUC_KR, Encoding, UTF_8};

use super::{BadList, ROW, Row};
use crate::wire::members::MemberPut;

/// The columns we know.
const COLUMNS: [&str; 6] = ["mail", "name", "tags", "locale", "time_zone", "consent"];
/// Cells of one row.
const CELLS: usize = 100;

/// What is between the columns of a list that begins like this.
pub(super) fn delimiter(begin: &[u8]) -> u8 {
    let first = begin.split(|byte| matches!(byte, b'\n' | b'\r')).find(|line| !line.is_empty());
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, first.unwrap_or_default()).count();
    let likely = [b',', b';', b'\t'].into_iter().max_by_key(|byte| (count(*byte), *byte == b','));
    likely.unwrap_or(b',')
}

/// Reads rows. `encoding`: `None` until the first byte that is not ASCII.
pub(super) fn read<E: From<BadList>>(
    input: impl BufRead,
    mut encoding: Option<&'static Encoding>,
    delimiter: u8,
    each: &mut dyn FnMut(Row) -> Result<(), E>,
) -> Result<(), E> {
    let mut rows = Rows::new(input, delimiter);
    let mut columns = None;
    while let Some((line, cells)) = rows.next().map_err(BadList::from)? {
        let cells = cells.and_then(|cells| {
            if encoding.is_none() {
                encoding = super::encoding(cells.text);
            }
            cells.iter().map(|cell| text(cell, encoding.unwrap_or(UTF_8))).collect::<Result<Vec<_>, _>>()
        });
        match &columns {
            None => columns = Some(head(&cells.map_err(BadList::Form)?)?),
            Some(columns) => each((line, cells.and_then(|cells| row(columns, cells))))?,
        }
    }
    Ok(())
}

/// Rows one after the other, in memory that does not grow.
struct Rows<R> {
    input: R,
    core: Reader,
    /// Where the next byte is, from 1.
    line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// A row as it is written.
#[derive(Clone, Copy)]
struct Cells<'a> {
    text: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Cells<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(self.ends).filter_map(move |(begin, end)| self.text.get(begin..*end))
    }
}

impl<R: BufRead> Rows<R> {
    fn new(input: R, delimiter: u8) -> Self {
        let core = ReaderBuilder::new().delimiter(delimiter).build();
        Self { input, core, line: 1, text: vec![0; ROW], ends: vec![0; CELLS] }
    }

    /// The line the next row begins on, and its cells or what is wrong with it.
    fn next(&mut self) -> io::Result<Option<(u64, Result<Cells<'_>, String>)>> {
        if !self.skip_empty()? {
            return Ok(None);
        }
        let (first, mut breaks) = (self.line, 0);
        let (mut text, mut ends, mut is_too_long, mut last) = (0, 0, false, 0);
        loop {
            let input = self.input.fill_buf()?;
            let (to, marks) = (&mut self.text[text..], &mut self.ends[ends..]);
            let (result, read, wrote, ended) = self.core.read_record(input, to, marks);
            breaks += lines(&input[..read]);
            last = input[..read].last().copied().unwrap_or(last);
            self.input.consume(read);
            text += wrote;
            ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                // It is read to its end all the same, or its rest would be taken for rows.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (text, ends, is_too_long) = (0, 0, true);
                }
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        self.line += breaks;
        let until = first + breaks - u64::from(last == b'\n' && breaks > 0);
        let cells = if until > first {
            Err(format!("up to line {until} it is one row: a quote is open"))
        } else if is_too_long {
            Err(format!("longer than {ROW} bytes, or more than {CELLS} columns"))
        } else {
            Ok(Cells { text: &self.text[..text], ends: &self.ends[..ends] })
        };
        Ok(Some((first, cells)))
    }

    /// Goes to the next line that has something; false: there is none.
    fn skip_empty(&mut self) -> io::Result<bool> {
        loop {
            let input = self.input.fill_buf()?;
            let empty = input.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            let (is_end, is_over) = (input.is_empty(), empty == input.len());
            self.line += lines(&input[..empty]);
            self.input.consume(empty);
            if is_end || !is_over {
                return Ok(!is_end);
            }
        }
    }
}

fn lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn text(cell: &[u8], encoding: &'static Encoding) -> Result<String, String> {
    let (text, is_wrong) = encoding.decode_without_bom_handling(cell);
    if is_wrong {
        return Err(format!("not {}", if encoding == EUC_KR { "CP949" } else { "UTF-8" }));
    }
    Ok(text.trim().to_owned())
}

/// Which column each of the first row's names is.
fn head(cells: &[String]) -> Result<Vec<Option<&'static str>>, BadList> {
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
    if let Some(twice) =
        columns.iter().enumerate().find(|(at, column)| column.is_some() && columns[..*at].contains(column))
    {
        return Err(BadList::Form(format!("the column {} is there twice", twice.1.unwrap_or_default())));
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
