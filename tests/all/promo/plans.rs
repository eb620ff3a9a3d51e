//! Who gets a campaign: said for programs too, counted without being made, and not made for nobody. And what the other verbs
//! would do.

use std::fs;

use serde_json::json;

use super::{members::boss, *};

const PLAN: [&str; 6] = ["plan", "spring", "--ad", "boots", "--to", "all"];

/// Members 1 to 3 said yes, 4 did not, 2 is suppressed.
fn shop() -> Shop {
    let mut members: Vec<MemberChange> = (1..=4).map(member).collect();
    members[3].consent.clear();
    Shop::with(members, &[])
}

#[test]
fn a_plan_says_why_others_do_not_get_it_for_programs_too() {
    let shop = shop();
    let boss = boss(&shop);
    boss.run("ch-promo", &["suppress", &address(2)]).done();
    let due = json!({
        "v": 1, "type": "planned", "name": "spring", "planned": 1, "no_consent": 1, "suppressed": 1, "too_recent": 0,
        "over_limit": 1,
    });
    let plan = [&PLAN[..], &["--limit", "1"]].concat();
    let would = boss.run("ch-promo", &[&plan[..], &["-n"]].concat()).done();
    assert_eq!(would.record(), due);
    assert!(would.stderr.contains("1 would get it; 1 do not: did not say yes"), "{would:#?}");
    let text = boss.run("ch-promo", &[&plan[..], &["-n", "--text"]].concat()).done().stdout;
    assert_eq!(
        text,
        "1 would get it; 1 do not: did not say yes; 1 do not: suppressed; 1 do not: beyond the limit\n"
    );
    boss.run("ch-promo", &["status", "spring"]).ends(67);
    for face in [&["--json"][..], &[]] {
        // The same plan again gets the same answer.
        let records = boss.run("ch-promo", &[&plan[..], face].concat()).done().records();
        assert_eq!((records.len(), &records[0]["type"], &records[1]), (2, &json!("campaign"), &due));
    }
    boss.run("ch-promo", &[&plan[..], &["-n"]].concat()).ends(69);
    let text = boss.run("ch-promo", &[&["plan", "summer"], &plan[2..], &["--text"]].concat()).done();
    assert_eq!(text.stdout.lines().count(), 1, "{text:#?}");
}

#[test]
fn a_plan_that_reaches_nobody_is_not_made_and_says_why() {
    let shop = shop();
    let boss = boss(&shop);
    let to = |audience: &'static str| ["plan", "spring", "--ad", "boots", "--to", audience];
    let some = format!("mail:{}", address(4));
    for (audience, why) in [
        (&some[..], "spring: not planned: nobody gets it; 1 do not: did not say yes"),
        ("locale:ko", "spring: not planned: no member is in the audience"),
    ] {
        let said = boss.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", audience]).ends(1);
        assert!(said.stderr.contains(why) && said.stderr.lines().count() == 1, "{said:#?}");
        assert_eq!(said.record()["planned"], 0);
        boss.run("ch-promo", &["status", "spring"]).ends(67);
    }
    // Nothing of it is in the way.
    boss.run("ch-promo", &to("tag:even")).done();
}

#[test]
fn a_tag_that_nobody_has_is_named_once() {
    let shop = shop();
    let boss = boss(&shop);
    let to = "tg:running or tag:even or not tg:running";
    for args in [&["plan", "spring", "--ad", "boots", "--to", to][..], &["member", "list", "--to", to]] {
        let said = boss.run("ch-promo", args).done();
        assert_eq!(said.stderr.matches("no member has the tag tg:running").count(), 1, "{said:#?}");
        assert!(!said.stderr.contains("tag even"), "{said:#?}");
    }
    let said = boss.run("ch-promo", &["member", "list", "--to", "running"]).ends(65);
    for key in [
        "tag:", "locale:", "mail:", "consent:", "joined:", "asked:", "ordered:", "chatted:", "mailed:",
        "pressed:",
    ] {
        assert!(said.stderr.contains(key), "{key} {said:#?}");
        for help in [&["plan", "--help"][..], &["member", "list", "--help"]] {
            assert!(boss.run("ch-promo", help).done().stdout.contains(key), "{key} {help:?}");
        }
    }
}

#[test]
fn a_plan_that_says_nothing_or_half_is_refused() {
    let shop = shop();
    let boss = boss(&shop);
    boss.run("ch-promo", &[&PLAN[..], &["--subject", ""]].concat()).ends(64);
    boss.run("ch-promo", &[&PLAN[..], &["--time-zone", "Asia/Seoul"]].concat()).ends(64);
    for more in [json!({ "subject": " " }), json!({ "pace": { "time_zone": "Asia/Seoul" } })] {
        let mut ask = json!({ "name": "spring", "ad": "boots", "to": "all" });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(shop.post(&shop.manager, "", &ask).status, 400, "{more}");
    }
}

#[test]
fn a_campaign_is_from_whom_the_settings_say() {
    let shop = shop();
    let boss = boss(&shop);
    fs::write(boss.home().join("config.toml"), "from = \"Boots Shop <boss@example.org>\"\n").unwrap();
    boss.run("ch-promo", &PLAN).done();
    let shown = boss.run("ch-promo", &["show", "spring"]).done().stdout;
    assert!(shown.contains("From: Boots Shop <boss@example.org>"), "{shown}");
    boss.run("ch-promo", &[&["plan", "summer"], &PLAN[2..], &["--from", "x@example.org"]].concat()).done();
    let shown = boss.run("ch-promo", &["show", "summer"]).done().stdout;
    assert!(shown.contains("From: x@example.org"), "{shown}");
}

#[test]
fn a_dry_run_says_how_many_would_go_and_asks_no_mail_server() {
    let shop = shop();
    let boss = boss(&shop);
    boss.run("ch-promo", &PLAN).done();
    let nowhere = "smtp://127.0.0.1:1";
    let said = boss.run("ch-promo", &["run", "spring", "-n", "--via", nowhere, "--text"]).done();
    assert!(said.stdout.contains("spring: 3 would go now by smtp://127.0.0.1:1"), "{said:#?}");
    let said = boss.run("ch-promo", &["run", "--due", "--dry-run", "--via", nowhere]).done();
    assert_eq!((&said.record()["planned"], &said.record()["state"]), (&json!(3), &json!("planned")));
    boss.run("ch-promo", &["run", "spring", "-n", "--via", nowhere, "--lint", "kr"]).ends(65);
    boss.run("ch-promo", &["cancel", "spring"]).done();
    let said = boss.run("ch-promo", &["run", "spring", "-n", "--via", nowhere, "--text"]).ends(1);
    assert!(said.stdout.contains("nobody would be mailed"), "{said:#?}");
}

#[test]
fn a_dry_import_checks_each_row_and_changes_nothing() {
    let shop = shop();
    let boss = boss(&shop);
    let list = format!(
        "mail,name,time_zone,consent\n{},Member 1,,promotion\n{},Robert,,\nnew@example.org,N,,promotion\n\
         bad@example.org,B,Mars/Olympus,\nno address,C,,\nworse@example.org,D,,?\n",
        address(1),
        address(2)
    );
    let import = ["member", "import", "-", "--consent-proof", "paper form"];
    let before = boss.run("ch-promo", &["member", "list"]).done().stdout;
    let would = boss.run_with("ch-promo", &[&import[..], &["-n"]].concat(), &list).ends(65);
    let counts = "1 added, 1 changed, 1 as they were, 0 kept their no, 0 erased before, 3 bad";
    assert!(would.stderr.contains(&format!("would be: {counts}")), "{would:#?}");
    for line in ["line 5: ", "line 6: ", "line 7: "] {
        assert!(would.stderr.contains(line), "{line} {would:#?}");
    }
    assert_eq!(boss.run("ch-promo", &["member", "list"]).done().stdout, before);
    // It said what is done.
    let done = boss.run_with("ch-promo", &import, &list).ends(65);
    assert!(done.stderr.contains(counts), "{done:#?}");
}

#[test]
fn a_dry_unsubscribe_says_who_would_be() {
    let shop = shop();
    let boss = boss(&shop);
    boss.run("ch-promo", &PLAN).done();
    let shown = boss.run("ch-promo", &["show", "spring", "--member", &address(1)]).done().stdout;
    let ticket = shown.split("/u/").nth(1).unwrap().split('>').next().unwrap();
    let mail = json!({
        "v": 1, "type": "mail", "source": "1", "message_id": null, "date": null, "subject": format!("unsubscribe {ticket}"),
        "from": "bob@example.org", "to": [], "cc": [], "text": null, "attachments": [], "problems": [], "chat": null,
    });
    let said = boss.run_with("ch-promo", &["unsubscribe", "-n"], mail.to_string()).done();
    assert!(
        said.stderr.contains("1: member 1, who wrote as bob@example.org, would be unsubscribed"),
        "{said:#?}"
    );
    let consent = boss.run("ch-promo", &["member", "show", &address(1)]).done().record()["consent"].clone();
    assert_eq!(consent, json!(["promotion"]));
}

#[test]
fn who_may_not_list_members_is_told_what_is_missing() {
    let shop = shop();
    let other = shop.world.person("other", &shop.server);
    other.register();
    for args in [&["member", "list"][..], &["member", "list", "--to", "tag:x"]] {
        let said = other.run("ch-promo", args).ends(67);
        assert!(said.stderr.contains("ch-serve grant"), "{said:#?}");
    }
}
