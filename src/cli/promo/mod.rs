//! What `ch-promo` does, one file for each kind of thing it is about.

pub mod ad;
mod bar;
pub mod campaign;
mod due;
mod ending;
mod hold;
pub mod letter;
mod mailing;
pub mod member;
mod notice;
pub mod outcome;
mod plan;
mod rehearsal;
mod stages;
mod told;
mod way;
mod words;

use super::{
    Exit, Io,
    args::promo::{PromoArgs, Verb},
    config::Config,
};

/// One verb.
///
/// # Errors
/// What the verb says.
pub fn run(args: PromoArgs, io: &mut Io) -> anyhow::Result<Exit> {
    let config = Config::load()?;
    let PromoArgs { verb, common } = args;
    let edge = Edge { config: &config, common: &common.0, io };
    match verb {
        Verb::Member(verb) => member::member(verb, edge),
        Verb::Consent(verb) => member::consent(verb, edge),
        Verb::Suppress(args) => member::suppress(args, edge),
        Verb::Unsuppress(args) => member::unsuppress(args, edge),
        Verb::Due(args) => due::due(args, edge),
        Verb::Ad(verb) => ad::ad(verb, edge),
        Verb::Plan(args) => plan::plan(args, edge),
        Verb::Lint(args) => letter::lint(args, edge),
        Verb::Show(args) => letter::show(args, edge),
        Verb::Test(args) => letter::test(args, edge),
        Verb::Run(args) => campaign::run(args, edge),
        Verb::Claim(args) => campaign::claim(args, edge),
        Verb::Record(args) => campaign::record(args, edge),
        Verb::Pause(args) => campaign::pause(args, edge),
        Verb::Resume(args) => campaign::resume(args, edge),
        Verb::Cancel(args) => campaign::cancel(args, edge),
        Verb::Status(args) => campaign::status(args, edge),
        Verb::Report(args) => outcome::report(args, edge),
        Verb::Unsubscribe(args) => outcome::unsubscribe(args, edge),
    }
}

/// What every verb is given besides its arguments.
#[derive(Debug)]
pub struct Edge<'a> {
    /// The settings.
    pub config: &'a Config,
    /// The flags that all tools have.
    pub common: &'a super::args::Common,
    /// Output.
    pub io: &'a mut Io,
}
