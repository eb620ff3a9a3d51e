//! Lists of members: CSV as spreadsheets write it, or NDJSON; row by row, whatever their length. A row that is no good is
//! told with its line and why; none is passed over silently.

mod consent;
mod table;

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{EUC_KR, Encoding, UTF_8};
use serde::{Deserialize, de::IgnoredAny};

pub use self::consent::{BadConsent, said};
use crate::wire::members::MemberPut;

/// Bytes looked at to tell an encoding and a delimiter.
const LOOK: usize = 64 * 1024;
/// Bytes of one row.
const ROW: usize = 64 * 1024;
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
    if begin.starts_with(b"\xff\xfe") || begin.starts_with(b"\xfe\xff") {
        let says = "this is UTF-16; save it as UTF-8 (\"CSV UTF-8\" in a spreadsheet)";
        return Err(BadList::Form(says.to_owned()).into());
    }
    let bom = begin.starts_with(b"\xef\xbb\xbf");
    if bom {
        begin.drain(..3);
    }
    if begin.len() < LOOK && begin.trim_ascii().is_empty() {
        return Err(BadList::Form("it is empty".to_owned()).into());
    }
    let is_json = begin.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let encoding = if bom { Some(UTF_8) } else { form.encoding.or_else(|| encoding(&begin)) };
    let delimiter = form.delimiter.unwrap_or_else(|| table::delimiter(&begin));
    let whole = io::Cursor::new(begin).chain(input);
    if is_json {
        json(BufReader::new(whole), proof, each)
    } else {
        table::read(BufReader::new(whole), encoding, delimiter, &mut |(line, row)| {
            each((line, row.and_then(|put| checked(put, proof))))
        })
    }
}

/// What bytes are written in; `None`: ASCII says nothing. A character may be cut by the end.
fn encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.is_ascii() {
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_some() || bytes.len() < LOOK => EUC_KR,
        _ => UTF_8,
    })
}

/// A line of NDJSON. What a `member` record has besides may stand there; anything else is an error, so that a misspelt
/// field is not passed over.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Line {
    mail: String,
    name: Option<String>,
    tags: Vec<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    consent: Vec<String>,
    v: IgnoredAny,
    #[serde(rename = "type")]
    kind: IgnoredAny,
    member: IgnoredAny,
    created: IgnoredAny,
    suppressed: bool,
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
        let row = serde_json::from_slice::<Line>(&line).map_err(|error| why(&error));
        let row = row.and_then(|line| {
            if line.suppressed {
                return Err("suppressed: ch-promo suppress says so of an address".to_owned());
            }
            Ok(MemberPut {
                mail: line.mail.trim().to_owned(),
                name: line.name,
                tags: line.tags,
                locale: line.locale,
                time_zone: line.time_zone,
                consent: line.consent,
                ..MemberPut::default()
            })
        });
        each((number, row.and_then(|put| checked(put, proof))))?;
    }
}

fn checked(mut put: MemberPut, proof: Option<&str>) -> Result<MemberPut, String> {
    if put.mail.is_empty() {
        return Err("no mail address".to_owned());
    }
    (put.consent, put.withdraw) = said(std::mem::take(&mut put.consent))?;
    if !put.consent.is_empty() && proof.is_none() {
        return Err("consent without a proof: --consent-proof says how they agreed".to_owned());
    }
    if !put.consent.is_empty() || !put.withdraw.is_empty() {
        put.proof = proof.map(str::to_owned);
    }
    Ok(put)
}

/// What serde says, without the place: the list's own line is told, and serde's is always the first.
#[must_use]
pub fn why(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((why, place)) if place.contains(" column ") => why.to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests;
