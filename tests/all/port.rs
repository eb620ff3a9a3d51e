//! `ch-port`: S103, a port for a login.

use crate::{
    exit::{closed, full, into, on_a_terminal},
    stub::{Stub, answer},
    world::{Person, World},
};

const PORT: &str = r#"{"v":1,"type":"port","port":12345,"login":"alice","host":"alice.example.org","state":"on","until":"2027-01-30T09:00:00Z"}"#;

/// Writes credentials for a stub, as a registration would have.
pub fn credentials(person: &Person<'_>) {
    let line = format!(
        r#"{{"v":1,"type":"credentials","login":"{}","server":"{}","mail":"{}","device":null,"token":"{}","pending":false}}"#,
        person.name,
        person.server,
        person.mail(),
        "A".repeat(43)
    );
    let file = person.home().join("credentials");
    std::fs::create_dir_all(person.home()).unwrap();
    std::fs::write(&file, line).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_pipe_gets_a_record_and_text_is_the_bare_number() {
    let world = World::new();
    let stub = Stub::new([answer(200, PORT), answer(200, PORT), answer(200, PORT)]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let record = alice.run("ch-port", &[]).done().record();
    assert_eq!((&record["type"], &record["port"]), (&"port".into(), &12345.into()));
    assert_eq!(alice.run("ch-port", &["--text", "--new"]).done().stdout, "12345\n");
    let resolved = alice.run("ch-port", &["resolve", "12345", "--text"]).done().stdout;
    assert!(
        resolved.starts_with("12345 leads to alice at alice.example.org (on, nobody listening)"),
        "{resolved}"
    );
    let asked = stub.asked();
    assert!(asked[0].contains("{\"new\":false}") && asked[1].contains("{\"new\":true}"), "{asked:?}");
}

#[test]
fn a_terminal_gets_the_bare_number_unless_records_are_asked_for() {
    let world = World::new();
    let stub = Stub::new([answer(200, PORT), answer(200, PORT)]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    assert_eq!(on_a_terminal(&alice.command("ch-port", &[]), ""), (0, "12345\n".to_owned()));
    let (_, record) = on_a_terminal(&alice.command("ch-port", &["--json"]), "");
    assert!(record.starts_with("{\"v\":1,\"type\":\"port\","), "{record}");
}

#[test]
fn a_full_disk_is_74_and_a_closed_pipe_nothing() {
    let world = World::new();
    let stub = Stub::new([answer(200, PORT), answer(200, PORT)]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let (status, stderr) = into(alice.command("ch-port", &[]), full());
    assert_eq!((status, stderr.lines().count()), (74, 1), "{stderr}");
    assert_eq!(into(alice.command("ch-port", &[]), closed()), (0, String::new()));
}

#[test]
fn without_a_registration_it_is_78_and_says_how_to_register() {
    let world = World::new();
    let output = world.person_at("alice", "http://127.0.0.1:9").run("ch-port", &[]).ends(78);
    assert!(output.stderr.contains("ch-register LOGIN --mail ADDRESS"), "{output:?}");
}

#[test]
fn the_token_is_for_the_server_it_was_made_for() {
    let world = World::new();
    let alice = world.person_at("alice", "http://127.0.0.1:9");
    credentials(&alice);
    let output = alice.run("ch-port", &["--server", "http://127.0.0.1:10"]).ends(77);
    assert!(output.stderr.contains("the credentials are for http://127.0.0.1:9,"), "{output:?}");
}

#[test]
fn what_the_server_says_decides_the_exit_status() {
    let error = |code: &str| format!(r#"{{"v":1,"type":"error","code":"{code}","message":"no","retry":7}}"#);
    for (status, body, exit) in [
        (401, error("unauthorized"), 77),
        (404, error("not_found"), 67),
        (429, error("too_many"), 75),
        (500, error("internal"), 75),
        (503, error("no_ports"), 69),
        (502, "<html>bad gateway".to_owned(), 75),
        (200, "<html>hello".to_owned(), 76),
        (302, String::new(), 76),
    ] {
        let world = World::new();
        let stub = Stub::new([answer(status, &body)]);
        let alice = world.person_at("alice", &stub.url());
        credentials(&alice);
        let output = alice.run("ch-port", &["--json"]).ends(exit);
        let record: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
        assert_eq!(record["type"], "error", "{output:?}");
        if body.starts_with('{') {
            assert!(body.contains(record["code"].as_str().unwrap()) && record["retry"] == 7, "{record}");
        }
        assert!(output.stdout.is_empty());
    }
}
