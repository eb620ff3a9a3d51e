//! `ch-register`: S101, a login and its fresh host; S117, who called meanwhile.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use serde_json::{Value, json};

use crate::{
    exit::{closed, full, into, on_a_terminal},
    port::credentials,
    stub::{Stub, answer},
    world::{Person, World, until},
};

fn login(verified: bool) -> Value {
    json!({
        "v": 1, "type": "login", "login": "alice", "mail": "alice@example.org", "verified": verified,
        "server": "http://ch.example.org", "host": "192.0.2.1", "device": "desk",
    })
}

fn notice(id: &str) -> Value {
    json!({
        "v": 1, "type": "notice", "id": id, "conversation": "c1", "from": "bob@example.org\u{1b}[2J",
        "subject": "Boots", "message_id": null, "reason": "off", "line": null, "count": 2,
        "at": "2026-11-01T09:00:00Z",
    })
}

fn refreshed(notices: &[Value], calls: &[Value]) -> Vec<u8> {
    answer(200, &json!({ "login": login(false), "notices": notices, "calls": calls }).to_string())
}

fn kept(person: &Person<'_>) -> Option<Value> {
    let text = fs::read_to_string(person.home().join("credentials")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

#[test]
fn a_registration_is_silent_and_keeps_who_one_is() {
    let world = World::new();
    let stub = Stub::new([answer(201, &login(false).to_string()), refreshed(&[], &[])]);
    let alice = world.person_at("alice", &stub.url());
    let output =
        alice.run("ch-register", &["Alice", "--mail", "alice@example.org", "--device", "desk"]).done();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let kept = kept(&alice).unwrap();
    assert_eq!((&kept["login"], &kept["pending"]), (&json!("alice"), &json!(false)));
    assert_eq!(kept["server"], stub.url(), "not what the server calls itself: what was asked");
    let asked = body(&stub.asked()[0]);
    assert_eq!((&asked["token"], &asked["device"]), (&kept["token"], &json!("desk")));
    let mode = fs::metadata(alice.home().join("credentials")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_registration_that_was_cut_off_goes_on_with_the_same_token() {
    let world = World::new();
    // The server takes the registration and dies before it answers.
    let dies = Stub::new([Vec::new()]);
    let alice = world.person_at("alice", &dies.url());
    alice.run("ch-register", &["alice", "--mail", "alice@example.org"]).ends(75);
    let first = body(&dies.asked()[0]);
    let pending = kept(&alice).unwrap();
    assert_eq!((&pending["token"], &pending["pending"]), (&first["token"], &json!(true)));

    let output = alice.run("ch-port", &[]).ends(78);
    assert!(output.stderr.contains("run: ch-register alice --mail alice@example.org"), "{output:?}");
    let other = alice.run("ch-register", &["bob", "--mail", "bob@example.org"]).ends(78);
    assert!(other.stderr.contains("a registration of alice"), "{other:?}");
    alice.run("ch-register", &["alice", "--mail", "alice@example.org"]).ends(75);
    assert_eq!(kept(&alice).unwrap(), pending, "nobody listens there any more: nothing is given up");
}

#[test]
fn a_registration_that_did_nothing_leaves_nothing() {
    let refusal = |status, code| {
        answer(status, &json!({"v":1,"type":"error","code":code,"message":"no","retry":null}).to_string())
    };
    for (what, answer, exit) in [
        ("taken", Some(refusal(409, "taken")), 69),
        ("reserved", Some(refusal(403, "forbidden")), 69),
        ("too many", Some(refusal(429, "too_many")), 75),
        ("bad address", Some(refusal(400, "bad_request")), 65),
        ("nobody there", None, 75),
    ] {
        let world = World::new();
        let stub = answer.map(|answer| Stub::new([answer]));
        let url = stub.as_ref().map_or_else(Stub::nobody, Stub::url);
        let alice = world.person_at("alice", &url);
        let output = alice.run("ch-register", &["alice", "--mail", "alice@example.org"]).ends(exit);
        assert!(output.stderr.starts_with("ch-register: register alice: "), "{what}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{what}: {output:?}");
        assert_eq!(kept(&alice), None, "{what}");
        assert!(what != "taken" || output.stderr.contains("choose another"), "{output:?}");
        assert!(what != "nobody there" || output.stderr.contains(&url), "{output:?}");
    }
}

#[test]
fn a_home_belongs_to_one_login() {
    let world = World::new();
    let alice = world.person_at("alice", "http://127.0.0.1:9");
    credentials(&alice);
    let before = kept(&alice);
    let output = alice.run("ch-register", &["bob", "--mail", "bob@example.org"]).ends(78);
    assert!(output.stderr.contains("belongs to alice") && output.stderr.contains("CH_HOME"), "{output:?}");
    let output = alice.run("ch-register", &["alice", "--mail", "other@example.org"]).ends(78);
    assert!(output.stderr.contains("already registered here, with alice@example.org"), "{output:?}");
    assert_eq!(kept(&alice), before);
}

#[test]
fn credentials_that_others_can_read_are_refused_with_the_remedy() {
    let world = World::new();
    let alice = world.person_at("alice", "http://127.0.0.1:9");
    credentials(&alice);
    let file = alice.home().join("credentials");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let output = alice.run("ch-register", &[]).ends(77);
    assert!(output.stderr.contains(&format!("chmod 600 {}", file.display())), "{output:?}");
}

#[test]
fn a_code_comes_from_a_file_a_pipe_or_a_record_and_a_wrong_one_is_77() {
    let code = json!({"v":1,"type":"code","login":"alice","code":"k7-x","expires":"2026-11-01T09:00:00Z"});
    for input in ["k7-x\n", &format!("{code}\n")] {
        let world = World::new();
        let stub = Stub::new([answer(201, &login(true).to_string()), refreshed(&[], &[])]);
        let alice = world.person_at("alice", &stub.url());
        alice.run_with("ch-register", &["alice", "--code-file", "-"], input).done();
        assert_eq!(body(&stub.asked()[0])["code"], "k7-x");
        assert_eq!(kept(&alice).unwrap()["mail"], "alice@example.org");
    }
    let world = World::new();
    let stub = Stub::new([answer(
        404,
        r#"{"v":1,"type":"error","code":"not_found","message":"no such code","retry":null}"#,
    )]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let before = kept(&alice);
    alice.run_with("ch-register", &["alice", "--code-file", "-"], "wrong").ends(77);
    assert_eq!(kept(&alice), before, "a wrong code costs nothing");
    alice.run("ch-register", &["alice", "--code-file", "-"]).ends(65);
    alice.run("ch-register", &["alice", "--code-file", "no-such-file"]).ends(66);
}

#[test]
fn a_refresh_is_silent_unless_something_waits_or_it_was_asked() {
    let world = World::new();
    let stub = Stub::new((0..4).map(|_| refreshed(&[], &[])));
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    assert_eq!(alice.run("ch-register", &[]).done().stdout, "");
    assert_eq!(
        alice.run("ch-register", &["--host", "desk.example.org", "--json"]).done().record()["type"],
        "login"
    );
    let text = alice.run("ch-register", &["--text", "-v"]).done().stdout;
    assert!(
        text.starts_with("alice at http://ch.example.org, alice@example.org (not confirmed yet)"),
        "{text}"
    );
    alice.run("ch-register", &["--off"]).done();
    let asked: Vec<Value> = stub.asked().iter().map(|request| body(request)).collect();
    assert_eq!(asked[0], json!({"host": null, "off": false, "seen": []}));
    assert_eq!((&asked[1]["host"], &asked[3]["off"]), (&json!("desk.example.org"), &json!(true)));
}

fn seen(stub: &Stub) -> Vec<Value> {
    stub.asked().iter().map(|request| body(request)["seen"].clone()).collect()
}

#[test]
fn s117_a_notice_is_shown_and_then_counts_as_seen() {
    let world = World::new();
    let (first, then) = ([notice("n1"), notice("n2")], [notice("n3")]);
    let stub = Stub::new([refreshed(&first, &[]), refreshed(&then, &[]), refreshed(&[], &[])]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let records = alice.run("ch-register", &["--json"]).done().records();
    let kinds: Vec<_> = records.iter().map(|record| record["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["login", "notice", "notice", "notice"]);
    assert_eq!(seen(&stub), [json!([]), json!(["n1", "n2"]), json!(["n3"])]);
}

#[test]
fn s117_what_the_server_was_not_told_of_the_next_run_tells_it() {
    let world = World::new();
    let one = [notice("n1")];
    let breaks = Vec::new();
    let stub = Stub::new([refreshed(&one, &[]), breaks, refreshed(&[], &[]), refreshed(&[], &[])]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    assert_eq!(alice.run("ch-register", &[]).done().record()["id"], "n1");
    alice.run("ch-register", &["-q"]).done();
    alice.run("ch-register", &[]).done();
    assert_eq!(seen(&stub), [json!([]), json!(["n1"]), json!(["n1"]), json!([])]);
}

#[test]
fn s117_a_notice_that_was_not_shown_waits_on() {
    let world = World::new();
    let one = [notice("n1")];
    let stub = Stub::new((0..6).map(|_| refreshed(&one, &[])));
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    assert_eq!(alice.run("ch-register", &["-q"]).done().stdout, "");
    alice.run("ch-register", &["--off"]).done();
    let (status, stderr) = into(alice.command("ch-register", &[]), full());
    assert_eq!((status, stderr.lines().count()), (74, 1), "{stderr}");
    assert_eq!(into(alice.command("ch-register", &[]), closed()), (0, String::new()));
    let text = alice.run("ch-register", &["--text"]).done().stdout;
    assert!(
        text.ends_with("  bob@example.org[2J called twice about \"Boots\" while you were off\n"),
        "{text:?}"
    );
    let seen = seen(&stub);
    assert_eq!(seen[..5], vec![json!([]); 5][..]);
    assert_eq!(seen[5], json!(["n1"]));
}

#[test]
fn a_waiting_call_starts_a_command_that_others_cannot_write_into() {
    let world = World::new();
    let call =
        json!({"call": "k1", "from": "bob'; touch hacked; '\u{1b}[2J", "subject": "$(touch hacked)\nBoots"});
    let stub = Stub::new([refreshed(&[], &[call])]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let command =
        "printf '%s|%s|%s' \"$CH_CALL\" \"$CH_FROM\" \"$CH_SUBJECT\" > rung.tmp && mv rung.tmp rung";
    alice.run("ch-register", &["-q", "--on-ring", command]).done();
    let rung = until("the command", || fs::read_to_string(world.path("rung")).ok());
    assert_eq!(rung, "k1|bob'; touch hacked; '[2J|$(touch hacked) Boots");
    assert!(!world.path("hacked").exists());
}

#[test]
fn the_command_is_not_waited_for() {
    let world = World::new();
    let call = json!({"call": "k1", "from": "bob", "subject": null});
    let stub = Stub::new([refreshed(&[], &[call])]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let began = std::time::Instant::now();
    // Its stderr is ours; closed here, so that reading ours ends.
    alice.run("ch-register", &["--on-ring", "exec >&- 2>&-; sleep 20"]).done();
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn cron_overlapping_runs_end_with_75_and_are_silent_with_q() {
    let world = World::new();
    let stub = Stub::greeting(b"");
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let first = alice.start("ch-register", &[]);
    until("the lock", || {
        let file = fs::File::open(alice.home().join("register.lock")).ok()?;
        file.try_lock().is_err().then_some(())
    });
    let second = alice.run("ch-register", &[]).ends(75);
    assert!(second.stderr.starts_with("ch-register: another run holds "), "{second:?}");
    assert_eq!(second.stderr.lines().count(), 1);
    let third = alice.run("ch-register", &["-q"]).ends(75);
    assert_eq!((third.stdout.as_str(), third.stderr.as_str()), ("", ""));
    drop(first);
}

#[test]
fn cron_a_server_that_is_down_is_75_and_silent_with_q() {
    let world = World::new();
    let alice = world.person_at("alice", &Stub::nobody());
    credentials(&alice);
    let output = alice.run("ch-register", &[]).ends(75);
    assert!(output.stderr.contains(&alice.server), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1);
    let quiet = alice.run("ch-register", &["-q", "--jitter", "1"]).ends(75);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
}

#[test]
fn a_token_the_server_does_not_know_is_77_also_with_q() {
    let world = World::new();
    let refusal = r#"{"v":1,"type":"error","code":"unauthorized","message":"no","retry":null}"#;
    let stub = Stub::new([answer(401, refusal)]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let output = alice.run("ch-register", &["-q"]).ends(77);
    assert!(output.stderr.contains("revoked"), "{output:?}");
}

#[test]
fn deleting_asks_a_terminal_or_wants_yes() {
    let world = World::new();
    let stub = Stub::new([b"HTTP/1.1 204 X\r\n\r\n".to_vec()]);
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    let output = alice.run_with("ch-register", &["--delete"], "alice\n").ends(64);
    assert!(output.stderr.contains("--yes"), "{output:?}");
    let ask = |typed: &str| on_a_terminal(&alice.command("ch-register", &["--delete"]), typed);
    let (status, said) = ask("no\n");
    assert!(
        status == 64 && said.contains("delete alice at http") && said.contains("alice is kept"),
        "{said}"
    );
    assert_eq!(stub.asked().len(), 0);
    assert_eq!(ask("alice\n").0, 0);
    assert_eq!(kept(&alice), None);
    assert_eq!(stub.asked().len(), 1);
}

#[test]
fn an_address_is_confirmed_with_the_mail_its_link_or_its_ticket() {
    const TICKET: &str = "AQMAAQAAAGQAADA5AAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let link = format!("https://ch.example.org/confirm?t={TICKET}");
    let mail = format!(
        "From: ch@example.org\r\nSubject: Confirm\r\nContent-Type: text/plain\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\nPress here:\r\n\r\n<https://ch.example.org/confirm?t=3D=\r\n{TICKET}>\r\n"
    );
    let record =
        json!({"v": 1, "type": "mail", "source": "x", "text": format!("Press {link} now")}).to_string();
    let world = World::new();
    let stub = Stub::new((0..5).map(|_| answer(200, &login(true).to_string())));
    let alice = world.person_at("alice", &stub.url());
    credentials(&alice);
    fs::write(world.path("mail.eml"), &mail).unwrap();
    for (operand, input) in [("mail.eml", ""), ("-", &mail), ("-", &record), (&link, ""), (TICKET, "")] {
        let input: &str = input;
        alice.run_with("ch-register", &["--confirm", operand], input).done();
    }
    let asked = stub.asked();
    assert!(asked.iter().all(|request| body(request) == json!({ "ticket": TICKET })), "{asked:?}");
    assert!(asked.iter().all(|request| !request.contains("authorization")), "the ticket is enough");
    alice.run_with("ch-register", &["--confirm", "-"], "Subject: nothing\n\nhere\n").ends(65);
    alice.run("ch-register", &["--confirm", "no-such-file"]).ends(66);
}
