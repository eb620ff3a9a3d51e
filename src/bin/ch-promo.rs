//! `ch-promo`: members, ads, campaigns (METHOD 80, 90, and the promotion).

use std::process::ExitCode;

use chmail::cli;

/// Mails are written by one thread and freed by another, and each takes dozens of small allocations.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run("ch-promo", cli::promo::run)
}
