//! Every state of a call, as the page shows it.

use super::{looks::look_at, *};
use crate::world::browser::phone;

/// Presses the first button that is shown, which is the big one.
fn press(browser: &Browser) {
    browser.press("button");
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s109_it_rings_and_keeps_on_while_one_waits() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.wait_text(".say", "alice’s computer rings");
    look_at(&browser, "ready");
    press(&browser);
    let invite = agent.frame("invite");
    browser.wait_text(".say", "Calling alice");
    look_at(&browser, "calling");
    agent.say_frame(&json!({ "type": "ringing", "call": invite["call"] }));
    browser.wait_text(".say", "rings at alice");
    look_at(&browser, "ringing");
    agent.say_frame(&json!({ "type": "answer", "call": invite["call"] }));
    browser.wait_text(".say", "Connected with alice");
    let focused = browser.js("return document.activeElement.id");
    assert_eq!(focused, "line", "whoever was answered can write");
    look_at(&browser, "talking-empty");

    let conversation = &invite["conversation"];
    browser.type_into("textarea", "Hello! Do you have the winter boots in 43?\n");
    agent.frame("line");
    say(
        &mut agent,
        conversation,
        "Good morning! Yes, the last pair.\nShall I put it aside for you until Saturday?",
    );
    browser.wait_text(".theirs .text", "Saturday");
    browser.type_into(
        "textarea",
        "Yes, please. That would be wonderful, I will come by on Friday after work.\n",
    );
    browser.wait_text(".mine:last-child .mark", "Delivered");
    browser.type_into("textarea", "And ");
    agent.say_frame(&json!({ "type": "typing", "conversation": conversation, "state": true }));
    browser.wait_text(".typing", "alice is typing");
    look_at(&browser, "talking");
    agent.say_frame(&json!({ "type": "ack", "conversation": conversation, "received": 3, "read": 3 }));
    browser.wait_text(".mine:last-child .mark", "Read");

    agent.say_frame(&json!({ "type": "bye", "call": invite["call"] }));
    browser.wait_text(".say", "hung up");
    assert_eq!(browser.js("return document.querySelector('textarea').value"), "And ", "what was typed stays");
    look_at(&browser, "over");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s115_not_answered_yet_one_can_write_meanwhile_and_is_answered_all_the_same() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    // The half minute after which a ring is late passes at once; no other time is touched.
    browser.before_pages(
        "{ const { setTimeout } = window;
         window.setTimeout = (act, wait, ...more) => setTimeout(act, wait === 30000 ? 1 : wait, ...more); }",
    );
    browser.open(&shop.link);
    press(&browser);
    let invite = agent.frame("invite");
    browser.wait_text(".say", "Calling alice");
    agent.say_frame(&json!({ "type": "ringing", "call": invite["call"] }));
    browser.wait_text(".say", "No answer yet");
    browser.wait_text(".more", "keeps ringing");
    look_at(&browser, "late");
    browser.type_into("textarea", "I can wait.\n");
    assert_eq!(agent.frame("line")["text"], "I can wait.");
    agent.say_frame(&json!({ "type": "answer", "call": invite["call"] }));
    browser.wait_text(".say", "Connected with alice");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s109_one_gives_up_oneself_or_is_declined() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    press(&browser);
    let first = agent.frame("invite");
    browser.press(".ends");
    browser.wait_text(".say", "stopped ringing");
    assert_eq!(agent.frame("ended")["reason"], "cancelled");
    look_at(&browser, "cancelled");
    press(&browser);
    let second = agent.frame("invite");
    assert_ne!(first["call"], second["call"]);
    agent.say_frame(&json!({ "type": "decline", "call": second["call"] }));
    browser.wait_text(".say", "cannot talk now");
    browser.wait_text(".more", "next ten minutes");
    look_at(&browser, "declined");
    browser.type_into("textarea", "Then another time.\n");
    browser.wait_text(".more", "Thank you");
    browser.reload();
    browser.wait_text(".say", "Welcome back");
    press(&browser);
    browser.wait_text(".more", "in 10 minutes");
    look_at(&browser, "declined-retry");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s113_busy_and_away() {
    let shop = Shop::new();
    let mut agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    agent.say_frame(&json!({ "type": "presence", "state": "away" }));
    press(&browser);
    agent.frame("invite");
    browser.wait_text(".say", "away");
    look_at(&browser, "away");
    browser.press(".ends");
    browser.wait_text(".say", "stopped ringing");
    agent.say_frame(&json!({ "type": "presence", "state": "busy" }));
    press(&browser);
    browser.wait_text(".say", "busy");
    look_at(&browser, "busy");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s115_on_but_nobody_listens_and_it_rings_when_somebody_does() {
    let shop = Shop::new();
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    press(&browser);
    browser.wait_text(".say", "nobody is listening");
    look_at(&browser, "on");
    browser.type_into("textarea", "I am here until five.\n");
    let agent = shop.listen(&["--answer"]);
    browser.wait_text(".say", "Connected");
    browser.wait_text(".mine .mark", "Delivered");
    // It is told of the line and of the call in either order.
    let told = agent.stdout();
    for kind in ["\"type\":\"invite\"", "\"type\":\"line\""] {
        assert_eq!(told.matches(kind).count(), 1, "{kind} in {told}");
    }
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s117_off_a_line_is_left_and_the_conversation_goes_on_from_the_mail() {
    let shop = Shop::with(&["--times", "caller-keeps=1s"]);
    let alice = shop.alice();
    let letter = shop.world.mail_after("alice@example.org", 0);
    alice.run("ch-register", &["--confirm", &letter.to_string_lossy()]).done();
    alice.run("ch-register", &["--off"]).done();
    let mails = shop.world.mails("alice@example.org").len();
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    browser.wait_text(".proof", "is confirmed");
    press(&browser);
    browser.wait_text(".say", "is off");
    browser.wait_text(".more", "by mail");
    browser.type_into("textarea", "Do you have them in 43?\n");
    browser.wait_text(".mine .mark", "Sent");
    browser.wait_text(".more", "Thank you, alice will see it");
    look_at(&browser, "off");
    let bobs = shop.world.mails("bob@example.org").len();
    browser.open("about:blank");
    let notice = shop.world.mail_after("alice@example.org", mails);
    let told = fs::read_to_string(&notice).unwrap();
    assert!(told.contains("> Do you have them in 43?"), "{told}");

    // Alice answers from her notice; bob's page is closed, so the answer comes by mail, with a button.
    let open = ["open", &notice.to_string_lossy(), "--json", "--leave", "Yes, the last pair."];
    let answer = alice.run("ch-chat", &open).ends(1).records();
    let welcome = answer.iter().find(|frame| frame["type"] == "welcome").unwrap();
    let mail = shop.world.mail_after("bob@example.org", bobs);
    let link = link_of(&shop.world.person("bob", &shop.server), &mail.to_string_lossy());
    assert_ne!(link, shop.link);
    let agent = shop.listen(&["--answer"]);
    browser.open(&link);
    press(&browser);
    browser.wait_text(".say", "Connected");
    browser.wait_text(".mine .text", "in 43?");
    browser.wait_text(".theirs .text", "the last pair");
    let conversation = agent.frame("answered")["conversation"].clone();
    assert_eq!(conversation, welcome["conversation"]);
    browser.type_into("textarea", "Wonderful!\n");
    agent.line(|line| line.contains("Wonderful!"));
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s117_without_mail_none_is_promised() {
    let shop = Shop::new();
    let (port, mut server) = (shop.server.port(), shop.server);
    server.running.kill();
    let server = without_mail(&shop.world, port);
    shop.world.person("alice", &server).run("ch-register", &["--off"]).done();
    let browser = Browser::start(&shop.world, &server.url, &phone());
    browser.open(&shop.link);
    press(&browser);
    browser.wait_text(".say", "is off");
    browser.wait_text(".more", "Open this link again later");
    assert!(!browser.text(".more").unwrap().contains("mail"));
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s117_nobody_answers_and_after_three_rings_it_does_not_ring_again_today() {
    let shop = Shop::new();
    let agent = shop.listen(&[]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    for _ in 0..3 {
        press(&browser);
        agent.frame("invite");
        browser.wait_text(".say", "Calling");
        browser.press(".ends");
        browser.wait_text(".say", "stopped ringing");
    }
    press(&browser);
    browser.wait_text(".say", "did not answer");
    browser.wait_text(".more", "24 hours");
    look_at(&browser, "expired");
    browser.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s109_the_other_side_calls_back_and_the_page_rings() {
    let shop = Shop::new();
    let mut agent = shop.listen(&["--answer"]);
    let browser = shop.browser(&phone());
    browser.open(&shop.link);
    press(&browser);
    browser.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    browser.press(".ends");
    browser.wait_text(".say", "You hung up");
    agent.frame("ended");
    let call = json!({ "type": "invite", "call": "back-1", "conversation": conversation });
    agent.say_frame(&call);
    browser.wait_text(".say", "alice is calling you");
    look_at(&browser, "rung");
    agent.frame("ringing");
    press(&browser);
    agent.frame("answered");
    browser.wait_text(".say", "Connected");
    browser.reload();
    browser.wait_text(".say", "Connected");
    browser.type_into("textarea", "Here I am again.\n");
    agent.frame("line");
    assert_eq!(agent.stdout().matches("\"type\":\"invite\"").count(), 1, "loading the page again rang");
    browser.is_clean();
}
