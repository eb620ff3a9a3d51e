//! Members, what they agreed to, and what they must be told.

use super::Edge;
use crate::cli::{Exit, args::promo::member, fail};

/// `member`.
///
/// # Errors
/// What the CH server says.
pub fn member(_: member::MemberVerb, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "member: being built"))
}

/// `consent`.
///
/// # Errors
/// What the CH server says.
pub fn consent(_: member::ConsentVerb, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "consent: being built"))
}

/// `suppress`.
///
/// # Errors
/// What the CH server says.
pub fn suppress(_: member::SuppressArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "suppress: being built"))
}

/// `unsuppress`.
///
/// # Errors
/// What the CH server says.
pub fn unsuppress(_: member::UnsuppressArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "unsuppress: being built"))
}

/// `due`.
///
/// # Errors
/// What the CH server says.
pub fn due(_: member::DueArgs, _: Edge<'_>) -> anyhow::Result<Exit> {
    Err(fail(Exit::Software, "due: being built"))
}
