//! `--verify`: signatures that others made, keys from a file and from a name server.

use std::{
    fs,
    net::UdpSocket,
    path::Path,
    process::Command,
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};

use super::mail;
use crate::world::{Output, World, process};

/// Signs with dkimpy: `sign` are further arguments of its `dkim.sign`.
fn signed(world: &World, key: &str, mail: &str, sign: &str) -> String {
    let script = format!(
        "import dkim, sys\nm = sys.stdin.buffer.read()\nk = open('{key}', 'rb').read()\n\
         sys.stdout.buffer.write(dkim.sign(m, b's1', b'example.org', k, {sign}) + m)"
    );
    let mut python = Command::new("/usr/bin/python3");
    python.args(["-c", &script]).current_dir(world.path("."));
    process::run(python, mail.as_bytes()).done().stdout
}

/// Signs with OpenDKIM, which tells the field that it would have an MTA add: with these settings.
fn opendkim(world: &World, mail: &str, settings: &str) -> String {
    let mail = mail.replace("\r\n", "\n").replace('\n', "\r\n");
    world.write("unsigned.eml", &mail);
    let conf = "Mode s\nDomain example.org\nSelector s1\nKeyFile rsa.key\nRequireSafeKeys no\nSyslog no\n";
    world.write("opendkim.conf", format!("{conf}{settings}\n"));
    let program =
        ["/usr/sbin/opendkim", "/usr/bin/opendkim"].into_iter().find(|path| Path::new(path).exists());
    let mut command = Command::new(program.expect("tests/setup.sh installs opendkim"));
    command.args(["-x", "opendkim.conf", "-vv", "-t", "unsigned.eml"]).current_dir(world.path("."));
    let output = process::run(command, b"").done();
    let said = output.stdout + &output.stderr;
    let (_, field) = said.split_once("hname='DKIM-Signature' hvalue='").expect(&said);
    let (field, _) = field.split_once('\'').unwrap();
    format!("DKIM-Signature: {}\r\n{mail}", field.replace('\n', "\r\n"))
}

/// An RSA key of so many bits in `rsa.key`; its record.
fn rsa(world: &World, bits: &str) -> String {
    let openssl = |args: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(args).current_dir(world.path("."));
        process::run(openssl, b"").done().stdout
    };
    openssl(&["genrsa", "-traditional", "-out", "rsa.key", bits]);
    let public = openssl(&["rsa", "-in", "rsa.key", "-pubout"]);
    let public: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    format!("v=DKIM1; k=rsa; p={public}")
}

/// Dkimpy's own Ed25519 key in `ed.key`; its record.
fn ed25519(world: &World) -> String {
    let mut dknewkey = Command::new("dknewkey");
    dknewkey.args(["--ktype", "ed25519", "ed"]).current_dir(world.path("."));
    process::run(dknewkey, b"").done();
    fs::read_to_string(world.path("ed.dns")).unwrap()
}

const COVERED: &str = "include_headers=[b'from', b'subject', b'date', b'to', b'ch-login-id', b'ch-port', b'ch-host', b'ch-server', b'ch-ticket']";

fn verified(world: &World, record: &str, mail: &str) -> Output {
    fs::write(world.path("keys"), format!("s1._domainkey.example.org {record}\n")).unwrap();
    world.inspected(&["--verify", "--dkim-keys", "keys"], mail)
}

fn problems(output: Output) -> Value {
    output.done().record()["problems"].clone()
}

#[test]
fn signatures_of_dkimpy_hold_in_every_form() {
    let world = World::new();
    let good = mail("button/good");
    let keys =
        [(rsa(&world, "2048"), "rsa.key", "rsa-sha256"), (ed25519(&world), "ed.key", "ed25519-sha256")];
    for (record, key, algorithm) in &keys {
        for canon in [
            "b'simple', b'simple'",
            "b'simple', b'relaxed'",
            "b'relaxed', b'simple'",
            "b'relaxed', b'relaxed'",
        ] {
            let sign = format!("canonicalize=({canon}), signature_algorithm=b'{algorithm}', {COVERED}");
            let text = signed(&world, key, &good, &sign);
            assert_eq!(problems(verified(&world, record, &text)), json!([]), "{algorithm} {canon}");
            let changed = text.replace("New boots", "Old boots");
            let found = problems(verified(&world, record, &changed));
            assert_eq!(found[0], "bad signature: of example.org: the body was changed");
        }
    }
    let old = rsa(&world, "1024");
    let text = signed(&world, "rsa.key", &good, COVERED);
    assert_eq!(problems(verified(&world, &old, &text)), json!([]), "short keys are believed");
    let text = signed(&world, "rsa.key", &good, &format!("signature_algorithm=b'rsa-sha1', {COVERED}"));
    let found = problems(verified(&world, &old, &text));
    assert_eq!(found[0], "bad signature: of example.org: a= is none that we believe");
}

#[test]
fn signatures_of_opendkim_hold_in_every_form_and_say_what_they_do_not_cover() {
    let world = World::new();
    let record = rsa(&world, "2048");
    let good = mail("button/good");
    let covers =
        "SignHeaders *,+ch-login-id,+ch-port,+ch-host,+ch-server,+ch-ticket\nOversignHeaders From,CH-Ticket";
    for canon in ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"] {
        let text = opendkim(&world, &good, &format!("Canonicalization {canon}\n{covers}"));
        assert!(text.contains(&format!("c={canon};")), "{text}");
        assert_eq!(problems(verified(&world, &record, &text)), json!([]), "{canon}");
        let lf = text.replace("\r\n", "\n");
        assert_eq!(problems(verified(&world, &record, &lf)), json!([]), "{canon}, from a Maildir");
        let changed = problems(verified(&world, &record, &text.replace("New boots", "Old boots")));
        assert_eq!(changed[0], "bad signature: of example.org: the body was changed", "{canon}");
        let moved = text.replace("CH-Port: 12345", "CH-Port: 12346");
        let found = problems(verified(&world, &record, &moved)).to_string();
        assert!(found.contains("bad signature: of example.org: "), "{canon}: {found}");
    }
    // What OpenDKIM signs unless it is told otherwise.
    let text = opendkim(&world, &good, "");
    assert_eq!(problems(verified(&world, &record, &text)), json!(["button not signed"]));
}

#[test]
fn a_signature_that_does_not_cover_the_button_says_so() {
    let world = World::new();
    let record = rsa(&world, "2048");
    // What dkimpy signs unless it is told otherwise.
    let text = signed(&world, "rsa.key", &mail("button/good"), "identity=b'@example.org'");
    assert_eq!(problems(verified(&world, &record, &text)), json!(["button not signed"]));
    let partly = signed(&world, "rsa.key", &mail("button/good"), &format!("length=True, {COVERED}"));
    assert_eq!(problems(verified(&world, &record, &partly)), json!([]));
    let longer = format!("{partly}\nSend money.\n");
    assert_eq!(problems(verified(&world, &record, &longer)), json!(["body partly signed"]));
    assert_eq!(
        problems(verified(&world, &record, &mail("button/good"))),
        json!(["unsigned", "button not signed"])
    );
}

#[test]
fn signatures_in_a_maildir_and_an_mbox_are_checked() {
    let world = World::new();
    let record = rsa(&world, "2048");
    let text = signed(&world, "rsa.key", &mail("button/good"), COVERED);
    world.write("Mail/new/1", &text);
    world.write("Mail/cur/2:2,S", mail("rfc/simple"));
    world.write("box", format!("From a\n{text}\nFrom b\n{}", mail("button/good")));
    fs::write(world.path("keys.json"), json!({"s1._domainkey.example.org": record}).to_string()).unwrap();
    let read = world.inspected(&["--verify", "--dkim-keys", "keys.json", "Mail", "box"], "").done();
    let found: Vec<_> = read.records().into_iter().map(|record| record["problems"].clone()).collect();
    assert_eq!(found[0], json!([]));
    assert_eq!(found[1], json!(["no button", "unsigned"]));
    assert_eq!(found[2..], [json!([]), json!(["unsigned", "button not signed"])]);
}

#[test]
fn verify_needs_keys_and_says_what_is_wrong_with_them() {
    let world = World::new();
    for (args, exit) in [
        (&["--verify"][..], 64),
        (&["--dkim-keys", "keys"], 64),
        (&["--dns"], 64),
        (&["--verify", "--dns=nobody"], 64),
        (&["--verify", "--dkim-keys", "nowhere"], 66),
        (&["--verify", "--dkim-keys", "ch-bad"], 65),
    ] {
        world.write("ch-bad", "what?\n");
        let refused = world.inspected(args, mail("button/good")).ends(exit);
        assert_eq!((refused.stdout.as_str(), refused.stderr.lines().count()), ("", 1), "{}", refused.stderr);
    }
}

/// A name server that answers `times` questions: the name is another's, which has a TXT record of these strings; or there
/// is no such name.
fn name_server(strings: Option<Vec<String>>, times: usize) -> (String, JoinHandle<Vec<String>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let mut asked = Vec::new();
        for _ in 0..times {
            let mut packet = [0; 1500];
            let (length, peer) = socket.recv_from(&mut packet).unwrap();
            // The question: labels, each behind its length, then type and class.
            let mut at = 12;
            let mut labels = Vec::new();
            while packet[at] != 0 {
                let end = at + 1 + usize::from(packet[at]);
                labels.push(String::from_utf8_lossy(&packet[at + 1..end]).into_owned());
                at = end;
            }
            assert!(at + 5 <= length);
            asked.push(labels.join("."));
            let mut answer = packet[..at + 5].to_vec();
            // An answer to a recursive question; no such name, when there is none.
            answer[2..4].copy_from_slice(&[0x81, if strings.is_some() { 0x80 } else { 0x83 }]);
            answer[6..12].copy_from_slice(&[0, 2 * u8::from(strings.is_some()), 0, 0, 0, 0]);
            if let Some(strings) = &strings {
                let data: Vec<u8> =
                    strings.iter().flat_map(|s| [&[s.len() as u8], s.as_bytes()].concat()).collect();
                // The question's name is short for `key.` and itself.
                answer.extend_from_slice(&[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 6]);
                let alias = [0xc0, answer.len() as u8];
                answer.extend_from_slice(b"\x03key\xc0\x0c");
                answer.extend_from_slice(&[&alias[..], &[0, 16, 0, 1, 0, 0, 0, 60]].concat());
                answer.extend_from_slice(&(data.len() as u16).to_be_bytes());
                answer.extend_from_slice(&data);
            }
            socket.send_to(&answer, peer).unwrap();
        }
        asked
    });
    (address, server)
}

#[test]
fn keys_come_from_the_name_server_that_is_asked_once() {
    let world = World::new();
    let record = rsa(&world, "2048");
    let text = signed(&world, "rsa.key", &mail("button/good"), COVERED);
    let (first, second) = record.split_at(200);
    let (address, server) = name_server(Some(vec![first.to_owned(), second.to_owned()]), 1);
    let mails = format!("From a\n{text}\nFrom b\n{text}");
    let read = world.inspected(&["--verify", &format!("--dns={address}")], mails).done();
    assert!(read.records().iter().all(|record| record["problems"] == json!([])), "{}", read.stdout);
    assert_eq!(server.join().unwrap(), ["s1._domainkey.example.org"]);
}

#[test]
fn a_name_that_nobody_has_is_no_key_and_a_name_server_that_is_not_there_is_75() {
    let world = World::new();
    rsa(&world, "2048");
    let text = signed(&world, "rsa.key", &mail("button/good"), COVERED);
    let (address, server) = name_server(None, 1);
    let read = world.inspected(&["--verify", &format!("--dns={address}")], &text);
    assert_eq!(problems(read)[0], "bad signature: of example.org: no key at s1._domainkey.example.org");
    server.join().unwrap();

    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let read = world.inspected(&["--verify", &format!("--dns={closed}")], &text).ends(75);
    let problem = read.record()["problems"][0].as_str().unwrap().to_owned();
    assert!(problem.starts_with("unverified signature: of example.org: "), "{problem}");
    assert_eq!(read.stderr.lines().count(), 1, "{}", read.stderr);
}
