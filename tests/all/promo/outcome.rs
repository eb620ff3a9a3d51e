//! What came of a campaign, and who wanted no more of it, with the real tools.

use serde_json::{Value, json};

use crate::world::World;

/// A `mail` record with a subject, as `ch-fetch` and `ch-inspect` print it.
fn mail(source: &str, subject: &str) -> String {
    let record = json!({
        "v": 1, "type": "mail", "source": source, "message_id": null, "date": null, "subject": subject,
        "from": "bob@example.org", "to": [], "cc": [], "text": null, "attachments": [], "problems": [], "chat": null,
    });
    format!("{record}\n")
}

#[test]
fn a_campaign_is_mailed_answered_by_mail_and_reported() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    world.grant("alice", "manager");
    for name in ["bob", "carol"] {
        let member = format!("{name}@example.org");
        let add = ["member", "add", &member, "--consent", "promotion", "--consent-proof", "paper"];
        alice.run("ch-promo", &add).done();
    }
    alice
        .run_with("ch-promo", &["ad", "add", "boots", "--title", "Boots", "--text", "-"], "New boots.")
        .done();
    let via = world.maildir_url();
    for name in ["spring", "summer"] {
        alice.run("ch-promo", &["plan", name, "--ad", "boots", "--to", "all"]).done();
    }
    alice.run("ch-promo", &["run", "spring", "--via", &via]).done();
    let text = std::fs::read_to_string(&world.mails("bob@example.org")[0]).unwrap();
    let ticket = text.split("/u/").nth(1).unwrap().split('>').next().unwrap();

    // Bob's mail program wrote to the unsubscribe address; another mail there asks for something else.
    let mails = mail("1", &format!("Re: unsubscribe {ticket}"))
        + &mail("2", "Do they come in 42?")
        + &mail("3", &format!("unsubscribe {}", "A".repeat(54)));
    let left = alice.run_with("ch-promo", &["unsubscribe"], &mails).done().records();
    let sources: Vec<_> = left.iter().map(|record| &record["source"]).collect();
    assert_eq!(sources, ["2", "3"], "what asked for nothing is handed on");
    let forged = format!("{}{}", &ticket[..50], "AAAA");
    let refused = alice.run_with("ch-promo", &["unsubscribe"], mail("4", &forged)).ends(77);
    assert!(refused.stderr.contains("4:"), "{refused:?}");
    assert_eq!(refused.records()[0]["source"], "4");

    // The campaign that was planned with him goes on without him.
    alice.run("ch-promo", &["run", "summer", "--via", &via]).done();
    assert_eq!(world.mails("bob@example.org").len(), 1);
    assert_eq!(world.mails("carol@example.org").len(), 2);
    let report = alice.run("ch-promo", &["report", "summer"]).done().record();
    let of = |report: &Value, field: &str| report[field].as_u64().unwrap();
    assert_eq!((of(&report, "accepted"), of(&report, "skipped")), (1, 1));
    let both = alice.run("ch-promo", &["report", "--ad", "boots"]).done().record();
    assert_eq!((&both["campaign"], of(&both, "accepted"), of(&both, "unsubscribed")), (&Value::Null, 3, 1));
    assert_eq!(alice.run("ch-promo", &["report"]).done().records().len(), 2);
    let table = alice.run("ch-promo", &["report", "spring", "--text"]).done().stdout;
    assert!(table.contains("mails     2 accepted\n"), "{table}");
    alice.run("ch-promo", &["report", "winter"]).ends(67);
    alice.run("ch-promo", &["report", "--ad", "hats"]).ends(67);
}
