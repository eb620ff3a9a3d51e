//! DKIM, checked by verifiers that are not ours: OpenDKIM and dkimpy.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::*;
use crate::world::process;

/// Keys of both kinds in the person's home, the settings that use them, and their records as `name text` lines.
fn keys(person: &Person<'_>) -> String {
    let mut zone = String::new();
    for (selector, kind) in [("old", "--rsa"), ("new", "--ed25519")] {
        let args = ["dkim-key", "--domain", "example.org", "--selector", selector, kind];
        let line = person.run("ch-send", &args).done().stdout;
        let strings: Vec<_> = line.split('"').skip(1).step_by(2).collect();
        assert!(
            strings.iter().all(|text| text.len() <= 255)
                && line.starts_with(&format!("{selector}._domainkey.example.org. IN TXT ")),
            "{line}"
        );
        zone += &format!("{selector}._domainkey.example.org {}\n", strings.concat());
    }
    let settings = "dkim_domain = \"example.org\"\ndkim_selector = [\"old\", \"new\"]\n\
                    dkim_key = [\"old.example.org.pem\", \"new.example.org.pem\"]\n";
    fs::write(person.home().join("config.toml"), settings).unwrap();
    zone
}

/// What dkimpy says of each signature.
fn dkimpy(world: &World, message: &str, zone: &str) -> Vec<String> {
    let (mail, records) = (world.path("checked.eml"), world.path("zone"));
    fs::write(&mail, message.replace('\n', "\r\n")).unwrap();
    fs::write(&records, zone).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/bulk/verify.py");
    // Debian's own, which has Debian's dkimpy.
    let mut python = Command::new("/usr/bin/python3");
    python.arg(script).arg(&mail).arg(&records);
    process::run(python, b"").done().stdout.lines().map(str::to_owned).collect()
}

/// Whether OpenDKIM says yes to the message's first signature.
fn opendkim(world: &World, message: &str, zone: &str) -> bool {
    let (mail, records, settings) =
        (world.path("checked.eml"), world.path("zone"), world.path("opendkim.conf"));
    fs::write(&mail, message.replace('\n', "\r\n")).unwrap();
    fs::write(&records, zone).unwrap();
    fs::write(&settings, format!("TestPublicKeys {}\nMode v\nSyslog no\n", records.display())).unwrap();
    let program =
        ["/usr/sbin/opendkim", "/usr/bin/opendkim"].into_iter().find(|path| Path::new(path).exists());
    let mut command = Command::new(program.expect("tests/setup.sh installs opendkim"));
    command.arg("-x").arg(&settings).args(["-v", "-t"]).arg(&mail);
    let output = process::run(command, b"").done();
    let said = output.stdout + &output.stderr;
    assert!(said.contains("succeeded") || said.contains("failed"), "{said}");
    said.contains("succeeded") && !said.contains("failed")
}

/// The message without what the Maildir added, and without its first signature.
fn without_first(message: &str) -> String {
    let second = message.match_indices("DKIM-Signature:").nth(1).unwrap().0;
    message[second..].to_owned()
}

/// What went out: what stands above the first signature is the delivery's.
fn sent(world: &World, at: usize) -> String {
    let text = fs::read_to_string(world.mail_after("bob@example.org", at)).unwrap();
    text[text.find("DKIM-Signature:").expect("a signature")..].to_owned()
}

#[track_caller]
fn holds(world: &World, message: &str, zone: &str) {
    assert_eq!(dkimpy(world, message, zone), ["good", "good"], "{message}");
    assert!(opendkim(world, message, zone), "{message}");
    assert!(opendkim(world, &without_first(message), zone), "{message}");
}

#[test]
fn both_signatures_hold_on_one_mail_on_a_finished_one_and_on_a_batch() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let zone = keys(&alice);
    let to = ["--from", "alice@example.org", "--to", "Bob <bob@example.org>", "--subject", "새 부츠 👢"];
    alice.run_with("ch-send", &to, "New  boots \t are in. \n\n.\n한국어\n\n\n").done();
    holds(&world, &sent(&world, 0), &zone);

    let message = "From: alice@example.org\nTo: bob@example.org\nSubject: a\n  folded   one\n\nHi\r there \n";
    alice.run_with("ch-send", &["-t"], message).done();
    holds(&world, &sent(&world, 1), &zone);

    let jobs = job(
        "1",
        "bob@example.org",
        json!({
            "from": "alice@example.org",
            "html": "<p>New boots.</p>",
            "headers": { "List-Unsubscribe": "<https://x.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
        }),
    );
    alice.run_with("ch-send", &["--batch"], jobs).done();
    let message = sent(&world, 2);
    assert!(message.contains("\nCH-Ticket: ") && message.contains("\nList-Unsubscribe-Post: "));
    holds(&world, &message, &zone);
}

#[test]
fn whatever_is_changed_or_added_breaks_both_signatures() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let zone = keys(&alice);
    let to = ["--from", "alice@example.org", "--to", "bob@example.org", "--subject", "Boots"];
    alice.run_with("ch-send", &to, "New boots.\n").done();
    let message = sent(&world, 0);
    holds(&world, &message, &zone);
    let field = |name: &str| {
        let at = message.find(&format!("\n{name}: ")).unwrap() + 1;
        &message[at..at + message[at..].find('\n').unwrap() + 1]
    };
    for name in [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "CH-Login-ID",
        "CH-Port",
        "CH-Host",
        "CH-Server",
        "CH-Ticket",
    ] {
        let line = field(name);
        for changed in [message.replace(line, ""), message.replace(line, &line.repeat(2))] {
            assert_eq!(dkimpy(&world, &changed, &zone), ["bad", "bad"], "{name}");
        }
    }
    for added in [
        "List-Unsubscribe: <https://eve.example/u>\n",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
        "Reply-To: eve@example.org\n",
    ] {
        let changed = message.replace(field("Subject"), &format!("{}{added}", field("Subject")));
        assert_eq!(dkimpy(&world, &changed, &zone), ["bad", "bad"], "{added}");
    }
    let changed = message.replace("New boots.", "Old boots.");
    assert_eq!(dkimpy(&world, &changed, &zone), ["bad", "bad"]);
    assert!(!opendkim(&world, &changed, &zone));
}

#[test]
fn a_key_is_private_never_replaced_and_refused_when_others_can_read_it() {
    let world = World::new();
    let person = nobody(&world);
    keys(&person);
    let file = person.home().join("old.example.org.pem");
    let key = fs::read(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = ["dkim-key", "--domain", "example.org", "--selector", "old"];
    let output = person.run("ch-send", &again).ends(73);
    assert!(output.stderr.contains("is there already") && fs::read(&file).unwrap() == key);
    let to = ["--from", "a@example.org", "--to", "bob@example.org", "--button", "never"];
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(person.run_with("ch-send", &to, "Hi\n").ends(77).stderr.contains("chmod 600"));
    let flags = [&to[..], &["--dkim-domain", "example.org", "--dkim-selector", "a", "--dkim-key", "/no/key"]]
        .concat();
    person.run_with("ch-send", &flags, "Hi\n").ends(78);
    fs::write(person.home().join("config.toml"), "dkim_domain = \"example.org\"\n").unwrap();
    assert!(person.run_with("ch-send", &to, "Hi\n").ends(78).stderr.contains("a selector of its own"));
    assert!(world.mails("bob@example.org").is_empty());
}
