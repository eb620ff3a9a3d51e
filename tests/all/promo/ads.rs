//! METHOD 90, the ad database: supplied by companies, published by the shop, mailed as it looks.

use std::fs;

use serde_json::json;

use super::manager;
use crate::world::{Person, World, process::Output};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";

#[track_caller]
fn add(who: &Person<'_>, id: &str, text: &str, more: &[&str]) -> Output {
    let mut args = vec!["ad", "add", id, "--title", "Boots", "--text", "-"];
    args.extend(more);
    who.run_with("ch-promo", &args, text)
}

/// Somebody who said yes.
fn member(shop: &Person<'_>, mail: &str) {
    let add = ["member", "add", mail, "--consent", "promotion", "--consent-proof", "x"];
    shop.run("ch-promo", &add).done();
}

#[test]
fn m90_a_companys_ad_is_a_draft_until_a_manager_publishes_it() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    let maker = world.person("maker", &server);
    maker.register();
    add(&maker, "boots", "Hi", &[]).ends(67);
    world.grant("maker", "company");
    let said = add(&maker, "boots", "Hi {{ name }}", &["--price", "89000", "--currency", "krw"]).done();
    assert!(said.stderr.contains("draft") && said.stdout.is_empty(), "{}", said.stderr);
    let refused = shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).ends(65);
    assert!(refused.stderr.contains("ch-promo ad publish boots"), "{}", refused.stderr);
    maker.run("ch-promo", &["ad", "publish", "boots"]).ends(67);
    shop.run("ch-promo", &["ad", "publish", "boots"]).done();
    let ad = maker.run("ch-promo", &["ad", "show", "boots"]).done().record();
    assert_eq!(
        (&ad["state"], &ad["owner"], &ad["currency"]),
        (&json!("published"), &json!("maker"), &json!("KRW"))
    );
    member(&shop, "bob@example.org");
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    add(&maker, "boots", "Hello", &[]).done();
    assert_eq!(shop.run("ch-promo", &["ad", "show", "boots"]).done().record()["state"], "draft");
    let other = world.person("other", &server);
    other.register();
    world.grant("other", "company");
    add(&other, "boots", "Mine now", &[]).ends(69);
    other.run("ch-promo", &["ad", "show", "boots"]).ends(67);
    assert!(other.run("ch-promo", &["ad", "list"]).done().stdout.is_empty());
}

#[test]
fn m90_a_template_that_is_wrong_is_refused_when_it_is_added() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    for (text, why) in [
        ("Hi {{ nmae }}", "there are name"),
        ("Hi {{ name", "text"),
        ("{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}", "text"),
        ("{% include \"/etc/passwd\" %}", "text"),
        ("", "a text, or HTML"),
    ] {
        let output = add(&shop, "boots", text, &[]).ends(65);
        assert!(output.stderr.contains(why), "{text}: {}", output.stderr);
    }
    add(&shop, "Boots!", "Hi", &[]).ends(65);
    add(&shop, "boots", "Hi", &["--link", "javascript:alert(1)"]).ends(65);
    for (from, until) in
        [("2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z"), ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z")]
    {
        let said = add(&shop, "boots", "Hi", &["--from", from, "--until", until]).ends(65);
        assert!(said.stderr.contains("valid until"), "{said:#?}");
    }
    let said = add(&shop, "boots", "Hi", &["--price", "1", "--currency", "KRX"]).ends(65);
    assert!(said.stderr.contains("KRX is no currency"), "{said:#?}");
    let html = world.path("x.html");
    for active in ["<script>alert(1)</script>", "<a href='javascript:x'>y</a>", "<img src=x onerror=y>"] {
        fs::write(&html, active).unwrap();
        add(&shop, "boots", "Hi", &["--html", &html.display().to_string()]).ends(65);
    }
    let picture = world.path("x.png");
    fs::write(&picture, "no picture").unwrap();
    add(&shop, "boots", "Hi", &["--picture", &picture.display().to_string()]).ends(65);
}

#[test]
fn m90_an_ad_of_html_alone_gets_its_text_part_from_it_and_one_of_nothing_is_refused() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    let add = ["ad", "add", "boots", "--title", "Boots"];
    for face in [&[][..], &["--json"]] {
        let refused = shop.run("ch-promo", &[&add, face].concat()).ends(64);
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:#?}");
        assert!(refused.stderr.contains("--text FILE, --html FILE"), "{refused:#?}");
    }
    shop.run("ch-promo", &[&["--text"], &add[..]].concat()).ends(64);
    let html = world.path("boots.html");
    fs::write(&html, "<h1>New boots</h1><p>Waterproof &amp; warm</p><p>{{ unsubscribe_link }}").unwrap();
    let html = html.display().to_string();
    shop.run("ch-promo", &[&add[..], &["--html", &html]].concat()).done();
    member(&shop, "bob@example.org");
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    let shown = shop.run("ch-promo", &["show", "spring", "--member", "bob@example.org"]).done().stdout;
    let text = shown.split("text/plain").nth(1).unwrap().split("text/html").next().unwrap();
    assert!(text.contains("New boots\nWaterproof & warm"), "{text}");
    assert!(text.contains("No more mails like this: http"), "{text}");
}

#[test]
fn m90_a_mail_is_shown_as_it_goes_tried_and_then_sent() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    let picture = world.path("x.png");
    fs::write(&picture, PNG).unwrap();
    let picture = picture.display().to_string();
    add(
        &shop,
        "boots",
        "Hello {{ name }},\n\nnew boots.",
        &["--picture", &picture, "--price", "89", "--currency", "EUR"],
    )
    .done();
    shop.run(
        "ch-promo",
        &[
            "member",
            "add",
            "bob@example.org",
            "--name",
            "Bob <b>",
            "--consent",
            "promotion",
            "--consent-proof",
            "shop",
        ],
    )
    .done();
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    let shown = shop.run("ch-promo", &["show", "spring", "--member", "bob@example.org"]).done().stdout;
    let out = format!("maildir:{}", world.path("out").display());
    shop.run("ch-promo", &["test", "spring", "--to", "me@example.org", "--via", &out]).done();
    shop.run("ch-promo", &["run", "spring", "--via", &out]).done();
    let file = |address: &str| {
        let dir = world.path("out").join(address).join("new");
        fs::read_dir(dir).unwrap().next().unwrap().unwrap().path().display().to_string()
    };
    let sent = shop.run("ch-inspect", &["--json", "--full", &file("bob@example.org")]).done().record();
    assert_eq!(sent["subject"], "Boots");
    assert!(sent["text"].as_str().unwrap().contains("Hello Bob <b>"), "{sent}");
    assert_eq!(sent["chat"]["login"], "shop");
    assert_eq!(sent["problems"], json!([]));
    let id = format!("Message-ID: <{}>", sent["message_id"].as_str().unwrap());
    assert!(shown.contains(&id), "the same id: {id}");
    let tried = shop.run("ch-inspect", &["--json", &file("me@example.org")]).done().record();
    assert_ne!(tried["chat"]["ticket"], sent["chat"]["ticket"], "a test uses up nobody's button");
}

#[test]
fn m90_a_mail_that_was_sent_for_a_look_unsubscribes_nobody_and_says_so() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    add(&shop, "boots", "Hello", &[]).done();
    member(&shop, "bob@example.org");
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    let out = format!("maildir:{}", world.path("out").display());
    let printed =
        shop.run("ch-promo", &["test", "spring", "--to", "me@example.org", "--via", &out, "-n"]).done();
    assert!(printed.stdout.contains("Subject: Boots") && !world.path("out").exists(), "{printed:#?}");
    let link = printed.stdout.split("/u/").nth(1).unwrap().split('>').next().unwrap();
    let path = format!("/u/{link}");
    for (method, body) in [("GET", ""), ("POST", "List-Unsubscribe=One-Click"), ("POST", "say=no")] {
        let answer = server.http(method, &path, None, body);
        assert!(answer.status == 200 && answer.body.contains("This was a test"), "{method}: {answer:?}");
    }
    let bob = shop.run("ch-promo", &["member", "show", "bob@example.org"]).done().record();
    assert_eq!(bob["consent"], json!(["promotion"]));
}

#[test]
fn m90_an_ads_own_html_says_who_mails_and_its_links_can_be_pressed() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    let html = world.path("boots.html");
    fs::write(&html, "<p>Talk: {{ chat_link }}</p><p>No more: {{ unsubscribe_link }}</p>").unwrap();
    let html = html.display().to_string();
    add(
        &shop,
        "boots",
        "Hello",
        &["--html", &html, "--company", "Boots & Sons", "--link", "https://boots.example/"],
    )
    .done();
    let line = shop.run("ch-promo", &["ad", "show", "boots", "--text"]).done().stdout;
    assert!(line.contains("for Boots & Sons") && line.contains("https://boots.example/"), "{line}");
    member(&shop, "bob@example.org");
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    let shown = shop.run("ch-promo", &["show", "spring", "--member", "bob@example.org"]).done().stdout;
    let html = shown.split("text/html").nth(1).unwrap().replace("=\n", "").replace("=3D", "=");
    assert!(html.contains("Talk: <a href=\"http"), "{html}");
    assert!(html.contains("No more: <a href=\"http"), "{html}");
    assert!(
        html.contains("Boots &amp; Sons · shop@example.org") || html.contains("Boots &amp; Sons"),
        "{html}"
    );
    assert!(html.contains("shop@"), "{html}");
}

#[test]
fn m90_lint_says_what_is_missing_and_ends_with_one() {
    let world = World::new();
    let server = world.serve(&[]);
    let shop = manager(&world, &server, "shop");
    add(&shop, "boots", "Hello", &[]).done();
    shop.run(
        "ch-promo",
        &["member", "add", "bob@example.org", "--consent", "promotion", "--consent-proof", "x"],
    )
    .done();
    shop.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    let found = shop.run("ch-promo", &["lint", "spring", "--profile", "gmail,kr,us"]).ends(1).stdout;
    for rule in ["dkim", "one-click", "kr-label", "kr-sender", "kr-telephone", "us-postal"] {
        let profile = if rule.contains('-') && rule != "one-click" { &rule[..2] } else { "gmail" };
        let line = format!("\"type\":\"finding\",\"profile\":\"{profile}\",\"rule\":\"{rule}\"");
        assert_eq!(found.matches(&line).count(), 1, "{rule} {found}");
    }
    let text = shop.run("ch-promo", &["lint", "spring", "--profile", "us", "--text"]).ends(1).stdout;
    assert!(text.starts_with("us-postal: no postal address"), "{text}");
    shop.run("ch-promo", &["lint", "spring", "--profile", "mars"]).ends(64);
    let out = format!("maildir:{}", world.path("out").display());
    shop.run("ch-promo", &["run", "spring", "--lint", "kr", "--via", &out]).ends(65);
    assert!(!world.path("out").exists(), "nothing went");
}

#[test]
fn m90_lint_has_nothing_to_say_of_a_mail_that_is_as_it_should_be() {
    let world = World::new();
    let server = world.serve(&["--url", "https://ch.example.org"]);
    let shop = manager(&world, &server, "shop");
    fs::write(
        shop.home().join("config.toml"),
        "postal_address = \"1 Main Street, Seoul, tel. 02-123-4567\"\n",
    )
    .unwrap();
    shop.run("ch-send", &["dkim-key", "--domain", "example.org", "--selector", "a1"]).done();
    let key = shop.home().join("a1.example.org.pem").display().to_string();
    add(&shop, "boots", "안녕하세요", &["--link", "https://www.example.org/boots"]).done();
    let bob = [
        "member",
        "add",
        "bob@example.org",
        "--locale",
        "ko-KR",
        "--consent",
        "promotion",
        "--consent-proof",
        "x",
    ];
    shop.run("ch-promo", &bob).done();
    let plan = ["plan", "spring", "--ad", "boots", "--to", "all", "--subject", "(광고) 부츠"];
    shop.run("ch-promo", &plan).done();
    let sign = ["--dkim-domain", "example.org", "--dkim-selector", "a1", "--dkim-key", &key];
    let mut args = vec!["lint", "spring", "--profile", "gmail,kr,us"];
    args.extend(sign);
    let found = shop.run("ch-promo", &args);
    assert_eq!((found.stdout.as_str(), found.status), ("", 0), "{}", found.stderr);
    // A mail in each language that somebody gets is looked at: English has no Korean word for the way out.
    shop.run(
        "ch-promo",
        &[
            "member",
            "add",
            "ann@example.org",
            "--locale",
            "en",
            "--consent",
            "promotion",
            "--consent-proof",
            "x",
        ],
    )
    .done();
    shop.run("ch-promo", &[&["plan", "summer"], &plan[2..]].concat()).done();
    args[1] = "summer";
    let found = shop.run("ch-promo", &args).ends(1).record();
    assert_eq!(found["rule"], "kr-refuse", "{found}");
}
