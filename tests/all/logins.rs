//! S101 and S103 end to end: a login, its machines, its host and its ports, on a real CH server.

use std::{fs, path::Path, thread, time::Duration};

use serde_json::Value;

use crate::world::{Person, Server, World};

/// The login as the server has it.
fn me(person: &Person<'_>) -> Value {
    person.run("ch-register", &["--json"]).done().records().remove(0)
}

fn port(person: &Person<'_>, args: &[&str]) -> String {
    let text = person.run("ch-port", &[args, &["--text"]].concat()).done().stdout;
    text.trim().to_owned()
}

fn resolve(person: &Person<'_>, port: &str) -> Value {
    person.run("ch-port", &["resolve", port]).done().record()
}

/// Confirms a person's address with the mail that came to it.
fn confirm(world: &World, person: &Person<'_>) {
    let mail = world.mail_after(&person.mail(), 0);
    person.run("ch-register", &["--confirm", mail.to_str().unwrap()]).done();
}

#[test]
fn s101_the_first_database_holds_the_latest_host() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let port = port(&alice, &[]);
    assert_eq!(resolve(&alice, &port)["host"], "127.0.0.1", "the address the server sees");
    for host in ["desk.example.org", "laptop.example.org"] {
        alice.run("ch-register", &["--host", host]).done();
        assert_eq!(me(&alice)["login"], "alice");
        alice.run("ch-register", &["--host", host]).done();
        let found = resolve(&alice, &port);
        assert_eq!((&found["host"], &found["state"]), (&host.into(), &"on".into()));
    }
    alice.run("ch-register", &["--off"]).done();
    assert_eq!(resolve(&alice, &port)["state"], "off");
    alice.run("ch-register", &["--host", "a b\r\nBcc: x"]).ends(65);
}

#[test]
fn s103_a_port_is_assigned_renewed_changed_and_released() {
    let world = World::new();
    let server = world.serve(&["--ports", "20000-20009"]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    bob.register();
    let first = port(&alice, &[]);
    assert!((20000..=20009).contains(&first.parse::<u32>().unwrap()), "{first}");
    assert_eq!(port(&alice, &[]), first, "the same until --new");
    let second = port(&alice, &["--new"]);
    assert_ne!(second, first);
    assert_eq!(port(&alice, &[]), second);
    assert_eq!(resolve(&alice, &first)["login"], "alice", "the old one stays valid");
    assert_eq!(bob.run("ch-port", &["--release", &first]).status, 67);

    // Somebody else's, and nobody's: the same words.
    let theirs = bob.run("ch-port", &["resolve", &first]).ends(67).stderr;
    let nobodys = bob.run("ch-port", &["resolve", "9"]).ends(67).stderr;
    assert_eq!(theirs.replace(&first, "9"), nobodys);

    alice.run("ch-port", &["--release", &first]).done();
    alice.run("ch-port", &["resolve", &first]).ends(67);
    assert_eq!(port(&alice, &[]), second);
}

#[test]
fn an_empty_pool_is_69_and_names_the_remedy() {
    let world = World::new();
    let server = world.serve(&["--ports", "20000-20000"]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    bob.register();
    assert_eq!(port(&alice, &[]), "20000");
    let output = bob.run("ch-port", &[]).ends(69);
    assert!(output.stderr.contains("--ports"), "{output:?}");
}

#[test]
fn a_name_belongs_to_who_was_first_and_the_same_registration_again_is_theirs() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    alice.register();
    let mallory = world.person("mallory", &server);
    let output = mallory.run("ch-register", &["ALICE", "--mail", "mallory@example.org"]).ends(69);
    assert!(output.stderr.contains("alice is taken: choose another"), "{output:?}");
    mallory.register();
    assert_eq!(me(&alice)["login"], "alice");
    world.person("m", &server).run("ch-register", &["m-1", "--mail", "m@example.org"]).ends(69);
    world.person("m", &server).run("ch-register", &["m", "--mail", "no address"]).ends(65);
}

#[test]
fn a_second_machine_comes_in_with_a_code_once_and_can_be_shut_out() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    // The laptop is another CH_HOME.
    let laptop = world.person("laptop", &server);
    let code = alice.run("ch-register", &["--invite", "--text"]).done().stdout;
    laptop.run_with("ch-register", &["alice", "--code-file", "-", "--device", "laptop"], &code).done();
    assert_eq!(me(&laptop)["login"], "alice");
    assert_eq!(port(&laptop, &[]), port(&alice, &[]), "one login, one port");
    world.person("thief", &server).run_with("ch-register", &["alice", "--code-file", "-"], &code).ends(77);

    let devices = alice.run("ch-register", &["--devices"]).done().records();
    assert_eq!(devices.len(), 2);
    let other = devices.iter().find(|device| device["this"] == false).unwrap();
    assert_eq!(other["name"], "laptop");
    alice.run("ch-register", &["--revoke", other["id"].as_str().unwrap()]).done();
    let output = laptop.run("ch-port", &[]).ends(77);
    assert!(output.stderr.contains("revoked"), "{output:?}");
    assert_eq!(me(&alice)["login"], "alice");

    // Shut out, not locked out: with a new code it comes in again.
    let code = alice.run("ch-register", &["--invite"]).done().stdout;
    laptop.run_with("ch-register", &["alice", "--code-file", "-"], &code).done();
    assert_eq!(me(&laptop)["login"], "alice");
}

#[test]
fn an_address_is_confirmed_by_its_mail_and_recovers_a_lost_login() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    assert_eq!(me(&alice)["verified"], false);
    confirm(&world, &alice);
    assert_eq!(me(&alice)["verified"], true);

    // Her machine is gone.
    fs::remove_dir_all(alice.home()).unwrap();
    let output = alice.run("ch-register", &["alice", "--recover"]).done();
    assert!(output.stdout.is_empty() && output.stderr.contains("--code-file"), "{output:?}");
    let mail = fs::read_to_string(world.mail_after(&alice.mail(), 1)).unwrap();
    let code = mail.lines().find(|line| line.len() == 19 && line.matches('-').count() == 3).unwrap();
    alice.run_with("ch-register", &["alice", "--code-file", "-"], code).done();
    assert_eq!(me(&alice)["mail"], alice.mail());

    // Nobody learns whether there is such a login.
    let nobody = world.person("nobody", &server);
    assert_eq!(nobody.run("ch-register", &["nobody", "--recover", "-q"]).done().stderr, "");
}

#[test]
fn a_deleted_login_is_gone_and_its_name_stays_taken() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let token = fs::read(alice.home().join("credentials")).unwrap();
    alice.run("ch-register", &["--delete", "--yes"]).done();
    assert!(!alice.home().join("credentials").exists());
    alice.run("ch-register", &["alice", "--mail", "other@example.org"]).ends(69);
    restore(&alice.home(), &token);
    alice.run("ch-port", &[]).ends(77);
}

fn restore(home: &Path, credentials: &[u8]) {
    let file = home.join("credentials");
    fs::write(&file, credentials).unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[test]
fn a_server_with_tls_is_trusted_when_its_certificate_is() {
    let world = World::new();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (world.path("cert.pem"), world.path("key.pem"));
    fs::write(&cert, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = world.serve(&["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]);
    assert!(server.url.starts_with("https://"), "{}", server.url);
    let alice = world.person("alice", &server);
    let register = ["alice", "--mail", "alice@example.org"];
    let output = alice.run("ch-register", &register).ends(77);
    assert!(output.stderr.contains("no trust in https://"), "{output:?}");
    fs::write(alice.home().join("config.toml"), format!("ca = {:?}\n", cert.to_str().unwrap())).unwrap();
    alice.run("ch-register", &register).done();
    assert_eq!(me(&alice)["login"], "alice");
}

#[test]
fn a_server_is_found_by_name() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person_at("alice", &server.url.replace("127.0.0.1", "localhost"));
    alice.register();
    assert_eq!(me(&alice)["login"], "alice");
    let nowhere = world.person_at("bob", "http://no-such-host.invalid");
    let output = nowhere.run("ch-register", &["bob", "--mail", "bob@example.org"]).ends(75);
    assert!(output.stderr.contains("no-such-host.invalid: no such host"), "{output:?}");
}

#[test]
fn promise_1_a_registration_and_a_port_survive_kill_of_the_server() {
    let world = World::new();
    let mut server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let port = port(&alice, &[]);
    server.running.kill();
    let output = alice.run("ch-port", &[]).ends(75);
    assert!(output.stderr.contains(&server.url), "{output:?}");
    let _server: Server = world.serve_on(server.port(), &[]);
    assert_eq!(resolve(&alice, &port)["login"], "alice");
}

#[test]
fn promise_1_a_registration_that_is_killed_goes_on_where_it_was() {
    let world = World::new();
    let server = world.serve(&["--register-rate", "1000"]);
    for (number, millis) in (0..30).map(|number| (number, number % 15)) {
        let person = world.person(&format!("p{number}"), &server);
        let args = [&person.name, "--mail", &person.mail()];
        let mut running = person.start("ch-register", &args);
        thread::sleep(Duration::from_millis(millis));
        running.kill();
        person.run("ch-register", &args).done();
        assert_eq!(me(&person)["login"], person.name);
        assert_eq!(person.run("ch-register", &["--devices"]).done().records().len(), 1);
    }
}
