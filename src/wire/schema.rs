//! The JSON Schema of records and frames, made from the types themselves; `docs/schema` holds what it gives.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Record, VERSION,
    frame::{ClientFrame, ServerFrame},
};

/// A frame in either direction.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "stands for the two types in the schema; is never made")]
enum Frame {
    Client(ClientFrame),
    Server(ServerFrame),
}

/// The schema of every record that a tool writes.
#[must_use]
pub fn records() -> Value {
    finish(generate::<Record>(), "A record of chmail: one JSON object on one line")
}

/// The schema of every frame, the client's and the server's.
#[must_use]
pub fn frames() -> Value {
    finish(generate::<Frame>(), "A frame of chmail's /v1/live, and of ch-chat --json")
}

fn generate<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Gives the schema its title, and every tagged object in it the `v` that [`super::to_line`] writes.
fn finish(schema: Schema, title: &str) -> Value {
    let mut schema = schema.to_value();
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".to_owned(), json!(title));
    }
    tag(&mut schema);
    schema
}

fn tag(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tag),
        Value::Object(object) => {
            if let Some(Value::Array(variants)) = object.get_mut("oneOf") {
                variants.iter_mut().filter_map(Value::as_object_mut).for_each(add_version);
            }
            object.values_mut().for_each(tag);
        }
        _ => {}
    }
}

fn add_version(variant: &mut Map<String, Value>) {
    let is_tagged = variant.get("properties").and_then(|fields| fields.get("type")).is_some();
    if !is_tagged {
        return;
    }
    if let Some(Value::Object(fields)) = variant.get_mut("properties") {
        fields.insert("v".to_owned(), json!({ "const": VERSION }));
    }
    if let Some(Value::Array(required)) = variant.get_mut("required") {
        required.insert(0, json!("v"));
    }
}
