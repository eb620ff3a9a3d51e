//! See `chmail_fuzz::smtp_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::smtp_reply(bytes));
