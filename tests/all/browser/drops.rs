//! The server is killed, the page loaded again or put away: nothing that was written is lost or doubled.

use super::{looks::look_at, *};
use crate::world::browser::phone;

/// How often the page shows a line.
fn shown(browser: &Browser, text: &str) -> usize {
    let script = format!(
        "return [...document.querySelectorAll('.text')].filter((line) => line.textContent === {}).length",
        json!(text)
    );
    usize::try_from(browser.js(&script).as_u64().unwrap()).unwrap()
}

/// Alice's lines as her agent has heard them.
fn heard(agent: &Running, text: &str) -> usize {
    agent.stdout().lines().filter(|line| line.contains("\"type\":\"line\"") && line.contains(text)).count()
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s111_the_server_is_killed_in_mid_talk_and_a_line_typed_meanwhile_arrives_once() {
    let mut shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.press("button");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    browser.type_into("textarea", "before\n");
    browser.wait_text(".mine:last-child .mark", "Delivered");

    shop.server.running.kill();
    browser.wait_text(".say", "Connecting again");
    browser.type_into("textarea", "meanwhile\n");
    browser.wait_text(".mine:last-child .mark", "Sending");
    look_at(&browser, "sending");
    browser.resize((360, 740), true);
    browser.type_into("textarea", "a draft");
    shop.restart();
    browser.wait_text(".say", "Connected");
    browser.wait_text(".mine:last-child .mark", "Delivered");
    agent.line(|line| line.contains("meanwhile"));
    say(&mut agent, &conversation, "after");
    browser.wait_text(".theirs .text", "after");
    assert_eq!(browser.js("return document.querySelector('textarea').value"), "a draft");
    for text in ["before", "meanwhile", "after"] {
        assert_eq!(shown(&browser, text), 1, "{text}");
    }
    assert_eq!((heard(&agent, "before"), heard(&agent, "meanwhile")), (1, 1));
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s111_a_page_loaded_again_in_mid_talk_goes_on_with_what_was_typed() {
    let mut shop = Shop::new();
    let agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.press("button");
    browser.wait_text(".say", "Connected");
    agent.frame("answered");
    browser.type_into("textarea", "before\n");
    browser.wait_text(".mine:last-child .mark", "Delivered");
    shop.server.running.kill();
    browser.type_into("textarea", "meanwhile\n");
    browser.type_into("textarea", "a draft");
    shop.restart();
    browser.reload();
    browser.wait_text(".say", "Connected");
    browser.wait_text(".mine:last-child .text", "meanwhile");
    browser.wait_text(".mine:last-child .mark", "Delivered");
    assert_eq!(browser.js("return document.querySelector('textarea').value"), "a draft");
    assert_eq!((shown(&browser, "before"), shown(&browser, "meanwhile")), (1, 1));
    agent.line(|line| line.contains("meanwhile"));
    let invites = agent.stdout().lines().filter(|line| line.contains("\"type\":\"invite\"")).count();
    assert_eq!(invites, 1, "loading the page again rang");
    browser.press(".ends");
    assert_eq!(agent.frame("ended")["reason"], "bye");
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s109_a_page_that_is_put_away_gives_nothing_up() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.press("button");
    let invite = agent.frame("invite");
    agent.say_frame(&json!({ "type": "ringing", "call": invite["call"] }));
    browser.wait_text(".say", "rings at alice");
    // The page is gone altogether, as a phone does with one in the background; then its owner comes back to it.
    browser.open("about:blank");
    agent.say_frame(&json!({ "type": "presence", "state": "online" }));
    assert!(!agent.stdout().contains("\"type\":\"ended\""), "{}", agent.stdout());
    browser.back();
    browser.wait_text(".say", "rings at alice");
    agent.say_frame(&json!({ "type": "answer", "call": invite["call"] }));
    browser.wait_text(".say", "Connected");
    browser.is_clean();
}
