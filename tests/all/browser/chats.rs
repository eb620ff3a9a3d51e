//! The page of a signed-in login: one browser is the customer, another is rung and answers.

use super::{looks::look_at, *};
use crate::world::browser::phone;

impl Shop {
    /// Alice's address is confirmed.
    fn confirmed(self) -> Self {
        let alice = self.alice();
        let mail = self.world.mail_after(&alice.mail(), 0);
        alice.run("ch-register", &["--confirm", mail.to_str().unwrap()]).done();
        drop(alice);
        self
    }

    /// Alice asks for a link on the page, opens it from her mail and presses its button.
    #[track_caller]
    fn sign_in(&self, browser: &Browser) {
        self.sign_in_here(browser);
        browser.wait_text("h1", "alice");
        browser.wait_for(".choice");
    }

    /// The same, wherever it leads.
    #[track_caller]
    fn sign_in_here(&self, browser: &Browser) {
        let before = self.world.mails("alice@example.org").len();
        browser.open(&format!("{}/sign-in", self.server.url.trim_end_matches('/')));
        browser.type_into("input[type=email]", "alice@example.org");
        browser.press("button");
        browser.wait_gone("input[type=email]");
        let mail = self.world.mail_after("alice@example.org", before);
        let mail = self.alice().run("ch-inspect", &["--full", mail.to_str().unwrap()]).done().record();
        let text = mail["text"].as_str().unwrap();
        let ticket = text.split_once("/sign-in?t=").unwrap().1.split_whitespace().next().unwrap();
        browser.open(&format!("{}/sign-in?t={ticket}", self.server.url.trim_end_matches('/')));
        browser.press("button");
    }
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_a_signed_in_browser_is_rung_by_another_answers_and_both_talk() {
    let mut shop = Shop::new().confirmed();
    let alice = shop.browser(&Setup::default());
    shop.sign_in(&alice);
    alice.wait_text(".none", "Nobody called");
    look_at(&alice, "chats-empty");
    alice.resize((1280, 800), false);

    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    alice.wait_text(".ring .say", "bob@example.org is calling");
    alice.wait_text(".ring .about", "Winter boots");
    assert!(alice.title().contains("alice"));
    bob.wait_text(".say", "rings");
    look_at(&alice, "chats-ring");
    // Words in buttons stay whole, also on the smallest phones.
    for width in [320, 345] {
        alice.resize((width, 640), true);
        let broken = alice.js(
            "return [...document.querySelectorAll('button, .small, .choice span')].filter((one) => {
                const words = document.createRange();
                const text = one.firstChild;
                if (!one.checkVisibility() || text?.nodeType !== 3) return false;
                return [...text.data.matchAll(/\\S+/g)].some(({ 0: word, index }) => {
                    words.setStart(text, index);
                    words.setEnd(text, index + word.length);
                    return words.getClientRects().length > 1;
                });
            }).map((one) => one.innerText)",
        );
        assert_eq!(broken, json!([]), "{width} px");
        assert_eq!(
            alice.js("return document.documentElement.scrollWidth <= window.innerWidth"),
            true,
            "{width} px"
        );
    }
    alice.photograph("chats-ring-345");
    alice.resize((1280, 800), false);

    alice.press(".ring .press");
    bob.wait_text(".say", "Connected");
    alice.wait_gone(".ring");
    // The focus is where one writes.
    alice.wait_for("textarea");
    alice.until_focus("textarea");
    bob.type_into("textarea", "Do you have them in 43?\n");
    alice.wait_text(".theirs .text", "Do you have them in 43?");
    bob.wait_text(".mine .meta", "Read");
    alice.type_keys("Yes, the last pair.\nShall I keep them for you?\n");
    bob.wait_text(".theirs:last-child .text", "keep them");
    alice.wait_text(".mine .mark", "e");
    bob.type_into("textarea", "Ple");
    alice.wait_text(".typing", "typing");
    look_at(&alice, "chats-talk");
    alice.resize((1280, 800), false);

    // The server is killed and comes back: nobody does anything, and the talk goes on.
    let port = shop.server.port();
    shop.server.running.kill();
    alice.wait_text(".link", "connection was lost");
    assert_eq!(alice.text(".one .say").unwrap(), "Connecting…", "nothing says that all is well");
    alice.photograph("chats-down-1280");
    alice.type_keys("Are you still there?\n");
    shop.server = shop.world.serve_on(port, &[]);
    bob.wait_text(".theirs:last-child .text", "still there");
    alice.wait_gone(".link");
    alice.wait_text(".one .say", "Connected");
    bob.type_into("textarea", "ase do.\n");
    alice.wait_text(".theirs:last-child .text", "Please do.");

    for number in 1..=120 {
        bob.js(&format!("document.querySelector('textarea').value = 'line {number}'; document.querySelector('.send').click()"));
    }
    alice.wait_text(".theirs:last-child .text", "line 120");
    alice.fits();
    alice.resize((1280, 800), false);
    bob.type_into("textarea", "Please do.\n");

    // A reload of the page, too.
    alice.reload();
    alice.wait_text(".one .say", "Connected");
    alice.wait_text(".theirs:last-child .text", "Please do.");
    alice.press(".one .ends");
    bob.wait_text(".say", "hung up");
    alice.wait_for(".one .press");
    bob.type_into("textarea", "Thank you.\n");
    alice.wait_text(".theirs:last-child .text", "Thank you.");
    alice.is_clean();
    bob.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_s117_the_link_of_a_notice_leads_its_login_to_ring_back_and_comes_back_from_the_sign_in() {
    let shop = Shop::new().confirmed();
    shop.alice().run("ch-register", &["--off"]).done();
    let before = shop.world.mails("alice@example.org").len();
    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    bob.wait_text(".say", "off");
    bob.type_into("textarea", "Do you have them in 43?\n");
    bob.wait_text(".mine .meta", "Sent");
    bob.open("about:blank");
    let notice = shop.world.mail_after("alice@example.org", before);
    let link = link_of(&shop.alice(), &notice.to_string_lossy());
    bob.open(&shop.link);
    bob.wait_text(".say", "Welcome back");

    let alice = shop.browser(&phone());
    alice.open(&link);
    alice.wait_text("h1", "You were called");
    alice.wait_text(".about", "Winter boots");
    alice.wait_text(".say", "This link is for alice");
    assert!(!alice.text("body").unwrap().contains("bob@"), "whoever holds the link is not told who called");
    look_at(&alice, "notice");
    alice.press("button");
    alice.wait_text(".out .say", "not signed in");
    shop.sign_in_here(&alice);
    // The conversation is open, not only the list.
    alice.wait_text(".theirs .text", "in 43?");
    alice.press(".one .press");
    bob.wait_text(".say", "alice is calling you");
    bob.press("button.press");
    alice.wait_text(".one .say", "Connected");
    // Signed in, the link leads there at once.
    alice.open(&link);
    alice.press("button.press");
    alice.wait_text(".theirs .text", "in 43?");
    // What is in no list of hers is said to be in none.
    alice.open(&format!("{}/chats#nowhere", shop.server.url.trim_end_matches('/')));
    alice.wait_text(".link", "not one of alice");
    alice.is_clean();
    bob.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_the_page_lists_what_was_missed_in_korean_and_signs_out() {
    let shop = Shop::new().confirmed();
    shop.alice().run("ch-register", &["--off"]).done();
    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    bob.wait_text(".say", "off");
    bob.type_into("textarea", "Do you have them in 43?\n");
    bob.wait_text(".mine .meta", "Sent");

    let alice = shop.browser(&Setup { languages: "ko", ..phone() });
    alice.open(&format!("{}/chats", shop.server.url.trim_end_matches('/')));
    alice.wait_text(".out .say", "로그인되어 있지 않습니다");
    look_at(&alice, "chats-out-ko");
    alice.resize((360, 740), true);
    alice.press(".enter");
    alice.wait_text("h1", "로그인");
    look_at(&alice, "sign-in-ko");
    alice.resize((360, 740), true);
    shop.sign_in(&alice);
    alice.wait_text(".card .say", "bob@example.org");
    alice.wait_text(".card .left", "43");
    look_at(&alice, "chats-missed-ko");
    alice.resize((360, 740), true);
    let notices = shop.alice().run("ch-register", &["--json"]).done().stdout;
    assert!(!notices.contains("\"notice\""), "what the page showed was seen: {notices}");
    alice.press(".missed a.small");
    alice.wait_text(".theirs .text", "43");
    look_at(&alice, "chats-open-ko");
    alice.resize((360, 740), true);
    alice.press(".back");
    alice.wait_gone(".card");

    // Busy: nobody is rung, and there is a note.
    alice.press(".choice label:last-of-type");
    alice.wait_text(".mood", "바쁘다고");
    bob.press("button.press");
    bob.wait_text(".say", "busy");
    alice.wait_text(".missed .say", "바쁘신 동안");
    // Away: a call is listed without a sound, and can be answered.
    alice.press(".choice label:nth-of-type(2)");
    alice.wait_text(".mood", "소리 없이");
    bob.press("button.press");
    bob.wait_text(".say", "away");
    alice.wait_text(".knocks .say", "bob@example.org");
    assert!(alice.text(".ring").is_none(), "nothing rings");
    look_at(&alice, "chats-away-ko");
    alice.resize((360, 740), true);
    alice.press(".knocks .small");
    bob.wait_text(".say", "Connected");
    alice.type_into("textarea", "네, 있습니다.\n");
    bob.wait_text(".theirs .text", "네, 있습니다.");
    // Called from here: the customer's open page rings.
    alice.press(".one .ends");
    alice.press(".one .press");
    bob.wait_text(".say", "is calling you");
    bob.press("button.press");
    alice.wait_text(".one .say", "연결되었습니다");
    alice.press(".back");

    alice.press("footer form button");
    alice.wait_text("h1", "로그아웃");
    alice.open(&format!("{}/chats", shop.server.url.trim_end_matches('/')));
    alice.wait_text(".out .say", "로그인되어 있지 않습니다");
    let devices = shop.alice().run("ch-register", &["--devices"]).done().records();
    assert_eq!(devices.len(), 1, "{devices:?}");
    alice.is_clean();
}

#[test]
#[ignore = "long: starts Chromium"]
fn soak_what_one_said_oneself_on_another_machine_is_no_news_on_the_page() {
    let shop = Shop::new().confirmed();
    let mut agent = shop.listen(&["--answer"]);
    let bob = shop.browser(&phone());
    bob.open(&shop.link);
    bob.press("button");
    bob.wait_text(".say", "Connected");
    let conversation = agent.frame("answered")["conversation"].clone();
    bob.type_into("textarea", "Do you have them in 43?\n");
    agent.frame("line");
    say(&mut agent, &conversation, "Yes, the last pair.");
    say(&mut agent, &conversation, "Shall I keep them for you?");
    bob.wait_text(".theirs:last-child .text", "keep them");

    let alice = shop.browser(&phone());
    shop.sign_in(&alice);
    alice.wait_text(".item .name", "bob@example.org");
    assert_eq!((alice.text(".count").as_deref(), alice.title().as_str()), (Some(""), "alice · Chats"));
    bob.type_into("textarea", "Please do.\n");
    alice.wait_text(".count", "1");
    // Answered over there, it is no news here any more, at once and after a reload.
    say(&mut agent, &conversation, "I will.");
    alice.wait_js("return document.querySelector('.count').innerText === ''");
    bob.type_into("textarea", "Thank you.\n");
    alice.wait_text(".count", "1");
    alice.reload();
    alice.wait_text(".count", "1");
    assert_eq!(alice.title(), "(1) alice · Chats");
    alice.is_clean();
}
