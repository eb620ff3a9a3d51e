//! The checked-in schemas are what the types give.

use std::{fs, path::Path};

use chmail::wire::schema;
use serde_json::Value;

/// Compares a checked-in file with what the code gives; with `UPDATE=1` in the environment writes it.
fn assert_current(file: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let now = format!("{value:#}\n");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let before = fs::read_to_string(&path).unwrap_or_default();
    assert!(before == now, "{file} is not what the types say; `make generate` writes it anew");
}

#[test]
fn the_schema_of_the_records_is_current() {
    assert_current("docs/schema/records.json", &schema::records());
}

#[test]
fn the_schema_of_the_frames_is_current() {
    assert_current("docs/schema/frames.json", &schema::frames());
}
