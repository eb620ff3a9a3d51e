//! Press, be answered, talk.

use super::*;

const HOSTILE: &str =
    "<img src=x onerror=\"document.title='owned'\"><script>alert(1)</script>\u{202e}\u{7}&lt;b&gt;";

#[test]
fn s111_a_press_in_the_browser_rings_and_both_sides_talk() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.open(&shop.link);
    browser.wait_text("h1", "alice");
    browser.wait_text(".about", "Winter boots");
    browser.wait_text(".proof", "not confirmed");
    browser.photograph("ready-1280");

    browser.press("button");
    assert_eq!(agent.frame("invite")["from"], "bob@example.org");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    browser.type_into("textarea", "Do you have them in 43?\n");
    assert_eq!(agent.frame("line")["text"], "Do you have them in 43?");
    say(&mut agent, &conversation, "Yes, the last pair.");
    browser.wait_text(".theirs .text", "Yes, the last pair.");
    browser.wait_text(".mine .meta", "e");

    say(&mut agent, &conversation, HOSTILE);
    browser.wait_text(".theirs:last-child .text", "<script>alert(1)</script>&lt;b&gt;");
    assert_eq!(browser.js("return document.querySelectorAll('img, .text *, main script').length"), 0);
    assert_ne!(browser.title(), "owned");
    browser.photograph("talk-1280");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s111_a_line_while_nobody_looks_alarms_in_the_title_and_is_read_when_somebody_does() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.open(&shop.link);
    browser.press("button");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    browser.look_elsewhere();
    browser.wait_js("return document.hidden");
    say(&mut agent, &conversation, "Are you there?");
    browser.wait_js("return document.title.includes('New line from alice')");
    let delivered = agent.line(|line| line.contains("\"received\":1"));
    assert!(delivered.contains("\"read\":0"), "nobody looked: {delivered}");
    browser.look_back();
    browser.wait_js("return document.title === 'Chat with alice'");
    agent.line(|line| line.contains("\"read\":1"));
    browser.is_clean();
}
