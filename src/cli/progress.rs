//! A bar for work that is long: on standard error, and only where somebody looks at it.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::Face;

/// A bar on standard error; hidden unless that is a terminal and neither `-q` nor `--json` was given.
#[must_use]
pub fn bar(face: &Face, template: &str) -> ProgressBar {
    let shown = io::stderr().is_terminal() && !face.quiet && !face.json;
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// A bar over `bytes` that tells the number of things, too; hidden unless standard error is a terminal and neither `-q`
/// nor `--json` was given.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    things: u64,
    done: u64,
}

impl Progress {
    /// Nothing is shown before it is known [how much](Self::expect) there is to do.
    #[must_use]
    pub fn new(face: &Face) -> Self {
        Self { bar: bar(face, "{msg} {wide_bar} {bytes}/{total_bytes} {eta}"), things: 0, done: 0 }
    }

    /// So much is to come.
    pub fn expect(&mut self, things: usize, bytes: u64) {
        self.things = things as u64;
        self.bar.set_length(bytes);
    }

    /// Some bytes came.
    pub fn came(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// One thing is done.
    pub fn done(&mut self) {
        self.done += 1;
        if !self.bar.is_hidden() {
            self.bar.set_message(format!("{}/{}", self.done, self.things));
        }
    }

    /// The bar itself, to be suspended while something else is written to the terminal.
    #[must_use]
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
