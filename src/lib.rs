//! chmail: mail that opens a chat.
//!
//! The map, one line per room. Arrows point down only; `ARCHITECTURE.md` tells them.
//!
//! ```text
//! bin → cli and any verb room        chat → client
//! server → web, promo, mail, store   send → client, mail
//! promo → send, client, mail
//! client (its own disk), server → store                    fetch → mail
//! all → call, wire
//! ```

pub mod call;
pub mod chat;
pub mod cli;
pub mod client;
pub mod fetch;
pub mod mail;
pub mod promo;
pub mod send;
pub mod server;
pub mod store;
pub mod web;
pub mod wire;
