//! Talking to a CH server: who one is (`home`), becoming it (`enroll`), asking (`http`, `api`), whom to trust
//! (`trust`), and the live connection (`live`).

pub mod api;
pub mod campaigns;
mod checked;
pub mod enroll;
pub mod error;
pub mod home;
pub mod http;
pub mod live;
pub mod promotion;
mod roots;
#[cfg(test)]
mod tests;
pub mod trust;

pub use api::{Api, Marks};
pub use error::{ClientError, HomeError};
pub use home::{Credentials, Home};
pub use http::Http;

pub use crate::store::{ClientStore, StoreError};
