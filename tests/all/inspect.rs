//! `ch-inspect`: mails in, `mail` records or words out (S107).

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use chmail::{
    client::{Api, Home, Http},
    mail::button,
    wire::{ask::Mint, record::Chat},
};
use serde_json::{Value, json};

use crate::world::{Output, World, process};

fn corpus(name: &str) -> String {
    format!("{}/tests/corpus/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"))
}

fn mail(name: &str) -> String {
    fs::read_to_string(corpus(name)).unwrap()
}

/// A mail with a good button at `server`.
fn mail_for(server: &str) -> String {
    mail("button/good").replace("https://ch.example.org", server)
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
    assert_eq!(record["text"], "New boots are in.\n");
    assert_eq!(record["chat"]["login"], "alice");
    assert_eq!(record["problems"], json!([]));
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
    world.write("box", format!("From a Thu\n{one}\nFrom b Thu\n{two}"));
    let read = world.inspected(&["Mail", "box", "Mail/new/1", "-"], &two).done();
    assert_eq!(sources(&read), ["1", "2:2,S", "0:2,S", "box#1", "box#2", "1", "-"]);
    assert_eq!(sources(&world.inspected(&[], &one).done()), ["-"]);
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
fn nothing_in_a_mail_reaches_the_terminal_but_text() {
    let world = World::new();
    let names = ["malformed/terminal-control", "button/expired", "legacy/file-names", "malformed/bare-cr"];
    let paths = names.map(corpus);
    let mut args = vec!["--text", "-v"];
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

/// Reads one request and answers it; gives the request's body.
fn answer(stream: TcpStream, status: &str, body: &str) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut asked = vec![0; length];
    reader.read_exact(&mut asked).unwrap();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
    reader.into_inner().write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).unwrap();
    String::from_utf8(asked).unwrap()
}

/// What `--resolve` makes of a server's answer to its one question; and the question.
fn resolved(status: &'static str, body: Value) -> (Output, Value) {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || answer(listener.accept().unwrap().0, status, &body.to_string()));
    let output = world.inspected(&["--resolve", "--server", &url], mail_for(&url));
    (output, serde_json::from_str(&server.join().unwrap()).unwrap())
}

#[test]
fn resolve_says_what_the_server_knows_against_the_button() {
    let looked = |change: Value| {
        let mut looked = json!({"v": 1, "login": "alice", "subject": "Boots", "confirmed": true,
            "from_matches": true, "expires": "2099-01-01T00:00:00Z", "withdrawn": false});
        looked.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        resolved("200 OK", looked)
    };
    let (output, asked) = looked(json!({}));
    assert_eq!(output.done().record()["problems"], json!([]));
    assert_eq!(asked["from"], "alice@example.org");
    for (change, phrase) in [
        (json!({"confirmed": false}), "unconfirmed address"),
        (json!({"from_matches": false}), "another From"),
        (json!({"withdrawn": true}), "withdrawn button"),
        (json!({"login": "mallory"}), "another login: the button rings mallory"),
    ] {
        assert_eq!(looked(change).0.done().record()["problems"], json!([phrase]));
    }
    let refused = |code: &str, status| {
        resolved(status, json!({"v": 1, "type": "error", "code": code, "message": "no"})).0
    };
    assert_eq!(refused("bad_ticket", "403 Forbidden").done().record()["problems"], json!(["unknown button"]));
    assert_eq!(refused("withdrawn", "410 Gone").done().record()["problems"], json!(["withdrawn button"]));
    let busy = refused("too_many", "429 Too Many Requests").ends(75);
    assert!(busy.record()["problems"][0].as_str().unwrap().starts_with("unresolved: "));
}

#[test]
fn resolve_asks_nobody_but_the_own_server() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (one, mails) = (mail_for(&url), format!("From a\n{0}\nFrom b\n{0}", mail_for(&url)));
    world.inspected(&[], &one).done();
    let output = world.inspected(&["--resolve"], mails).ends(77);
    let problems: Vec<_> = output.records().into_iter().map(|record| record["problems"][0].clone()).collect();
    assert!(problems.len() == 2 && problems.iter().all(|p| p.as_str().unwrap().starts_with("unresolved: ")));
    assert_eq!(output.stderr.lines().count(), 1, "one line for a server: {}", output.stderr);
    assert!(listener.accept().is_err(), "somebody connected");

    drop(listener);
    let output = world.inspected(&["--resolve", "--server", &url], &one).ends(75);
    assert!(output.record()["problems"][0].as_str().unwrap().starts_with("unresolved: no answer"));
}

#[test]
fn resolve_keeps_the_rules_of_the_press() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for (server, flags, why) in [
        ("https://ch.example.org".to_owned(), &["--resolve"][..], "is new to you"),
        (format!("http://localhost:{port}"), &["--resolve", "--trust-server"], "neither https nor your own"),
        (format!("https://localhost:{port}"), &["--resolve", "--trust-server"], "no public address"),
        (format!("https://127.0.0.1:{port}"), &["--resolve", "--trust-server"], "no public address"),
    ] {
        let output = world.inspected(flags, mail_for(&server)).ends(77);
        let problem = output.record()["problems"][0].as_str().unwrap().to_owned();
        assert!(problem.starts_with("unresolved: ") && problem.contains(why), "{server}: {problem}");
        assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    }
    assert!(listener.accept().is_err(), "somebody connected");
    assert!(!world.path("home").join("client.db").exists(), "reading makes no files");
    world.inspected(&["--trust-server"], mail("button/good")).ends(64);
}

#[test]
fn s107_resolve_follows_a_button_from_minting_to_its_end() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let confirmation = world.mail_after(&alice.mail(), 0);
    let credentials = Home::new(alice.home()).credentials().unwrap().unwrap();
    let api = Api::signed_in(Http::new(&server.url.parse().unwrap(), None).unwrap(), &credentials).unwrap();
    let mint = Mint { to: vec!["bob@example.org".to_owned()], ..Mint::default() };
    let minted = api.mint_one(mint).unwrap().remove(0);
    let chat = Chat {
        login: "alice".parse().unwrap(),
        port: minted.port,
        host: None,
        server: server.url.clone(),
        ticket: minted.ticket,
        expires: minted.expires,
        url: minted.url,
    };
    let mail = format!("From: Alice <alice@example.org>\r\n{}\r\nhi\r\n", button::fields(&chat));
    let problems =
        |mail: &str| alice.run_with("ch-inspect", &["--resolve"], mail).done().record()["problems"].clone();

    assert_eq!(problems(&mail), json!(["unconfirmed address"]));
    alice.run("ch-register", &["--confirm", confirmation.to_str().unwrap()]).done();
    assert_eq!(problems(&mail), json!([]));
    assert_eq!(problems(&mail.replace("Alice <alice@", "Alice <mallory@")), json!(["another From"]));
    assert_eq!(
        problems(&mail.replace("ID: alice", "ID: mallory")),
        json!(["another login: the button rings alice"])
    );
    let ticket = chat.ticket.to_string();
    let forged = format!("{}{}", &ticket[..52], if ticket.ends_with("AA") { "BA" } else { "AA" });
    assert_eq!(problems(&mail.replace(&ticket, &forged)), json!(["unknown button"]));
    alice.run("ch-port", &["--release", &minted.port.to_string()]).done();
    assert_eq!(problems(&mail), json!(["withdrawn button"]));
}
