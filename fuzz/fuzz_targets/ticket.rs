//! See `chmail_fuzz::ticket`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::ticket(bytes));
