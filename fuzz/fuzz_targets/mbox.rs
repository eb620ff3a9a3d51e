//! See `chmail_fuzz::mbox`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::mbox(bytes));
