//! A campaign's mail before it goes: checked, printed, tried.

use super::Edge;
use crate::cli::{Exit, args::promo::letter, fail};

/// `lint`.
///
/// # Errors
/// What the CH server says.
pub fn lint(_: letter::LintArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "lint: being built"))
}

/// `show`.
///
/// # Errors
/// What the CH server says.
pub fn show(_: letter::ShowArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "show: being built"))
}

/// `test`.
///
/// # Errors
/// What the CH server says.
pub fn test(_: letter::TestArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "test: being built"))
}
