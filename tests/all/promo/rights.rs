//! What members may ask for: everything that is held about them, to be forgotten, to be told. And what a thief of the
//! database reads.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{members::boss, *};
use crate::world::{
    Person,
    peer::secret,
    sink::{Answer, Sink, Step},
};

const BOB: &str = "bob.the.runner@example.org";
/// What is personal, or a shop's own.
const WORDS: [&str; 9] = [
    BOB,
    "Robert Runner",
    "secret-tag",
    "paper form of Bob",
    "order 4711",
    "complained loudly",
    "Boots for a secret",
    "What size have you?",
    "Size 46 please",
];

/// A shop in which Bob did everything that a member can do.
fn told(shop: &Shop, boss: &Person<'_>) {
    let promo = |args: &[&str]| boss.run("ch-promo", args).done();
    promo(&[
        "member",
        "add",
        BOB,
        "--name",
        WORDS[1],
        "--tag",
        WORDS[2],
        "--consent",
        "promotion",
        "--consent-proof",
        WORDS[3],
    ]);
    let event = json!({ "mail": BOB, "kind": "ordered", "at": Time::now(), "about": WORDS[4] });
    boss.run_with("ch-promo", &["member", "events", "-"], event.to_string()).done();
    boss.run_with(
        "ch-promo",
        &["ad", "add", "secret", "--title", WORDS[6], "--text", "-"],
        "Hello {{ name }}",
    )
    .done();
    promo(&["plan", "spring", "--ad", "secret", "--to", &format!("mail:{BOB}")]);
    promo(&["run", "spring", "--via", &shop.world.maildir_url()]);
    let mail = shop.world.mail_after(BOB, 0);
    talk(shop, boss, &mail);
    promo(&["suppress", BOB, "--reason", WORDS[5]]);
}

/// Bob presses the button, says a line, and is answered.
fn talk(shop: &Shop, boss: &Person<'_>, mail: &Path) {
    let mail = fs::read_to_string(mail).unwrap();
    let ticket = mail.lines().find_map(|line| line.strip_prefix("CH-Ticket: ")).unwrap().trim();
    let mut ours = shop.server.agent(&Login { name: boss.name.clone(), token: boss.token() });
    let mut theirs = shop.server.guest(ticket, &secret());
    theirs.invite("c1");
    let ring = ours.wait("invite");
    ours.say(&json!({ "type": "answer", "call": ring["call"] }));
    let conversation = theirs.wait("answered")["conversation"].clone();
    theirs.line(&conversation, "a1", WORDS[8]);
    ours.line(&conversation, "b1", WORDS[7]);
}

/// Every byte on the server's disk but the keys.
fn on_disk(shop: &Shop) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(shop.world.path("data")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            all.extend(fs::read(path).unwrap());
        }
    }
    all
}

fn holds(all: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(all, part).is_some()
}

/// Every sealed value that is about Bob, as it stands on disk.
fn sealed(shop: &Shop) -> Vec<Vec<u8>> {
    let sql = rusqlite::Connection::open(shop.world.path("data/ch.db")).unwrap();
    let mut all = Vec::new();
    for find in [
        "SELECT mail FROM member",
        "SELECT name FROM member",
        "SELECT name FROM tag",
        "SELECT body FROM entry",
        "SELECT body FROM event",
        "SELECT mail FROM suppression",
        "SELECT reason FROM suppression",
        "SELECT said FROM delivery WHERE said IS NOT NULL",
        "SELECT body FROM line",
    ] {
        let mut statement = sql.prepare(find).unwrap();
        let found: Vec<Vec<u8>> =
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert!(!found.is_empty(), "{find}");
        all.extend(found);
    }
    all
}

#[test]
fn a_database_without_its_keys_shows_nobody_and_nothing() {
    let mut shop = Shop::new(0, &[]);
    told(&shop, &boss(&shop));
    let all = on_disk(&shop);
    for word in WORDS {
        assert!(!holds(&all, word.as_bytes()), "{word} stands there while the server runs");
    }
    shop.kill();
    let all = on_disk(&shop);
    for word in WORDS {
        assert!(!holds(&all, word.as_bytes()), "{word}");
    }
}

#[test]
fn members_get_everything_that_is_held_about_them_and_are_forgotten_when_they_ask() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    told(&shop, &boss);
    let export: Value = boss.run("ch-promo", &["member", "export", BOB]).done().record();
    let text = export.to_string();
    for word in WORDS.iter().filter(|word| **word != WORDS[6]) {
        assert!(text.contains(word), "{word} is missing in {export:#}");
    }
    assert_eq!(
        (&export["mails"][0]["campaign"], &export["mails"][0]["state"]),
        (&json!("spring"), &json!("accepted"))
    );
    assert_eq!(export["chats"][0]["lines"][0]["theirs"], true);

    let sealed = sealed(&shop);
    let before = on_disk(&shop);
    assert!(sealed.iter().all(|value| holds(&before, value)), "the test looks in the right place");
    boss.run("ch-promo", &["member", "erase", BOB]).done();
    let after = on_disk(&shop);
    let left = sealed.iter().filter(|value| holds(&after, value)).count();
    assert_eq!(left, 0, "of {} sealed values", sealed.len());
    boss.run("ch-promo", &["member", "show", BOB]).ends(67);
    boss.run("ch-promo", &["member", "export", BOB]).ends(67);
    boss.run("ch-promo", &["member", "list"]).ends(1);
    // What proves it: the ledger still holds, and an old list does not bring them back.
    boss.run("ch-promo", &["member", "verify"]).done();
    let list = format!("mail,consent\n{BOB},promotion\n");
    let again =
        boss.run_with("ch-promo", &["member", "import", "-", "--consent-proof", "old list"], list).done();
    assert!(again.stderr.contains("was erased"), "{again:#?}");
    assert!(again.stderr.contains("1 erased before"), "{again:#?}");
    // Who comes again of their own will is somebody new, whose address is still suppressed.
    boss.run("ch-promo", &["member", "add", BOB, "--anew"]).done();
    let bob = boss.run("ch-promo", &["member", "show", BOB]).done().record();
    assert_eq!((&bob["name"], &bob["consent"], &bob["suppressed"]), (&json!(null), &json!([]), &json!(true)));
    boss.run("ch-promo", &["member", "erase", "nobody@example.org"]).ends(67);
}

#[test]
fn who_said_yes_or_no_is_told_so_once() {
    let shop = Shop::new(120, &[]);
    let boss = boss(&shop);
    boss.run(
        "ch-promo",
        &[
            "member",
            "add",
            "mina@example.org",
            "--locale",
            "ko-KR",
            "--consent",
            "promotion",
            "--consent",
            "newsletter",
            "--consent-proof",
            "x",
        ],
    )
    .done();
    boss.run("ch-promo", &["consent", "withdraw", &address(1), "--proof", "by phone"]).done();
    // Who joined and ticked nothing agreed to no advertising, and is not told that they did.
    let joined = ["member", "add", "jo@example.org", "--consent", "membership", "--consent-proof", "x"];
    boss.run("ch-promo", &joined).done();
    let due = boss.run("ch-promo", &["due", "--notify", "14d"]).done().records();
    assert_eq!(due.len(), 122);
    let first = &due[0];
    assert_eq!((&first["mail"], &first["given"]), (&json!(address(1)), &json!(false)));
    boss.run("ch-promo", &["due", "--reconfirm", "2y"]).ends(1);
    // A mail server that is away: nobody counts as told.
    boss.run("ch-promo", &["due", "--notify", "14d", "--send", "--via", "smtp://127.0.0.1:1"]).ends(75);
    let moody = Sink::start(|step, line| match step {
        Step::Rcpt if line.contains("<m7@") => Answer::Say("550 5.1.1 nobody".to_owned()),
        _ => Answer::Fine,
    });
    let ended = boss.run("ch-promo", &["due", "--notify", "14d", "--send", "--via", &moody.url()]).ends(69);
    assert!(ended.stderr.contains(&address(7)), "{ended:#?}");
    let mails = moody.taken();
    assert_eq!(mails.len(), 121);
    let of = |to: &str| {
        let all: Vec<&str> = mails
            .iter()
            .filter(|mail| mail.to.iter().any(|each| each.contains(to)))
            .map(|mail| mail.message.as_str())
            .collect();
        all
    };
    assert!(of(&address(1))[0].contains("You get no more of our mails"), "{:?}", of(&address(1)));
    assert!(of(&address(2))[0].contains("You agreed to our mails"));
    assert_eq!(of("mina@example.org").len(), 2);
    let left = boss.run("ch-promo", &["due", "--notify", "14d"]).done().records();
    assert_eq!(left.iter().map(|due| &due["mail"]).collect::<Vec<_>>(), [&json!(address(7))]);
    // Who says something else is to be told again; the ledger holds that they were told.
    boss.run("ch-promo", &["consent", "give", &address(1), "--proof", "by phone"]).done();
    assert_eq!(boss.run("ch-promo", &["due", "--notify", "14d"]).done().records().len(), 2);
    let export = boss.run("ch-promo", &["member", "export", &address(2)]).done().record();
    assert_eq!(export["consent"][1]["kind"], "told");
    boss.run("ch-promo", &["member", "verify"]).done();
}

#[test]
fn who_is_told_reads_their_own_time_and_can_say_no_with_one_press() {
    let shop = Shop::new(0, &[]);
    let boss = boss(&shop);
    let add = ["member", "add", "mina@example.org", "--locale", "ko-KR", "--time-zone", "Asia/Seoul"];
    let yes = ["--consent", "promotion", "--consent", "news", "--consent-proof", "x"];
    boss.run("ch-promo", &[&add[..], &yes].concat()).done();
    shop.sql("UPDATE consent SET at = 1793565000000");
    let due = boss.run("ch-promo", &["due", "--notify", "14d"]).done().records();
    assert!(due.iter().all(|due| due["type"] == "due"), "{due:?}");
    let text = boss.run("ch-promo", &["due", "--notify", "14d", "--text"]).done().stdout;
    assert!(text.starts_with("mina@example.org  said yes to news on "), "{text}");
    fs::write(boss.home().join("config.toml"), "from = \"Boots Shop <boss@example.org>\"\n").unwrap();
    let sink = Sink::kind();
    boss.run("ch-promo", &["due", "--notify", "14d", "--send", "--via", &sink.url()]).done();
    let mails = sink.taken();
    let fields =
        |mail: &str| mail.contains("List-Unsubscribe: <") && mail.contains("List-Unsubscribe-Post: ");
    let (with, without): (Vec<_>, Vec<_>) = mails.iter().partition(|mail| fields(&mail.message));
    assert_eq!((with.len(), without.len()), (1, 1), "news is not what the link says no to: {mails:?}");
    let file = shop.world.path("mail.eml");
    fs::write(&file, &with[0].message).unwrap();
    let mail = boss.run("ch-inspect", &["--json", "--full", file.to_str().unwrap()]).done().record();
    let text = mail["text"].as_str().unwrap();
    assert!(text.contains("2026-11-02 05:30 (Asia/Seoul)"), "{text}");
    assert!(mail["from"].as_str().unwrap().contains("Boots Shop"), "{mail}");
    let link = text.split("/u/").nth(1).unwrap().split_whitespace().next().unwrap();
    let path = format!("/u/{link}");
    let answer = shop.server.http("POST", &path, None, "List-Unsubscribe=One-Click");
    assert_eq!(answer.status, 200, "{answer:?}");
    let mina = boss.run("ch-promo", &["member", "show", "mina@example.org"]).done().record();
    assert_eq!(mina["consent"], json!(["news"]));
}

#[test]
fn a_yes_is_recalled_every_two_years() {
    let shop = Shop::new(3, &[]);
    let boss = boss(&shop);
    let three_years = 3 * 365 * chmail::wire::time::DAY;
    let joined = ["member", "add", "jo@example.org", "--consent", "membership", "--consent-proof", "x"];
    boss.run("ch-promo", &joined).done();
    shop.sql(&format!(
        "UPDATE consent SET at = at - {three_years}, told = at - {three_years} WHERE member <> 3"
    ));
    let sink = Sink::kind();
    let args = ["due", "--reconfirm", "2y", "--send", "--via", &sink.url()];
    boss.run("ch-promo", &args).done();
    let mails = sink.taken();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].message.contains("still agree"), "{}", mails[0].message);
    boss.run("ch-promo", &args).ends(1);
}
