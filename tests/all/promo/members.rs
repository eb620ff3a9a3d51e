//! Members, by the real tools: lists as they come, what people said, the ledger of it.

use std::{fs, io::Write as _, thread};

use encoding_rs::EUC_KR;
use serde_json::{Value, json};

use super::*;
use crate::world::{Output, Person, until};

const PROOF: &str = "paper form, March";
const LIST: &str = "mail,name,tags,locale,time_zone,consent\n\
    bob@example.org,Bob,running;city:Seoul,en,Asia/Seoul,promotion\n\
    mina@example.org,민아,running,ko-KR,Asia/Seoul,promotion;newsletter\n\
    dave@example.org,Dave,,,,\n";

/// A manager with a home of their own.
pub fn boss(shop: &Shop) -> Person<'_> {
    let person = shop.world.person("boss", &shop.server);
    person.register();
    shop.grant("boss");
    person
}

fn import(boss: &Person<'_>, list: impl AsRef<[u8]>, more: &[&str]) -> Output {
    let args = [&["member", "import", "-", "--consent-proof", PROOF], more].concat();
    boss.run_with("ch-promo", &args, list)
}

#[track_caller]
fn show(boss: &Person<'_>, mail: &str) -> Value {
    boss.run("ch-promo", &["member", "show", mail]).done().record()
}

fn everybody(boss: &Person<'_>, to: &str) -> Vec<String> {
    let listed = boss.run("ch-promo", &["member", "list", "--to", to]);
    let mut mails: Vec<_> =
        listed.records().iter().map(|record| record["mail"].as_str().unwrap().to_owned()).collect();
    mails.sort();
    mails
}

#[test]
fn a_list_is_taken_in_once_however_often_it_comes() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let file = shop.world.path("members.csv");
    fs::write(&file, LIST).unwrap();
    let args = ["member", "import", file.to_str().unwrap(), "--consent-proof", PROOF];
    let first = boss.run("ch-promo", &args).done();
    assert!(first.stderr.contains("3 added, 0 changed, 0 as they were"), "{first:#?}");
    let again = boss.run("ch-promo", &args).done();
    assert!(again.stderr.contains("0 added, 0 changed, 3 as they were"), "{again:#?}");
    let mina = show(&boss, "MINA@example.org");
    assert_eq!((&mina["name"], &mina["tags"]), (&json!("민아"), &json!(["running"])));
    assert_eq!(mina["consent"], json!(["newsletter", "promotion"]));
    assert_eq!(everybody(&boss, "tag:running and city:Seoul"), ["bob@example.org"]);
    assert_eq!(everybody(&boss, "not consent:promotion"), ["dave@example.org"]);
    assert_eq!(everybody(&boss, "locale:ko or mail:dave@example.org").len(), 2);
    // What a cell does not say stays; what is said anew counts.
    import(&boss, "mail,name,tags\nbob@example.org,Robert,winter\n", &[]).done();
    let bob = show(&boss, "bob@example.org");
    assert_eq!((&bob["name"], &bob["locale"]), (&json!("Robert"), &json!("en")));
    assert_eq!(bob["tags"], json!(["city:Seoul", "running", "winter"]));
    // What is listed can be taken in again.
    let listed = boss.run("ch-promo", &["member", "list"]).done().stdout;
    let back = import(&boss, listed, &[]).done();
    assert!(back.stderr.contains("0 added, 0 changed, 3 as they were"), "{back:#?}");
}

#[test]
fn an_old_list_never_turns_a_later_no_into_a_yes() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    import(&boss, LIST, &[]).done();
    boss.run("ch-promo", &["consent", "withdraw", "bob@example.org", "--proof", "by phone"]).done();
    let again = import(&boss, LIST, &[]).done();
    assert!(again.stderr.contains("line 2: bob@example.org: said no since; that stands"), "{again:#?}");
    assert!(again.stderr.contains("1 kept their no"), "{again:#?}");
    assert_eq!(show(&boss, "bob@example.org")["consent"], json!([]));
    boss.run("ch-promo", &["consent", "give", "bob@example.org", "--proof", "by phone, again"]).done();
    assert_eq!(show(&boss, "bob@example.org")["consent"], json!(["promotion"]));
    // A list that says no is believed.
    import(&boss, "mail,consent\nbob@example.org,no\n", &[]).done();
    assert_eq!(show(&boss, "bob@example.org")["consent"], json!([]));
    boss.run("ch-promo", &["consent", "give", "nobody@example.org", "--proof", "x"]).ends(67);
    boss.run("ch-promo", &["member", "verify"]).done();
}

#[test]
fn each_bad_row_is_told_with_its_line_and_why_and_the_others_go_in() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let long = "x".repeat(300);
    let list = format!(
        "mail,name,time_zone,locale\r\na@example.org,A,\r\nnot an address,B,\r\n,C,\r\nd@example.org,{long},\r\n\
         e@example.org,E,Mars/Olympus\r\nf@example.org,\"F\r\nG\",\r\ng@example.org,\"bell \u{7}\",\r\n\
         h@example.org,H,,,,,\r\ni@example.org,I,Asia/Seoul,ko_KR\r\nj@example.org,J,,Korean please\r\n"
    );
    let ended = import(&boss, list, &[]).ends(65);
    assert_eq!(everybody(&boss, "all"), ["a@example.org", "i@example.org"], "{ended:#?}");
    assert_eq!(everybody(&boss, "locale:ko"), ["i@example.org"]);
    for told in [
        "line 3: not an address: ",
        "line 4: no mail address",
        "line 5: d@example.org: a name has at most 200 bytes",
        "line 6: e@example.org: \"Mars/Olympus\" is no time zone",
        "line 7: up to line 8 it is one row: a quote is open",
        "line 9: g@example.org: a name has a control character",
        "line 10: 7 columns where there are 4",
        "line 12: j@example.org: \"Korean please\" is no language and region",
        "2 added, 0 changed, 0 as they were, 0 kept their no, 0 erased before, 8 bad",
    ] {
        assert!(ended.stderr.contains(told), "{told}\n{ended:#?}");
    }
    // Consent needs a proof.
    let ended = boss.run_with("ch-promo", &["member", "import", "-"], LIST).ends(65);
    assert!(ended.stderr.contains("line 2: consent without a proof"), "{ended:#?}");
    boss.run("ch-promo", &["member", "import", "/nowhere.csv"]).ends(66);
    for nonsense in ["", "shoe\n42\n", "mail,shoe\na@example.org,42\n"] {
        import(&boss, nonsense, &[]).ends(65);
    }
}

#[test]
fn a_list_is_read_however_a_spreadsheet_saved_it() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let of = |n: u32| LIST.replace("@example", &format!("@e{n}.example"));
    let cp949 = |text: &str| EUC_KR.encode(text).0.into_owned();
    let bom = [b"\xef\xbb\xbf".to_vec(), of(1).into_bytes()].concat();
    let semicolons = of(3).replace(';', "|").replace(',', ";").replace('|', ",");
    let tabs = of(4).replace(',', "\t");
    let json = "{\"mail\":\"mina@e5.example.org\",\"name\":\"민아\",\"tags\":[\"running\"],\"consent\":[\"promotion\"]}\n";
    import(&boss, bom, &[]).done();
    import(&boss, cp949(&of(2)), &[]).done();
    import(&boss, semicolons, &[]).done();
    import(&boss, tabs, &["--delimiter", "tab", "--encoding", "utf-8"]).done();
    import(&boss, json, &[]).done();
    import(&boss, cp949(&of(6)).as_slice(), &["--encoding", "cp949"]).done();
    for n in 1..=6 {
        let mina = show(&boss, &format!("mina@e{n}.example.org"));
        assert_eq!(mina["name"], "민아", "{n}: {mina}");
    }
    // What was told is believed: no guess.
    let wrong = import(&boss, cp949(&of(7)), &["--encoding", "utf-8"]).ends(65);
    assert!(wrong.stderr.contains("line 3: not UTF-8"), "{wrong:#?}");
}

#[test]
fn no_list_breaks_the_tool_or_the_server() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let head = b"mail,name,tags\n".to_vec();
    let endless = [head.clone(), b"a@example.org,\"".to_vec(), b"x,\n".repeat(500_000)].concat();
    let wide = [head.clone(), b"a@example.org".to_vec(), b",".repeat(3_000_000)].concat();
    let tags = [head.clone(), b"a@example.org,A,".to_vec(), b"t;".repeat(20_000), b"\n".to_vec()].concat();
    let nul = [head.clone(), b"a\0@example.org,\0\n".to_vec(), b"\0".repeat(100_000)].concat();
    for (what, list) in [("endless", endless), ("wide", wide), ("tags", tags), ("nul", nul)] {
        let ended = import(&boss, list, &[]).ends(65);
        assert!(
            ended.stderr.contains("line 2: "),
            "{what}: {}",
            &ended.stderr[..ended.stderr.len().min(900)]
        );
    }
    let ended = import(&boss, "{\"mail\":\"a@example.org\"".to_owned() + &"[".repeat(60_000), &[]).ends(65);
    assert!(ended.stderr.contains("line 1: "), "{ended:#?}");
    // Other people's text does not reach the terminal as it is.
    let ended = import(&boss, "mail,name\n\u{1b}[2J@\u{1b}]0;x\u{7},x\n", &[]).ends(65);
    assert!(!ended.stderr.contains('\u{1b}'), "{ended:#?}");
    assert_eq!(everybody(&boss, "all"), [] as [&str; 0]);
    import(&boss, LIST, &[]).done();
}

#[test]
fn who_is_no_manager_sees_no_members() {
    let shop = Shop::new(3, &[]);
    let other = shop.world.person("other", &shop.server);
    other.register();
    for args in [
        ["member", "list", "--to", "all"],
        ["member", "show", "m1@d1.example", "--json"],
        ["consent", "withdraw", "m1@d1.example", "--proof=x"],
    ] {
        assert_ne!(other.run("ch-promo", &args).status, 0, "{args:?}");
    }
    for path in
        ["", "/tags", "/show", "/export", "/erase", "/consent", "/suppress", "/events", "/due", "/told"]
    {
        let body = "{\"mail\":\"m1@d1.example\"}";
        let answer = shop.server.http("POST", &format!("/v1/members{path}"), Some(&other.token()), body);
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
    }
}

#[test]
fn an_import_that_is_killed_and_run_again_loses_and_doubles_nobody() {
    let mut shop = Shop::new(0, &[]);
    let count = 4000;
    let list: String = "mail,name,tags,consent\n".to_owned()
        + &(1..=count).map(|n| format!("{},Member {n},even,promotion\n", address(n))).collect::<String>();
    let file = shop.world.path("members.csv");
    fs::write(&file, list).unwrap();
    let home = {
        let boss = boss(&shop);
        boss.name.clone()
    };
    let entries = |shop: &Shop| -> u32 {
        let sql = rusqlite::Connection::open(shop.world.path("data/ch.db")).unwrap();
        sql.busy_timeout(crate::world::PATIENCE).unwrap();
        sql.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap()
    };
    let args = ["member", "import", file.to_str().unwrap(), "--consent-proof", PROOF];
    for round in 1..=6u32 {
        let boss = shop.world.person(&home, &shop.server);
        let mut running = boss.start("ch-promo", &args);
        let some = count * round / 8;
        until("some of them", || (entries(&shop) >= some).then_some(()));
        if round.is_multiple_of(2) {
            running.kill();
        } else {
            drop(boss);
            shop.kill();
            let ended = running.end();
            // On a slow machine it may have been through before it was seen.
            assert!(ended.status != 0 || entries(&shop) == count, "{ended:#?}");
        }
    }
    let boss = shop.world.person(&home, &shop.server);
    let last = boss.run("ch-promo", &args).done();
    assert!(last.stderr.contains("0 changed"), "{last:#?}");
    assert_eq!((everybody(&boss, "all").len(), entries(&shop)), (4000, 4000));
    assert_eq!(everybody(&boss, "consent:promotion and tag:even").len(), 4000);
    boss.run("ch-promo", &["member", "verify"]).done();
    // Numbers follow each other: nobody was taken in twice and dropped.
    let again = boss.run("ch-promo", &args).done();
    assert!(again.stderr.contains("0 added, 0 changed, 4000 as they were"), "{again:#?}");
}

#[test]
fn a_ledger_of_consent_that_was_tampered_with_is_found_out() {
    let shop = Shop::new(20, &[]);
    let boss = boss(&shop);
    boss.run("ch-promo", &["member", "verify"]).done();
    shop.sql("DROP TRIGGER entry_is_said; UPDATE entry SET at = at - 86400000 WHERE row = 7");
    let ended = boss.run("ch-promo", &["member", "verify"]).ends(65);
    assert!(ended.stderr.contains("row 7"), "{ended:#?}");
}

#[test]
fn what_members_did_is_kept_once_and_found_again() {
    let shop = Shop::new(3, &[]);
    let boss = boss(&shop);
    let at = Time::now().plus(-5 * chmail::wire::time::DAY);
    let line = |mail: &str, kind: &str, about: &str| {
        format!("{}\n", json!({ "mail": mail, "kind": kind, "at": at, "about": about }))
    };
    let orders = line(&address(1), "ordered", "boots") + &line(&address(2), "asked", "boots");
    for _ in 0..2 {
        boss.run_with("ch-promo", &["member", "events", "-"], &orders).done();
    }
    assert_eq!(everybody(&boss, "ordered:boots"), [address(1)]);
    assert_eq!(everybody(&boss, "ordered:any or asked:30d").len(), 2);
    assert_eq!(everybody(&boss, "ordered:1d"), [] as [&str; 0]);
    let bad = line("nobody@example.org", "ordered", "boots") + &line(&address(3), "flew", "x") + "no\n";
    let ended = boss.run_with("ch-promo", &["member", "events", "-"], bad).ends(65);
    for told in ["line 1: nobody@example.org: no such member", "line 2: ", "line 3: "] {
        assert!(ended.stderr.contains(told), "{told}\n{ended:#?}");
    }
    assert_eq!(everybody(&boss, "ordered:any"), [address(1)]);
}

/// A million rows, in bounded memory and at a steady pace.
#[test]
#[ignore = "minutes"]
fn soak_a_million_members_are_imported_and_again_change_nothing() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let file = shop.world.path("members.csv");
    let mut list = std::io::BufWriter::new(fs::File::create(&file).unwrap());
    writeln!(list, "mail,name,tags,locale,time_zone,consent").unwrap();
    for n in 1..=1_000_000u32 {
        writeln!(list, "{},Member {n},running;n{},ko-KR,Asia/Seoul,promotion", address(n), n % 10).unwrap();
    }
    list.into_inner().unwrap().sync_all().unwrap();
    let args = ["member", "import", file.to_str().unwrap(), "--consent-proof", PROOF];
    for says in ["1000000 added, 0 changed", "0 added, 0 changed, 1000000 as they were"] {
        let mut running = boss.start("ch-promo", &args);
        while !running.is_over() {
            thread::sleep(std::time::Duration::from_millis(200));
        }
        let ended = running.end().done();
        assert!(ended.stderr.contains(says), "{ended:#?}");
    }
    let mut verify = boss.start("ch-promo", &["member", "verify"]);
    while !verify.is_over() {
        thread::sleep(std::time::Duration::from_millis(200));
    }
    verify.end().done();
}
