//! A batch whose CH server goes away in the middle and comes back: what becomes of the buttons.

use super::*;
use crate::world::process::Running;

/// Sends a job in a running batch, and says what became of it.
fn fate(batch: &mut Running, name: &str) -> Value {
    batch.say(job(name, "bob@example.org", json!({})).trim_end());
    let sent = batch.frame("sent");
    assert_eq!(sent["ref"], name);
    sent["status"].clone()
}

/// Whether each mail has a button, by its Message-ID's receipt in order.
fn buttons(world: &World, output: &Output) -> Vec<bool> {
    let mails: Vec<String> =
        world.mails("bob@example.org").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let of = |sent: Value| {
        let id = sent["message_id"].as_str().unwrap().to_owned();
        mails.iter().find(|mail| mail.contains(&id)).map(|mail| mail.contains("\nCH-Ticket: "))
    };
    output.records().into_iter().filter_map(of).collect()
}

/// Before, while the CH server is away, and after: the receipts' statuses, and the batch's end.
fn through_an_outage(world: &World, when: &[&str]) -> ([Value; 4], Output) {
    let server = world.serve(&[]);
    let (port, alice) = (server.port(), world.person("alice", &server));
    alice.register();
    let mut batch = alice.start("ch-send", &[&["--batch"], when].concat());
    let before = fate(&mut batch, "before");
    drop(server);
    let away = [fate(&mut batch, "away"), fate(&mut batch, "still")];
    let _server = world.serve_on(port, &[]);
    let after = fate(&mut batch, "after");
    let [away, still] = away;
    ([before, away, still, after], batch.end())
}

#[test]
fn with_auto_mails_go_without_a_button_while_the_ch_server_is_away_and_one_line_says_so() {
    let world = World::new();
    let (statuses, output) = through_an_outage(&world, &["--button", "auto"]);
    assert!(statuses.iter().all(|status| status == "accepted"), "{statuses:?}");
    let output = output.done();
    assert_eq!(buttons(&world, &output), [true, false, false, true]);
    let said: Vec<_> = output.stderr.lines().collect();
    assert!(said.len() == 1 && said[0].starts_with("ch-send: sent without a chat button: "), "{said:#?}");
}

#[test]
fn without_it_they_are_put_off_and_the_next_after_its_return_has_a_button() {
    let world = World::new();
    let (statuses, output) = through_an_outage(&world, &[]);
    assert_eq!(statuses, ["accepted", "deferred", "deferred", "accepted"]);
    assert_eq!(buttons(&world, &output.ends(75)), [true, true]);
}

#[test]
fn a_mail_to_one_is_named_by_the_ch_server_and_one_to_several_has_one_name_for_all() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    let own = json!({ "headers": { "Message-ID": "<own@example.org>" } });
    let jobs = job("1", "bob@example.org", json!({}))
        + &job("2", "bob@example.org, carol@example.org", json!({}))
        + &job("3", "bob@example.org", own);
    let output = alice.run_with("ch-send", &["--batch", "--button", "require"], jobs).done();
    accepted(4, &fates(&output));
    let names = |name: &str| -> Vec<String> {
        let all = output.records().into_iter().filter(|sent| sent["ref"] == name);
        all.map(|sent| sent["message_id"].as_str().unwrap().to_owned()).collect()
    };
    let by_server = |id: &str| id.starts_with('m') && id.ends_with("@[127.0.0.1]");
    assert!(by_server(&names("1")[0]), "{:?}", names("1"));
    assert!(names("2")[0] == names("2")[1] && !by_server(&names("2")[0]), "{:?}", names("2"));
    assert_eq!(names("3"), ["own@example.org"]);
    let mails: Vec<String> =
        world.mails("bob@example.org").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for name in ["1", "2", "3"] {
        let field = format!("\nMessage-ID: <{}>\n", names(name)[0]);
        let mail = mails.iter().find(|mail| mail.replace('\r', "").contains(&field));
        assert!(mail.is_some_and(|mail| mail.contains("\nCH-Ticket: ")), "{field}: {mails:#?}");
    }
}

#[test]
fn with_auto_and_no_login_all_go_without_one() {
    let world = World::new();
    let from = json!({ "from": "alice@example.org" });
    let jobs = job("1", "bob@example.org", from.clone()) + &job("2", "bob@example.org", from);
    let output = nobody(&world).run_with("ch-send", &["--batch", "--button", "auto"], jobs).done();
    accepted(2, &fates(&output));
    assert_eq!(buttons(&world, &output), [false, false]);
    assert_eq!(output.stderr.matches("sent without a chat button: ").count(), 1, "{}", output.stderr);
}
