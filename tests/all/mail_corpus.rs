//! Every mail of `tests/corpus/mail`, read and compared with the facts in the `.json` beside it.
//!
//! The facts are fields of the `mail` record; `text_has` and `text_lacks` are pieces of its text.

use std::{fs, path::Path};

use chmail::{
    mail::read::{Depth, read},
    wire::Time,
};
use serde_json::Value;

fn now() -> Time {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

fn check(path: &Path) {
    let name = path.display();
    let bytes = fs::read(path).unwrap();
    let facts = fs::read(path.with_extension("json")).unwrap_or_else(|_| panic!("{name} has no facts"));
    let facts: serde_json::Map<String, Value> = serde_json::from_slice(&facts).unwrap();
    let mail = read("-", &bytes, now(), Depth::Full);
    let record = serde_json::to_value(&mail).unwrap();
    let text = mail.text.as_deref().unwrap_or_default();
    for (fact, expected) in &facts {
        match fact.as_str() {
            "text_has" => assert!(text.contains(expected.as_str().unwrap()), "{name}: {text:?}"),
            "text_lacks" => assert!(!text.contains(expected.as_str().unwrap()), "{name}: {text:?}"),
            _ => assert_eq!(&record[fact], expected, "{name}: {fact}"),
        }
    }
    // The header says the same whether or not the body is read.
    let header = read("-", &bytes, now(), Depth::Headers);
    let full = chmail::wire::record::Mail {
        text: None,
        attachments: Vec::new(),
        problems: header.problems.clone(),
        ..mail
    };
    assert_eq!(header, full, "{name}");
}

fn check_all(kind: &str) {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mail").join(kind);
    let mut mails: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    mails.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
    assert!(mails.len() > 10, "{kind}: where are they?");
    mails.sort();
    mails.iter().for_each(|path| check(path));
}

#[test]
fn mails_as_the_rfcs_say() {
    check_all("rfc");
}

#[test]
fn mails_of_older_programs() {
    check_all("legacy");
}

#[test]
fn mails_that_are_damaged() {
    check_all("malformed");
}

#[test]
fn mails_with_a_button_good_or_bad() {
    check_all("button");
}
