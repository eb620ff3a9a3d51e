//! `ch-promo`: members, ads, campaigns (METHOD 80, 90, and the promotion).

use std::process::ExitCode;

use chmail::cli;

fn main() -> ExitCode {
    cli::run("ch-promo", cli::promo::run)
}
