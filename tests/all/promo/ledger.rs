//! A campaign's ledger over raw HTTP: who gets it, who has it, what became of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::world::{peer::secret, until};

#[test]
fn a_plan_says_who_gets_it_and_why_others_do_not() {
    let mut members: Vec<_> = (1..=10).map(member).collect();
    members[0].consent.clear();
    members[1].consent.clear();
    let shop = Shop::with(members, &[]);
    shop.sql("UPDATE consent SET given = 0 WHERE member = 3");
    shop.sql("INSERT INTO suppression SELECT mail_index, mail, mail, 1 FROM member WHERE row = 4");
    let planned = shop.plan(&json!({ "limit": 4 }));
    let left_out = ["no_consent", "suppressed", "too_recent", "over_limit"].map(|why| planned[why].clone());
    assert_eq!(left_out, [3, 1, 0, 2].map(Value::from), "{planned}");
    assert_eq!(planned["campaign"]["planned"], 4);
    assert_eq!(shop.status()["state"], "planned");
    let some = shop.done(&shop.manager, "", &json!({ "name": "even", "ad": "boots", "to": "tag:even" }));
    assert_eq!(
        (&some["campaign"]["planned"], &some["no_consent"], &some["suppressed"]),
        (&json!(3), &json!(1), &json!(1))
    );

    assert_eq!(shop.plan(&json!({ "limit": 4 })), planned, "asked again, for a lost answer");
    let again = shop.post(&shop.manager, "", &json!({ "name": "spring", "ad": "boots", "to": "tag:even" }));
    assert_eq!(again.status, 409, "{again:?}");
    let draft = shop.post(&shop.manager, "", &json!({ "name": "x", "ad": "draft", "to": "all" }));
    assert!(draft.status == 400 && draft.body.contains("ad publish"), "{draft:?}");
    for bad in [
        json!({ "name": "x", "ad": "none", "to": "all" }),
        json!({ "name": "X", "ad": "boots", "to": "all" }),
        json!({ "name": "x", "ad": "boots", "to": "tag:(" }),
        json!({ "name": "x", "ad": "boots", "to": "all", "from": "nobody" }),
        json!({ "name": "x", "ad": "boots", "to": "all", "pace": { "quiet": "late" } }),
    ] {
        assert_eq!(shop.post(&shop.manager, "", &bad).status, 400, "{bad}");
    }
}

#[test]
fn without_the_role_there_is_nothing_here() {
    let shop = Shop::new(3, &[]);
    shop.plan(&json!({}));
    let stranger = shop.server.login("stranger");
    let nothing = shop.server.http("POST", "/v1/nothing", Some(&stranger.token), "{}");
    for path in [
        "",
        "/spring/claims",
        "/spring/take",
        "/spring/end",
        "/spring/cancel",
        "/spring/preview",
        "/spring/resend",
    ] {
        let body = json!({ "claim": 1, "count": 1, "name": "x", "ad": "boots", "to": "all" });
        let answer = shop.post(&stranger, path, &body);
        assert_eq!((answer.status, answer.body), (404, nothing.body.clone()), "{path}");
    }
    assert_eq!(shop.counts(), "planned 3");
}

#[test]
fn a_turn_takes_in_what_was_said_before_it_marks_and_nobody_without_the_role_gets_one() {
    let shop = Shop::new(3, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 3));
    let mark = |delivery: &Value| json!({ "ticket": delivery["mark"], "again": false });
    let first = json!({ "sent": [], "marks": [mark(&mine[0]), mark(&mine[1])] });
    let told = shop.done(&shop.manager, "/spring/turn", &first);
    let kinds = |told: &Value| -> Vec<Value> {
        told["marks"].as_array().unwrap().iter().map(|mark| mark["type"].clone()).collect()
    };
    assert_eq!((kinds(&told), &told["news"]), (vec![json!("mark"), json!("mark")], &json!(0)), "{told}");
    let mut stranger = sent(&mine[0], "accepted", Some(250));
    stranger["ref"] = json!("autumn/1/1");
    shop.sql(&format!("UPDATE consent SET given = 0 WHERE member = {}", mine[2]["member"]));
    let receipts = [sent(&mine[0], "accepted", Some(250)), sent(&mine[1], "rejected", Some(550)), stranger];
    let next = json!({ "sent": receipts, "marks": [mark(&mine[2])] });
    assert_eq!(shop.post(&shop.server.login("stranger"), "/spring/turn", &next).status, 404);
    let told = shop.done(&shop.manager, "/spring/turn", &next);
    assert_eq!(
        (&told["news"], &told["foreign"], &told["marks"][0]["code"]),
        (&json!(2), &json!(1), &json!("forbidden"))
    );
    assert_eq!(
        (shop.counts().as_str(), &shop.status()["state"]),
        ("accepted 1, rejected 1, skipped 1", &json!("finished"))
    );
}

#[test]
fn who_was_suppressed_under_a_newer_key_than_they_joined_is_not_mailed() {
    let mut shop = Shop::new(2, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 1));
    let index = shop.world.path("data/keys/index");
    let old = std::fs::read_to_string(&index).unwrap();
    std::fs::write(&index, format!("{old}2 2999-01-01T00:00:00Z {}\n", secret())).unwrap();
    shop.kill();
    for name in [&mine[0]["to"], &json!(address(2))] {
        let ask = json!({ "mail": name, "reason": "asked" }).to_string();
        let told = shop.server.http("POST", "/v1/members/suppress", Some(&shop.manager.token), &ask);
        assert_eq!(told.status, 200, "{told:?}");
    }
    assert_eq!(shop.mark(&shop.manager, &mine[0])["code"], "forbidden");
    assert!(deliveries(&shop.take(&shop.manager, claim, 1)).is_empty());
    assert_eq!(shop.counts(), "skipped 2");
}

#[test]
fn a_delivery_is_marked_under_its_own_claim_by_members_who_still_say_yes() {
    let shop = Shop::new(6, &["--times", "claim-lasts=20s"]);
    shop.plan(&json!({}));
    let other = shop.another("other");
    let (ours, theirs) = (shop.claim(&shop.manager), shop.claim(&other));
    let mine = deliveries(&shop.take(&shop.manager, ours, 3));
    let yours = deliveries(&shop.take(&other, theirs, 3));
    assert_eq!(shop.counts(), "claimed 6");

    // A ticket's numbers cannot be another's: the key signs them.
    assert_eq!(shop.mark(&shop.manager, &mine[0])["type"], "mark");
    assert_eq!(shop.mark(&shop.manager, &mine[0])["code"], "taken", "a second sender of the same jobs");
    let again = json!({ "ticket": mine[0]["mark"], "again": true }).to_string();
    let again = shop.server.http("POST", "/v1/marks", Some(&shop.manager.token), &again).json();
    assert_eq!((&again["type"], &again["again"]), (&json!("mark"), &json!(true)));

    shop.sql(&format!("UPDATE consent SET given = 0 WHERE member = {}", mine[1]["member"]));
    let refused = shop.mark(&shop.manager, &mine[1]);
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("forbidden")));
    assert_eq!(shop.counts(), "claimed 4, attempting 1, skipped 1");
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[1], "deferred", None)]), 0, "what is skipped stays");

    // The same device begins anew: its old claim is dead.
    let next = shop.claim(&shop.manager);
    assert_eq!(shop.counts(), "planned 1, claimed 3, unknown 1, skipped 1");
    assert_eq!(shop.mark(&shop.manager, &mine[2])["code"], "expired");
    let dead = shop.post(&shop.manager, "/spring/take", &json!({ "claim": ours, "count": 1 }));
    assert_eq!(dead.status, 410, "{dead:?}");
    let mine_again = deliveries(&shop.take(&shop.manager, next, 3));
    assert_eq!(mine_again.len(), 1);
    assert_eq!(shop.mark(&shop.manager, &mine[2])["code"], "expired", "the ticket of the dead claim");
    assert_eq!(shop.mark(&shop.manager, &mine_again[0])["type"], "mark");
    // Late news of the dead claim do not touch what another has.
    assert_eq!(
        shop.outcomes(
            &shop.manager,
            &[sent(&mine[2], "deferred", None), sent(&mine[2], "rejected", Some(550))]
        ),
        0
    );
    assert_eq!(shop.counts(), "claimed 3, attempting 1, unknown 1, skipped 1");
    // And late news of what nobody knew are believed.
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[0], "accepted", Some(250))]), 1);

    for delivery in &yours {
        assert_eq!(shop.mark(&other, delivery)["type"], "mark");
    }
    let mut last: Vec<_> = yours.iter().map(|delivery| sent(delivery, "accepted", Some(250))).collect();
    assert_eq!(shop.outcomes(&other, &last), 3);
    assert_eq!(shop.outcomes(&other, &last), 0, "the same again");
    assert_eq!(shop.status()["state"], "running", "one is still under way");
    last = vec![sent(&mine_again[0], "rejected", Some(550))];
    assert_eq!(shop.outcomes(&shop.manager, &last), 1);
    assert_eq!(
        (shop.counts().as_str(), &shop.status()["state"]),
        ("accepted 4, rejected 1, skipped 1", &json!("finished"))
    );
}

#[test]
fn a_silent_sender_loses_its_claim_and_unknown_ones_are_listed() {
    let shop = Shop::new(10, &["--times", "claim-lasts=2s"]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 10));
    for delivery in &mine[..3] {
        assert_eq!(shop.mark(&shop.manager, delivery)["type"], "mark");
    }
    until("the claim's end", || (shop.counts() == "planned 7, unknown 3").then_some(()));
    let list = |after: u32| {
        let path = format!("/v1/campaigns/spring/unknown?after={after}");
        shop.server.http("GET", &path, Some(&shop.manager.token), "").body
    };
    let unknown: Vec<Value> = list(0).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (listed, delivery) in unknown.iter().zip(&mine) {
        assert_eq!((&listed["type"], &listed["status"]), (&json!("sent"), &json!("unknown")));
        assert_eq!(listed["ref"], delivery["ref"]);
        assert_eq!((&listed["recipient"], &listed["message_id"]), (&delivery["to"], &delivery["message_id"]));
    }
    assert_eq!((unknown.len(), list(2).lines().count()), (3, 1));

    assert_eq!(shop.done(&shop.manager, "/spring/resend", &json!({ "members": [2, 4] }))["count"], 1);
    assert_eq!(shop.counts(), "planned 8, unknown 2");
    // It went out all the same, its first sender says: it does not go again.
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[1], "accepted", Some(250))]), 1);
    assert_eq!(shop.done(&shop.manager, "/spring/resend", &json!({}))["count"], 2);
    let claim = shop.claim(&shop.manager);
    let rest = deliveries(&shop.take(&shop.manager, claim, 10));
    let members: BTreeSet<u64> = rest.iter().map(|delivery| delivery["member"].as_u64().unwrap()).collect();
    assert_eq!(members, [1, 3, 4, 5, 6, 7, 8, 9, 10].into());
    assert_eq!(rest.iter().find(|d| d["member"] == 1).unwrap()["message_id"], mine[0]["message_id"]);
    assert_eq!(shop.done(&shop.manager, "/spring/end", &json!({}))["back"], 9);
}

#[test]
fn paused_nobody_is_mailed_and_cancelled_nobody_ever() {
    let shop = Shop::new(4, &[]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 2));
    assert_eq!(shop.done(&shop.manager, "/spring/pause", &json!({}))["state"], "paused");
    assert_eq!(shop.mark(&shop.manager, &mine[0])["code"], "withdrawn");
    assert_eq!(deliveries(&shop.take(&shop.manager, claim, 2)), [json!(null); 0]);
    assert_eq!(shop.done(&shop.manager, "/spring/resume", &json!({}))["state"], "running");
    assert_eq!(shop.mark(&shop.manager, &mine[0])["type"], "mark");
    assert_eq!(shop.done(&shop.manager, "/spring/cancel", &json!({}))["state"], "cancelled");
    assert_eq!(shop.mark(&shop.manager, &mine[1])["code"], "withdrawn");
    // What was under way is still told.
    assert_eq!(shop.outcomes(&shop.manager, &[sent(&mine[0], "accepted", Some(250))]), 1);
    assert_eq!(shop.status()["state"], "cancelled");
    assert_eq!(shop.post(&shop.manager, "/spring/resume", &json!({})).status, 403);
}

#[test]
fn a_member_who_presses_the_button_rings_the_campaigns_owner() {
    let shop = Shop::new(3, &["--times", "agent-gone=1s"]);
    shop.plan(&json!({}));
    let claim = shop.claim(&shop.manager);
    let mine = deliveries(&shop.take(&shop.manager, claim, 2));
    let ticket = mine[1]["chat"].as_str().unwrap();
    let mut agent = shop.server.agent(&shop.manager);
    let (guest, me) = (secret(), json!(address(2)));
    let mut member = shop.server.guest(ticket, &guest);
    member.invite("c1");
    let ring = agent.wait("invite");
    assert_eq!((&ring["from"], &ring["subject"]), (&me, &json!("Boots for")));
    assert_eq!(ring["message_id"], mine[1]["message_id"]);
    agent.say(&json!({ "type": "answer", "call": ring["call"] }));
    let talk = member.wait("answered")["conversation"].clone();
    member.line(&talk, "l1", "Do they come in red?");
    assert_eq!(agent.wait("line")["text"], "Do they come in red?");
    // Who tries a sample rings, too; its other link is nobody's.
    let sample = shop.done(&shop.manager, "/spring/preview", &json!({ "sample": true }));
    assert_eq!((&sample["to"], &sample["mark"]), (&json!("shop@example.org"), &json!(null)));
    let mut tester = shop.server.guest(sample["chat"].as_str().unwrap(), &secret());
    tester.invite("c0");
    assert_eq!(agent.wait("invite")["from"], "preview");
    let path = format!("/u/{}", sample["unsubscribe"].as_str().unwrap());
    assert_eq!(shop.server.http("POST", &path, None, "List-Unsubscribe=One-Click").status, 200);
    let theirs = shop.done(&shop.manager, "/spring/preview", &json!({ "member": address(2) }));
    assert_eq!((&theirs["to"], &theirs["message_id"]), (&mine[1]["to"], &mine[1]["message_id"]));
    // Somebody else with the same mail only knocks.
    let mut second = shop.server.guest(ticket, &secret());
    second.invite("c2");
    second.wait("presence");

    // Missed: the notice names the mail, and outlives the server.
    drop((agent, member, second));
    let mut shop = shop;
    shop.kill();
    let mut third = shop.server.guest(mine[0]["chat"].as_str().unwrap(), &secret());
    third.invite("c3");
    let missed = until("the notice", || {
        let refresh = shop.server.http("PUT", "/v1/presence", Some(&shop.manager.token), "{}").json();
        refresh["notices"]
            .as_array()
            .unwrap()
            .iter()
            .find(|n| n["message_id"] == mine[0]["message_id"])
            .cloned()
    });
    assert_eq!(missed["from"], address(1));
    // An answer by mail leads into the same conversation.
    let port = shop.server.http("POST", "/v1/ports", Some(&shop.manager.token), "{}");
    assert_eq!(port.status, 200);
    let mint = json!({ "to": [address(2)], "subject": "Re", "in_reply_to": [mine[1]["message_id"]] });
    let answer =
        shop.server.http("POST", "/v1/tickets", Some(&shop.manager.token), &format!("{mint}\n")).json();
    let mut member = shop.server.open();
    member.say(&json!({ "type": "hello", "ticket": answer["ticket"], "guest": guest }));
    assert_eq!(member.wait("welcome")["conversation"], talk);
}
