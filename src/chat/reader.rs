//! Reads the input, line by line and with bounds, on a thread of its own.

use std::{
    io::{self, BufRead, Read},
    thread,
};

use tokio::sync::mpsc;

use crate::client::live::{Gate, Happening, Permit};

/// What comes to a talk from all sides.
#[derive(Debug)]
pub enum Input {
    /// From the live connection.
    Live(Happening),
    /// A line of input without its line break.
    Line(String, Permit),
    /// A line of input that was too long, and skipped.
    TooLong(Permit),
    /// The input ended; with an error, if it could not be read.
    End(Option<io::Error>),
    /// The person asks the tool to end (SIGINT, SIGTERM).
    Stop,
    /// Some time has passed.
    Tick,
}

impl From<Happening> for Input {
    fn from(happening: Happening) -> Self {
        Self::Live(happening)
    }
}

/// What becomes of a line that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Long {
    /// It is cut into several.
    Cut,
    /// It is skipped and reported.
    Skip,
}

/// Starts the thread. A line is at most `most` bytes; `gate` says when the next one may be read.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    from: Box<dyn BufRead + Send>,
    most: usize,
    long: Long,
    gate: Gate,
    to: mpsc::Sender<Input>,
) -> io::Result<()> {
    let read = move || {
        let end = lines(from, most, long, |line| {
            let permit = gate.pass();
            to.blocking_send(match line {
                Some(line) => Input::Line(line, permit),
                None => Input::TooLong(permit),
            })
            .is_ok()
        });
        // Nobody listens any more: then nobody misses it.
        let _ = to.blocking_send(Input::End(end.err()));
    };
    thread::Builder::new().name("input".into()).spawn(read).map(|_| ())
}

/// Hands each line over until there is none or `take` says to stop. `None`: one that was too long.
fn lines(
    mut from: impl BufRead,
    most: usize,
    long: Long,
    mut take: impl FnMut(Option<String>) -> bool,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut skipping = false;
    loop {
        // One more than a whole line, to see its line break.
        let room = most + 1 - bytes.len();
        let read = match from.by_ref().take(room as u64).read_until(b'\n', &mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let whole = bytes.last() == Some(&b'\n');
        if read == 0 || whole {
            if whole {
                bytes.pop();
            }
            let goes_on = match (skipping, read == 0 && bytes.is_empty()) {
                (true, _) => take(None),
                (false, true) => true,
                (false, false) => take(Some(String::from_utf8_lossy(&bytes).into_owned())),
            };
            if read == 0 || !goes_on {
                return Ok(());
            }
            bytes.clear();
            skipping = false;
        } else if bytes.len() > most {
            match long {
                Long::Skip => {
                    bytes.clear();
                    skipping = true;
                }
                Long::Cut => {
                    let rest = bytes.split_off(character_end(&bytes, most));
                    if !take(Some(String::from_utf8_lossy(&bytes).into_owned())) {
                        return Ok(());
                    }
                    bytes = rest;
                }
            }
        }
    }
}

/// The last place at or before `most` that is not inside a character.
fn character_end(bytes: &[u8], most: usize) -> usize {
    let back = (0..4).find(|back| bytes.get(most - back).is_none_or(|byte| byte & 0xc0 != 0x80));
    most - back.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(input: &[u8], most: usize, long: Long) -> Vec<Option<String>> {
        let mut read = Vec::new();
        lines(input, most, long, |line| {
            read.push(line);
            true
        })
        .unwrap();
        read
    }

    fn some(lines: &[&str]) -> Vec<Option<String>> {
        lines.iter().map(|line| Some((*line).to_owned())).collect()
    }

    #[test]
    fn lines_come_as_they_are_the_last_one_without_a_line_break_too() {
        assert_eq!(read(b"a\n\nb", 8, Long::Skip), some(&["a", "", "b"]));
        assert_eq!(read(b"", 8, Long::Skip), []);
        assert_eq!(read(b"a\xff\n", 8, Long::Skip), some(&["a\u{fffd}"]));
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_between_characters_or_skipped() {
        assert_eq!(
            read(b"12345678\n123456789\nx\n", 8, Long::Cut),
            some(&["12345678", "12345678", "9", "x"])
        );
        assert_eq!(read("1234567é\n".as_bytes(), 8, Long::Cut), some(&["1234567", "é"]));
        let expected = [some(&["12345678"]), vec![None], some(&["x"]), vec![None]].concat();
        assert_eq!(read(b"12345678\n1234567890123456789\nx\n123456789", 8, Long::Skip), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_by_cutting(text in "[a-zé🙂]{0,60}", most in 4usize..20) {
            let cut = read(text.as_bytes(), most, Long::Cut);
            prop_assert!(cut.iter().flatten().all(|piece| piece.len() <= most));
            prop_assert_eq!(cut.into_iter().flatten().collect::<String>(), text);
        }
    }
}
