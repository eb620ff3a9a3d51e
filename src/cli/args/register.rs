//! `ch-register`.

use std::path::PathBuf;

use clap::Parser;

use super::{Common, Face, Tool};

/// Register a login
#[derive(Debug, Parser)]
#[command(name = "ch-register", version)]
pub struct RegisterArgs {
    /// Where the code is
    #[arg(long)]
    pub code_file: Option<PathBuf>,
    /// Common flags
    #[command(flatten)]
    pub common: Common,
}

impl Tool for RegisterArgs {
    fn face(&self) -> &Face {
        &self.common.face
    }
}
