//! `ch-port`: gets this login's port (S103).

fn main() {}
