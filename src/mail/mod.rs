//! RFC 5322 and 5321 in modules named for what they hold.

pub mod address;
pub mod body;
pub mod button;
pub mod chat_line;
pub mod compose;
pub mod header;
pub mod insert;
pub mod mailbox;
pub mod message_id;
pub mod problem;
pub mod text;
