//! RFC 5322 and 5321 in modules named for what they hold.

pub mod address;
pub mod appended;
pub mod body;
pub mod button;
pub mod charset;
pub mod chat_line;
pub mod compose;
pub mod header;
pub mod html;
pub mod insert;
pub mod mailbox;
pub mod maildir;
pub mod mbox;
pub mod message_id;
pub mod net;
pub mod parts;
pub mod problem;
pub mod read;
pub mod recipients;
pub mod scan;
pub mod shown;
pub mod source;
pub mod submission;
pub mod text;
pub mod transport;
pub mod words;
