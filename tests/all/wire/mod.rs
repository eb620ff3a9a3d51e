//! Properties of every record and frame: a round trip loses nothing, what is unknown is ignored, garbage is an error.

mod frames;
mod records;
mod values;

use std::fmt::Debug;

use chmail::wire::{
    self, Record,
    frame::{ClientFrame, ServerFrame},
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// What any reader of the wire promises for any value.
fn keeps_its_promises<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    value: &T,
) -> Result<(), TestCaseError> {
    let line = wire::to_line(value).unwrap();
    prop_assert!(line.starts_with("{\"v\":1,\"type\":\""), "{line}");
    prop_assert!(line.ends_with("}\n") && line.matches('\n').count() == 1, "one line each: {line}");
    prop_assert_eq!(value, &serde_json::from_str::<T>(&line).unwrap());

    // A newer writer adds fields, at the top and inside.
    let mut newer: Value = serde_json::from_str(&line).unwrap();
    add_fields(&mut newer);
    prop_assert_eq!(value, &serde_json::from_value::<T>(newer).unwrap());

    // The order of fields means nothing.
    let object: Map<String, Value> = serde_json::from_str(&line).unwrap();
    let turned: Map<String, Value> = object.into_iter().rev().collect();
    prop_assert_eq!(value, &serde_json::from_value::<T>(Value::Object(turned)).unwrap());
    Ok(())
}

fn add_fields(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_fields),
        Value::Object(object) => {
            // A job's header fields are the user's own names, so nothing is unknown there.
            object.iter_mut().filter(|(name, _)| *name != "headers").for_each(|(_, field)| add_fields(field));
            object.insert("from_a_newer_version".to_owned(), json!({ "a": [1, null] }));
        }
        _ => {}
    }
}

/// Fields whose values are words of a list that a later version may add to.
const WORDS: [&str; 8] = ["state", "reason", "status", "knock", "path", "role", "presence", "code"];

/// A newer writer says a word that this reader does not know. What is written on then is the catch-all, so that no
/// test that reads strictly, by writing again and comparing, lets an unknown word pass.
fn reads_with_new_values<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    value: &T,
) -> Result<(), TestCaseError> {
    let known = serde_json::to_value(value).unwrap();
    let words = known.as_object().unwrap().iter().filter(|(name, word)| {
        let is_other_kind = known["type"] == "code" && *name == "code";
        WORDS.contains(&name.as_str()) && word.is_string() && !is_other_kind
    });
    for (name, _) in words {
        let mut newer = known.clone();
        newer[name] = json!("a_newer_word");
        let read = serde_json::from_value::<T>(newer.clone());
        let written =
            serde_json::to_value(read.map_err(|error| TestCaseError::fail(error.to_string()))?).unwrap();
        prop_assert!(["other", "unknown"].contains(&written[name].as_str().unwrap()), "{written}");
        prop_assert_ne!(&written, &newer);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_record_survives_the_wire(record in records::any()) {
        keeps_its_promises(&record)?;
    }

    #[test]
    fn a_clients_frame_survives_the_wire(frame in frames::client()) {
        keeps_its_promises(&frame)?;
    }

    #[test]
    fn a_servers_frame_survives_the_wire(frame in frames::server()) {
        keeps_its_promises(&frame)?;
    }

    #[test]
    fn a_record_names_every_fact_and_every_array(record in records::any()) {
        let written = serde_json::to_value(&record).unwrap();
        for field in fields_of(written["type"].as_str().unwrap()) {
            prop_assert!(written.get(field).is_some(), "{written} lacks {field}");
        }
    }

    #[test]
    fn an_unknown_type_is_no_error(kind in "[a-z_]{1,20}\\.new", field in values::text()) {
        let line = json!({ "v": 1, "type": kind, "field": field, "more": [1, {}] }).to_string();
        prop_assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), Record::Unknown);
        prop_assert_eq!(serde_json::from_str::<ClientFrame>(&line).unwrap(), ClientFrame::Unknown);
        prop_assert_eq!(serde_json::from_str::<ServerFrame>(&line).unwrap(), ServerFrame::Unknown);
    }

    #[test]
    fn an_unknown_value_is_no_error_where_new_ones_can_come(
        record in records::any(),
        client in frames::client(),
        server in frames::server(),
    ) {
        reads_with_new_values(&record)?;
        reads_with_new_values(&client)?;
        reads_with_new_values(&server)?;
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(serde_json::from_slice::<Record>(&bytes).is_err());
        prop_assert!(serde_json::from_slice::<ClientFrame>(&bytes).is_err());
        prop_assert!(serde_json::from_slice::<ServerFrame>(&bytes).is_err());
    }

    #[test]
    fn a_damaged_line_never_panics(record in records::any(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut line = wire::to_line(&record).unwrap().into_bytes();
        let at = at.index(line.len());
        line[at] = byte;
        let _either = serde_json::from_slice::<Record>(&line);
        let _either = serde_json::from_slice::<Record>(&line[..at]);
    }

    #[test]
    fn what_is_cleaned_is_one_line_without_controls(text in any::<String>()) {
        let clean = wire::display::clean(&text);
        prop_assert!(!clean.chars().any(char::is_control));
        prop_assert_eq!(wire::display::clean(&clean), clean);
    }
}

#[test]
#[ignore = "long: make soak"]
fn soak_many_values_survive_the_wire() {
    let mut runner = TestRunner::new(ProptestConfig::with_cases(100_000));
    runner.run(&records::any(), |record| keeps_its_promises(&record)).unwrap();
    runner.run(&frames::client(), |frame| keeps_its_promises(&frame)).unwrap();
    runner.run(&frames::server(), |frame| keeps_its_promises(&frame)).unwrap();
}

/// The fields that a record of this type always has, as `docs/wire.md` lists them.
fn fields_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "login" => &["login", "mail", "verified", "server", "host", "device"],
        "port" => &["port", "login", "host", "state", "until"],
        "notice" => &["id", "conversation", "from", "subject", "message_id", "reason", "line", "count", "at"],
        "mail" => &[
            "source",
            "message_id",
            "date",
            "subject",
            "from",
            "to",
            "cc",
            "text",
            "attachments",
            "problems",
            "chat",
        ],
        "job" => {
            &["ref", "from", "to", "subject", "text", "html", "headers", "attachments", "raw", "chat", "mark"]
        }
        "sent" => &["ref", "recipient", "status", "code", "reply", "message_id", "at"],
        "ticket" => &["ref", "to", "port", "ticket", "url", "expires"],
        "device" => &["id", "name", "created", "seen", "this"],
        "code" => &["login", "code", "expires"],
        "error" => &["code", "message", "retry"],
        _ => &[],
    }
}
