//! Talking to a CH server: who one is (`home`), becoming it (`enroll`), asking (`http`, `api`).

pub mod api;
pub mod enroll;
pub mod error;
pub mod home;
pub mod http;
#[cfg(test)]
mod tests;

pub use api::Api;
pub use error::{ClientError, HomeError};
pub use home::{Credentials, Home};
pub use http::Http;
