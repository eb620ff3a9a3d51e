//! The one integration binary: the real tools against real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browser;
mod bulk;
mod chat;
mod docs;
mod examples;
mod exit;
mod fetch;
mod fuzzed;
mod generated;
mod hostile;
mod hostile_mail;
mod house;
mod inspect;
mod kill;
mod live;
mod logins;
mod mail_corpus;
mod mail_servers;
mod method;
mod pipelines;
mod port;
mod promo;
mod register;
mod schema;
mod send;
mod serve;
mod setup;
mod sign_in;
#[allow(dead_code, reason = "the rooms' own tests use all of it")]
#[path = "../../src/client/tests/stub.rs"]
mod stub;
mod wire;
#[allow(dead_code, reason = "a world holds what a next test may need")]
mod world;
