//! The flags that every tool has, read so that `ad add` can have a `--text` of its own.
//!
//! A flag for all verbs is known by its id in each, and a verb with another option of the same name must share that id, or
//! clap sees two. So either side finds the other's value under it, and takes it for none.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::cli::args::{Common, Face};

/// [`Common`], in a tool with a verb whose `--text` names a file.
#[derive(Debug, Clone, Default)]
pub struct Flags(pub Common);

/// `ad add --text FILE`, in the place of the flag `--text`.
#[derive(Debug, Clone, Default)]
pub struct TextFile(pub Option<PathBuf>);

impl Args for TextFile {
    fn augment_args(command: Command) -> Command {
        command.arg(
            Arg::new("text")
                .long("text")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("File with the text, or - for standard input [default: made from the HTML]"),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TextFile {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.try_get_one::<PathBuf>("text").ok().flatten().cloned()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        Common::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Common::augment_args_for_update(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        // The verb's own flag of the same name is another type: to us it was not given.
        let is = |name| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
        let text = |name| matches.try_get_one::<String>(name).ok().flatten().cloned();
        let face = Face { json: is("json"), text: is("text"), quiet: is("quiet"), verbose: is("verbose") };
        Ok(Self(Common { server: text("server"), ca: text("ca"), face }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
