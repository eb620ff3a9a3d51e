//! See `chmail_fuzz::record`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::record(bytes));
