//! Links that are old, taken back, damaged, or lead to a server that is away: pages a person understands.

use super::{looks::look_at, *};
use crate::world::browser::phone;

#[test]
#[ignore = "long: starts Chromium"]
fn soak_a_link_that_leads_nowhere_says_what_to_do() {
    let shop = Shop::new();
    let browser = shop.browser(&phone());
    let (before, _) = shop.link.split_once('#').unwrap();
    browser.open(before);
    browser.wait_text(".say", "not complete");
    look_at(&browser, "incomplete");
    browser.open(&format!("{}x", &shop.link[..shop.link.len() - 1]));
    browser.wait_text(".say", "damaged");
    look_at(&browser, "damaged");
    browser.open(&format!("{before}#%3Cscript%3E"));
    browser.wait_text(".say", "damaged");
    // Cut by a mail program, or not even text.
    for broken in ["100%", "%E0%A4%A", "%"] {
        browser.open(&format!("{before}#{broken}"));
        browser.wait_text(".say", "damaged");
    }

    let alice = shop.alice();
    let port = alice.run("ch-port", &["--text"]).done().stdout.trim().to_owned();
    alice.run("ch-port", &["--release", &port]).done();
    browser.open(&shop.link);
    browser.wait_text(".say", "taken back");
    look_at(&browser, "withdrawn");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s107_the_first_button_that_is_shown_is_the_big_one_however_slow_the_line() {
    let shop = Shop::new();
    let browser = shop.browser(&phone());
    browser.before_pages("{ const ask = fetch; fetch = (...what) => new Promise((go) => { window.go = go; }).then(() => ask(...what)); }");
    browser.open(&shop.link);
    browser.wait_text(".say", "Looking at your chat button");
    let buttons = "return [...document.querySelectorAll('button')].filter((one) => one.checkVisibility()).map((one) => one.className)";
    assert_eq!(browser.js(buttons), json!([]));
    browser.js("window.go()");
    browser.wait_for("button.press");
    assert_eq!(browser.js(buttons)[0], "press");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_a_server_that_is_away_is_said_to_be_and_tried_again() {
    let mut shop = Shop::new();
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.wait_for("button.press");
    shop.server.running.kill();
    browser.press("button.press");
    browser.wait_text(".say", "cannot be reached just now");
    assert_eq!(browser.text(".more").unwrap(), "It rings as soon as the connection is back.");
    look_at(&browser, "down");
    shop.restart();
    let agent = shop.listen(&["--answer"]);
    agent.frame("invite");
    browser.wait_text(".say", "Connected");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_an_old_mails_button_can_still_knock() {
    let shop = Shop::new();
    let link = shop.expired_link();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&link);
    browser.wait_text(".more", "knock");
    look_at(&browser, "ready-expired");
    browser.press("button");
    let invite = agent.frame("invite");
    assert_eq!(invite["knock"], "expired_ticket");
    browser.wait_text(".say", "Your knock is shown");
    look_at(&browser, "listed");
    agent.say_frame(&json!({ "type": "answer", "call": invite["call"] }));
    browser.wait_text(".say", "Connected");
    browser.is_clean();
}
