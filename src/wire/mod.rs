//! Records and frames: what goes over pipes and sockets. Serde types, no I/O, no clock.
//!
//! One JSON object on one line is a *record*. Readers ignore fields and types they do not know;
//! writers write every array, and `null` for a fact they do not have.

pub mod ask;
pub mod audience;
pub mod campaigns;
pub mod certificate;
pub mod display;
pub mod error;
pub mod frame;
pub mod id;
pub mod limits;
pub mod login;
pub mod members;
pub mod port;
pub mod promotion;
pub mod reach;
pub mod record;
pub mod report;
pub mod schema;
pub mod secret;
pub mod ticket;
pub mod time;

pub use audience::Audience;
pub use error::{Code, ErrorRecord};
pub use id::{CallId, ConversationId, DeviceId, Epoch, LineId, NoticeId};
pub use login::LoginId;
pub use port::Port;
pub use record::Record;
pub use secret::{Secret, SecretHash};
pub use ticket::Ticket;
pub use time::Time;

use serde::Serialize;

/// Bytes in hexadecimal, in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The version every record and frame carries as `v`.
pub const VERSION: u8 = 1;

/// Writes a record or frame as its line: `{"v":1,"type":…}` and a newline.
///
/// `value` must serialise as a JSON object with at least one field, which every record and frame does.
///
/// # Errors
/// Only what `serde_json` reports for values that have no JSON form; no type of this room is one.
pub fn to_line<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut line = to_json(value)?;
    line.push('\n');
    Ok(line)
}

/// The same without the newline, as a WebSocket message carries it.
///
/// # Errors
/// As [`to_line`].
pub fn to_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut json = format!("{{\"v\":{VERSION}").into_bytes();
    let body = json.len();
    serde_json::to_writer(&mut json, value)?;
    // The object that was written goes on where ours began.
    json[body] = b',';
    String::from_utf8(json).map_err(serde::ser::Error::custom)
}
