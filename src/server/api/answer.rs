//! Answers as they leave: one object, or one to a line.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{server::Problem, wire};

/// One object with its `v`.
pub fn object<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match wire::to_line(value) {
        Ok(line) => (status, [(header::CONTENT_TYPE, "application/json")], line).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}

/// NDJSON: one object to a line.
pub fn lines<T: Serialize>(values: impl IntoIterator<Item = T>) -> Response {
    let mut text = String::new();
    for value in values {
        match wire::to_line(&value) {
            Ok(line) => text.push_str(&line),
            Err(error) => return Problem::internal(&error).into_response(),
        }
    }
    ([(header::CONTENT_TYPE, NDJSON)], text).into_response()
}

/// The media type of a stream of records.
pub const NDJSON: &str = "application/x-ndjson";
