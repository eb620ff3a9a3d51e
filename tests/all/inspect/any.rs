//! Anything that calls itself mail, within a quarter of a gigabyte: never a crash, never without a record.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::Command,
};

use crate::world::{Output, World, process};

const MEGA: usize = 1024 * 1024;

/// A file of a head, a piece again and again, and a tail.
fn monster(path: &Path, head: &str, piece: &[u8], bytes: usize, tail: &str) {
    let mut file = BufWriter::with_capacity(MEGA, File::create(path).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    for _ in 0..bytes / piece.len() {
        file.write_all(piece).unwrap();
    }
    file.write_all(tail.as_bytes()).unwrap();
    file.flush().unwrap();
}

/// Runs the tool with 256 MiB of address space.
fn confined(world: &World, args: &[&str]) -> Output {
    let tool = world.inspect(args);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -v 262144 && exec \"$0\" \"$@\""])
        .arg(tool.get_program())
        .args(tool.get_args());
    for (name, value) in tool.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    if let Some(dir) = tool.get_current_dir() {
        shell.current_dir(dir);
    }
    process::run(shell, b"")
}

#[test]
fn twenty_five_megabytes_of_anything_give_one_record() {
    let world = World::new();
    let path = world.path("monster.eml");
    let mixed = "From: a@b\nContent-Type: multipart/mixed; boundary=b\n\n";
    let line = [&b"x".repeat(72)[..], b"\n"].concat();
    for (what, head, piece, bytes, tail, problem) in [
        ("parts", mixed, &b"--b\n\n"[..], 25 * MEGA, "--b--\n", "too many parts"),
        ("header fields", "From: a@b\n", b"X-A: b\n", 25 * MEGA, "\nx", "header too long"),
        ("one field", "From: a@b\nSubject:", b" x\n", 25 * MEGA, "\n\nx", "header too long"),
        ("one line", "From: a@b\n\n", b"x", 25 * MEGA, "", "text too long"),
        ("no header", "", &line, 25 * MEGA, "", "no headers"),
        ("NULs", "From: a@b\n\n", b"\0", 25 * MEGA, "", "NUL"),
        ("bare CRs", "From: a@b\n\n", b"a\r", 25 * MEGA, "", "bare CR"),
        (
            "bytes",
            "From: a@b\nContent-Type: text/plain; charset=x\n\n",
            b"\xff\xfe",
            25 * MEGA,
            "",
            "text too long",
        ),
        ("parameters", "From: a@b\nContent-Type: a/b", b";\n a*1*=x", 200_000, "\n\nx", "field too long"),
        (
            "a file",
            "From: a@b\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\n",
            &line,
            25 * MEGA,
            "",
            "no button",
        ),
    ] {
        monster(&path, head, piece, bytes, tail);
        let read = confined(&world, &["--full", "monster.eml"]);
        let record = read.clone().ends(if what == "no header" { 65 } else { 0 }).record();
        let problems: Vec<_> =
            record["problems"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        assert!(problems.iter().any(|said| said.starts_with(problem)), "{what}: {problems:?}");
        confined(&world, &["monster.eml"]).ends(if what == "no header" { 65 } else { 0 }).record();
    }
    confined(&world, &["--save-attachments", "files", "monster.eml"]).done();
    assert_eq!(std::fs::metadata(world.path("files/unnamed")).unwrap().len() as usize, 25 * MEGA / 73 * 54);
}

#[test]
fn an_mbox_of_any_size_and_a_message_beyond_the_limit_need_no_more_memory() {
    let world = World::new();
    let path = world.path("box");
    let line = [&b"x".repeat(63)[..], b"\n"].concat();
    let mail = "From a Thu\nFrom: a@b\nSubject: one\n\n";
    monster(&path, mail, &line, 70 * MEGA, "\nFrom b Thu\nFrom: c@d\nSubject: two\n\n");
    for flags in [&["box"][..], &["--full", "box"]] {
        let records = confined(&world, flags).done().records();
        assert_eq!((records.len(), &records[1]["subject"]), (2, &"two".into()));
        let problem = records[0]["problems"][1].as_str().unwrap();
        assert!(problem.starts_with("too large"), "{problem}");
    }
}
