//! Talking to a CH server: who one is (`home`), asking (`http`, `api`).

pub mod api;
pub mod error;
pub mod home;
pub mod http;
#[cfg(test)]
mod tests;

pub use api::Api;
pub use error::{ClientError, HomeError};
pub use home::{Credentials, Home};
pub use http::Http;
