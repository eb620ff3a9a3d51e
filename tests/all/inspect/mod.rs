//! `ch-inspect`: mails in, `mail` records or words out (S107).

mod any;
mod resolve;
mod save;
mod verify;

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::world::{Output, World, process};

fn corpus(name: &str) -> String {
    format!("{}/tests/corpus/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"))
}

fn mail(name: &str) -> String {
    fs::read_to_string(corpus(name)).unwrap()
}

impl World {
    fn inspect(&self, args: &[&str]) -> Command {
        let mut command = self.command("ch-inspect");
        command.env("CH_HOME", self.path("home")).args(args);
        command
    }

    fn inspected(&self, args: &[&str], input: impl AsRef<[u8]>) -> Output {
        process::run(self.inspect(args), input.as_ref())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn sources(output: &Output) -> Vec<String> {
    let name = |record: Value| record["source"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    output.records().into_iter().map(name).collect()
}

#[test]
fn s107_a_mail_says_who_what_and_the_chat_button() {
    let world = World::new();
    let record = world.inspected(&[&corpus("button/good")], "").done().record();
    assert_eq!(record["type"], "mail");
    assert_eq!(record["from"], "Alice Kim <alice@example.org>");
    assert_eq!(record["text"], Value::Null, "bodies are read with --full only");
    assert_eq!(record["chat"]["login"], "alice");
    assert_eq!(record["problems"], json!([]));
    let full = world.inspected(&["--full", &corpus("button/good")], "").done().record();
    assert_eq!(full["text"], "New boots are in.\n");
    let record = world.inspected(&[&corpus("rfc/simple")], "").done().record();
    assert_eq!((&record["chat"], &record["problems"]), (&Value::Null, &json!(["no button"])));
}

#[test]
fn a_filter_that_finds_nothing_ends_with_1() {
    let world = World::new();
    let (good, plain) = (corpus("button/good"), corpus("rfc/simple"));
    assert_eq!(sources(&world.inspected(&["--chat", &plain, &good], "").done()), ["good.eml"]);
    assert_eq!(world.inspected(&["--chat", &plain], "").ends(1).stdout, "");
    assert_eq!(world.inspected(&["--chat", "-q", &good], "").done().stdout, "");
}

#[test]
fn files_maildirs_mboxes_and_streams_are_read() {
    let world = World::new();
    let (one, two) = (mail("rfc/simple"), mail("button/good"));
    world.write("Mail/new/1", &one);
    world.write("Mail/cur/2:2,S", &two);
    world.write("Mail/.Old/cur/0:2,S", &one);
    world.write("Mail/.Old.Older/new/3", &one);
    world.write("Mail/Sent/2026/cur/4:2,S", &one);
    let mbox = format!("From a Thu\n{one}\nFrom b Thu\n{two}");
    world.write("box", &mbox);
    for flags in [&[][..], &["--full"], &["--threads", "1"]] {
        let operands = ["Mail", "box", "Mail/new/1", "-"];
        let read = world.inspected(&[flags, &operands].concat(), &two).done();
        let all = ["1", "2:2,S", "0:2,S", "3", "4:2,S", "box#1", "box#2", "1", "-"];
        assert_eq!(sources(&read), all, "{flags:?}");
        let read = world.inspected(&[flags, &operands, &["--chat"]].concat(), &two).done();
        assert_eq!(sources(&read), ["2:2,S", "box#2", "-"], "{flags:?}");
    }
    assert_eq!(sources(&world.inspected(&[], &one).done()), ["-"]);
    assert_eq!(sources(&world.inspected(&["-"], &mbox).done()), ["-#1", "-#2"]);
    assert_eq!(sources(&world.inspected(&["/dev/stdin", "--chat"], &mbox).done()), ["stdin#2"]);
}

#[test]
fn records_on_standard_input_are_judged_again() {
    let world = World::new();
    let expired = world.inspected(&[&corpus("button/expired")], "").done().stdout;
    let fresh = expired.replace("expired ticket: since 2023-11-14T22:13:20Z", "kept");
    let record = world.inspected(&[], &fresh).done().record();
    assert_eq!(record["problems"], json!(["kept", "expired ticket: since 2023-11-14T22:13:20Z"]));
    let forged = expired.replace("https://ch.example.org", "https://you@ch.example.org");
    assert_eq!(world.inspected(&["-"], forged).done().record()["chat"], Value::Null);

    let stream = format!("{expired}{{\"type\":\"else\"}}\nno record\n{expired}");
    let read = world.inspected(&["--chat"], stream).ends(65);
    assert_eq!(read.records().len(), 2);
    assert_eq!(read.stderr.lines().count(), 1, "{}", read.stderr);
}

#[test]
fn what_cannot_be_read_is_one_line_and_the_rest_goes_on() {
    let world = World::new();
    fs::create_dir(world.path("empty")).unwrap();
    let good = corpus("button/good");
    let read = world.inspected(&["nowhere", "empty", &good], "").ends(66);
    assert_eq!((read.records().len(), read.stderr.lines().count()), (1, 2));
    assert!(read.stderr.lines().all(|line| line.starts_with("ch-inspect: ")), "{}", read.stderr);

    world.inspected(&[], "").ends(65);
    let read = world.inspected(&[&corpus("malformed/no-headers"), &good], "").ends(65);
    assert_eq!((read.records().len(), read.stderr.lines().count()), (2, 1));
    let error = world.inspected(&["--json", "nowhere"], "").ends(66).stderr;
    assert_eq!(serde_json::from_str::<Value>(&error).unwrap()["type"], "error");
    world.inspected(&["--what"], "").ends(64);
}

#[test]
fn a_mail_is_shown_before_the_next_one_comes() {
    let world = World::new();
    let mut running = process::Running::start(world.inspect(&[]));
    let record = world.inspected(&[&corpus("button/good")], "").stdout;
    let mut stdin = running.stdin.take().unwrap();
    for _ in 0..2 {
        stdin.write_all(record.as_bytes()).unwrap();
        running.frame("mail");
    }
    drop(stdin);
    running.end().done();
}

#[test]
fn people_get_a_line_for_each_mail() {
    let world = World::new();
    let names = ["button/good", "button/expired", "button/two-tickets", "rfc/simple"].map(corpus);
    let mut args = vec!["--text"];
    args.extend(names.iter().map(String::as_str));
    let shown = world.inspected(&args, "").done().stdout;
    let column = shown.find("  chat").unwrap();
    let words: Vec<_> = shown.lines().map(|line| line[column..].trim().to_owned()).collect();
    assert_eq!(words[..2], ["chat", "expired"]);
    assert!(words[2].starts_with("broken") && words[2].contains("two tickets"), "{shown}");
    assert_eq!(words[3], "-");
}

#[test]
fn a_broken_message_among_many_is_reported_and_the_rest_goes_on() {
    let world = World::new();
    for number in 0..300 {
        world.write(&format!("Mail/new/{number:03}"), mail("button/good"));
    }
    world.write("Mail/new/100", "");
    world.write("Mail/new/200", "This was never a mail.\n");
    let read = world.inspected(&["--chat", "Mail"], "").ends(65);
    assert_eq!((read.records().len(), read.stderr.lines().count()), (298, 2), "{}", read.stderr);
    assert!(read.stderr.contains("Mail/new/100: empty") && read.stderr.contains("Mail/new/200: no mail"));
}

#[test]
fn nothing_in_a_mail_reaches_the_terminal_but_text() {
    let world = World::new();
    let names = ["malformed/terminal-control", "button/expired", "legacy/file-names", "malformed/bare-cr"];
    let paths = names.map(corpus);
    let mut args = vec!["--text", "--full"];
    args.extend(paths.iter().map(String::as_str));
    let shown = world.inspected(&args, "").done().stdout;
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown:?}");
    assert!(!shown.contains('\u{202e}'));
    for said in [
        "no button",
        "expired ticket",
        "chat with alice (port 12345) at https://ch.example.org",
        "보고서(최종).hwp",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
}

#[test]
fn a_full_disk_is_74_and_a_closed_pipe_is_none() {
    let world = World::new();
    let mut full = world.inspect(&[&corpus("button/good")]);
    full.stdout(fs::File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
    let output = full.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut closed = world.inspect(&[&corpus("button/good")]);
    let output = closed.stdout(writer).stderr(Stdio::piped()).stdin(Stdio::null()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
}
