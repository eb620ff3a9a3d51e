//! The house rules that a compiler does not check: arrows between rooms, lengths and names of files, dependencies.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Which rooms a room may use. `bin` may use every room; `call` and `wire` may be used by all.
const ARROWS: &[(&str, &[&str])] = &[
    ("wire", &[]),
    ("call", &["wire"]),
    ("mail", &["call", "wire"]),
    ("store", &["call", "wire"]),
    ("web", &["call", "wire"]),
    ("client", &["call", "store", "wire"]),
    ("chat", &["call", "client", "wire"]),
    ("send", &["call", "client", "mail", "wire"]),
    ("fetch", &["call", "mail", "wire"]),
    ("promo", &["call", "client", "mail", "send", "wire"]),
    ("server", &["call", "mail", "promo", "store", "web", "wire"]),
    // The edge turns words into types and the rooms' errors into exit statuses.
    ("cli", &["call", "chat", "client", "fetch", "mail", "promo", "send", "server", "store", "wire"]),
];

/// Crates and paths that belong to the edge.
const EDGE_ONLY: &[&str] = &["anyhow::", "clap::", "indicatif::", "std::env", "env::var", "process::exit"];

/// Lines a file may have.
const LONGEST: usize = 400;

/// Lines an example may have.
const LONGEST_EXAMPLE: usize = 60;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` (relative ones begin at the top) that ends with `ending`.
pub fn files(folder: impl AsRef<Path>, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&top().join(folder), ending, &mut found);
    found.sort();
    found
}

/// The path as it is written in the project.
fn name(path: &Path) -> String {
    path.strip_prefix(top()).unwrap_or(path).display().to_string()
}

/// The source up to its unit tests, without comments.
fn code(path: &Path) -> String {
    let source = fs::read_to_string(path).expect("a source file can be read");
    let source = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The rooms named by `crate::room` and `crate::{room::…, room}`.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let Some(group) = rest.strip_prefix('{') else {
            rooms.insert(first_word(rest));
            continue;
        };
        let mut depth = 0;
        let mut item = true;
        for (place, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => item = true,
                c if depth == 0 && item && c.is_alphanumeric() => {
                    rooms.insert(first_word(&group[place..]));
                    item = false;
                }
                _ => {}
            }
        }
    }
    rooms.retain(|room| ARROWS.iter().any(|(known, _)| known == room));
    rooms
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect()
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let mut against = Vec::new();
    for path in files("src", ".rs") {
        let name = name(&path);
        let room = name.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs");
        if matches!(room, "bin" | "lib") {
            continue;
        }
        let Some((_, may)) = ARROWS.iter().find(|(known, _)| *known == room) else {
            against.push(format!("{name}: a room without arrows; say in tests/all/house.rs what it may use"));
            continue;
        };
        for used in rooms_used(&code(&path)) {
            if used != room && !may.contains(&used.as_str()) {
                against.push(format!("{name}: {room} → {used}"));
            }
        }
    }
    assert!(against.is_empty(), "against the arrows of ARCHITECTURE.md:\n{}", against.join("\n"));
}

#[test]
fn groups_of_imports_are_understood() {
    let code = "use crate::{\n    call::{Party, Side},\n    wire::{mail::X, client},\n};\nlet a = crate::store::Store; mycrate::web::b";
    let rooms: Vec<_> = rooms_used(code).into_iter().collect();
    assert_eq!(rooms, ["call", "store", "wire"]);
}

#[test]
fn the_edge_keeps_its_crates_to_itself() {
    let mut found = Vec::new();
    for path in files("src", ".rs") {
        let name = name(&path);
        if name.starts_with("src/bin/") || name.starts_with("src/cli/") {
            continue;
        }
        let code = code(&path);
        found.extend(
            EDGE_ONLY.iter().filter(|word| code.contains(**word)).map(|word| format!("{name}: {word}")),
        );
    }
    assert!(found.is_empty(), "only for src/bin and src/cli:\n{}", found.join("\n"));
}

#[test]
fn no_file_is_two_things() {
    let mut long = Vec::new();
    for (folder, ending, most) in [
        ("src", ".rs", LONGEST),
        ("tests", ".rs", LONGEST),
        ("benches", ".rs", LONGEST),
        ("examples", ".sh", LONGEST_EXAMPLE),
    ] {
        for path in files(folder, ending) {
            let lines = fs::read_to_string(&path).expect("a file can be read").lines().count();
            if lines > most {
                long.push(format!("{}: {lines} lines, at most {most}", name(&path)));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_file_says_what_it_is_in_its_first_line_and_has_a_name_of_its_own() {
    let mut found = Vec::new();
    for path in files("src", ".rs").into_iter().chain(files("tests", ".rs")) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if matches!(stem.as_str(), "util" | "utils" | "helper" | "helpers" | "manager" | "misc" | "common") {
            found.push(format!("{}: a name that says nothing", name(&path)));
        }
        if !fs::read_to_string(&path).expect("a file can be read").starts_with("//! ") {
            found.push(format!("{}: its first line does not say what it is", name(&path)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn ring_is_the_only_crypto_provider() {
    let lock = fs::read_to_string(top().join("Cargo.lock")).expect("Cargo.lock can be read");
    for banned in ["aws-lc-rs", "openssl-sys"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned} is in Cargo.lock");
        let tree = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--offline", "-i", banned])
            .current_dir(top())
            .output()
            .expect("cargo runs");
        assert!(!tree.status.success(), "{}", String::from_utf8_lossy(&tree.stdout));
    }
}

#[test]
fn the_pages_name_only_files_that_are_there() {
    let mut missing = Vec::new();
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/wire.md"] {
        let text = fs::read_to_string(top().join(page)).expect("a page can be read");
        let quoted = text.split('`').skip(1).step_by(2).filter(|word| {
            ["src/", "tests/", "examples/", "docs/"].iter().any(|folder| word.starts_with(folder))
                && !word.contains(['…', '*', ' '])
        });
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let linked = linked.filter(|target| !target.starts_with(['#', 'h']));
        missing.extend(
            quoted
                .chain(linked)
                .filter(|path| !top().join(path).exists())
                .map(|path| format!("{page}: {path}")),
        );
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_row_of_the_method_has_a_test_of_its_name() {
    let mut tests = String::new();
    for path in files("tests/all", ".rs") {
        tests.push_str(&fs::read_to_string(path).expect("a file can be read"));
    }
    for row in (101..=117).step_by(2) {
        assert!(tests.contains(&format!("#[test]\nfn s{row}_")), "S{row} has no test");
    }
}
