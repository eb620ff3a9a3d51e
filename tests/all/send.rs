//! `ch-send`: one mail with a chat button (S101, S103, S105), against a real CH server and real mail servers.

mod answers;
mod failures;
mod queue;
mod sendmail;
mod sign_in;

use std::{fs, path::Path, process::Stdio};

use chmail::wire::Secret;
use mail_parser::MessageParser;
use serde_json::{Value, json};

use crate::{
    exit::{closed, full, on_a_terminal},
    world::{Person, World, dovecot, dovecot::Dovecot, pop3, postfix::Postfix, process},
};

/// A header field's values, unfolded.
fn field(mail: &str, name: &str) -> Vec<String> {
    let head = mail.split("\n\n").next().unwrap().replace("\n ", " ");
    head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned).collect()
}

fn one(mail: &str, name: &str) -> String {
    let values = field(mail, name);
    assert_eq!(values.len(), 1, "{name} in {mail}");
    values[0].clone()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// One error line of this tool.
#[track_caller]
fn complains(stderr: &str, words: &str) {
    assert!(
        stderr.starts_with("ch-send: ") && stderr.lines().count() == 1 && stderr.contains(words),
        "{stderr}"
    );
}

/// The exit status with a text on standard input and something else than a pipe for output.
fn into(person: &Person<'_>, args: &[&str], out: impl Into<Stdio>) -> i32 {
    let text = person.home().join("text");
    fs::write(&text, "Hi\n").unwrap();
    let mut command = person.command("ch-send", args);
    command.stdin(fs::File::open(text).unwrap()).stdout(out).status().unwrap().code().unwrap()
}

/// Presses a mail's button as a guest, and says which conversation that is.
fn press(person: &Person<'_>, mail: &str, guest: &Secret) -> Value {
    let body = json!({ "ticket": one(mail, "CH-Ticket"), "guest": String::from(guest.clone()) });
    let mut command = std::process::Command::new("curl");
    command.args(["-s", "-X", "POST", "-H", "Content-Type: application/json", "-d", &body.to_string()]);
    command.arg(format!("{}/v1/press", person.server));
    serde_json::from_str(&process::run(command, b"").done().stdout).unwrap()
}

#[test]
fn s101_s103_s105_a_mail_carries_login_port_host_and_a_link_and_the_tool_says_nothing() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let output = alice
        .run_with(
            "ch-send",
            &["--to", "Bob <bob@example.org>", "--subject", "새 부츠 👢"],
            "New boots are in.\n",
        )
        .done();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));

    let mail = text(&world.mail_after("bob@example.org", 0));
    assert_eq!(one(&mail, "CH-Login-ID"), "alice");
    assert_eq!(one(&mail, "CH-Port"), alice.run("ch-port", &["--text"]).done().stdout.trim_end());
    assert_eq!(
        (one(&mail, "CH-Host"), one(&mail, "CH-Server")),
        ("127.0.0.1".to_owned(), server.url.clone())
    );
    let link =
        format!("\nNew boots are in.\n\nChat with me now: {}/c#{}\n", server.url, one(&mail, "CH-Ticket"));
    assert!(mail.ends_with(&link), "{mail}");
    assert_eq!((one(&mail, "From"), one(&mail, "To")), (alice.mail(), "Bob <bob@example.org>".to_owned()));
    assert_eq!(MessageParser::default().parse(&mail).unwrap().subject(), Some("새 부츠 👢"));

    let path = world.mails("bob@example.org").remove(0);
    let seen = alice.run("ch-inspect", &["--json", &path.display().to_string()]).done().record();
    assert_eq!((&seen["chat"]["login"], &seen["problems"]), (&json!("alice"), &json!([])), "{seen}");
}

#[test]
fn s105_the_mail_goes_through_postfix_and_pop3_into_ch_inspect() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob"]);
    let dovecot = Dovecot::start(&world);
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = postfix.url();
    let args = ["--to", "bob@example.org", "--subject", "점 하나", "--html", "boots.html"];
    fs::write(world.path("boots.html"), "<html><body><p>한국어</p></body></html>").unwrap();
    alice.run_with("ch-send", &args, ".\n..\nFrom here\n한국어\n").done();
    world.mail_after("bob@example.org", 0);
    let mails = pop3::fetch(dovecot.port, "bob@example.org", dovecot::PASSWORD);
    let seen = alice.run_with("ch-inspect", &["--json", "--full"], &mails[0]).done().record();
    assert_eq!(seen["subject"], "점 하나");
    assert_eq!(seen["chat"]["server"], server.url);
    assert_eq!(seen["problems"], json!([]));
    let text = seen["text"].as_str().unwrap();
    assert!(text.starts_with(".\n..\nFrom here\n한국어\n\nChat with me now: http://127.0.0.1:"), "{text}");
}

#[test]
fn several_recipients_get_one_mail_each_with_a_ticket_of_their_own_and_no_bcc_in_sight() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let args =
        ["--to", "bob@example.org, eve@example.org", "--cc", "carol@example.org", "--bcc", "dan@example.org"];
    let output = alice.run_with("ch-send", &[&args[..], &["-v"]].concat(), "Hi\n").done();
    let sent = output.records();
    assert!(sent.iter().all(|sent| sent["type"] == "sent" && sent["status"] == "accepted"), "{output:?}");
    let mails: Vec<String> = ["bob", "eve", "carol", "dan"]
        .iter()
        .map(|name| text(&world.mail_after(&format!("{name}@example.org"), 0)))
        .collect();
    for (mail, sent) in mails.iter().zip(&sent) {
        assert_eq!(one(mail, "Message-ID"), format!("<{}>", sent["message_id"].as_str().unwrap()));
        assert_eq!(one(mail, "Delivered-To"), sent["recipient"]);
        assert!(!mail.replace("Delivered-To: dan@", "").contains("dan@"), "{mail}");
    }
    let tickets: std::collections::HashSet<_> = mails.iter().map(|mail| one(mail, "CH-Ticket")).collect();
    assert_eq!(tickets.len(), 4);
}

#[test]
fn a_dry_run_prints_the_finished_message_and_sends_nothing() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let args = ["-n", "--to", "bob@example.org", "--subject", "Boots"];
    let printed = alice.run_with("ch-send", &args, "Hi\n").done().stdout;
    assert!(printed.starts_with("Date: ") && !printed.contains('\r') && printed.ends_with('\n'), "{printed}");
    assert!(world.mails("bob@example.org").is_empty());
    let seen = alice.run_with("ch-inspect", &["--json"], &printed).done().record();
    assert_eq!(seen["chat"]["ticket"], one(&printed, "CH-Ticket"));
    let guest = Secret::generate().unwrap();
    assert!(press(&alice, &printed, &guest)["conversation"].is_string(), "its ticket is a real one");

    assert_eq!((into(&alice, &args, full()), into(&alice, &args, closed())), (74, 0));
    // Nothing is handed over, so it does not matter where to.
    let elsewhere =
        alice.run_with("ch-send", &[&args[..], &["--via", "smtp://mail.example.org"]].concat(), "Hi\n");
    assert_eq!(one(&elsewhere.done().stdout, "CH-Server"), server.url);
}

#[test]
fn attachments_arrive_byte_for_byte_with_their_names() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    fs::write(world.path("부츠 \"42\".png"), &bytes).unwrap();
    fs::write(world.path("empty.txt"), "").unwrap();
    let args = ["--to", "bob@example.org", "--attach", "부츠 \"42\".png", "--attach", "empty.txt"];
    alice.run_with("ch-send", &args, "Two files.\n").done();
    let mail = fs::read(world.mail_after("bob@example.org", 0)).unwrap();
    let mail = MessageParser::default().parse(&mail).unwrap();
    let names: Vec<_> = mail
        .attachments()
        .map(|part| mail_parser::MimeHeaders::attachment_name(part).unwrap().to_owned())
        .collect();
    assert_eq!(names, ["부츠 \"42\".png", "empty.txt"]);
    assert_eq!(mail.attachment(0).unwrap().contents(), bytes);
}

#[test]
fn an_answer_is_in_the_thread_and_its_button_leads_into_the_same_conversation() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let first = text(&alice.send("bob@example.org", "Boots", "New boots are in.\n"));
    let guest = Secret::generate().unwrap();
    let conversation = press(&alice, &first, &guest)["conversation"].clone();

    // Bob answers with any mail program.
    let id = one(&first, "Message-ID");
    let answer = format!(
        "From: =?utf-8?B?67CV67O0?= <bob@example.org>\nTo: alice@example.org\nSubject: Re: Boots\n\
         Message-ID: <2@bob.example>\nIn-Reply-To: {id}\n\nIn size 42?\n"
    );
    fs::write(world.path("answer.eml"), answer).unwrap();
    alice.run_with("ch-send", &["--reply", "answer.eml"], "Yes.\n").done();
    let second = text(&world.mail_after("bob@example.org", 1));
    assert_eq!(
        (one(&second, "Subject"), one(&second, "In-Reply-To")),
        ("Re: Boots".into(), "<2@bob.example>".into())
    );
    assert_eq!(one(&second, "References"), format!("{id} <2@bob.example>"));
    assert!(one(&second, "To").ends_with(" <bob@example.org>"));
    assert_ne!(one(&second, "CH-Ticket"), one(&first, "CH-Ticket"));
    assert_eq!(press(&alice, &second, &guest)["conversation"], conversation);
    // To somebody else it is the beginning of a conversation of their own.
    alice.run_with("ch-send", &["--reply", "answer.eml", "--to", "carol@example.org"], "Yes.\n").done();
    let third = text(&world.mail_after("carol@example.org", 0));
    assert_ne!(press(&alice, &third, &guest)["conversation"], conversation);
}

#[test]
fn the_other_sides_answer_by_mail_leads_into_the_conversation_that_its_mail_began() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    bob.register();
    let confirm = world.mail_after("bob@example.org", 0);
    bob.run("ch-register", &["--confirm", confirm.to_str().unwrap()]).done();
    let first = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    bob.run_with("ch-send", &["--reply", first.to_str().unwrap(), "--lang", "ko"], "네.\n").done();
    let answers = || {
        let mails = world.mails("alice@example.org").into_iter().map(|path| text(&path));
        mails.filter(|mail| field(mail, "Subject") == ["Re: Boots"]).collect::<Vec<_>>()
    };
    let answer = answers().remove(0);
    assert_eq!((one(&answer, "CH-Login-ID"), one(&answer, "From")), ("bob".to_owned(), bob.mail()));
    assert_eq!(one(&answer, "In-Reply-To"), one(&text(&first), "Message-ID"));
}

#[test]
fn the_words_of_the_link_are_in_the_recipients_language() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let said = |args: &[&str], locale: &str| {
        let mut command = alice.command("ch-send", &[&["-n", "--to", "bob@example.org"], args].concat());
        command.env("LC_ALL", locale);
        let mail = process::run(command, b"Hi\n").done().stdout;
        MessageParser::default().parse(&mail).unwrap().body_text(0).unwrap().replace('\r', "")
    };
    assert!(said(&[], "C.UTF-8").contains("\nChat with me now: http"));
    assert!(said(&[], "ko_KR.UTF-8").contains("\n지금 바로 채팅하기: http"));
    assert!(said(&["--lang", "ko"], "C").contains("\n지금 바로 채팅하기: http"));
    assert!(said(&["--lang", "en"], "ko_KR.UTF-8").contains("\nChat with me now: http"));
    assert_eq!(said(&["--no-link"], "C"), "Hi\n");
}

#[test]
fn lists_get_no_ticket_and_settings_are_taken_from_the_file() {
    let world = World::new();
    let server = world.serve(&[]);
    let mut alice = world.person("alice", &server);
    alice.register();
    alice.via = String::new();
    let settings = format!(
        "no_button_to = [\"*@lists.*\"]\nvia = \"{}\"\nfrom = \"Alice Kim <alice@example.org>\"\nhost = \"alice.example.org\"\n",
        world.maildir_url()
    );
    fs::write(alice.home().join("config.toml"), settings).unwrap();
    alice.run_with("ch-send", &["--to", "users@lists.example.org, bob@example.org"], "Hi\n").done();
    let (list, bob) =
        (world.mail_after("users@lists.example.org", 0), world.mail_after("bob@example.org", 0));
    assert!(!text(&list).contains("CH-") && !text(&list).contains("/c#"), "{}", text(&list));
    assert_eq!(one(&text(&bob), "CH-Host"), "alice.example.org");
    assert_eq!(one(&text(&bob), "From"), "Alice Kim <alice@example.org>");
}

#[test]
fn mails_on_standard_output_are_one_message_or_an_mbox() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    for (to, count) in [("bob@example.org", 1), ("bob@example.org, eve@example.org", 2)] {
        let output = alice.run_with("ch-send", &["--via", "stdout:", "--to", to], "Hi\n").done();
        assert_eq!(output.stdout.starts_with("From "), count == 2);
        let seen = alice.run_with("ch-inspect", &["--json"], &output.stdout).done().records();
        assert_eq!(seen.len(), count);
        assert!(seen.iter().all(|mail| mail["chat"]["login"] == "alice"), "{seen:?}");
    }
    let args = ["--via", "stdout:", "--to", "bob@example.org"];
    assert_eq!((into(&alice, &args, full()), into(&alice, &args, closed())), (74, 0));
}

#[test]
fn on_a_terminal_the_text_is_typed_and_receipts_are_words() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let (status, said) =
        on_a_terminal(&alice.command("ch-send", &["-v", "--to", "bob@example.org"]), "Hi\n\x04");
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("ch-send: write the mail; Ctrl-D"), "{said}");
    assert!(said.contains("bob@example.org  accepted  /"), "{said}");
    assert!(text(&world.mail_after("bob@example.org", 0)).contains("\n\nHi\n\nChat with me now: "));
}
