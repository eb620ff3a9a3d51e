//! Campaigns: planned, mailed, watched.

use super::Edge;
use crate::cli::{Exit, args::promo::campaign, fail};

/// `plan`.
///
/// # Errors
/// What the CH server says.
pub fn plan(_: campaign::PlanArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "plan: being built"))
}

/// `run`.
///
/// # Errors
/// What the CH server says.
pub fn run(_: campaign::RunArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "run: being built"))
}

/// `claim`.
///
/// # Errors
/// What the CH server says.
pub fn claim(_: campaign::ClaimArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "claim: being built"))
}

/// `record`.
///
/// # Errors
/// What the CH server says.
pub fn record(_: campaign::RecordArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "record: being built"))
}

/// `pause`.
///
/// # Errors
/// What the CH server says.
pub fn pause(_: campaign::NameArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "pause: being built"))
}

/// `resume`.
///
/// # Errors
/// What the CH server says.
pub fn resume(_: campaign::NameArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "resume: being built"))
}

/// `cancel`.
///
/// # Errors
/// What the CH server says.
pub fn cancel(_: campaign::NameArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "cancel: being built"))
}

/// `status`.
///
/// # Errors
/// What the CH server says.
pub fn status(_: campaign::StatusArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "status: being built"))
}
