//! In Korean, by keyboard alone, without a script, and with letters that are put together.

use fantoccini::key::Key;

use super::{looks::look_at, *};
use crate::world::browser::phone;

#[test]
#[ignore = "long: starts Chromium"]
fn soak_everything_is_there_in_korean() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&Setup { languages: "ko-KR,ko,en", ..phone() });
    browser.open(&shop.link);
    browser.wait_text("h1", "alice 님과 채팅");
    assert_eq!(browser.js("return document.documentElement.lang"), "ko");
    look_at(&browser, "ready-korean");
    browser.press("button");
    let invite = agent.frame("invite");
    agent.say_frame(&json!({ "type": "ringing", "call": invite["call"] }));
    browser.wait_text(".say", "울리고 있습니다");
    agent.say_frame(&json!({ "type": "answer", "call": invite["call"] }));
    browser.wait_text(".say", "연결되었습니다");
    browser.type_into("textarea", "안녕하세요. 겨울 부츠 270도 있나요?\n");
    assert_eq!(agent.frame("line")["text"], "안녕하세요. 겨울 부츠 270도 있나요?");
    say(&mut agent, &invite["conversation"], "네, 마지막 한 켤레가 남았습니다.\n토요일까지 맡아 둘까요?");
    browser.wait_text(".theirs .text", "토요일");
    browser.wait_text(".mine .mark", "도착");
    look_at(&browser, "talking-korean");
    browser.press("summary");
    browser.wait_text("details", "1년 뒤에 삭제");
    look_at(&browser, "stored-korean");

    // The switch is remembered.
    browser.press(".switches button");
    browser.wait_text(".say", "Connected");
    assert_eq!(browser.js("return document.documentElement.lang"), "en");
    let bytes = browser
        .js("const all = ['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind));
         return all.reduce((sum, { transferSize }) => sum + transferSize, 0)");
    assert!(
        (1_000..60_000).contains(&bytes.as_u64().unwrap()),
        "{bytes} bytes over the wire, both languages"
    );
    browser.reload();
    browser.wait_text(".say", "Connected");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_the_keyboard_alone_is_enough() {
    let shop = Shop::new();
    let agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.open(&shop.link);
    browser.wait_for("button.press");
    browser.key(Key::Tab);
    assert_eq!(
        browser.js("return document.activeElement.className"),
        "press",
        "the first stop is the big button"
    );
    browser.key(Key::Enter);
    browser.wait_text(".say", "Connected");
    agent.frame("answered");
    browser.type_keys("first");
    browser.keys_together(&[Key::Shift], Key::Enter);
    browser.type_keys("second");
    browser.key(Key::Enter);
    assert_eq!(agent.frame("line")["text"], "first\nsecond");
    // Back from the field: the lines, which scroll by keyboard, and what ends the talk.
    for wanted in ["log", "ends"] {
        browser.keys_together(&[Key::Shift], Key::Tab);
        assert_eq!(browser.js("return document.activeElement.className"), wanted);
    }
    browser.key(Key::Enter);
    browser.wait_text(".say", "You hung up");
    let focused = browser.js("return document.activeElement.tagName");
    assert_ne!(focused, "BODY", "the focus is not lost with the button");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_enter_does_not_send_while_letters_are_put_together() {
    let shop = Shop::new();
    let agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&Setup::default());
    browser.open(&shop.link);
    browser.press("button");
    browser.wait_text(".say", "Connected");
    // What an input method for Hangul does: text that is composed, and an Enter that only ends the composing.
    browser.devtools(
        "Input.imeSetComposition",
        json!({ "text": "안녕", "selectionStart": 2, "selectionEnd": 2 }),
    );
    let enter =
        json!({ "type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229 });
    browser.devtools("Input.dispatchKeyEvent", enter);
    browser.devtools("Input.insertText", json!({ "text": "안녕" }));
    assert_eq!(browser.js("return document.querySelectorAll('.mine').length"), 0, "half a word was sent");
    browser.type_keys("하세요");
    browser.key(Key::Enter);
    assert_eq!(agent.frame("line")["text"], "안녕하세요");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_without_a_script_the_page_says_what_to_do() {
    let shop = Shop::new();
    let browser = shop.browser(&phone());
    browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&shop.link);
    browser.photograph("no-script-360-light");
    let source = browser.shown_text("main");
    assert!(source.contains("ch-chat open") && source.contains("answer the mail"), "{source}");
    assert!(!source.contains("Looking"), "{source}");
}
