//! The one integration binary: the real tools against real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod house;
mod schema;
mod wire;
