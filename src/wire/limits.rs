//! Every bound that both ends must agree on, by name. Sizes are bytes unless the name says otherwise.

/// One frame or record on the wire, newline included.
pub const FRAME: usize = 64 * 1024;
/// The text of one line (leaves room for JSON escapes of most scripts in [`FRAME`]).
pub const LINE_TEXT: usize = 16 * 1024;
/// A login ID, in characters.
pub const LOGIN: usize = 64;
/// An id that a client makes (call, line) or the server makes (conversation, notice), in characters.
pub const ID: usize = 64;
/// A mail's subject or a display name as the server keeps it.
pub const SUBJECT: usize = 1000;
/// A Message-ID (RFC 5322 allows a line of 998).
pub const MESSAGE_ID: usize = 998;
/// A mail address (RFC 5321 §4.5.3.1: a path is at most 256 octets with its brackets).
pub const ADDRESS: usize = 254;
/// A host name (RFC 1035 §2.3.4) or address.
pub const HOST: usize = 255;
/// A device's name, in bytes.
pub const DEVICE_NAME: usize = 100;
/// The body of one HTTP request that is not a stream.
pub const BODY: usize = 64 * 1024;
/// Recipients of one mail with a button.
pub const RECIPIENTS: usize = 1000;
/// Lines one `history` frame may ask for.
pub const HISTORY: u32 = 1000;
/// Conversations one `hello` may resume.
pub const RESUME: usize = 1000;
/// Notices one answer carries; the rest come with the next.
pub const NOTICES: usize = 100;
/// Seconds one invite lives unless it says otherwise.
pub const RING_SECS: u32 = 120;
/// Seconds a call is tried unless the caller says otherwise.
pub const GIVE_UP_SECS: u32 = 600;
/// The longest a caller may ask a call to be tried, in seconds (30 days, for `--until-on`).
pub const GIVE_UP_MAX_SECS: u32 = 30 * 24 * 3600;
