//! See `chmail_fuzz::pop3_reply`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| chmail_fuzz::pop3_reply(bytes));
