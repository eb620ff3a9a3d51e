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
fn soak_a_long_conversation_scrolls_in_its_place_and_the_page_does_not() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.open(&shop.link);
    browser.press("button");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    for number in 1..=120 {
        say(&mut agent, &conversation, &format!("line {number}"));
    }
    browser.wait_text(".theirs:last-child .text", "line 120");
    browser.fits();
}

/// Counts what begins to sound, and what could.
const EAR: &str = "
    window.tones = 0;
    window.contexts = 0;
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
    const Real = AudioContext;
    window.AudioContext = class extends Real { constructor(...how) { super(...how); window.contexts += 1; } };";

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s111_a_line_while_nobody_looks_sounds_once_the_page_was_touched_and_never_before() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.before_pages(EAR);
    browser.open(&shop.link);
    browser.wait_for("button.press");
    assert_eq!(browser.js("return window.contexts"), 0, "no sound is made ready before a tap");
    browser.press("button.press");
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    // That somebody answered was heard: two tones.
    browser.wait_js("return window.tones === 2");
    say(&mut agent, &conversation, "while you look");
    browser.wait_text(".theirs .text", "while you look");
    assert_eq!(browser.js("return window.tones"), 2, "whoever looks needs no sound");
    browser.look_elsewhere();
    browser.wait_js("return document.hidden");
    say(&mut agent, &conversation, "while you do not");
    browser.wait_js("return window.tones === 3 && document.title.includes('New line from alice')");

    // The page loaded again and not touched since: the title alarms, and nothing sounds.
    browser.look_back();
    browser.reload();
    browser.wait_text(".theirs:last-child .text", "while you do not");
    browser.look_elsewhere();
    browser.wait_js("return document.hidden");
    say(&mut agent, &conversation, "are you there?");
    browser.wait_js("return document.title.includes('New line from alice')");
    assert_eq!(browser.js("return [window.tones, window.contexts]"), json!([0, 0]), "a sound before a tap");
    // Touched, it sounds again.
    browser.look_back();
    browser.press("textarea");
    browser.look_elsewhere();
    browser.wait_js("return document.hidden");
    say(&mut agent, &conversation, "hello?");
    browser.wait_js("return window.tones === 1");
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
