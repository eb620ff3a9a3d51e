//! RFC 5322 and 5321 in modules named for what they hold.

pub mod button;
pub mod problem;
