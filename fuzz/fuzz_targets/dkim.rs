//! See `chmail_fuzz::dkim`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::dkim(bytes));
