//! Ads.

use super::Edge;
use crate::cli::{Exit, args::promo::ad, fail};

/// `ad`.
///
/// # Errors
/// What the CH server says.
pub fn ad(_: ad::AdVerb, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "ad: being built"))
}
