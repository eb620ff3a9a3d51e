//! `--save-attachments`: other people's files on the person's disk.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use serde_json::json;

use super::corpus;
use crate::world::World;

/// A mail with these attachments, each `x`.
fn with(names: &[&str]) -> String {
    let head = "From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n";
    let part = |name: &&str| format!("--b\nContent-Disposition: attachment; filename=\"{name}\"\n\nx\n");
    format!("{head}{}--b--\n", names.iter().map(part).collect::<String>())
}

fn files(world: &World, dir: &str) -> Vec<String> {
    let entries = fs::read_dir(world.path(dir)).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn attachments_are_saved_under_harmless_names_for_the_person_alone() {
    let world = World::new();
    let mail =
        with(&["boots.jpg", "../../escape", "/etc/passwd", ".profile", "-rf", "CON.txt", "a\u{1b}[2J"]);
    let record = world.inspected(&["--save-attachments", "files"], mail).done().record();
    let safe = ["_CON.txt", "a[2J", "boots.jpg", "escape", "passwd", "profile", "rf"];
    assert_eq!(files(&world, "files"), safe);
    assert_eq!(
        record["attachments"],
        json!(["boots.jpg", "escape", "passwd", "profile", "rf", "_CON.txt", "a[2J"])
    );
    for name in safe {
        let path = world.path("files").join(name);
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(fs::metadata(world.path("files")).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn no_file_is_ever_replaced_and_no_link_followed() {
    let world = World::new();
    fs::create_dir(world.path("files")).unwrap();
    fs::write(world.path("files/boots.jpg"), "mine").unwrap();
    symlink(world.path("outside"), world.path("files/link.txt")).unwrap();
    let mail = with(&["boots.jpg", "link.txt", "boots.jpg"]);
    let record = world.inspected(&["--save-attachments", "files"], &mail).done().record();
    assert_eq!(record["attachments"], json!(["boots-1.jpg", "link-1.txt", "boots-2.jpg"]));
    assert_eq!(fs::read_to_string(world.path("files/boots.jpg")).unwrap(), "mine");
    assert!(!world.path("outside").exists());

    symlink(world.path("files"), world.path("linked")).unwrap();
    for dir in ["linked", "files/boots.jpg", "no/such/place"] {
        let refused = world.inspected(&["--save-attachments", dir], &mail).ends(73);
        assert_eq!((refused.stdout.as_str(), refused.stderr.lines().count()), ("", 1), "{}", refused.stderr);
    }
}

#[test]
fn what_cannot_be_saved_is_reported_and_the_mail_is_shown() {
    let world = World::new();
    fs::create_dir(world.path("files")).unwrap();
    let long = format!("{}.jpg", "x".repeat(500));
    let record = world.inspected(&["--save-attachments", "files"], with(&[&long])).done().record();
    assert_eq!(record["attachments"][0].as_str().unwrap().len(), 200);
    // Only what the filter keeps is saved.
    world.inspected(&["--chat", "--save-attachments", "other"], with(&["a"])).ends(1);
    assert!(files(&world, "other").is_empty());
    world.inspected(&["--save-attachments", "files", &corpus("rfc/simple")], "").done();
    assert_eq!(files(&world, "files").len(), 1);
}
