//! What the documentation says is what the code does: every example of `docs/wire.md` is parsed, every field of every
//! type is in an example and in a table, and the tables of problems and exit statuses are the code's own.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use chmail::{
    cli::exit,
    mail::problem::Problem,
    wire::{
        self, Record, ask, campaigns,
        frame::{ClientFrame, ServerFrame},
        members, schema,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wire.md")).unwrap()
}

/// The lines of every block that begins with ```` ```json KIND ````, with their kinds.
fn examples(page: &str) -> Vec<(String, String)> {
    let mut kind = None;
    let mut found = Vec::new();
    for line in page.lines() {
        match (line.strip_prefix("```"), &kind) {
            (Some(_), Some(_)) => kind = None,
            (Some(info), None) => kind = Some(info.strip_prefix("json ").unwrap_or_default().to_owned()),
            (None, Some(kind)) if !kind.is_empty() => found.push((kind.clone(), line.to_owned())),
            _ => {}
        }
    }
    found
}

/// Reads a line and writes it again: nothing of it was unknown, and nothing was left out.
fn same_again<T: Serialize + DeserializeOwned>(line: &str, with_version: bool) {
    let read: T = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let written =
        if with_version { wire::to_json(&read).unwrap() } else { serde_json::to_string(&read).unwrap() };
    let (before, after): (Value, Value) =
        (serde_json::from_str(line).unwrap(), serde_json::from_str(&written).unwrap());
    assert_eq!(before, after, "an example and what we would write");
    assert!(!with_version || line.starts_with("{\"v\":1,\"type\":\""), "`v` and `type` come first: {line}");
}

#[test]
fn every_example_is_what_we_would_write() {
    let page = page();
    let examples = examples(&page);
    assert!(examples.len() > 60, "only {} examples were found", examples.len());
    for (kind, line) in examples {
        match kind.as_str() {
            "record" => same_again::<Record>(&line, true),
            "client" => same_again::<ClientFrame>(&line, true),
            "server" => same_again::<ServerFrame>(&line, true),
            "Register" => same_again::<ask::Register>(&line, false),
            "Recover" => same_again::<ask::Recover>(&line, false),
            "SignIn" => same_again::<ask::SignIn>(&line, false),
            "SignedIn" => same_again::<ask::SignedIn>(&line, false),
            "Confirm" => same_again::<ask::Confirm>(&line, false),
            "Refresh" => same_again::<ask::Refresh>(&line, false),
            "Refreshed" => same_again::<ask::Refreshed>(&line, false),
            "AssignPort" => same_again::<ask::AssignPort>(&line, false),
            "Mint" => same_again::<ask::Mint>(&line, false),
            "Look" => same_again::<ask::Look>(&line, false),
            "Looked" => same_again::<ask::Looked>(&line, false),
            "Press" => same_again::<ask::Press>(&line, false),
            "Pressed" => same_again::<ask::Pressed>(&line, false),
            "Rule" => same_again::<ask::Rule>(&line, false),
            "MemberPut" => same_again::<members::MemberPut>(&line, false),
            "MemberDone" => same_again::<members::MemberDone>(&line, false),
            "Consent" => same_again::<members::Consent>(&line, false),
            "Suppress" => same_again::<members::Suppress>(&line, false),
            "MemberEvent" => same_again::<members::MemberEvent>(&line, false),
            "Due" => same_again::<members::Due>(&line, false),
            "Told" => same_again::<members::Told>(&line, false),
            "Export" => same_again::<members::Export>(&line, false),
            "Unsubscribe" => same_again::<ask::Unsubscribe>(&line, false),
            "Plan" => same_again::<campaigns::Plan>(&line, false),
            "Planned" => same_again::<campaigns::Planned>(&line, false),
            "Take" => same_again::<campaigns::Take>(&line, false),
            "Taken" => same_again::<campaigns::Taken>(&line, false),
            "Preview" => same_again::<campaigns::Preview>(&line, false),
            "Locales" => same_again::<campaigns::Locales>(&line, false),
            "Retired" => same_again::<campaigns::Retired>(&line, false),
            "Turn" => same_again::<campaigns::Turn>(&line, false),
            "Turned" => same_again::<campaigns::Turned>(&line, false),
            "Ended" => same_again::<campaigns::Ended>(&line, false),
            other => panic!("no such kind of example: {other}"),
        }
    }
}

/// Type → fields, of the tagged types of one schema.
type Fields = BTreeMap<String, BTreeSet<String>>;

/// What the schema says, `tagged` being a list of variants in it.
fn fields_by_type(schema: &Value, tagged: &Value) -> Fields {
    tagged["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variant| {
            let mut fields = names(&variant["properties"]);
            if let Some(reference) = variant["$ref"].as_str() {
                let name = reference.rsplit('/').next().unwrap();
                fields.extend(names(&schema["$defs"][name]["properties"]));
            }
            (variant["properties"]["type"]["const"].as_str().unwrap().to_owned(), fields)
        })
        .collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

/// What the examples of one kind show.
fn fields_shown(page: &str, kind: &str) -> Fields {
    let mut shown = Fields::new();
    for (_, line) in examples(page).into_iter().filter(|(found, _)| found == kind) {
        let value: Value = serde_json::from_str(&line).unwrap();
        shown.entry(value["type"].as_str().unwrap().to_owned()).or_default().extend(names(&value));
    }
    shown
}

#[test]
fn every_field_of_every_type_is_in_an_example() {
    let page = page();
    let (records, frames) = (schema::records(), schema::frames());
    assert_eq!(fields_shown(&page, "record"), fields_by_type(&records, &records));
    assert_eq!(fields_shown(&page, "client"), fields_by_type(&frames, &frames["$defs"]["ClientFrame"]));
    assert_eq!(fields_shown(&page, "server"), fields_by_type(&frames, &frames["$defs"]["ServerFrame"]));
}

#[test]
fn every_field_of_every_record_is_in_its_table() {
    let page = page();
    let records = schema::records();
    for (kind, fields) in fields_by_type(&records, &records) {
        let section =
            page.split(&format!("### `{kind}`\n")).nth(1).unwrap_or_else(|| panic!("no section {kind}"));
        let section = section.split("\n### ").next().unwrap();
        for field in fields.iter().filter(|field| !matches!(field.as_str(), "v" | "type")) {
            let in_table = section.lines().any(|line| {
                line.strip_prefix("| ")
                    .and_then(|line| line.split(" | ").next())
                    .is_some_and(|cell| cell.contains(&format!("`{field}`")))
            });
            assert!(in_table, "`{field}` is not in the table of `{kind}`");
        }
    }
}

#[test]
fn every_code_of_an_error_is_in_the_table_with_its_status() {
    let page = page();
    for code in schema::records()["$defs"]["Code"]["oneOf"].as_array().unwrap() {
        let name = code["const"].as_str().unwrap();
        let code: wire::Code = serde_json::from_value(code["const"].clone()).unwrap();
        let row = format!("| `{name}` | {} | ", code.status());
        assert!(page.contains(&row), "{row}");
    }
}

/// Puts a table made from the code at the end of a section of the page.
fn with_table(page: &str, heading: &str, rows: impl Iterator<Item = String>) -> String {
    let (before, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let (_, after) = section.split_once("\n## ").map_or((section, None), |(this, rest)| (this, Some(rest)));
    let words = section.split("\n| ").next().unwrap();
    let rows: String = rows.collect();
    let after = after.map(|rest| format!("\n## {rest}")).unwrap_or_default();
    format!("{before}\n## {heading}\n{words}\n{rows}{after}")
}

#[test]
fn each_table_made_from_the_code_is_current() {
    let before = page();
    let problems = Problem::ALL.iter().map(|(phrase, meaning)| format!("| `{phrase}` | {meaning} |\n"));
    let problems = ["| begins with | what it means |\n|---|---|\n".to_owned()].into_iter().chain(problems);
    let statuses = exit::TABLE.iter().map(|(exit, meaning)| format!("| {} | {meaning} |\n", exit.code()));
    let statuses = ["| status | |\n|---|---|\n".to_owned()].into_iter().chain(statuses);
    let now = with_table(&before, "Problems of a mail", problems);
    let now = with_table(&now, "Exit statuses", statuses);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/wire.md"), &now).unwrap();
    }
    assert!(page() == now, "docs/wire.md is not what the code says; `make generate` writes it anew");
}

/// `GET /v1/…` of every route in the server's source.
fn routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server");
    for file in crate::house::files(&server, ".rs") {
        let source = fs::read_to_string(file).unwrap();
        for call in source.split(".route(\"").skip(1) {
            let (path, rest) = call.split_once('"').unwrap();
            if !(path.starts_with("/v1/") || matches!(path, "/healthz" | "/metrics")) {
                continue;
            }
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let methods = &rest[..end.unwrap()];
            for method in ["get", "post", "put", "delete"] {
                if methods.contains(&format!("{method}(")) {
                    found.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
    }
    found
}

#[test]
fn every_http_call_is_in_the_table_and_no_other() {
    let page = page();
    let section = page.split("\n## HTTP\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let written: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .filter(|call| call.contains(' '))
        .map(str::to_owned)
        .collect();
    assert_eq!(written, routes());
}
