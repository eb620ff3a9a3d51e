//! The one place where other people's text becomes fit for a terminal.

/// Strips what could drive or deceive a terminal: C0, DEL, C1, bidi controls, zero-width and other invisible
/// characters. A tab or line break becomes a space, so the result is always one line.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
            c if is_harmful(c) => None,
            c => Some(c),
        })
        .collect()
}

/// The same for text of several lines: `\n` stays, `\r\n` becomes `\n`, a tab stays.
#[must_use]
pub fn clean_block(text: &str) -> String {
    text.replace("\r\n", "\n").chars().filter(|&c| c == '\n' || c == '\t' || !is_harmful(c)).collect()
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_a_terminal() {
        assert_eq!(clean("a\x1b[2Jb\u{9b}c\x07\u{202e}d\u{200b}e\x7f\nf"), "a[2Jbcde f");
        assert_eq!(clean_block("a\r\nb\rc\td\x1b"), "a\nbc\td");
        assert_eq!(clean("한국어 — ünï 🙂"), "한국어 — ünï 🙂");
    }
}
