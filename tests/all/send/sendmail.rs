//! `ch-send` as sendmail: with the programs that people have, and as sendmail itself would be called.

use super::*;
use crate::world::Server;

const MAIL: &str =
    "From: Alice <alice@example.org>\nTo: bob@example.org\nSubject: Boots\n\nNew boots are in.\n";

/// Who registered, with a server to make buttons.
fn scene(world: &World) -> (Server, Person<'_>) {
    fs::create_dir_all(world.path("home")).unwrap();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    (server, alice)
}

fn shell(person: &Person<'_>, line: &str, input: &str) -> process::Output {
    process::run(person.shell(line), input.as_bytes())
}

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).display().to_string()
}

/// The one mail to NAME@example.org.
fn mail_to(world: &World, name: &str) -> String {
    let address = format!("{name}@example.org");
    let mail = text(&world.mail_after(&address, 0));
    assert_eq!(world.mails(&address).len(), 1);
    mail
}

/// The mail as it was sent: without what a Maildir's delivery writes on top.
fn body_and_fields(mail: &str) -> String {
    let delivery = ["Return-Path: ", "Delivered-To: "];
    let lines =
        mail.split_inclusive('\n').skip_while(|line| delivery.iter().any(|name| line.starts_with(name)));
    lines.collect()
}

/// The same without the button.
fn without_button(mail: &str) -> String {
    body_and_fields(mail).split_inclusive('\n').filter(|line| !line.starts_with("CH-")).collect()
}

#[test]
fn mutt_sends_through_postfix_and_its_own_copy_has_no_button() {
    let world = World::new();
    let postfix = Postfix::start(&world, &["alice", "bob", "dan"]);
    let (_server, mut alice) = scene(&world);
    alice.via = postfix.url();
    let rc = format!(
        "source {}\nset from=alice@example.org realname=Alice record={} copy=yes\n",
        example("muttrc"),
        world.path("sent").display()
    );
    fs::write(world.path("muttrc"), rc).unwrap();
    let sent =
        shell(&alice, "mutt -n -F muttrc -s '새 부츠' -b dan@example.org -- bob@example.org", ".\n한국어\n");
    assert_eq!((sent.clone().done().stdout, sent.stderr), (String::new(), String::new()));
    let mails = ["bob", "dan"].map(|name| mail_to(&world, name));
    for mail in &mails {
        assert_eq!((one(mail, "CH-Login-ID"), one(mail, "To")), ("alice".into(), "bob@example.org".into()));
        assert!(mail.ends_with("\n\n.\n한국어\n"), "{mail}");
        assert!(field(mail, "Bcc").is_empty(), "{mail}");
    }
    assert!(!mails[0].contains("dan@"), "{}", mails[0]);
    assert_ne!(one(&mails[0], "CH-Ticket"), one(&mails[1], "CH-Ticket"));
    let copy = text(&world.path("sent"));
    assert!(copy.contains("한국어") && !copy.contains("CH-"), "{copy}");
}

#[test]
fn mutt_calls_it_with_its_own_flags_too() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let line = "mutt -n -F /dev/null -e 'set sendmail=\"ch-send -oem -oi\" from=alice@example.org \
                use_envelope_from=yes use_8bitmime=yes dsn_notify=failure dsn_return=hdrs copy=no' -s Hi -- bob@example.org";
    shell(&alice, line, "Hi\n").done();
    let mail = mail_to(&world, "bob");
    assert_eq!(one(&mail, "Return-Path"), "<alice@example.org>");
    assert_eq!(field(&mail, "CH-Ticket").len(), 1);
}

#[test]
fn s_nail_sends_with_a_button() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let line = "s-nail -n -S sendwait -S mta=\"$(command -v ch-send)\" -r alice@example.org -b dan@example.org -s Boots bob@example.org";
    shell(&alice, line, "New boots are in.\n").done();
    for name in ["bob", "dan"] {
        let mail = mail_to(&world, name);
        assert_eq!(
            (one(&mail, "CH-Login-ID"), one(&mail, "Return-Path")),
            ("alice".into(), "<alice@example.org>".into())
        );
        assert!(
            mail.ends_with("\n\nNew boots are in.\n")
                && !mail.replace("Delivered-To: dan@", "").contains("dan@")
        );
    }
}

#[test]
fn git_send_email_sends_patches_that_still_apply() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let git = |line: &str| {
        let identity = "GIT_COMMITTER_NAME=Alice GIT_COMMITTER_EMAIL=alice@example.org GIT_CONFIG_NOSYSTEM=1 \
                        GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL=alice@example.org";
        let config = format!("GIT_CONFIG_GLOBAL='{}'", example("gitconfig"));
        shell(&alice, &format!("export {identity} {config}; {line}"), "").done()
    };
    git(
        "git init -q a && cd a && printf 'boots\\r\\n한국어\\n.\\n' > shop && git add . && git commit -qm 'Boots'",
    );
    git("git clone -q a b && cd a && printf 'From here\\n' >> shop && git commit -qam 'shop: say 한국어'");
    git(
        "cd a && git send-email -q --to=bob@example.org --cc='Users <users@lists.example.org>' --bcc=dan@example.org \
         --suppress-cc=all --confirm=never -1",
    );
    fs::write(alice.home().join("config.toml"), "no_button_to = [\"*@lists.*\"]\n").unwrap();
    git(
        "cd a && git send-email -q --sendmail-cmd='ch-send --link' --to=users@lists.example.org --to=eve@example.org \
         --suppress-cc=all --confirm=never -1",
    );
    for name in ["bob", "dan", "eve"] {
        let mail = world.mail_after(&format!("{name}@example.org"), 0);
        assert_eq!(one(&text(&mail), "CH-Login-ID"), "alice");
        assert_eq!(text(&mail).contains("\nChat with me now: http"), name == "eve");
        git(&format!("cd b && git reset -q --hard origin/HEAD && git am -q --keep-cr '{}'", mail.display()));
        assert!(fs::read(world.path("b/shop")).unwrap().ends_with("한국어\n.\nFrom here\n".as_bytes()));
        let subject = git("cd b && git log -1 --format=%s").stdout;
        assert_eq!(subject, "shop: say 한국어\n");
    }
    let list: Vec<_> = world.mails("users@lists.example.org").iter().map(|path| text(path)).collect();
    assert_eq!(
        list.iter().filter(|mail| mail.contains("CH-Ticket")).count(),
        1,
        "after no_button_to there is none"
    );
}

#[test]
fn as_cron_calls_it() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let mail = "From: root (Cron Daemon)\nTo: bob@example.org\nSubject: Cron <root@box> backup\n\nfull\n";
    alice.run_with("ch-send", &["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "bob@example.org"], mail).done();
    let got = mail_to(&world, "bob");
    assert_eq!(one(&got, "Return-Path"), "<alice@example.org>", "root is nobody a server could tell");
    assert_eq!(one(&got, "From"), "root (Cron Daemon)");
    let quiet = "To: bob@example.org\n\nno From\n";
    alice.run_with("ch-send", &["-t", "-F", "Cron, Daemon"], quiet).done();
    let second = text(&world.mail_after("bob@example.org", 1));
    assert_eq!(one(&second, "From"), "\"Cron, Daemon\" <alice@example.org>");
    assert_eq!((field(&second, "Date").len(), field(&second, "Message-ID").len()), (1, 1));
}

#[test]
fn a_finished_message_goes_out_byte_for_byte() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let mail = "X-Odd:\t a \nFrom: Alice <alice@example.org>\nTo:bob@example.org,\n dan@example.org\nDate: today\nMessage-Id: <1@x>\n\
                Subject: =?utf-8?Q?a?=\n  b\nContent-Type: text/plain; charset=utf-8\n\n.\n..\nFrom x\n-- \n한국어 \n\n\n";
    for (newline, at) in [("\n", 0), ("\r\n", 1)] {
        alice.run_with("ch-send", &["-ti"], mail.replace('\n', newline)).done();
        for name in ["bob", "dan"] {
            let got = text(&world.mail_after(&format!("{name}@example.org"), at));
            assert_eq!(without_button(&got), mail);
            assert_eq!(field(&got, "CH-Ticket").len(), 1);
        }
    }
    let sent = alice.run_with("ch-send", &["-t", "-v"], mail).done().records();
    assert_eq!((sent.len(), &sent[0]["message_id"]), (2, &json!("1@x")));
    let printed = alice.run_with("ch-send", &["-t", "-n"], mail).done().stdout;
    assert_eq!(without_button(&printed), mail);
}

#[test]
fn nobody_learns_of_a_bcc_not_even_how_many() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    let mail = format!("Bcc: dan@example.org,\n eve@example.org\n{MAIL}");
    alice.run_with("ch-send", &["-t", "carol@example.org"], &mail).done();
    let claims = |name: &str| {
        let got = mail_to(&world, name);
        assert_eq!(without_button(&got).replace(&one(&got, "Message-ID"), ""), {
            let (date, id) = (one(&got, "Date"), "Message-ID: \n");
            let (head, body) = MAIL.split_once("\n\n").unwrap();
            format!("{head}\nDate: {date}\n{id}\n{body}")
        });
        let ticket: chmail::wire::Ticket = one(&got, "CH-Ticket").parse().unwrap();
        (ticket.claims().mail, ticket.claims().recipient)
    };
    let rows = ["bob", "carol", "dan", "eve"].map(claims);
    assert!(rows.iter().all(|row| row.1 == 0), "each is the first of a row of their own: {rows:?}");
    let different: std::collections::HashSet<_> = rows.iter().map(|row| row.0).collect();
    assert_eq!(different.len(), 4);
}

#[test]
fn resent_recipients_come_first_and_an_authors_button_stays_the_only_one() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    alice.run_with("ch-send", &["-t"], MAIL).done();
    let first = body_and_fields(&mail_to(&world, "bob"));
    let resent = format!(
        "Resent-From: dan@example.org\nResent-To: carol@example.org\nResent-Bcc: eve@example.org\n{first}"
    );
    let said = alice.run_with("ch-send", &["-t"], &resent).done().stderr;
    complains(&said, "the message has a CH-Login-ID already, and keeps its author's chat button");
    for name in ["carol", "eve"] {
        let got = mail_to(&world, name);
        assert_eq!(body_and_fields(&got), resent.replace("Resent-Bcc: eve@example.org\n", ""));
        assert_eq!(one(&got, "Return-Path"), "<dan@example.org>");
    }
    assert_eq!(world.mails("bob@example.org").len(), 1, "To is not who it is for now");
    let refused = alice.run_with("ch-send", &["-t", "--button", "require"], &resent).ends(65);
    complains(&refused.stderr, "the message has a CH-Login-ID already");
    assert_eq!(alice.run_with("ch-send", &["-t", "--button", "never"], &resent).done().stderr, "");
}

#[test]
fn with_link_the_text_ends_with_the_link_unless_it_is_signed() {
    let world = World::new();
    let (server, alice) = scene(&world);
    let ko = MAIL.replace(
        "\n\n",
        "\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n안녕. ",
    );
    alice.run_with("ch-send", &["-t", "--link", "--lang", "ko"], &ko).done();
    let got = mail_to(&world, "bob");
    let link = format!("{}/c#{}", server.url, one(&got, "CH-Ticket"));
    assert!(got.ends_with(&format!("\n\n안녕. New boots are in.\n\n지금 바로 채팅하기: {link}\n")), "{got}");

    // Signed by a real program, checked by it after the way.
    let make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=alice 2>/dev/null && \
                openssl smime -sign -in text -text -signer cert.pem -inkey key.pem \
                -from alice@example.org -to dan@example.org -subject Signed > signed.eml";
    fs::write(world.path("text"), "Signed words.\n").unwrap();
    shell(&alice, make, "").done();
    alice.run_with("ch-send", &["-t", "--link"], fs::read(world.path("signed.eml")).unwrap()).done();
    let path = world.mail_after("dan@example.org", 0);
    assert_eq!(field(&text(&path), "CH-Ticket").len(), 1, "the header is not what is signed");
    let check = format!("openssl smime -verify -CAfile cert.pem -in '{}'", path.display());
    let checked = shell(&alice, &check, "").done();
    assert!(checked.stdout.contains("Signed words.") && !checked.stdout.contains("/c#"), "{checked:?}");
}

#[test]
fn without_a_button_to_be_had_the_mail_goes_all_the_same_and_one_line_says_so() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    let goes = |count: usize, args: &[&str], words: &str| {
        let output = alice.run_with("ch-send", &[&["-t"], args].concat(), MAIL).done();
        complains(&output.stderr, &format!("sent without a chat button: {words}"));
        let got = text(&world.mail_after("bob@example.org", count));
        assert!(!got.contains("CH-") && got.ends_with("\n\nNew boots are in.\n"), "{got}");
    };
    goes(0, &[], "nobody is registered in ");
    alice.register();
    let sendmail = world.path("sendmail");
    fs::write(
        &sendmail,
        format!("#!/bin/sh\nexec ch-send --button never --via {} \"$@\"\n", world.maildir_url()),
    )
    .unwrap();
    fs::set_permissions(&sendmail, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    goes(
        1,
        &["--via", &format!("sendmail:{}", sendmail.display())],
        "the chat button would lead to http://127.0.0.1",
    );
    drop(server);
    goes(2, &[], "get a chat button: ");
    complains(
        &alice.run_with("ch-send", &["-t", "--button", "require"], MAIL).ends(75).stderr,
        "get a chat button: ",
    );
    assert_eq!(alice.run_with("ch-send", &["-t", "--button", "never"], MAIL).done().stderr, "");
}

#[test]
fn a_local_sendmail_that_calls_us_again_and_again_is_told_so_and_one_that_does_once_is_not() {
    let world = World::new();
    let person = world.person_at("alice", "http://127.0.0.1:9");
    let script = |name: &str, via: &str| {
        let (path, own) = (world.path(name), crate::world::tool("ch-send"));
        let line = format!("exec {} --button never --via {via} \"$@\"", own.display());
        fs::write(&path, format!("#!/bin/sh\necho x >> \"$0.runs\"\n{line}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        format!("sendmail:{}", path.display())
    };
    let send = |via: &str| person.run_with("ch-send", &["-t", "--button", "never", "--via", via], MAIL);
    let output = send(&script("loop", "\"sendmail:$0\"")).ends(69);
    complains(&output.stderr, "the local sendmail is ch-send itself, or calls it: ");
    assert_eq!(fs::read_to_string(world.path("loop.runs")).unwrap().lines().count(), 2);
    assert!(world.mails("bob@example.org").is_empty());
    assert_eq!(person.run("ch-send", &["--queued"]).done().stdout, "");
    // A script that adds something and hands the mail on.
    send(&script("once", &world.maildir_url())).done();
    world.mail_after("bob@example.org", 0);
}

#[test]
fn what_sendmail_would_not_take_is_refused_before_anybody_gets_it() {
    let world = World::new();
    let (_server, alice) = scene(&world);
    std::os::unix::fs::symlink(crate::world::tool("ch-send"), world.path("sendmail")).unwrap();
    for (args, input, status, words) in [
        (&["-t"][..], "", 65, "the message is empty"),
        (&["-t"], "From: a@example.org\n\nx\n", 65, "nobody to send it to"),
        (&["-t"], "To: bob@example.org\nCc: root\n\nx\n", 65, "Cc: \"root\" is not a mail address"),
        (&["root"], MAIL, 64, "'root'"),
        (&["-t", "-f", "a b"], MAIL, 64, "-f"),
        (
            &["-t", "--subject", "x"],
            MAIL,
            64,
            "--subject: -t and recipients as operands send a finished message",
        ),
        (&["--to", "bob@example.org", "eve@example.org"], MAIL, 64, "--to: "),
        (&["-bs"], MAIL, 64, "-b"),
        (&["-t", "--via", "sendmail:sendmail"], MAIL, 78, "the local sendmail is ch-send itself"),
        (&["-t", "--link", "--no-link"], MAIL, 64, "--no-link"),
    ] {
        let output = alice.run_with("ch-send", args, input).ends(status);
        complains(&output.stderr, words);
    }
    assert!(world.mails("bob@example.org").is_empty());
    // The null reverse path, a list, and what stands behind -- however it begins.
    let args = [
        "-f",
        "<>",
        "-bm",
        "-oi",
        "-i",
        "-i",
        "-t",
        "--",
        "eve@example.org, Dan <dan@example.org>",
        "-x@example.org",
    ];
    alice.run_with("ch-send", &args, MAIL).done();
    for address in ["bob", "eve", "dan", "-x"] {
        let got = text(&world.mail_after(&format!("{address}@example.org"), 0));
        assert_eq!(one(&got, "Return-Path"), "<>");
    }
}
