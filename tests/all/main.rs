//! The one integration binary: the real tools against real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod docs;
mod generated;
mod house;
mod mail_corpus;
mod mail_servers;
mod schema;
mod wire;
#[allow(dead_code, reason = "a world holds what a next test may need")]
mod world;
