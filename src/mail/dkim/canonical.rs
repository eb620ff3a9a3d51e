//! What a DKIM signature covers, in the form in which it is hashed (RFC 6376 §3.4).

use memchr::{memchr, memchr_iter};

/// How a header or a body is brought into the form that is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Canon {
    /// As it stands.
    #[default]
    Simple,
    /// Names in lower case, white space run together.
    Relaxed,
}

impl Canon {
    /// `c=`: the header's and the body's; what is left out is `simple` (§3.5).
    #[must_use]
    pub fn of_tag(text: &str) -> Option<(Self, Self)> {
        let one = |text: &str| match text {
            "simple" => Some(Self::Simple),
            "relaxed" => Some(Self::Relaxed),
            _ => None,
        };
        let (header, body) = text.split_once('/').unwrap_or((text, "simple"));
        Some((one(header)?, one(body)?))
    }
}

/// Appends one header field to what is hashed, ended by CRLF. `value` is all after the colon, line ends of its
/// folding included (LF or CRLF), the last one not.
pub fn header(canon: Canon, name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    match canon {
        Canon::Simple => {
            out.extend_from_slice(name);
            out.push(b':');
            with_crlf(value, out);
        }
        Canon::Relaxed => {
            out.extend(name.trim_ascii_end().iter().map(u8::to_ascii_lowercase));
            out.push(b':');
            relaxed_value(value, out);
        }
    }
    out.extend_from_slice(b"\r\n");
}

/// Unfolded, each run of white space as one space, none at both ends (§3.4.2).
fn relaxed_value(value: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let mut space = false;
    for &byte in value {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => space = true,
            byte => {
                if space && out.len() > start {
                    out.push(b' ');
                }
                space = false;
                out.push(byte);
            }
        }
    }
}

fn with_crlf(value: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    for at in memchr_iter(b'\n', value) {
        let line = &value[from..at];
        out.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        out.extend_from_slice(b"\r\n");
        from = at + 1;
    }
    out.extend_from_slice(&value[from..]);
}

/// The body in the form that is hashed (§3.4.3, §3.4.4). Lines of `body` may end in LF or CRLF; in what comes
/// out they end in CRLF.
#[must_use]
pub fn body(canon: Canon, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 32 + 2);
    let mut rest = body;
    // Where the last line that is not empty ends: empty lines behind it are not hashed.
    let mut end = 0;
    while !rest.is_empty() {
        let (line, after) = match memchr(b'\n', rest) {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, &[][..]),
        };
        rest = after;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let start = out.len();
        match canon {
            Canon::Simple => out.extend_from_slice(line),
            Canon::Relaxed => relaxed_line(line, &mut out),
        }
        let empty = out.len() == start;
        out.extend_from_slice(b"\r\n");
        if !empty {
            end = out.len();
        }
    }
    out.truncate(end);
    // A body of nothing is one line end in `simple`, nothing at all in `relaxed`.
    if end == 0 && canon == Canon::Simple {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Each run of white space as one space, none at the end.
fn relaxed_line(line: &[u8], out: &mut Vec<u8>) {
    let kept = line.len() - line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let line = &line[..kept];
    let is_space = |byte: u8| byte == b' ' || byte == b'\t';
    // Most lines hold neither tabs nor runs.
    if memchr(b'\t', line).is_none() && !line.windows(2).any(|two| two == b"  ") {
        out.extend_from_slice(line);
        return;
    }
    let mut before = false;
    for &byte in line {
        let space = is_space(byte);
        if !space {
            out.push(byte);
        } else if !before {
            out.push(b' ');
        }
        before = space;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn field(canon: Canon, name: &str, value: &str) -> String {
        let mut out = Vec::new();
        header(canon, name.as_bytes(), value.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn text(canon: Canon, text: &str) -> String {
        String::from_utf8(body(canon, text.as_bytes())).unwrap()
    }

    #[test]
    fn the_rfcs_own_example_comes_out() {
        // RFC 6376 §3.4.5.
        assert_eq!(field(Canon::Relaxed, "A", " X"), "a:X\r\n");
        assert_eq!(field(Canon::Relaxed, "B ", " Y\t\r\n\tZ  "), "b:Y Z\r\n");
        assert_eq!(field(Canon::Simple, "B ", " Y\t\r\n\tZ  "), "B : Y\t\r\n\tZ  \r\n");
        let message = " C \r\nD \t E\r\n\r\n\r\n";
        assert_eq!(text(Canon::Relaxed, message), " C\r\nD E\r\n");
        assert_eq!(text(Canon::Simple, message), " C \r\nD \t E\r\n");
    }

    #[test]
    fn empty_bodies_and_bare_line_ends() {
        for empty in ["", "\r\n", "\n\n"] {
            assert_eq!(
                (text(Canon::Relaxed, empty).as_str(), text(Canon::Simple, empty).as_str()),
                ("", "\r\n")
            );
        }
        assert_eq!(text(Canon::Relaxed, "\r\n \t\r\nx"), "\r\n\r\nx\r\n");
        assert_eq!(text(Canon::Relaxed, " \t\r\n"), "");
        assert_eq!(text(Canon::Simple, "a\nb"), "a\r\nb\r\n");
    }

    #[test]
    fn the_tag_names_both() {
        assert_eq!(Canon::of_tag("relaxed"), Some((Canon::Relaxed, Canon::Simple)));
        assert_eq!(Canon::of_tag("simple/relaxed"), Some((Canon::Simple, Canon::Relaxed)));
        assert_eq!(Canon::of_tag("nowsp"), None);
    }

    proptest! {
        #[test]
        fn a_body_in_its_form_stays_as_it_is(message in "[ab \t\r\n]{0,40}") {
            for canon in [Canon::Simple, Canon::Relaxed] {
                let once = body(canon, message.replace('\r', "").as_bytes());
                prop_assert_eq!(&body(canon, &once), &once);
                prop_assert!(once.is_empty() || once.ends_with(b"\r\n"));
            }
        }
    }
}
