//! The pages of promotion in a real browser: joining, unsubscribing, coming back.

use std::fs;

use super::looks::look_at;
use crate::world::{
    World,
    browser::{Browser, Setup, phone},
};

#[test]
#[ignore = "long: starts Chromium"]
fn soak_people_join_leave_and_come_back_by_pressing_buttons() {
    let world = World::new();
    let server = world.serve(&[]);
    let alice = world.person("alice", &server);
    alice.register();
    world.grant("alice", "manager");
    let says_yes = |mail: &str| {
        let list = alice.run("ch-promo", &["member", "list"]).records();
        let member = list.iter().find(|member| member["mail"] == mail).cloned();
        member.map(|member| member["consent"].as_array().unwrap().iter().any(|it| it == "promotion"))
    };

    let browsers = [
        ("en", Browser::start(&world, &server.url, &phone())),
        ("ko", Browser::start(&world, &server.url, &Setup { languages: "ko,en", ..phone() })),
    ];
    for (lang, browser) in &browsers {
        let mail = format!("{lang}@example.org");
        let look = |name: &str| look_at(browser, &format!("{name}-{lang}"));
        browser.open(&format!("{}/join", server.url));
        browser.wait_for("input[type=checkbox]");
        look("join");
        browser.type_into("#mail", &mail);
        browser.type_into("#name", "Bob");
        browser.press("input[type=checkbox]");
        browser.press("button");
        browser.wait_js("return !document.querySelector('form')");
        look("join-asked");
        let letter = fs::read_to_string(world.mail_after(&mail, 0)).unwrap();
        // Korean goes as quoted-printable (RFC 2045 §6.7).
        let letter = letter.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
        let ticket = &letter.split("/join?t=").nth(1).unwrap()[..54];
        browser.open(&format!("{}/join?t={ticket}", server.url));
        browser.wait_for("form[action^=join]");
        look("join-press");
        assert_eq!(says_yes(&mail), None);
        browser.press("button");
        browser.wait_js("return !document.querySelector('form')");
        look("joined");
        assert_eq!(says_yes(&mail), Some(true));
    }

    alice
        .run_with("ch-promo", &["ad", "add", "boots", "--title", "Boots", "--text", "-"], "New boots.")
        .done();
    alice.run("ch-promo", &["plan", "spring", "--ad", "boots", "--to", "all"]).done();
    alice.run("ch-promo", &["run", "spring", "--via", &world.maildir_url()]).done();
    for (lang, browser) in &browsers {
        let mail = format!("{lang}@example.org");
        let look = |name: &str| look_at(browser, &format!("{name}-{lang}"));
        let mails = world.mails(&mail).into_iter().map(|path| fs::read_to_string(path).unwrap());
        let text = mails.into_iter().find(|text| text.contains("List-Unsubscribe: <")).unwrap();
        let link = text.split("List-Unsubscribe: <").nth(1).unwrap().split('>').next().unwrap();
        browser.open(link);
        browser.wait_js("return document.querySelector('input[value=no]') !== null");
        look("unsubscribe");
        assert_eq!(says_yes(&mail), Some(true));
        browser.press("button");
        browser.wait_js("return document.querySelector('input[value=yes]') !== null");
        look("unsubscribed");
        assert_eq!(says_yes(&mail), Some(false));
        browser.press("button");
        browser.wait_js("return document.querySelector('input[value=no]') !== null");
        look("back");
        assert_eq!(says_yes(&mail), Some(true));
        browser.open(&format!("{}x", &link[..link.len() - 1]));
        browser.wait_js("return !document.querySelector('form')");
        look("unsubscribe-refused");
        browser.is_clean();
    }
}
