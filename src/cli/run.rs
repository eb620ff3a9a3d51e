//! The main of every tool.

use std::{
    ffi::OsStr,
    io::{self, Write},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    process::ExitCode,
};

use clap::{Parser, error::ErrorKind};

use super::{
    args::{Face, Tool},
    exit::{self, Exit},
    output::{Out, OutputError},
};
use crate::wire::{self, Code, ErrorRecord, Record, display};

/// What a tool is given besides its arguments.
#[derive(Debug)]
pub struct Io {
    /// Standard output.
    pub out: Out,
    tool: &'static str,
    face: Face,
}

impl Io {
    fn new(tool: &'static str, face: Face) -> Self {
        Self { out: Out::stdout(face.records()), tool, face }
    }

    /// The flags about output, as they were given.
    #[must_use]
    pub fn face(&self) -> &Face {
        &self.face
    }

    /// Reports one thing that failed, on standard error, and goes on. Returns the exit status it calls for, to
    /// be collected with [`Exit::and`]. A closed pipe is [`Exit::Done`] and silent.
    pub fn report(&self, error: &anyhow::Error) -> Exit {
        let Some(exit) = exit::of(error) else { return Exit::Done };
        let message = display::clean(&exit::words(error));
        if self.face.json {
            let mut record =
                exit::refusal(error).cloned().unwrap_or_else(|| ErrorRecord::new(exit.error_code(), ""));
            record.message = message;
            complain_in_json(record);
        } else {
            complain(self.tool, &message);
        }
        exit
    }

    /// Tells the person something that is not a failure, on standard error; nothing with `-q` or `--json`.
    pub fn note(&self, message: &str) {
        if !self.face.quiet && !self.face.json {
            complain(self.tool, &display::clean(message));
        }
    }
}

/// Runs a tool: parses its arguments, calls `body`, flushes its output and turns what comes out into an exit
/// status and at most one line on standard error.
pub fn run<A: Tool + Parser>(
    tool: &'static str,
    body: impl FnOnce(A, &mut Io) -> anyhow::Result<Exit>,
) -> ExitCode {
    panic::set_hook(Box::new(move |info| complain(tool, &in_one_line_of_panic(info))));
    if asks_only_version(std::env::args_os().skip(1)) {
        return caught(|| show(tool, &version(tool))).into();
    }
    // Only then is the command made anew: a tool starts in a millisecond.
    let parsed = A::try_parse().or_else(|error| match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => names_verbs(A::command())
            .try_get_matches()
            .and_then(|mut matches| A::from_arg_matches_mut(&mut matches)),
        _ => Err(error),
    });
    caught(|| match parsed {
        Ok(args) => {
            let mut io = Io::new(tool, args.face().clone());
            let result = body(args, &mut io);
            let flushed = io.out.flush();
            finish(&io, result, flushed)
        }
        Err(error) => refuse(tool, &error),
    })
    .into()
}

/// Scripts ask for the version often, and the command with all its flags and help takes longer to make than to answer.
fn asks_only_version(mut args: impl Iterator<Item = impl AsRef<OsStr>>) -> bool {
    let first = args.next();
    first.is_some_and(|arg| arg.as_ref() == "--version" || arg.as_ref() == "-V") && args.next().is_none()
}

/// As clap says it.
fn version(tool: &str) -> String {
    format!("{tool} {}\n", env!("CARGO_PKG_VERSION"))
}

/// A command that lacks its verb is told which there are, in one line; clap would show its whole help.
fn names_verbs(command: clap::Command) -> clap::Command {
    command.arg_required_else_help(false).mut_subcommands(names_verbs)
}

/// A panic ends as a bug of ours; the hook has told the person.
fn caught(whole: impl FnOnce() -> Exit) -> Exit {
    panic::catch_unwind(AssertUnwindSafe(whole)).unwrap_or(Exit::Software)
}

fn in_one_line_of_panic(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
    let why = info.payload_as_str().unwrap_or("no message");
    display::clean(&format!("internal error: {why}{place}; please report this"))
}

/// The body's own error comes first; output that could not be written is one too.
fn finish(io: &Io, result: anyhow::Result<Exit>, flushed: Result<(), OutputError>) -> Exit {
    match (result, flushed) {
        (Err(error), _) => io.report(&error),
        (Ok(_), Err(error @ (OutputError::Io(_) | OutputError::Record(_)))) => io.report(&error.into()),
        (Ok(exit), _) => exit,
    }
}

/// Help and version go to standard output and are a success; anything else clap has to say is one line and 64.
fn refuse(tool: &'static str, error: &clap::Error) -> Exit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return show(tool, &error.render().to_string());
    }
    let message = format!("{}; try '{tool} --help'", in_one_line(error));
    // Parsing failed, so look for the flag by hand: a program that asked for records gets one.
    let json = std::env::args_os().skip(1).take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if json {
        complain_in_json(ErrorRecord::new(Code::BadRequest, message));
    } else {
        complain(tool, &message);
    }
    Exit::Usage
}

/// Help and version, on standard output.
fn show(tool: &str, text: &str) -> Exit {
    let shown = io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush());
    match shown.map_err(OutputError::from) {
        Ok(()) | Err(OutputError::Closed) => Exit::Done,
        Err(error) => {
            complain(tool, &error.to_string());
            Exit::Io
        }
    }
}

/// What clap says before its usage, without its paragraphs.
fn in_one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let before_usage = text.split("\nUsage:").next().unwrap_or(&text);
    let lines = before_usage.lines().map(str::trim).filter(|line| {
        !line.is_empty() && !line.starts_with("For more information") && !line.starts_with("Usage:")
    });
    let joined = lines.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    display::clean(joined.strip_prefix("error: ").unwrap_or(&joined))
}

/// One line on standard error. When even that can't be written there is nobody left to tell.
fn complain(tool: &str, message: &str) {
    let _ = writeln!(io::stderr(), "{tool}: {message}");
}

fn complain_in_json(record: ErrorRecord) {
    if let Ok(line) = wire::to_line(&Record::Error(record)) {
        let _ = io::stderr().write_all(line.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::cli::fail;

    #[test]
    fn a_panic_is_70_and_one_harmless_line() {
        let said = Arc::new(Mutex::new(String::new()));
        let hook = Arc::clone(&said);
        panic::set_hook(Box::new(move |info| *hook.lock().unwrap() = in_one_line_of_panic(info)));
        assert_eq!(caught(|| panic!("no\nway\x1b[2J")), Exit::Software);
        let _ours = panic::take_hook();
        let said = said.lock().unwrap();
        assert!(said.starts_with("internal error: no way[2J (src/cli/run.rs:"), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }

    #[test]
    fn the_version_is_said_as_clap_says_it() {
        for page in super::super::args::PAGES {
            let command = (page().command)();
            assert_eq!(command.render_version(), version(command.get_name()));
        }
    }

    #[test]
    fn only_a_lone_flag_asks_for_nothing_but_the_version() {
        assert!(asks_only_version(["--version"].iter()));
        assert!(asks_only_version(["-V"].iter()));
        assert!(!asks_only_version(["--version", "--json"].iter()));
        assert!(!asks_only_version(["open", "--version"].iter()));
        assert!(!asks_only_version(["--", "--version"].iter()));
        assert!(!asks_only_version(std::iter::empty::<&str>()));
    }

    #[test]
    fn the_bodys_own_error_comes_before_that_of_its_output() {
        let io = Io::new("ch-test", Face::default());
        let full = || Err(OutputError::Io(io::Error::from(io::ErrorKind::StorageFull)));
        assert_eq!(finish(&io, Err(fail(Exit::Data, "bad")), full()), Exit::Data);
        assert_eq!(finish(&io, Ok(Exit::No), full()), Exit::Io);
        assert_eq!(finish(&io, Ok(Exit::No), Err(OutputError::Closed)), Exit::No);
        assert_eq!(finish(&io, Err(OutputError::Closed.into()), Ok(())), Exit::Done);
    }
}
