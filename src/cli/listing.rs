//! Mails as a table for people: one line each, as wide as the terminal.

use std::io;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::words;
use crate::wire::{display::clean, record::Mail};

/// How wide each column is; on a terminal the line just fits.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    from: usize,
    subject: usize,
    /// `None`: what is last may be as long as it is.
    problems: Option<usize>,
}

/// `2026-11-23 09:00`.
const DATE: usize = 16;
/// `withdrawn`.
const CHAT: usize = 9;
/// Between two columns.
const GAP: &str = "  ";

impl Listing {
    /// For standard output: as wide as the terminal, and the whole line in a pipe.
    #[must_use]
    pub fn for_stdout() -> Self {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok();
        Self::wide(size.map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0))
    }

    /// For lines of `columns`; `None`: as long as they need to be.
    #[must_use]
    pub fn wide(columns: Option<usize>) -> Self {
        let Some(columns) = columns else { return Self { from: 30, subject: 40, problems: None } };
        let rest = columns.saturating_sub(DATE + CHAT + 4 * GAP.len());
        let from = (rest / 4).clamp(8, 30);
        let subject = ((rest.saturating_sub(from)) * 2 / 3).max(8);
        Self { from, subject, problems: Some(rest.saturating_sub(from + subject)) }
    }

    /// What stands above the columns.
    #[must_use]
    pub fn head(&self) -> String {
        self.row("DATE", "FROM", "SUBJECT", "CHAT", "PROBLEMS")
    }

    /// A mail's line.
    #[must_use]
    pub fn line(&self, mail: &Mail) -> String {
        let (chat, problems) = button(mail);
        let date = mail.date.map_or_else(|| "no date".to_owned(), words::time);
        let from = mail.from.as_deref().unwrap_or("nobody");
        let subject = mail.subject.as_deref().filter(|subject| !subject.trim().is_empty());
        self.row(&date, from, subject.unwrap_or("(no subject)"), chat, &problems.join(", "))
    }

    fn row(&self, date: &str, from: &str, subject: &str, chat: &str, problems: &str) -> String {
        let cells = [
            fit(date, Some(DATE)),
            fit(from, Some(self.from)),
            fit(subject, Some(self.subject)),
            fit(chat, Some(CHAT)),
            fit(problems, self.problems),
        ];
        cells.join(GAP).trim_end().to_owned()
    }
}

/// The button in a word, and the problems that the word does not say.
fn button(mail: &Mail) -> (&'static str, Vec<&str>) {
    let begins = |phrase: &str| mail.problems.iter().any(|problem| problem.starts_with(phrase));
    let (word, said) = match &mail.chat {
        Some(_) if begins("withdrawn button") => ("withdrawn", "withdrawn button"),
        Some(_) if begins("unknown button") => ("unknown", "unknown button"),
        Some(_) if begins("expired ticket") => ("expired", "expired ticket"),
        Some(_) => ("chat", "no button"),
        None if begins("no button") => ("-", "no button"),
        None => ("broken", "no button"),
    };
    (word, mail.problems.iter().map(String::as_str).filter(|problem| !problem.starts_with(said)).collect())
}

/// Other people's text, made harmless, and cut or filled to `columns`.
fn fit(text: &str, columns: Option<usize>) -> String {
    let text = clean(text);
    let Some(columns) = columns else { return text };
    let width = text.width();
    if width <= columns {
        return format!("{text}{}", " ".repeat(columns - width));
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let width = c.width().unwrap_or(0);
        if used + width + 1 > columns {
            break;
        }
        used += width;
        cut.push(c);
    }
    if used < columns {
        cut.push('…');
        used += 1;
    }
    cut + &" ".repeat(columns - used)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str, problems: &[&str]) -> Mail {
        Mail {
            from: Some("Alice Kim <alice@example.org>".to_owned()),
            subject: Some(subject.to_owned()),
            problems: problems.iter().map(|problem| (*problem).to_owned()).collect(),
            ..Mail::default()
        }
    }

    #[test]
    fn a_line_is_as_wide_as_the_terminal_whatever_it_says() {
        let subjects = [
            "Boots".to_owned(),
            "새 부츠가 들어왔습니다 ".repeat(20),
            "x".repeat(1000),
            "\u{301}\x1b[2J".repeat(90),
        ];
        for columns in 48..140 {
            let listing = Listing::wide(Some(columns));
            for subject in &subjects {
                let line =
                    listing.line(&mail(subject, &["bare CR", "damaged structure: a thing that is long"]));
                assert!(line.width() <= columns && !line.contains('\x1b'), "{columns}: {line}");
                let chat = line.char_indices().map(|(at, _)| line[..at].width()).filter(|&w| w <= columns);
                assert!(chat.count() > 0 && line.contains("  broken"), "{columns}: {line}");
            }
        }
        assert!(Listing::wide(Some(0)).line(&mail("x", &[])).width() < 80);
    }

    #[test]
    fn in_a_pipe_nothing_of_the_problems_is_cut() {
        let line = Listing::wide(None).line(&mail("Boots", &["no button", "NUL byte", "unresolved: why"]));
        assert!(
            line.ends_with("Boots                                     -          NUL byte, unresolved: why"),
            "{line}"
        );
    }
}
