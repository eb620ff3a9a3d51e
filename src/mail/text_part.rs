//! A text as a MIME part (RFC 2045): 7-bit when it is ASCII in lines of at most 998, so that links stay whole; else
//! quoted-printable. Never base64: a reader without MIME could not find the chat line.

use memchr::memchr2;

/// The longest line of a 7-bit text (RFC 5322 §2.1.1).
const LINE: usize = 998;
/// Characters of a line in quoted-printable, its soft line break counted (§6.7).
const QUOTED_LINE: usize = 76;

/// Appends the part's header, an empty line and its body, which ends with one CRLF whether or not the text ends with a
/// line end.
pub(super) fn write(subtype: &str, text: &str, out: &mut Vec<u8>) {
    for word in ["Content-Type: text/", subtype, "; charset=utf-8\r\nContent-Transfer-Encoding: "] {
        out.extend_from_slice(word.as_bytes());
    }
    let before = out.len();
    out.extend_from_slice(b"7bit\r\n\r\n");
    if !lines(text, seven_bit, out) {
        out.truncate(before);
        out.extend_from_slice(b"quoted-printable\r\n\r\n");
        lines(text, quoted, out);
    }
}

/// Each line as `each` writes it, with CRLF. `false`: one could not be written so.
fn lines(text: &str, each: impl Fn(&[u8], &mut Vec<u8>) -> bool, out: &mut Vec<u8>) -> bool {
    let text = text.strip_suffix("\r\n").or(text.strip_suffix(['\n', '\r'])).unwrap_or(text);
    let mut rest = text.as_bytes();
    loop {
        let end = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        if !each(&rest[..end], out) {
            return false;
        }
        out.extend_from_slice(b"\r\n");
        rest = match &rest[end..] {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => return true,
        };
    }
}

fn seven_bit(line: &[u8], out: &mut Vec<u8>) -> bool {
    // Without an early end, so that one instruction looks at many bytes.
    let odd = line.iter().fold(false, |odd, byte| odd | !matches!(byte, b'\t' | b' '..=b'~'));
    let fits = line.len() <= LINE && !odd;
    if fits {
        out.extend_from_slice(line);
    }
    fits
}

fn quoted(line: &[u8], out: &mut Vec<u8>) -> bool {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut column = 0;
    for (at, &byte) in line.iter().enumerate() {
        let last = at + 1 == line.len();
        let plain = match byte {
            b'=' => false,
            // White space at the end of a line does not arrive.
            b' ' | b'\t' => !last,
            byte => byte.is_ascii_graphic(),
        };
        let length = if plain { 1 } else { 3 };
        // There must be room for the `=` of a soft line break, unless the line ends here.
        if column + length > QUOTED_LINE - usize::from(!last) {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if plain {
            out.push(byte);
        } else {
            out.extend_from_slice(&[b'=', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        column += length;
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;

    fn part(text: &str) -> String {
        let mut out = Vec::new();
        write("plain", text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_link_stays_whole_in_seven_bits() {
        let link = format!("https://ch.example.org/c#{}", "A".repeat(80));
        let part = part(&format!("Hi\n{link}\n"));
        assert!(part.contains("7bit") && part.ends_with(&format!("\r\n\r\nHi\r\n{link}\r\n")), "{part}");
    }

    #[test]
    fn whatever_is_not_plain_ascii_in_short_lines_is_quoted_printable() {
        for text in ["한국어".to_owned(), "a\0b".to_owned(), "x".repeat(999), "bell \x07".to_owned()] {
            let part = part(&text);
            assert!(part.contains("quoted-printable") && !part.contains('\0'), "{part}");
        }
        assert!(part("é \n").ends_with("=C3=A9=20\r\n"));
    }

    proptest! {
        #[test]
        fn a_text_arrives_as_it_went_in(text in "([ -~]{0,90}|[가-힣é👢 \t=]{0,40}|\n|\r\n){0,12}") {
            let part = part(&text);
            prop_assert!(part.lines().all(|line| line.len() <= LINE) && part.is_ascii() && part.ends_with("\r\n"));
            prop_assert!(part.contains("7bit") || part.lines().all(|line| line.len() <= QUOTED_LINE));
            let mail = MessageParser::default().parse(part.as_bytes()).unwrap();
            let due = text.replace("\r\n", "\n");
            let read = mail.body_text(0).unwrap().replace("\r\n", "\n");
            let end = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
            prop_assert_eq!(end(&read), end(&due));
        }
    }
}
