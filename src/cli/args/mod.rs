//! The tools' arguments, one file each, and what they have in common. They stand in the library so that man
//! pages and completions can be made from them.
#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "the docs of arguments are help texts, with brackets of their own"
)]

pub mod bulk;
pub mod chat;
pub mod fetch;
mod flags;
pub mod inspect;
pub mod port;
pub mod promo;
pub mod register;
pub mod send;
pub mod serve;

use super::generate::Page;

pub use flags::{Common, Face, Tool};

/// Every tool's page, in the order of the README: man pages and completions are made of these.
pub const PAGES: &[fn() -> Page] = &[
    serve::page,
    register::page,
    port::page,
    send::page,
    fetch::page,
    inspect::page,
    chat::page,
    promo::page,
];
