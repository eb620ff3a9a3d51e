//! The flags that every tool has, read so that `ad add` can have a `--text` of its own.

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::args::{Common, Face};

/// [`Common`], in a tool with a verb whose `--text` names a file.
#[derive(Debug, Clone, Default)]
pub struct Flags(pub Common);

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
