//! Operands never guess: a path is a path, `-` is standard input.

use std::{
    ffi::OsString,
    fmt,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal, Read, Write},
    path::PathBuf,
};

use clap::CommandFactory;

use super::exit::{Exit, OrFail, fail};

/// A `MESSAGE` or `FILE` operand. As a clap argument: `operand: Operand`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// `-`.
    Stdin,
    /// Anything else; `./-` names a file called `-`.
    Path(PathBuf),
}

impl From<OsString> for Operand {
    fn from(text: OsString) -> Self {
        if text == "-" { Self::Stdin } else { Self::Path(text.into()) }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("-"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}

impl Operand {
    /// Opens it for reading.
    ///
    /// # Errors
    /// 64 when it is standard input and that is a terminal, where there is nothing to read; 66 when the file can't be opened or is a directory.
    pub fn open(&self) -> anyhow::Result<Box<dyn BufRead + Send>> {
        match self {
            Self::Stdin if io::stdin().is_terminal() => {
                Err(fail(Exit::Usage, "nothing to read on standard input: it is a terminal"))
            }
            Self::Stdin => Ok(Box::new(BufReader::new(io::stdin()))),
            Self::Path(path) => {
                if path.as_os_str().is_empty() {
                    return Err(fail(Exit::Usage, "an empty name is no file's"));
                }
                // Text of a mail rather than its file: what it was to be is easily guessed, but operands never are.
                let link = path.to_str().is_some_and(|text| text.contains("://"));
                let hint =
                    if link { " (a link is no file: write it to standard input, and say -)" } else { "" };
                let what = || format!("open {}{hint}", path.display());
                let file = File::open(path).or_fail(Exit::NoInput, what())?;
                if file.metadata().is_ok_and(|meta| meta.is_dir()) {
                    return Err(fail(Exit::NoInput, format!("{}: it is a directory", what())));
                }
                Ok(Box::new(BufReader::new(file)))
            }
        }
    }

    /// Reads all of it, at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Operand::open`]; 65 when it is empty or longer than `limit`; 74 when reading fails.
    pub fn read(&self, limit: usize) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)
            .or_fail(Exit::Io, format!("read {self}"))?;
        match bytes.len() {
            0 => Err(fail(Exit::Data, format!("read {self}: it is empty"))),
            length if length > limit => {
                Err(fail(Exit::Data, format!("read {self}: it is longer than {limit} bytes")))
            }
            _ => Ok(bytes),
        }
    }
}

/// For tools that read standard input: a terminal there means that nobody piped anything in.
///
/// # Errors
/// 64 with the tool's usage in one line.
pub fn piped<A: CommandFactory>() -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        return Ok(());
    }
    Err(fail(Exit::Usage, format!("nothing to read on standard input; {}", usage::<A>())))
}

/// Asks the person at the terminal and gives the line they typed; `None` when there is no terminal to ask at. The
/// answer comes from the terminal also when something else is on standard input.
///
/// # Errors
/// 74 when reading fails.
pub fn ask(question: &str) -> anyhow::Result<Option<String>> {
    if !io::stderr().is_terminal() {
        return Ok(None);
    }
    let mut terminal: Box<dyn BufRead> = match File::open("/dev/tty") {
        _ if io::stdin().is_terminal() => Box::new(io::stdin().lock()),
        Ok(terminal) => Box::new(BufReader::new(terminal)),
        Err(_) => return Ok(None),
    };
    write!(io::stderr(), "{question}").or_fail(Exit::Io, "ask")?;
    let mut line = String::new();
    (&mut terminal).take(4096).read_line(&mut line).or_fail(Exit::Io, "read the answer")?;
    Ok(Some(line))
}

/// The tool's usage in one line.
#[must_use]
pub fn usage<A: CommandFactory>() -> String {
    let usage = A::command().render_usage().to_string();
    let words: Vec<&str> = usage.split_whitespace().collect();
    words.join(" ").replacen("Usage:", "usage:", 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::cli::exit;

    fn exit_of(operand: &str, limit: usize) -> Option<Exit> {
        exit::of(&Operand::from(OsString::from(operand)).read(limit).unwrap_err())
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_66_and_an_empty_or_endless_one_65() {
        assert_eq!(exit_of("/nowhere/at/all", 10), Some(Exit::NoInput));
        assert_eq!(exit_of("/", 10), Some(Exit::NoInput));
        assert_eq!(exit_of("/dev/null", 10), Some(Exit::Data));
        assert_eq!(exit_of("/dev/zero", 10), Some(Exit::Data));
    }
}
