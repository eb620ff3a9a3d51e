//! The unsubscribe link: one click, a page for people, what comes back by mail; and nothing else than that.

use super::*;
use crate::{
    store::{MemberChange, Proof},
    wire::promotion::{PROMOTION, Role},
};

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";

impl House {
    /// A member who said yes; their number.
    pub(super) async fn member(&self, mail: &str) -> u32 {
        let change = MemberChange {
            mail: mail.to_owned(),
            consent: vec![PROMOTION.to_owned()],
            proof: Proof { how: "import".to_owned(), ..Proof::default() },
            anew: true,
            ..MemberChange::default()
        };
        self.store.change_members(vec![change], Time::now()).await.unwrap();
        self.store.member(mail.to_owned()).await.unwrap().unwrap().member
    }

    async fn gets_promotion(&self, mail: &str) -> bool {
        !self.store.member(mail.to_owned()).await.unwrap().unwrap().consent.is_empty()
    }

    fn ticketed(&self, action: Action, member: u32, expires: Time) -> String {
        let claims =
            Claims { action, key: 0, expires, port: Port::at_least_one(1), mail: 7, recipient: member };
        format!("/u/{}", self.store.sign(claims))
    }

    pub(super) fn unsubscribe(&self, member: u32) -> String {
        self.ticketed(Action::Unsubscribe, member, Time::now().plus(Action::Unsubscribe.lifetime()))
    }

    /// A manager with a published ad.
    pub(super) async fn manager(&self) -> Secret {
        let token = self.known("alice").await;
        Store::grant(&self.place, &login("alice"), Role::Manager, None, Time::now()).unwrap();
        let ad = serde_json::json!({"ad": {
            "ad": "boots", "state": "draft", "title": "Boots", "text": "Hello {{ name }}: {{ unsubscribe_link }}",
            "picture": false, "changed": Time::now(),
        }});
        let put = self.ask_as(&token, "POST", "/v1/ads", &ad.to_string()).await;
        assert!(put.status < 300, "{put:?}");
        token
    }
}

#[tokio::test]
async fn looking_changes_nothing_and_one_click_does() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    house.member("carol@example.org").await;
    let link = house.unsubscribe(bob);
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
        let answer = house.ask(method, &link, "").await;
        assert_eq!(answer.status, if matches!(method, "GET" | "HEAD") { 200 } else { 405 }, "{answer:?}");
    }
    let prefetch = [("Sec-Purpose", "prefetch"), ("Purpose", "prefetch")];
    house.ask_with("GET", &format!("{link}?{ONE_CLICK}"), &prefetch, "").await;
    assert!(house.gets_promotion("bob@example.org").await);

    for _ in 0..2 {
        let answer = house.ask("POST", &link, ONE_CLICK).await;
        assert_eq!(answer.status, 200);
        assert!(!answer.head.contains("\nlocation:"), "{answer:?}");
        assert!(!house.gets_promotion("bob@example.org").await);
    }
    assert!(house.gets_promotion("carol@example.org").await);
    let held = house.store.held("bob@example.org".to_owned()).await.unwrap().unwrap();
    assert_eq!(held.entries.len(), 2, "the same no again is no news: {held:?}");
    let proof = held.entries[1].proof.clone().unwrap();
    assert_eq!((proof.how.as_str(), proof.text.as_deref()), ("one-click", Some(ONE_CLICK)));
    assert_eq!(proof.from.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn a_form_in_parts_is_one_click_too() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    let form =
        "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let fields = [("Content-Type", "multipart/form-data; boundary=x")];
    assert_eq!(house.ask_with("POST", &house.unsubscribe(bob), &fields, form).await.status, 200);
    assert!(!house.gets_promotion("bob@example.org").await);
}

#[tokio::test]
async fn the_page_says_what_happened_and_only_a_press_on_it_brings_promotion_back() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    let link = house.unsubscribe(bob);
    let page = house.ask("GET", &link, "").await;
    for words in ["b…@example.org", "<button>Unsubscribe</button>", "href=\"../web/"] {
        assert!(page.body.contains(words), "{words}: {page:?}");
    }
    for field in ["content-security-policy: default-src 'none'", "cache-control: no-store", "same-origin"] {
        assert!(page.head.contains(field), "{field}: {page:?}");
    }
    assert!(!page.body.contains("bob@") && !page.body.contains("<script"), "{page:?}");
    let korean = [("Accept-Language", "ko")];
    let done = house.ask_with("POST", &link, &korean, "say=no").await;
    assert!(done.body.contains("수신 거부되었습니다") && done.body.contains("value=\"yes\""), "{done:?}");
    assert!(house.ask("GET", &link, "").await.body.contains("Unsubscribed"));

    let elsewhere = [("Origin", "https://evil.example")];
    let answer = house.ask_with("POST", &link, &elsewhere, "say=yes").await;
    assert_eq!(answer.status, 403);
    assert!(!house.gets_promotion("bob@example.org").await);
    let here = house.public().origin();
    let back = house.ask_with("POST", &link, &[("Origin", here.as_str())], "say=yes").await;
    assert!(back.status == 200 && back.body.contains("again"), "{back:?}");
    assert!(house.gets_promotion("bob@example.org").await);
    let held = house.store.held("bob@example.org".to_owned()).await.unwrap().unwrap();
    let texts: Vec<_> =
        held.entries.iter().skip(1).map(|entry| entry.proof.clone().unwrap().text.unwrap()).collect();
    assert_eq!(texts, ["수신 거부", "Get advertising mail again"]);

    house.store.suppress("bob@example.org".to_owned(), true, Proof::default(), Time::now()).await.unwrap();
    let still = house.ask_with("POST", &link, &[("Origin", here.as_str())], "say=yes").await;
    assert!(still.body.contains("mails no advertising to"), "{still:?}");
}

#[tokio::test]
async fn a_link_that_is_forged_old_or_for_something_else_changes_nothing_and_says_so() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    let later = Time::now().plus(Action::Chat.lifetime());
    let forged = forged(&house.unsubscribe(bob)[3..].parse().unwrap());
    for (link, status, words) in [
        (format!("/u/{forged}"), 403, "is not an unsubscribe link"),
        ("/u/x".to_owned(), 403, "is not an unsubscribe link"),
        (house.ticketed(Action::Chat, bob, later), 403, "is not an unsubscribe link"),
        (house.ticketed(Action::Mark, bob, later), 403, "is not an unsubscribe link"),
        (house.ticketed(Action::Confirm, bob, later), 403, "is not an unsubscribe link"),
        (house.ticketed(Action::Unsubscribe, bob, Time::now().plus(-1000)), 410, "over two years old"),
    ] {
        for (method, body) in [("GET", ""), ("POST", ONE_CLICK), ("POST", "say=no")] {
            let answer = house.ask(method, &link, body).await;
            assert_eq!(answer.status, status, "{method} {link}: {answer:?}");
            assert!(answer.body.contains(words), "{method} {link}: {answer:?}");
        }
    }
    assert!(house.gets_promotion("bob@example.org").await);
    // And it is good for nothing else.
    let ticket = &house.unsubscribe(bob)[3..];
    for path in ["/v1/press", "/v1/confirm", "/v1/tickets/look", "/v1/marks"] {
        let answer = house.ask("POST", path, &format!("{{\"ticket\":\"{ticket}\"}}")).await;
        assert!(answer.body.contains("\"error\""), "{path}: {answer:?}");
    }
    assert_eq!(house.ask("POST", "/confirm", &format!("t={ticket}")).await.status, 403);
}

#[tokio::test]
async fn who_was_erased_stays_erased_and_gets_a_page_all_the_same() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    let link = house.unsubscribe(bob);
    house.store.erase("bob@example.org".to_owned(), Proof::default(), Time::now()).await.unwrap();
    for (method, body) in [("GET", ""), ("POST", ONE_CLICK)] {
        let answer = house.ask(method, &link, body).await;
        assert!(answer.status == 200 && answer.body.contains("Nothing is stored"), "{answer:?}");
    }
    let here = house.public().origin();
    let back = house.ask_with("POST", &link, &[("Origin", here.as_str())], "say=yes").await;
    assert!(back.status == 410 && back.body.contains("join anew"), "{back:?}");
    assert_eq!(house.store.member("bob@example.org".to_owned()).await.unwrap(), None);
}

#[tokio::test]
async fn what_comes_back_by_mail_counts_like_a_press() {
    let house = House::new().await;
    let bob = house.member("bob@example.org").await;
    let link = house.unsubscribe(bob);
    let ask = format!("{{\"ticket\":\"{}\"}}", &link[3..]);
    assert_eq!(house.ask("POST", "/v1/unsubscribe", &ask).await.status, 204);
    assert!(!house.gets_promotion("bob@example.org").await);
    let other = house.ticketed(Action::Chat, bob, Time::now().plus(1_000_000));
    let ask = format!("{{\"ticket\":\"{}\"}}", &other[3..]);
    assert_eq!(house.ask("POST", "/v1/unsubscribe", &ask).await.code(), Code::BadTicket);
}

#[tokio::test]
async fn a_no_in_the_middle_of_a_campaign_counts_at_once() {
    let house = House::new().await;
    let token = house.manager().await;
    let names = ["bob", "carol", "dave"];
    for name in names {
        house.member(&format!("{name}@example.org")).await;
    }
    let plan = r#"{"name":"spring","ad":"boots","to":"all"}"#;
    let planned = house.ask_as(&token, "POST", "/v1/campaigns", plan).await;
    assert!(planned.status < 300, "{planned:?}");
    // Carol says no before the mails are handed out.
    let carol = house.store.member("carol@example.org".to_owned()).await.unwrap().unwrap().member;
    house.ask("POST", &house.unsubscribe(carol), ONE_CLICK).await;
    let claim = house.ask_as(&token, "POST", "/v1/campaigns/spring/claims", "").await.json();
    let take = format!("{{\"claim\":{},\"count\":10}}", claim["claim"]);
    let taken = house.ask_as(&token, "POST", "/v1/campaigns/spring/take", &take).await.json();
    let deliveries = taken["deliveries"].as_array().unwrap();
    let to = |at: usize| deliveries[at]["to"].as_str().unwrap();
    assert_eq!((deliveries.len(), to(0), to(1)), (2, "bob@example.org", "dave@example.org"));
    // Bob does with the link of the mail that is about to go.
    let link = format!("/u/{}", deliveries[0]["unsubscribe"].as_str().unwrap());
    assert_eq!(house.ask("POST", &link, ONE_CLICK).await.status, 200);
    let mark = |at: usize| format!("{{\"ticket\":{}}}\n", deliveries[at]["mark"]);
    let marks = house.ask_as(&token, "POST", "/v1/marks", &(mark(0) + &mark(1))).await.records();
    assert!(matches!(marks[0], Record::Error(_)), "{marks:?}");
    assert!(!matches!(marks[1], Record::Error(_)), "{marks:?}");
    let campaign = house.ask_as(&token, "GET", "/v1/campaigns/spring", "").await.json();
    assert_eq!((&campaign["skipped"], &campaign["attempting"]), (&2.into(), &1.into()), "{campaign}");
}
