//! What the fuzzer calls, with the bytes that are checked in: seeds, and what it once found.
//!
//! A target's corpus is `tests/corpus/fuzz/TARGET`; mails are also those of `tests/corpus/mail`.

use std::{fs, panic, path::PathBuf};

use crate::house::files;

#[path = "../../fuzz/src/lib.rs"]
mod targets;

/// Calls a target with a file's bytes; a panic names the file.
fn holds(target: fn(&[u8]), path: &PathBuf) {
    let bytes = fs::read(path).unwrap();
    if panic::catch_unwind(|| target(&bytes)).is_err() {
        panic!("{}", path.display());
    }
}

fn holds_for_all(name: &str) {
    let (_, target) =
        targets::TARGETS.iter().find(|(known, _)| *known == name).expect("a target of that name");
    let corpus = files(format!("tests/corpus/fuzz/{name}"), "");
    assert!(!corpus.is_empty(), "{name} has no corpus");
    let mails = files("tests/corpus/mail", ".eml");
    let mails =
        if matches!(name, "mail" | "button" | "mbox" | "pop3_reply" | "dkim") { mails } else { Vec::new() };
    corpus.iter().chain(&mails).for_each(|path| holds(*target, path));
}

macro_rules! each {
    ($($test:ident $name:literal)*) => {
        $(#[test]
        fn $test() {
            holds_for_all($name);
        })*

        #[test]
        fn every_target_is_here_and_has_a_program() {
            let here: Vec<_> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(here, [$($name),*]);
            let programs = files("fuzz/fuzz_targets", ".rs");
            assert_eq!(programs.len(), here.len(), "{programs:?}");
        }
    };
}

each! {
    any_mail_makes_a_harmless_record "mail"
    any_button_is_found_again_in_what_is_written "button"
    any_ticket_is_read_as_it_was_written "ticket"
    any_mbox_is_cut_into_its_messages "mbox"
    any_record_is_read_back "record"
    any_frame_is_read_back "frame"
    any_smtp_reply_is_bounded_words "smtp_reply"
    any_pop3_reply_is_bounded "pop3_reply"
    any_signature_that_is_made_up_does_not_hold "dkim"
}
