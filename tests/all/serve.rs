//! `ch-serve` as its operator meets it: starting, refusing to, stopping, backing up.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

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
