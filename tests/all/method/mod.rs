//! The method row by row, S101 to S117, each with the real binaries: a row that stops working breaks a test of its name.

mod call;
mod mail;
mod post;
