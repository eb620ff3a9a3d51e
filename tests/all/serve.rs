//! `ch-serve` as its operator meets it: starting, refusing to, stopping, backing up.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

use rustix::process::Signal;

use super::world::{Running, World, free_port, process};

/// Runs `ch-serve` with these arguments to its end, in a world's environment.
fn serve(world: &World, args: &[&str]) -> process::Output {
    let mut command = world.command("ch-serve");
    command.args(args);
    process::run(command, b"")
}

fn one_line(output: &process::Output) -> &str {
    let line = output.stderr.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n') && line.starts_with("ch-serve: "), "{output:#?}");
    line
}

#[test]
fn plain_http_for_other_machines_is_said_in_words() {
    let world = World::new();
    let data = world.path("data").display().to_string();
    let refused = serve(&world, &["--listen", "0.0.0.0:0", "--data", &data]).ends(78);
    assert!(one_line(&refused).contains("--insecure"), "{refused:#?}");
    let refused = serve(&world, &["--listen", "[::]:0", "--insecure", "--data", &data]).ends(78);
    assert!(one_line(&refused).contains("--url"), "{refused:#?}");
    assert!(!world.path("data").exists(), "nothing was made before the settings were good");
}

#[test]
fn settings_that_cannot_work_are_78_and_misspelt_ones_64() {
    let world = World::new();
    let data = world.path("data").display().to_string();
    let private =
        serve(&world, &["--listen", "127.0.0.1:0", "--data", &data, "--via", "smtp://mail.example"]);
    assert!(one_line(&private.ends(78)).contains("--url"));
    let absent = world.path("absent.pem").display().to_string();
    let tls = ["--listen", "127.0.0.1:0", "--data", &data, "--tls-cert", &absent, "--tls-key", &absent];
    assert!(one_line(&serve(&world, &tls).ends(78)).contains("absent.pem"));
    for bad in [
        &["--listen", "4460"][..],
        &["--ports", "9-1"],
        &["--keep", "1"],
        &["--url", "ftp://x"],
        &["--trusted-proxy", "10.0.0.0/33"],
        &["--register-rate", "0"],
        &["--tls-cert", "x"],
        &["--via", "pigeon:"],
        &["backup"],
    ] {
        one_line(&serve(&world, bad).ends(64));
    }
}

#[test]
fn a_port_or_a_directory_in_use_is_75() {
    let world = World::new();
    let server = world.serve(&[]);
    let other = world.path("other").display().to_string();
    let taken =
        serve(&world, &["--listen", &format!("127.0.0.1:{}", server.port()), "--data", &other]).ends(75);
    assert!(one_line(&taken).contains("--listen"), "{taken:#?}");
    let data = world.path("data").display().to_string();
    let locked = serve(&world, &["--listen", "127.0.0.1:0", "--data", &data]).ends(75);
    assert!(one_line(&locked).contains("another ch-serve"), "{locked:#?}");
}

#[test]
fn on_a_terminal_it_serves_and_its_log_is_plain_text() {
    let world = World::new();
    let serve = "CH_LOG=info exec ch-serve --listen 127.0.0.1:0 --data data";
    let mut server = Running::start(world.on_terminal(serve));
    let line = server.line(|line| line.starts_with("ch-serve: listening on http://127.0.0.1:"));
    let alice = world.person_at("alice", line.split_whitespace().last().unwrap());
    alice.register();
    server.press("\u{3}"); // Ctrl-C
    let said = server.end_with_open_input().done().stdout;
    assert!(said.contains(" INFO "), "{said:?}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

#[test]
fn a_server_without_a_way_for_mail_says_so_and_serves() {
    let world = World::new();
    let mut command = world.command("ch-serve");
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(world.path("data"));
    let server = Running::start(command);
    server.stderr_line(|line| line.contains("no --via"));
    server.stderr_line(|line| line.starts_with("ch-serve: listening on http://127.0.0.1:"));
}

#[test]
fn sigterm_ends_it_cleanly_and_the_next_one_has_everything_on_the_same_port() {
    let world = World::new();
    let port = free_port();
    let server = world.serve_on(port, &[]);
    let alice = world.person("alice", &server);
    alice.register();
    let number = alice.run("ch-port", &["--text"]).done().stdout;
    // A connection that stays open holds nothing up.
    let _idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    server.running.terminate();
    let ended = server.running.end().done();
    assert_eq!(ended.stdout, "");
    let _again = world.serve_on(port, &[]);
    assert_eq!(alice.run("ch-port", &["--text"]).done().stdout, number);
}

#[test]
fn a_backup_beside_the_running_server_brings_everything_back() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let number = alice.run("ch-port", &["--text"]).done().stdout;
    let (data, copy) =
        (world.path("data").display().to_string(), world.path("copy.db").display().to_string());
    serve(&world, &["backup", &copy, "--data", &data]).done();
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0, "nobody else reads it");
    let sealed = fs::read(&copy).unwrap();
    assert!(!sealed.windows(17).any(|bytes| bytes == b"alice@example.org"), "addresses are sealed");

    let port = server.port();
    serve(&world, &["restore", &copy, "--data", &data]).ends(75);
    server.running.terminate();
    server.running.end().done();
    // A new machine: the keys are brought apart from the copy.
    fs::rename(world.path("data"), world.path("lost")).unwrap();
    fs::create_dir(world.path("data")).unwrap();
    fs::rename(world.path("lost/keys"), world.path("data/keys")).unwrap();
    serve(&world, &["--data", &data, "restore", &copy]).done();
    let _again = world.serve_on(port, &[]);
    assert_eq!(alice.run("ch-port", &["--text"]).done().stdout, number);
}

#[test]
fn a_database_without_its_keys_is_78_and_stays_as_it_is() {
    let world = World::new();
    let server = world.serve(&[]);
    server.running.terminate();
    server.running.end().done();
    fs::remove_file(world.path("data/keys/seal")).unwrap();
    let data = world.path("data").display().to_string();
    one_line(&serve(&world, &["--listen", "127.0.0.1:0", "--data", &data]).ends(78));
    assert!(!world.path("data/keys/seal").exists(), "never made anew");
}

#[test]
fn what_cannot_be_backed_up_or_restored_has_its_own_status() {
    let world = World::new();
    let server = world.serve(&[]);
    server.running.terminate();
    server.running.end().done();
    let at = |name: &str| world.path(name).display().to_string();
    fs::write(world.path("text"), "no database").unwrap();
    for (args, status, words) in [
        (["--data", &at("data"), "backup", &at("data")], 73, "data: it is there and no file"),
        (["--data", &at("data"), "backup", &at("no/such/file")], 73, "its directory is not there"),
        (["--data", &at("nodata"), "backup", &at("copy.db")], 66, "there is no database"),
        (["--data", &at("new"), "restore", &at("nofile")], 66, "nofile: no such file"),
        (["--data", &at("new"), "restore", &at("text")], 65, "text: it is no backup of chmail"),
        (["--data", &at("text/x"), "--listen", "127.0.0.1:0"], 73, "text/x"),
    ] {
        let output = serve(&world, &args).ends(status);
        one_line(&output);
        assert!(output.stderr.contains(words), "{output:?}");
    }
}

#[test]
fn a_full_log_holds_no_secret_and_nobodys_address() {
    let world = World::new();
    let mut command = world.command("ch-serve");
    command.args(["--listen", "127.0.0.1:0", "--data"]).arg(world.path("data"));
    command.args(["--via", &world.maildir_url()]).env("CH_LOG", "trace");
    let running = Running::start(command);
    let line = running.stderr_line(|line| line.contains("listening on http"));
    let url = line.split_whitespace().next_back().unwrap().to_owned();
    let server = super::world::Server { running, url };
    let alice = world.person("alice", &server);
    alice.register();
    world.mail_after("alice@example.org", 0);
    let mail = alice.send("bob@example.org", "Boots", "secret words");
    let token: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(alice.home().join("credentials")).unwrap()).unwrap();
    let ticket = fs::read_to_string(mail).unwrap();
    let ticket = ticket.lines().find_map(|line| line.strip_prefix("CH-Ticket: ")).unwrap().to_owned();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    write!(stream, "GET /confirm?t={ticket} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
    server.running.terminate();
    let log = server.running.end().done().stderr;
    for secret in [token["token"].as_str().unwrap(), &ticket, "@example.org", "secret words", "Boots"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

#[test]
fn the_tools_speak_tls_to_a_server_whose_certificate_they_were_told_to_trust() {
    let world = World::new();
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (world.path("cert.pem"), world.path("key.pem"));
    fs::write(&cert, pair.cert.pem()).unwrap();
    fs::write(&key, pair.signing_key.serialize_pem()).unwrap();
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let (cert, key) = (cert.display().to_string(), key.display().to_string());
    let mut server = world.serve_on(port, &["--tls-cert", &cert, "--tls-key", &key, "--url", &url]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    server.url.clone_from(&url);
    let alice = world.person("alice", &server);
    let register = ["alice", "--mail", "alice@example.org"];
    alice.run("ch-register", &register).ends(77);
    alice.run("ch-register", &[&register[..], &["--ca", &cert]].concat()).done();
    let port = alice.run("ch-port", &["--json", "--ca", &cert]).done().record();
    assert_eq!(port["login"], "alice");
}

/// A certificate for `localhost` and its key, put in these files.
fn certificate(cert: &str, key: &str) -> String {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(key, pair.signing_key.serialize_pem()).unwrap();
    fs::write(cert, pair.cert.pem()).unwrap();
    pair.cert.pem()
}

#[test]
fn a_renewed_certificate_is_read_at_sighup_and_a_broken_one_leaves_the_old_one() {
    let world = World::new();
    let at = |name: &str| world.path(name).display().to_string();
    let (cert, key, first, second) = (at("cert.pem"), at("key.pem"), at("first.pem"), at("second.pem"));
    fs::write(&first, certificate(&cert, &key)).unwrap();
    let port = free_port();
    let url = format!("https://localhost:{port}");
    let mut command = world.command("ch-serve");
    command.args(["--listen", &format!("127.0.0.1:{port}"), "--data", &at("data"), "--url", &url]);
    command.args(["--via", &world.maildir_url(), "--tls-cert", &cert, "--tls-key", &key]);
    command.env("CH_LOG", "info");
    let server = Running::start(command);
    server.stderr_line(|line| line.contains("listening on https://"));
    let alice = world.person_at("alice", &url);
    alice.run("ch-register", &["alice", "--mail", "alice@example.org", "--ca", &first]).done();

    fs::write(&second, certificate(&cert, &key)).unwrap();
    alice.run("ch-port", &["--ca", &first]).done();
    server.signal(Signal::HUP);
    server.stderr_line(|line| line.contains("the certificate was read again"));
    alice.run("ch-port", &["--ca", &second]).done();
    alice.run("ch-port", &["--ca", &first]).ends(77);

    // Another key than the certificate's, and no certificate at all.
    for broken in [fs::read_to_string(&first).unwrap(), "half a certif".to_owned()] {
        fs::write(&cert, broken).unwrap();
        server.signal(Signal::HUP);
        server.stderr_line(|line| line.contains("ERROR") && line.contains("the certificate of before stays"));
        alice.run("ch-port", &["--ca", &second]).done();
    }
}

#[test]
fn the_operator_is_warned_when_nine_tenths_of_the_ports_are_in_use() {
    let world = World::new();
    let ports = ["--ports", "20000-20009"];
    let server = world.serve(&ports);
    let alice = world.person("alice", &server);
    alice.register();
    for _ in 0..9 {
        alice.run("ch-port", &["--new"]).done();
    }
    let port = server.port();
    server.running.terminate();
    let ended = server.running.end().done();
    assert!(ended.stderr.contains("9 of 10 ports are in use: widen --ports"), "at once: {ended:?}");
    let server = world.serve_on(port, &ports);
    server.running.stderr_line(|line| {
        line.contains("WARN") && line.contains("9 of 10 ports are in use: widen --ports")
    });
    let metrics = server.http("GET", "/metrics", None, "").body;
    assert!(
        metrics.contains("\nch_ports_in_use 9\n") && metrics.contains("\nch_ports_pool 10\n"),
        "{metrics}"
    );
    alice.run("ch-port", &["--new"]).done();
    let none = alice.run("ch-port", &["--new"]).ends(69);
    assert!(none.stderr.contains("--ports"), "{none:?}");
}

#[test]
fn a_login_has_a_hundred_ports_and_what_it_releases_counts_no_more() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    for _ in 0..100 {
        assert_eq!(server.http("POST", "/v1/ports", Some(&alice.token()), r#"{"new":true}"#).status, 200);
    }
    let enough = alice.run("ch-port", &["--new"]).ends(69);
    assert!(enough.stderr.contains("100 ports") && enough.stderr.contains("ch-port --release"), "{enough:?}");
    let current = alice.run("ch-port", &["--text"]).done().stdout;
    alice.run("ch-port", &["--release", current.trim()]).done();
    assert_ne!(alice.run("ch-port", &["--new", "--text"]).done().stdout, current);
    alice.run("ch-port", &["--new"]).ends(69);
}

/// The status of a question as whoever has this token.
fn status(server: &super::world::Server, token: &str, path: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let ask = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_role_is_given_and_taken_beside_a_running_server_and_counts_at_once() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    let token = alice.register().token();
    let data = world.path("data").display().to_string();
    let grant = |args: &[&str]| serve(&world, &[&["grant", "--data", &data], args].concat());
    assert_eq!(status(&server, &token, "/v1/campaigns"), 404, "without the role there is nothing there");
    grant(&["alice", "manager"]).done();
    grant(&["alice", "manager"]).done();
    assert_eq!(status(&server, &token, "/v1/campaigns"), 200);
    grant(&["alice", "company", "--for", "alice"]).done();
    let records = grant(&["--list"]).done().records();
    let found: Vec<_> = records
        .iter()
        .map(|record| (&record["type"], &record["login"], &record["role"], &record["shop"]))
        .collect();
    let (kind, alice, none) = ("role".into(), "alice".into(), serde_json::Value::Null);
    assert_eq!(
        found,
        [(&kind, &alice, &"company".into(), &alice), (&kind, &alice, &"manager".into(), &none)]
    );
    assert_eq!(grant(&["--list", "--text"]).done().stdout, "alice\tcompany\tfor alice\nalice\tmanager\n");
    grant(&["alice", "manager", "--revoke"]).done();
    grant(&["alice", "manager", "--revoke"]).ends(1);
    assert_eq!(status(&server, &token, "/v1/campaigns"), 404);
}

#[test]
fn a_role_for_nobody_is_67_and_one_that_there_is_not_64() {
    let world = World::new();
    let data = world.path("data").display().to_string();
    let grant = |args: &[&str]| serve(&world, &[&["grant", "--data", &data], args].concat());
    grant(&["alice", "manager"]).ends(67);
    let _server = world.serve(&[]);
    for nobody in [&["alice", "manager"][..], &["alice", "manager", "--revoke"]] {
        grant(nobody).ends(67);
    }
    assert!(grant(&["--list"]).done().stdout.is_empty());
    for bad in [&["alice"][..], &[], &["alice", "king"], &["alice", "manager", "--list"], &["--revoke"]] {
        one_line(&grant(bad).ends(64));
    }
}
