//! See `chmail_fuzz::fields`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::fields(bytes));
