//! Flags that every tool has.

use clap::Args;

/// A tool's arguments, as [`run`](fn@crate::cli::run) needs them.
pub trait Tool {
    /// The flags about output.
    fn face(&self) -> &Face;
}

/// What the tools that talk to a CH server have in common.
#[derive(Debug, Clone, Default, Args)]
pub struct Common {
    /// The CH server [default: the one registered with, else http://127.0.0.1:4460]
    #[arg(long, value_name = "URL", env = "CH_SERVER", hide_env_values = true, global = true)]
    pub server: Option<String>,
    /// A PEM file with further certificates to trust for https
    #[arg(long, value_name = "FILE", env = "CH_CA", hide_env_values = true, global = true)]
    pub ca: Option<String>,
    /// Output.
    #[command(flatten)]
    pub face: Face,
}

/// What is shown, and how.
#[derive(Debug, Clone, Default, Args)]
pub struct Face {
    /// Write records (JSON, one a line), also to a terminal; errors as `error` records
    #[arg(long, conflicts_with = "text", global = true)]
    pub json: bool,
    /// Write text, also into a pipe
    #[arg(long, global = true)]
    pub text: bool,
    /// Say less
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Face {
    /// What `--json` and `--text` force, if one was given.
    #[must_use]
    pub fn records(&self) -> Option<bool> {
        (self.json || self.text).then_some(self.json)
    }
}
