//! What is attached to a mail: which of its parts, and under which name a part may be kept in a directory.

use super::{
    parts::{self, Encoding, Part},
    scan, shown, words,
};
use crate::wire::display;

/// The name that an attachment without one is listed under.
pub const UNNAMED: &str = "unnamed";

/// The longest name that is kept, in bytes; file systems allow 255, and a number may have to be added.
const NAME: usize = 200;
/// The longest ending (`.tar` and the like) that survives when a name is cut.
const ENDING: usize = 20;

/// An attachment of a mail.
#[derive(Debug)]
pub struct Attached<'a>(Part<'a>);

impl Attached<'_> {
    /// Its name as the mail says it, or [`UNNAMED`].
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.kind.name.as_deref().unwrap_or(UNNAMED)
    }

    /// Its bytes, out of their transfer encoding.
    #[must_use]
    pub fn content(&self) -> Vec<u8> {
        match self.0.kind.encoding {
            Encoding::Plain => self.0.bytes.to_vec(),
            Encoding::Base64 => words::base64(self.0.bytes),
            Encoding::QuotedPrintable => words::quoted_printable(self.0.bytes),
        }
    }
}

/// The attachments of a message, in the order in which its record lists them.
#[must_use]
pub fn attached(message: &[u8]) -> Vec<Attached<'_>> {
    let mut passed = Vec::new();
    let header = scan::header(message, |_| false);
    let Some(body) = header.body.filter(|_| !header.fields.is_empty()) else { return Vec::new() };
    let parts = parts::parts(&header, &message[body..], &mut passed);
    let place = shown::place(&parts);
    let attached = |(at, part)| is_attached(&part, Some(at) == place).then_some(Attached(part));
    parts.into_iter().enumerate().filter_map(attached).collect()
}

/// Whether a part is an attachment; not the one that is shown.
pub(super) fn is_attached(part: &Part<'_>, shown: bool) -> bool {
    let kind = &part.kind;
    !shown && (kind.attached || kind.name.is_some() || kind.main != "text")
}

/// A name that can be a file's on any system and does no harm in a shell's line, however the mail names it: no path, no
/// dot or dash at its start, nothing invisible, nothing that Windows keeps for itself, at most 200 bytes.
#[must_use]
pub fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = display::clean(base)
        .chars()
        .map(|c| if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '`' | '$') { '_' } else { c })
        .collect();
    let visible = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let bare = visible.trim_start_matches(['.', '-', '~', ' ']).trim_end_matches(['.', ' ']);
    let (stem, ending) = match bare.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() < ENDING => (stem, &bare[stem.len()..]),
        _ => (bare, ""),
    };
    let stem = stem[..stem.floor_char_boundary(NAME - ending.len())].trim_end_matches(['.', ' ']);
    let reserved = if is_reserved(stem) { "_" } else { "" };
    match stem {
        "" => UNNAMED.to_owned(),
        stem => format!("{reserved}{stem}{ending}"),
    }
}

/// Device names of Windows, with any ending.
fn is_reserved(stem: &str) -> bool {
    let name = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |prefix| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            let mut digits = rest.chars();
            matches!((digits.next(), digits.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(name.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$")
        || numbered("COM")
        || numbered("LPT")
}

/// The same name with a number before its ending: what to try when the name is taken.
#[must_use]
pub fn numbered(name: &str, number: usize) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => format!("{stem}-{number}.{ending}"),
        _ => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_cannot_lead_out_of_a_directory_or_hide_there() {
        for (name, safe) in [
            ("boots.jpg", "boots.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\system.ini", "system.ini"),
            ("/", "unnamed"),
            ("..", "unnamed"),
            (".bashrc", "bashrc"),
            ("-rf", "rf"),
            ("~root", "root"),
            ("a\0b\n\x1b[2Jc\u{202e}gpj.exe", "ab [2Jcgpj.exe"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("LPT¹", "_LPT¹"),
            ("company.txt", "company.txt"),
            ("a:b*c?.txt", "a_b_c_.txt"),
            ("a. . .", "a"),
            ("  보고서(최종) .hwp", "보고서(최종).hwp"),
            ("", "unnamed"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        let long = safe_name(&format!("{}.tar", "한".repeat(300)));
        assert!(long.len() <= NAME && long.ends_with("한.tar"), "{long}");
        assert!(safe_name(&format!("a.{}", "x".repeat(300))).len() <= NAME);
    }

    #[test]
    fn a_number_goes_before_the_ending() {
        assert_eq!(numbered("a.tar.gz", 2), "a.tar-2.gz");
        assert_eq!(numbered("a", 1), "a-1");
    }

    #[test]
    fn attachments_are_those_that_the_record_lists() {
        let mail = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n\
            Content-Disposition: attachment; filename=a.txt\nContent-Transfer-Encoding: base64\n\naGk=\n--b\n\
            Content-Type: image/png\nContent-Transfer-Encoding: quoted-printable\n\n=00x\n--b--\n";
        let found = attached(mail);
        let facts: Vec<_> = found.iter().map(|one| (one.name(), one.content())).collect();
        assert_eq!(facts, [("a.txt", b"hi".to_vec()), (UNNAMED, b"\0x".to_vec())]);
        assert!(attached(b"no mail at all").is_empty());
    }

    proptest! {
        #[test]
        fn every_name_is_safe(name in "([./~ $:-]|CON|com1|\\PC|\\p{Cc}|\\p{Cf}|한){0,80}") {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= NAME + 1);
            prop_assert!(!safe.starts_with(['.', '-', ' ', '~']) && !safe.ends_with(['.', ' ']));
            prop_assert!(!safe.contains(['/', '\\', ':']) && !safe.contains(char::is_control));
            prop_assert_eq!(safe_name(&safe), safe.clone());
            prop_assert!(!is_reserved(&safe));
        }
    }
}
