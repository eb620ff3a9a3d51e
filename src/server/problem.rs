//! What a request gets that cannot be served: an `error` record with its code's status.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    store::StoreError,
    wire::{self, Code, ErrorRecord, Record},
};

/// An `error` record on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub ErrorRecord);

impl Problem {
    /// A problem with this code, told in one line to a person.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(ErrorRecord::new(code, message))
    }

    /// No such thing, or not the asker's: the same bytes for both.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "no such thing here, or it is not yours")
    }

    /// A bug of ours, or a machine that fails us. What happened goes to the log, not to the asker.
    pub fn internal(what: &dyn std::fmt::Display) -> Self {
        tracing::error!("{what}");
        Self::new(Code::Internal, "the server failed; its log says why")
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The record as its line.
    #[must_use]
    pub fn to_line(&self) -> String {
        // An error record always has a JSON form; the fallback keeps the reader's framing if that ever changes.
        wire::to_line(&Record::Error(self.0.clone())).unwrap_or_else(|_| "{}\n".to_owned())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken => Self::new(Code::Taken, "the login is taken"),
            StoreError::NotFound(_) => Self::not_found(),
            StoreError::Expired(what) => Self::new(Code::Expired, format!("the {what} has expired")),
            StoreError::NoPorts => {
                Self::new(Code::NoPorts, "every port of the pool is in use: the operator can widen --ports")
            }
            StoreError::Enough(what) => {
                let words =
                    format!("{what} is all that one login gets: release one first (ch-port --release)");
                Self::new(Code::Forbidden, words)
            }
            StoreError::Disk(_)
            | StoreError::File(_)
            | StoreError::Create(_)
            | StoreError::Absent(_)
            | StoreError::NoBackup(_) => {
                tracing::error!("{error}");
                Self(ErrorRecord::new(Code::Unavailable, "the database cannot write now").retry(5))
            }
            StoreError::Closed => {
                Self(ErrorRecord::new(Code::Unavailable, "the server is shutting down").retry(1))
            }
            StoreError::Keys(_) | StoreError::Locked(_) | StoreError::Version(_) | StoreError::Damaged(_) => {
                Self::internal(&error)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self.0.retry;
        let unauthorized = self.0.code == Code::Unauthorized;
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/json")], self.to_line()).into_response();
        let headers = response.headers_mut();
        if let Some(secs) = retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if unauthorized {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
