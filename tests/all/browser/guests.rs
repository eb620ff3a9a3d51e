//! Who sees what again, and what is needed of a browser for that.

use std::collections::BTreeSet;

use super::{looks::look_at, *};
use crate::world::browser::phone;

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s107_loading_the_page_rings_nobody_and_changes_nothing() {
    let shop = Shop::new();
    let agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.wait_for("button.press");
    browser.reload();
    browser.wait_for("button.press");
    let asked: BTreeSet<_> = browser.requests().into_iter().filter(|url| url.contains("/v1/")).collect();
    assert_eq!(asked, BTreeSet::from([format!("{}/v1/tickets/look", shop.server.url)]));
    assert_eq!(browser.js("return localStorage.length"), 0, "nothing is stored before the press");
    // Whoever presses after all that is the first to press.
    browser.press("button.press");
    assert_eq!(agent.frame("invite")["knock"], Value::Null);
    assert_eq!(agent.stdout().lines().filter(|line| line.contains("\"type\":\"invite\"")).count(), 1);
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s111_a_guest_who_returns_sees_the_conversation_and_another_one_does_not() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    bob.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    bob.type_into("textarea", "a secret\n");
    agent.frame("line");
    for number in 1..=60 {
        say(&mut agent, &conversation, &format!("line {number}"));
    }
    bob.wait_text(".theirs:last-child .text", "line 60");
    bob.press(".ends");
    bob.wait_text(".say", "You hung up");
    bob.reload();
    bob.wait_text(".say", "Welcome back");
    bob.wait_text(".theirs:last-child .text", "line 60");
    assert!(!bob.text(".lines").unwrap().contains("a secret"), "older lines come when they are asked for");
    bob.press(".log button");
    bob.wait_text(".mine .text", "a secret");
    bob.wait_text(".mine .mark", "Delivered");
    assert_eq!(bob.js("return document.querySelectorAll('.lines li').length"), 61);
    let top = bob.js("return document.querySelector('.log').scrollTop");
    assert!(top.as_f64().unwrap() > 100.0, "what was looked at stays in sight: {top}");
    bob.photograph("back-360-light");

    // Somebody else with the same link, as after forwarding the mail.
    let other = shop.browser(&phone());
    other.open(&shop.link);
    other.wait_text(".say", "Press");
    other.press("button");
    other.wait_text(".say", "Your knock is shown");
    let knock = agent.line(|line| line.contains("not_first"));
    assert!(!knock.contains(conversation.as_str().unwrap()), "{knock}");
    assert!(!other.text("body").unwrap().contains("secret"));
    other.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s117_an_answers_link_leads_its_own_guest_back_and_another_browser_to_a_knock() {
    let shop = Shop::with(&["--times", "caller-keeps=1s"]);
    let mut agent = shop.listen(&["--answer"]);
    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    bob.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    bob.type_into("textarea", "Do you have them in 43?\n");
    agent.frame("line");
    bob.press(".ends");
    bob.wait_text(".say", "You hung up");
    bob.open("about:blank");
    say(&mut agent, &conversation, "Yes, the last pair.");
    let mail = shop.world.mail_after("bob@example.org", 1);
    let link = link_of(&shop.world.person("bob", &shop.server), &mail.to_string_lossy());

    // The same guest sees what was said, before any press.
    bob.open(&link);
    bob.wait_text(".say", "Welcome back");
    bob.wait_text(".mine .text", "in 43?");
    bob.wait_text(".theirs .text", "the last pair");
    bob.wait_text("button.press", "again");

    // The same mail on a machine that never pressed, or in a webview that keeps nothing.
    let phone = shop.browser(&Setup { storage: false, ..phone() });
    phone.open(&link);
    phone.wait_text(".say", "begun in another browser");
    phone.wait_text("button.press", "Knock");
    look_at(&phone, "ready-other");
    phone.press("button.press");
    phone.wait_text(".say", "Your knock is shown");
    let knock = agent.line(|line| line.contains("not_first"));
    assert!(!knock.contains(conversation.as_str().unwrap()), "{knock}");
    assert!(!phone.text("body").unwrap().contains("the last pair"));
    bob.is_clean();
    phone.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_a_webview_that_stores_nothing_talks_and_survives_a_reload() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup { storage: false, ..phone() });
    browser.open(&shop.link);
    browser.wait_for("button.press");
    let stores = browser.js("try { return Boolean(localStorage) } catch { return false }");
    assert_eq!(stores, false, "this browser stores something");
    browser.press("button");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    browser.type_into("textarea", "no storage\n");
    agent.frame("line");
    browser.reload();
    browser.wait_text(".say", "Connected");
    browser.wait_text(".mine .text", "no storage");
    say(&mut agent, &conversation, "still there");
    browser.wait_text(".theirs .text", "still there");
    browser.press("summary");
    browser.wait_text("details", "stores nothing for this page beyond this tab");
    assert_eq!(agent.stdout().matches("\"type\":\"invite\"").count(), 1);
    browser.is_clean();
}
