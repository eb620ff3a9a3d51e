//! The promotion: from members, ads and plans to mails, and what became of them.

pub mod import;
pub mod lint;
pub mod pace;
pub mod render;
pub mod run;
