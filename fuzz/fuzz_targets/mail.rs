//! See `chmail_fuzz::mail`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::mail(bytes));
