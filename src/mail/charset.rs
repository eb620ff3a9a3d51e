//! From bytes in some character set to text.

use mail_parser::decoders::charsets::map::charset_decoder;

use super::problem::Problem;

/// Decodes `bytes`, which say of themselves to be in the charset `label`.
///
/// Without a label, with one that nobody knows, or when they are not what UTF-8 or ASCII claims, the bytes decide:
/// ISO-2022 escapes, then UTF-8, then EUC-KR (with its CP949 extension), then Windows-1252. Never fails: what has
/// no meaning becomes U+FFFD.
#[must_use]
pub fn decode(bytes: &[u8], label: Option<&str>) -> String {
    match way(label.unwrap_or_default()) {
        Some(Way::Guess) | None => guess(bytes),
        Some(Way::Korean) => iso_2022_kr(bytes),
        Some(Way::Table(decoder)) => decoder(bytes),
    }
}

/// Notes a charset that nobody knows, whose bytes are guessed at: the first of a mail.
pub fn note_unknown(label: &str, problems: &mut Vec<Problem>) {
    let told = |problem: &Problem| matches!(problem, Problem::UnknownCharset(_));
    if way(label).is_none() && !problems.iter().any(told) {
        problems.push(Problem::UnknownCharset(label.to_owned()));
    }
}

/// How a charset is decoded.
enum Way {
    Guess,
    Korean,
    Table(fn(&[u8]) -> String),
}

fn way(label: &str) -> Option<Way> {
    let label = label.trim().to_ascii_lowercase().replace('_', "-");
    Some(match label.as_str() {
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "unknown-8bit" | "x-unknown" => Way::Guess,
        "iso-2022-kr" | "csiso2022kr" => Way::Korean,
        // Names of CP949 that mail from Korea bears and the table below does not know.
        "cp949" | "ms949" | "uhc" | "x-windows-949" | "windows949" | "euckr" | "x-euc-kr" | "ks-c-5601" => {
            Way::Table(charset_decoder(b"euc-kr")?)
        }
        known => Way::Table(charset_decoder(known.as_bytes())?),
    })
}

fn named(bytes: &[u8], label: &str) -> String {
    match charset_decoder(label.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => guess(bytes),
    }
}

fn guess(bytes: &[u8]) -> String {
    let has = |escape: &[u8]| memchr::memmem::find(bytes, escape).is_some();
    if memchr::memchr(0x1b, bytes).is_some() {
        if has(b"\x1b$)C") {
            return iso_2022_kr(bytes);
        }
        if has(b"\x1b$B") || has(b"\x1b$@") || has(b"\x1b(J") {
            return named(bytes, "iso-2022-jp");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let korean = named(bytes, "euc-kr");
    if !korean.contains(char::REPLACEMENT_CHARACTER) {
        return korean;
    }
    // Text in UTF-8 that was cut or damaged in a few places is still UTF-8.
    let lossy = String::from_utf8_lossy(bytes);
    let damaged = lossy.matches(char::REPLACEMENT_CHARACTER).count();
    let foreign = lossy.chars().filter(|c| !c.is_ascii()).count() - damaged;
    if foreign > damaged { lossy.into_owned() } else { named(bytes, "windows-1252") }
}

/// RFC 1557: between SO and SI each byte is one of KS X 1001 without its high bit.
fn iso_2022_kr(bytes: &[u8]) -> String {
    let mut shifted = false;
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match byte {
            0x0e => shifted = true,
            0x0f => shifted = false,
            0x1b if tail.starts_with(b"$)C") => rest = &tail[3..],
            b'\n' => {
                shifted = false;
                plain.push(b'\n');
            }
            byte if shifted && byte.is_ascii_graphic() => plain.push(byte | 0x80),
            byte => plain.push(*byte),
        }
    }
    named(&plain, "euc-kr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_is_read_under_all_its_names() {
        let euc = b"\xc7\xd1\xb1\xdb";
        for label in
            ["euc-kr", "EUC-KR", "ks_c_5601-1987", "cp949", "MS949", "uhc", "x-windows-949", "", "x-nobody"]
        {
            assert_eq!(decode(euc, Some(label)), "한글", "{label}");
        }
        assert_eq!(decode(euc, None), "한글");
        // Beyond KS X 1001, in CP949 only.
        assert_eq!(decode(b"\x8c\x63\xb9\xe6\xb0\xa2\xc7\xcf", Some("ks_c_5601-1987")), "똠방각하");
        assert_eq!(decode(b"\x1b$)C\x0eGQ1[\x0f ok", Some("iso-2022-kr")), "한글 ok");
        assert_eq!(decode(b"\x1b$)C\x0eGQ1[\x0f ok", None), "한글 ok");
    }

    #[test]
    fn others_are_read_too() {
        assert_eq!(decode(b"\x1b$B4A;z\x1b(B", Some("iso-2022-jp")), "漢字");
        assert_eq!(decode(b"\x1b$B4A;z\x1b(B", None), "漢字");
        assert_eq!(decode(b"caf\xe9", Some("iso-8859-1")), "café");
        assert_eq!(decode(b"caf\xe9 ", None), "café ");
        assert_eq!(decode("한글".as_bytes(), Some("us-ascii")), "한글");
        assert_eq!(decode("한글로 쓴 글\u{fffd}".replace('\u{fffd}', "").as_bytes(), None), "한글로 쓴 글");
        assert_eq!(decode(b"\xed\x95\x9c\xea\xb8\x80\xea", None), "한글\u{fffd}");
    }
}
