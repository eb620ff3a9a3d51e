//! A campaign's way as a bar: on standard error, where somebody looks at it.

use indicatif::ProgressBar;

use crate::{
    cli::{args::Face, progress},
    wire::promotion::Campaign,
};

/// Accepted, and what became of the others; with the rate and what remains.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Hidden unless standard error is a terminal and neither `-q` nor `--json` was given.
    #[must_use]
    pub fn new(face: &Face) -> Self {
        Self(progress::bar(face, "{wide_bar} {pos}/{len} {per_sec} {eta}  {msg}"))
    }

    /// Where it is.
    pub fn show(&self, campaign: &Campaign) {
        let Campaign { planned, claimed, attempting, accepted, deferred, rejected, unknown, skipped, .. } =
            campaign;
        let settled = accepted + rejected + unknown + skipped;
        self.0.set_length(settled + planned + claimed + attempting + deferred);
        self.0.set_position(settled);
        let others =
            [("rejected", rejected), ("unknown", unknown), ("skipped", skipped), ("deferred", deferred)];
        let words: Vec<String> = others
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        self.0.set_message(words.join(", "));
    }

    /// One more is settled.
    pub fn one(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
