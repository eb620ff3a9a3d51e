//! How every tool ends: help, usage errors, a full disk, a closed pipe. One line on stderr, never a panic.

use std::{
    fs::File,
    io::Write,
    process::{Command, Stdio},
};

use chmail::cli::args;
use serde_json::Value;

use crate::world::World;

/// Every tool, by name.
pub fn tools() -> Vec<String> {
    args::PAGES.iter().map(|page| (page().command)().get_name().to_owned()).collect()
}

/// Runs a command with its stdout going to `stdout`: its exit status and stderr.
pub fn into(mut command: Command, stdout: impl Into<Stdio>) -> (i32, String) {
    let output = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A disk without room.
pub fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader has gone.
pub fn closed() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn asked(tool: &str, flag: &str) -> Command {
    let mut command = World::new().command(tool);
    command.current_dir("/").arg(flag);
    command
}

#[test]
fn a_tool_without_its_verb_names_them_on_one_line() {
    for (args, verbs) in
        [(&["ch-chat"][..], "open, listen, call"), (&["ch-promo", "member"], "add, set, tag")]
    {
        let world = World::new();
        let mut command = world.command(args[0]);
        command.args(&args[1..]);
        let (status, stderr) = into(command, Stdio::null());
        assert_eq!((status, stderr.lines().count()), (64, 1), "{stderr}");
        assert!(stderr.contains(verbs), "{stderr}");
    }
}

#[test]
fn help_and_version_are_answers() {
    for tool in tools() {
        for flag in ["--help", "-h", "--version"] {
            let output = asked(&tool, flag).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{tool} {flag}");
            assert!(text.contains(&tool), "{tool} {flag}: {text}");
        }
        let version = String::from_utf8(asked(&tool, "--version").output().unwrap().stdout).unwrap();
        assert_eq!(version, format!("{tool} {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn an_answer_on_a_full_disk_is_74_and_into_a_closed_pipe_nothing() {
    for tool in tools() {
        for flag in ["--help", "--version"] {
            let (status, stderr) = into(asked(&tool, flag), full());
            assert_eq!(status, 74, "{tool} {flag}: {stderr}");
            assert!(stderr.starts_with(&format!("{tool}: write to standard output: ")), "{stderr}");
            assert_eq!(stderr.lines().count(), 1, "{stderr}");
            assert_eq!(into(asked(&tool, flag), closed()), (0, String::new()), "{tool} {flag}");
        }
    }
}

#[test]
fn a_usage_error_is_64_and_one_line() {
    for tool in tools() {
        let output = asked(&tool, "--no-such-flag").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{tool}: {stderr}");
        assert!(output.stdout.is_empty());
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.starts_with(&format!("{tool}: ")) && stderr.contains("--no-such-flag"), "{stderr}");
    }
}

#[test]
fn with_json_a_usage_error_is_a_record() {
    for tool in tools() {
        let output = asked(&tool, "--no-such-flag").arg("--json").output().unwrap();
        let record: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((&record["type"], &record["code"]), (&"error".into(), &"bad_request".into()), "{tool}");
        assert_eq!(output.status.code(), Some(64), "{tool}");
    }
}

#[test]
fn what_somebody_typed_does_not_drive_the_terminal() {
    for tool in tools() {
        let output = asked(&tool, "--\x1b[2J\u{202e}").output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains(['\x1b', '\u{202e}']), "{tool}: {stderr:?}");
    }
}

/// Runs a command line on a terminal of its own; `typed` is what the person types.
pub fn on_a_terminal(command: &Command, typed: &str) -> (i32, String) {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let line: Vec<_> = words.map(|word| format!("'{}'", word.to_str().unwrap())).collect();
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &line.join(" "), "/dev/null"]);
    script.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut script = script.spawn().unwrap();
    let mut stdin = script.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    // script ends what runs in it when its own input ends.
    let output = script.wait_with_output().unwrap();
    drop(stdin);
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"))
}

#[test]
fn a_misspelt_setting_is_78_and_named() {
    let world = World::new();
    let person = world.person_at("alice", "http://127.0.0.1:9");
    let mut command = person.command("ch-port", &[]);
    std::fs::write(person.home().join("config.toml"), "sevrer = \"x\"\n").unwrap();
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78), "{stderr}");
    assert!(stderr.contains("config.toml: line 1: unknown field `sevrer`"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
