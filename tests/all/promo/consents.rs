//! What people write into a list's consent column, what they are told of it, and who is a member at all.

use serde_json::json;

use super::{members::boss, *};

#[test]
fn what_a_consent_cell_says_is_a_yes_a_no_a_purpose_or_told_with_its_line() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let import = |list: &str| {
        boss.run_with("ch-promo", &["member", "import", "-", "--consent-proof", "paper form"], list)
    };
    let said = import(
        "mail,consent\na@example.org,O\nb@example.org,Promotion;News\nc@example.org,NEWS\nd@example.org,x\n\
         e@example.org,opt-out\nf@example.org,-\ng@example.org,v\nh@example.org,?!\n",
    )
    .ends(65);
    let consent =
        |mail: &str| boss.run("ch-promo", &["member", "show", mail]).done().record()["consent"].clone();
    assert_eq!(consent("a@example.org"), json!(["promotion"]));
    assert_eq!(consent("b@example.org"), json!(["news", "promotion"]));
    for no in ["d@example.org", "e@example.org", "f@example.org"] {
        assert_eq!(consent(no), json!([]), "{no}");
    }
    for told in [
        "line 8: consent \"v\" is neither yes, no, nor a purpose",
        "line 9: consent \"?!\" is neither",
        "6 added, 0 changed, 0 as they were, 0 kept their no, 0 erased before, 2 bad",
    ] {
        assert!(said.stderr.contains(told), "{told}\n{said:#?}");
    }
    assert_eq!(said.stderr.matches("2 agree to `news`, which no ad mails").count(), 1, "{said:#?}");
    // A no takes back what was given before.
    import("mail,consent\na@example.org,withdrawn\n").done();
    assert_eq!(consent("a@example.org"), json!([]));
    // However a purpose is written, it is one.
    boss.run("ch-promo", &["consent", "withdraw", "c@example.org", "--purpose", "News", "--proof", "x"])
        .done();
    assert_eq!(consent("c@example.org"), json!([]));
    let listed = boss.run("ch-promo", &["member", "list", "--to", "consent:NEWS"]).done().records();
    assert_eq!(listed.len(), 1);
    let add = ["member", "add", "z@example.org", "--consent-proof", "x", "--consent"];
    for nothing in ["x", "?", "opt-out"] {
        boss.run("ch-promo", &[&add[..], &[nothing]].concat()).ends(65);
    }
    boss.run("ch-promo", &["consent", "give", "a@example.org", "--purpose", "-", "--proof", "x"]).ends(65);
}

#[test]
fn a_list_that_is_empty_is_no_list() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let file = shop.world.path("members.csv");
    std::fs::write(&file, "").unwrap();
    for empty in ["", "\n\n"] {
        let said = boss.run_with("ch-promo", &["member", "import", "-"], empty).ends(65);
        assert!(said.stderr.contains("-: it is empty"), "{said:#?}");
    }
    boss.run("ch-promo", &["member", "import", file.to_str().unwrap()]).ends(65);
}

#[test]
fn only_add_and_import_make_a_member_of_an_address() {
    let shop = Shop::new(1, &[]);
    let boss = boss(&shop);
    for args in [
        &["member", "set", "typo@example.org", "--name", "Bob"][..],
        &["member", "tag", "running", "typo@example.org"],
        &["member", "untag", "running", "typo@example.org"],
    ] {
        let said = boss.run("ch-promo", args).ends(67);
        assert!(said.stderr.contains("typo@example.org: no such member"), "{args:?}: {said:#?}");
    }
    // The others of the same line are served.
    boss.run("ch-promo", &["member", "tag", "running", "typo@example.org", &address(1)]).ends(67);
    let all = boss.run("ch-promo", &["member", "list"]).done().records();
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["tags"], json!(["running"]));
    boss.run("ch-promo", &["member", "set", &address(1), "--name", "Mina"]).done();
    boss.run("ch-promo", &["member", "add", "typo@example.org"]).done();
}
