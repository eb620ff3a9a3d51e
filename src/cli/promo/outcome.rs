//! What came of a campaign.

use super::Edge;
use crate::cli::{Exit, args::promo::outcome, fail};

/// `report`.
///
/// # Errors
/// What the CH server says.
pub fn report(_: outcome::ReportArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "report: being built"))
}

/// `unsubscribe`.
///
/// # Errors
/// What the CH server says.
pub fn unsubscribe(_: outcome::UnsubscribeArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "unsubscribe: being built"))
}
