//! S101 to S107: from a registration to a pressed button.

use std::fs;

use serde_json::json;

use crate::world::World;

#[test]
fn s101_a_login_is_registered_and_the_first_database_holds_its_latest_host() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    let login = alice.run("ch-register", &["alice", "--mail", "alice@example.org", "--json"]).done().record();
    assert_eq!((&login["type"], &login["login"]), (&json!("login"), &json!("alice")));

    // The address changed: the row changes, and a name that the person gives goes before what the server sees.
    let refresh = |args: &[&str]| alice.run("ch-register", args).done().record()["host"].clone();
    assert_eq!(refresh(&["--json"]), "127.0.0.1");
    assert_eq!(refresh(&["--json", "--host", "laptop.example.org"]), "laptop.example.org");
    assert_eq!(refresh(&["--json", "--host", "desk.example.org"]), "desk.example.org");
    assert_eq!(refresh(&["--json"]), "127.0.0.1");
}

#[test]
fn s101_every_start_of_a_tool_refreshes_the_host() {
    let world = World::new();
    let server = world.serve(&["--trusted-proxy", "127.0.0.1/32"]);
    let alice = world.person("alice", &server);
    alice.register();
    // A refresh from elsewhere, through a proxy.
    let elsewhere = format!("X-Forwarded-For: 203.0.113.7\r\nAuthorization: Bearer {}\r\n", alice.token());
    let answer = server.http_with("PUT", "/v1/presence", &elsewhere, "{}");
    let (status, answer) = (answer.status, answer.json());
    assert_eq!((status, &answer["login"]["host"]), (200, &json!("203.0.113.7")));
    // Then a tool on this computer, whichever: the row holds the latest.
    let port = alice.run("ch-port", &["--json"]).done().record();
    assert_eq!((&port["host"], &port["state"]), (&json!("127.0.0.1"), &json!("on")));
}

#[test]
fn s103_a_port_is_assigned_and_from_it_alone_the_server_knows_the_owner() {
    let world = World::new();
    let server = world.serve(&[]);
    let (alice, bob) = (world.person("alice", &server), world.person("bob", &server));
    alice.register();
    bob.register();

    let text = alice.run("ch-port", &["--text"]).done().stdout;
    let number: u32 = text.trim_end().parse().unwrap_or_else(|_| panic!("a bare number was due: {text}"));
    assert!((10_000..=32_767).contains(&number) || (61_000..=65_535).contains(&number), "{number}");
    let again = alice.run("ch-port", &["--json"]).done().record();
    assert_eq!(again["port"], number, "a login has one current port");
    assert_ne!(bob.run("ch-port", &["--json"]).done().record()["port"], number);

    let resolved = alice.run("ch-port", &["resolve", &number.to_string(), "--json"]).done().record();
    assert_eq!((&resolved["login"], &resolved["host"]), (&json!("alice"), &json!("127.0.0.1")));
    // Nobody else learns whose it is, or whether it is anybody's.
    let somebodys = bob.run("ch-port", &["resolve", &number.to_string(), "--json"]).ends(67);
    let nobodys = bob.run("ch-port", &["resolve", "9", "--json"]).ends(67);
    assert_eq!(somebodys.stderr.replace(&number.to_string(), "9"), nobodys.stderr);
}

#[test]
fn s105_an_ordinary_mail_carries_login_port_and_server() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let file = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    let port = alice.run("ch-port", &["--text"]).done().stdout;

    let mail = fs::read_to_string(file).unwrap().replace("\r\n", "\n");
    let (header, body) = mail.split_once("\n\n").unwrap();
    let field = |name: &str| {
        let found: Vec<_> =
            header.lines().filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
        assert_eq!(found.len(), 1, "{name} exactly once in\n{header}");
        found[0].to_owned()
    };
    assert_eq!(field("CH-Login-ID"), "alice");
    assert_eq!(field("CH-Port"), port.trim_end());
    assert_eq!(field("CH-Server"), server.url);
    assert!(!field("CH-Host").is_empty());
    assert_eq!((field("Subject"), field("To")), ("Boots".to_owned(), "bob@example.org".to_owned()));
    assert!(field("From").contains("alice@example.org"));
    assert!(body.starts_with("New boots are in.\n"), "{body}");
    // People with only a browser have a line of their own.
    let link = format!("Chat with me now: {}/c#{}", server.url, field("CH-Ticket"));
    assert!(body.lines().any(|line| line == link), "{link} in\n{body}");
}

#[test]
fn s107_the_button_is_in_the_record_that_ch_inspect_prints() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let file = alice.send("bob@example.org", "Boots", "New boots are in.\n");
    let port = alice.run("ch-port", &["--json"]).done().record();

    // Reading needs no login and no server.
    drop(server);
    let nobody = world.command("ch-inspect");
    let mail = crate::world::process::run(nobody, &fs::read(&file).unwrap()).done();
    let mail = mail.record();
    assert_eq!((&mail["type"], &mail["subject"]), (&json!("mail"), &json!("Boots")));
    assert_eq!(mail["problems"], json!([]));
    assert_eq!((&mail["chat"]["login"], &mail["chat"]["port"]), (&json!("alice"), &port["port"]));
}
