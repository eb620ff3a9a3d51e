//! Man pages and completions, made from the tools' arguments. What is made is checked in; a test says when it is
//! stale, `make generate` makes it anew.

use std::{io, path::PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use super::{args, config::KEYS, exit};

/// What a tool's man page says beyond its arguments.
#[derive(Debug)]
pub struct Page {
    /// The arguments.
    pub command: fn() -> Command,
    /// Files it uses, with what they are for; the client's own are [`HOME_FILES`].
    pub files: &'static [(&'static str, &'static str)],
    /// Variables that are not just another word for a flag.
    pub environment: &'static [(&'static str, &'static str)],
    /// Command lines that people copy, each with what it does.
    pub examples: &'static [(&'static str, &'static str)],
}

/// Files of every tool that has an identity.
pub const HOME_FILES: &[(&str, &str)] = &[
    (
        "$CH_HOME/config.toml",
        "Settings, one a line: a key, = and a value in quotes. A flag or variable comes first.",
    ),
    ("$CH_HOME/credentials", "Who you are, and this machine's token. Mode 0600, else it is refused."),
];

/// Variables of every tool that has an identity.
pub const HOME_ENVIRONMENT: &[(&str, &str)] =
    &[("CH_HOME", "The directory of one identity. Default: $XDG_CONFIG_HOME/ch, else ~/.config/ch.")];

/// Every file that is made, by its path in the project.
///
/// # Errors
/// Only those of writing into memory: none.
pub fn all() -> io::Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for page in args::PAGES.iter().map(|page| page()) {
        let name = (page.command)().get_name().to_owned();
        files.push((PathBuf::from(format!("man/{name}.1")), man(&page)?));
        for (shell, file) in [
            (Shell::Bash, format!("completions/{name}.bash")),
            (Shell::Zsh, format!("completions/_{name}")),
            (Shell::Fish, format!("completions/{name}.fish")),
        ] {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut (page.command)(), &name, &mut text);
            files.push((PathBuf::from(file), String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(files)
}

fn man(page: &Page) -> io::Result<String> {
    let mut command = (page.command)();
    command.build();
    let title = command.get_name().to_uppercase();
    let source = format!("chmail {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).title(title).source(source).manual("chmail");
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    let verbs: Vec<Command> =
        command.get_subcommands().filter(|verb| verb.get_name() != "help").cloned().collect();
    if !verbs.is_empty() {
        roff(&mut text, |roff| {
            roff.control("SH", ["COMMANDS"]);
        })?;
    }
    for verb in verbs {
        verb_section(&mut text, verb)?;
    }
    roff(&mut text, |roff| sections(roff, page, &command))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A verb: its usage, what it does, and the options that only it has.
fn verb_section(text: &mut Vec<u8>, verb: Command) -> io::Result<()> {
    let mut verb = verb.mut_args(|arg| {
        let everywhere = arg.is_global_set() || arg.get_id() == "help";
        if everywhere { arg.hide(true) } else { arg }
    });
    let usage = verb.render_usage().to_string().replace("Usage: ", "");
    let about = verb.get_long_about().or_else(|| verb.get_about()).map(ToString::to_string);
    roff(text, |roff| {
        roff.control("SS", [usage.lines().next().unwrap_or_default()]);
        roff.text([roman(about.unwrap_or_default())]);
    })?;
    let more = verb.get_after_long_help().map(ToString::to_string);
    let mut options = Vec::new();
    Man::new(verb).render_options_section(&mut options)?;
    // Options of a verb stand below it, not in a section of their own.
    let options = String::from_utf8_lossy(&options).replace(".SH OPTIONS\n", "");
    text.extend_from_slice(options.as_bytes());
    if let Some(more) = more {
        roff(text, |roff| {
            roff.control("PP", []);
            roff.control("nf", []);
            roff.text([roman(more)]);
            roff.control("fi", []);
        })?;
    }
    Ok(())
}

fn sections(roff: &mut Roff, page: &Page, command: &Command) {
    roff.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in exit::TABLE {
        entry(roff, &exit.code().to_string(), meaning);
    }
    let flags = command.get_arguments().chain(command.get_subcommands().flat_map(Command::get_arguments));
    let mut variables: Vec<(String, String)> = flags
        .filter_map(|arg| Some((arg.get_env()?.to_str()?, arg.get_long()?)))
        .map(|(variable, flag)| (variable.to_owned(), format!("The same as --{flag}.")))
        .collect();
    variables.extend(page.environment.iter().map(|&(name, what)| (name.to_owned(), what.to_owned())));
    variables.sort();
    variables.dedup();
    section(roff, "ENVIRONMENT", variables.iter().map(|(name, what)| (name.as_str(), what.as_str())));
    if page.files.starts_with(HOME_FILES) {
        section(roff, "CONFIGURATION", KEYS.iter().copied());
    }
    section(roff, "FILES", page.files.iter().copied());
    if !page.examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        for (line, what) in page.examples {
            roff.control("TP", []);
            roff.text([roman(*what)]);
            roff.control("nf", []);
            roff.text([bold(*line)]);
            roff.control("fi", []);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    let others = args::PAGES.iter().map(|page| (page().command)().get_name().to_owned());
    let others: Vec<String> =
        others.filter(|name| name != command.get_name()).map(|name| format!("{name}(1)")).collect();
    roff.text([roman(others.join(", "))]);
}

fn section<'a>(roff: &mut Roff, title: &str, entries: impl Iterator<Item = (&'a str, &'a str)>) {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        roff.control("SH", [title]);
        entries.for_each(|(name, what)| entry(roff, name, what));
    }
}

fn entry(roff: &mut Roff, name: &str, what: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(what)]);
}

fn roff(text: &mut Vec<u8>, write: impl FnOnce(&mut Roff)) -> io::Result<()> {
    let mut roff = Roff::new();
    write(&mut roff);
    roff.to_writer(text)
}
