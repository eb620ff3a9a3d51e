//! Signing in by a mailed link: by whom, how often, from where, and what the cookie is good for.

use super::*;

/// As the server's own page asks.
const HOW: &str = "application/x-www-form-urlencoded";

impl House {
    /// The ticket in the mail number `count` to an address.
    async fn link(&self, address: &str, count: usize) -> String {
        after(&self.mail(address, count).await, "/sign-in?t=").to_owned()
    }

    /// A form of a page of ours.
    async fn post(&self, path: &str, cookie: &str, body: &str) -> Answer {
        let origin = self.public().origin();
        let fields = [
            ("Content-Type", HOW),
            ("Origin", origin.as_str()),
            ("Cookie", cookie),
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0"),
        ];
        self.ask_with("POST", path, &fields, body).await
    }

    /// Asks for a link to alice's address, which has had one mail, and signs a browser in: its cookie.
    async fn cookie(&self) -> String {
        assert_eq!(self.post("/sign-in", "", "mail=alice@example.org").await.status, 202);
        let ticket = self.link("alice@example.org", 1).await;
        cookie(&self.post("/sign-in", "", &format!("t={ticket}")).await)
    }
}

/// The cookie that an answer sets.
fn cookie(answer: &Answer) -> String {
    answer.cookie.clone().unwrap_or_else(|| panic!("no cookie in {answer:?}"))
}

#[tokio::test]
async fn a_mailed_link_signs_in_once_and_only_when_its_button_is_pressed() {
    let house = House::new().await;
    house.known("alice").await;
    let asked = house.ask("POST", "/v1/sign-in", "{\"mail\":\"ALICE@example.org\"}").await;
    assert_eq!((asked.status, asked.body.as_str()), (202, ""));
    let mail = house.mail("alice@example.org", 1).await;
    assert!(mail.contains("From: chat@ch.example") && !mail.contains("CH-"), "{mail}");
    let ticket = after(&mail, "/sign-in?t=").to_owned();
    for method in ["GET", "HEAD", "GET"] {
        let page = house.ask(method, &format!("/sign-in?t={ticket}"), "").await;
        assert_eq!(page.status, 200, "{page:?}");
        assert!(!page.head.contains("set-cookie"), "{page:?}");
        assert!(method == "HEAD" || page.body.contains("<button>Sign in</button>"), "{page:?}");
    }
    let entered = house.post("/sign-in", "", &format!("t={ticket}")).await;
    assert_eq!(entered.status, 303, "{entered:?}");
    assert!(entered.head.contains("location: chats"), "{entered:?}");
    for flag in ["; path=/;", "; httponly", "; samesite=strict", "; max-age=2592000;"] {
        assert!(entered.head.contains(flag), "{flag} in {entered:?}");
    }
    assert!(
        !entered.head.contains("secure") && cookie(&entered).starts_with("ch="),
        "plain HTTP: {entered:?}"
    );
    let again = house.post("/sign-in", "", &format!("t={ticket}")).await;
    assert_eq!(again.status, 410, "{again:?}");
    assert!(!again.head.contains("set-cookie") && again.body.contains("name=\"mail\""), "{again:?}");
}

#[tokio::test]
async fn over_tls_the_cookie_is_secure_and_bound_to_its_host() {
    let house = House::new().await;
    house.known("alice").await;
    house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    let ticket = house.link("alice@example.org", 1).await;
    let shared = Shared::new(Service {
        store: house.store.clone(),
        public: "https://ch.example.org".parse().unwrap(),
        options: house.options.clone(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Service {
        store: shared.store.clone(),
        public: shared.public.clone(),
        options: Options { way: None, ..house.options.clone() },
    };
    let served = tokio::spawn(run(listener, service, std::future::pending()));
    let other = House { address, ..house };
    let entered = other.ask("POST", "/sign-in", &format!("t={ticket}")).await;
    assert!(cookie(&entered).starts_with("__Host-ch="), "{entered:?}");
    assert!(entered.head.contains("samesite=strict; secure"), "{entered:?}");
    served.abort();
}

#[tokio::test]
async fn who_exists_is_told_to_nobody() {
    let house = House::new().await;
    house.known("alice").await;
    house.person("carol").await;
    house.mail("carol@example.org", 0).await;
    let mut answers = Vec::new();
    for (how, who) in [("login", "nobody"), ("mail", "nobody"), ("mail", "carol"), ("login", "alice")] {
        let address = if how == "mail" { "@example.org" } else { "" };
        let answer = house.ask("POST", "/v1/sign-in", &format!("{{\"{how}\":\"{who}{address}\"}}")).await;
        let page = house.post("/sign-in", "", &format!("mail={who}@example.org")).await;
        answers.push((answer.status, answer.body, page.status, page.body));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!((answers[0].0, answers[0].2), (202, 202));
    house.link("alice@example.org", 1).await;
    assert_eq!(house.mails("carol@example.org"), 1, "an address that is not confirmed gets no link");
    for body in ["{}", "{\"mail\":\"no address\"}", "{\"mail\":\"a@b.example\",\"login\":\"a\"}"] {
        assert_eq!(house.ask("POST", "/v1/sign-in", body).await.code(), Code::BadRequest, "{body}");
    }
    assert_eq!(house.post("/sign-in", "", "mail=no+address").await.status, 400);
}

#[tokio::test]
async fn a_mailbox_is_not_flooded_and_a_client_that_asks_too_often_is_told() {
    let house = House::new().await;
    house.known("alice").await;
    house.mail("alice@example.org", 0).await;
    // Sixty at once, and one more for each second that they take: a slow machine is told later, not never.
    let mut asked = 0;
    let told = loop {
        let answer = house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
        asked += 1;
        if answer.status != 202 || asked == 2000 {
            break answer;
        }
    };
    assert_eq!(told.code(), Code::TooMany);
    assert!(asked > 60, "told after {asked}");
    let mut pages = 0;
    while house.post("/sign-in", "", "mail=alice@example.org").await.status != 429 {
        pages += 1;
        assert!(pages < 2000, "the page is never told");
    }
    // Five letters an hour, the one that asked to confirm among them.
    house.link("alice@example.org", 4).await;
    assert_eq!(house.mails("alice@example.org"), 5);
}

#[tokio::test]
async fn only_an_unexpired_link_of_ours_signs_in() {
    let house = House::new().await;
    let token = house.known("alice").await;
    house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    let good: Ticket = house.link("alice@example.org", 1).await.parse().unwrap();
    let chat = house.mint(&token, "{\"to\":[\"bob@example.org\"]}").await.remove(0);
    for (ticket, status) in [
        (forged(&good), 403),
        (chat, 403),
        (house.signed(&good, |claims| claims.action = Action::Confirm), 403),
        (house.signed(&good, |claims| claims.action = Action::Live), 403),
        (house.signed(&good, |claims| claims.expires = Time::now().plus(-1000)), 410),
        (house.signed(&good, |claims| claims.mail = 99), 404),
    ] {
        let answer = house.post("/sign-in", "", &format!("t={ticket}")).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(!answer.head.contains("set-cookie"), "{answer:?}");
    }
    for body in ["", "t=", "t=x", "x"] {
        assert_eq!(house.post("/sign-in", "", body).await.status, 403, "{body}");
    }
    assert_eq!(house.ask("GET", "/sign-in?t=x", "").await.status, 400);
    assert_eq!(house.post("/sign-in", "", &format!("t={good}")).await.status, 303, "none of that used it up");
}

#[tokio::test]
async fn a_foreign_page_can_neither_sign_in_nor_out_nor_use_the_cookie() {
    let house = House::new().await;
    house.known("alice").await;
    house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    let form = format!("t={}", house.link("alice@example.org", 1).await);
    let foreign: [&[(&str, &str)]; 4] = [
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
    ];
    for fields in foreign {
        assert_eq!(house.ask_with("POST", "/sign-in", fields, &form).await.status, 403, "{fields:?}");
    }
    let cookie = cookie(&house.post("/sign-in", "", &form).await);
    for fields in foreign {
        let fields = [fields, &[("Cookie", cookie.as_str())]].concat();
        for path in ["/v1/sign-in/live", "/sign-out"] {
            assert_eq!(house.ask_with("POST", path, &fields, "").await.status, 403, "{path} {fields:?}");
        }
    }
    let unproven = [("Cookie", cookie.as_str())];
    assert_eq!(house.ask_with("POST", "/v1/sign-in/live", &unproven, "").await.code(), Code::Forbidden);
    assert_eq!(house.post("/v1/sign-in/live", &cookie, "").await.status, 200, "none of that ended it");
}

#[tokio::test]
async fn the_cookie_gives_a_live_ticket_and_is_no_token() {
    let house = House::new().await;
    let token = house.known("alice").await;
    let cookie = house.cookie().await;
    let live = house.post("/v1/sign-in/live", &format!("a=b; {cookie}; c=d"), "").await;
    assert_eq!((live.status, live.json()["login"].as_str()), (200, Some("alice")));
    let ticket: Ticket = live.json()["live"].as_str().unwrap().parse().unwrap();
    assert_eq!(ticket.claims().action, Action::Live);
    assert!(live.head.contains("max-age=2592000"), "its time begins anew: {live:?}");
    let secret = cookie.split_once('=').unwrap().1;
    let bearer = format!("Bearer {secret}");
    let answer = house.ask_with("GET", "/v1/devices", &[("Authorization", &bearer)], "").await;
    assert_eq!(answer.code(), Code::Unauthorized);
    let swapped = format!("ch={}", String::from(token.clone()));
    for cookie in ["", "ch=", "ch=x", &swapped] {
        assert_eq!(house.post("/v1/sign-in/live", cookie, "").await.code(), Code::Unauthorized, "{cookie}");
    }
    let devices = house.ask_as(&token, "GET", "/v1/devices", "").await.records();
    let names: Vec<_> = devices
        .into_iter()
        .map(|record| match record {
            Record::Device(device) => device.name,
            other => panic!("a device, not {other:?}"),
        })
        .collect();
    assert_eq!(names, ["device", "browser, Chrome on Linux"]);
}

#[tokio::test]
async fn signing_out_ends_the_device_and_the_cookie() {
    let house = House::new().await;
    let token = house.known("alice").await;
    let cookie = house.cookie().await;
    let out = house.post("/sign-out", &cookie, "").await;
    assert_eq!(out.status, 200, "{out:?}");
    assert!(out.head.contains("set-cookie: ch=; path=/; max-age=0;"), "{out:?}");
    assert_eq!(house.post("/v1/sign-in/live", &cookie, "").await.code(), Code::Unauthorized);
    assert_eq!(house.ask_as(&token, "GET", "/v1/devices", "").await.records().len(), 1);
    assert_eq!(house.post("/sign-out", &cookie, "").await.status, 200, "again is no error");
}

#[tokio::test]
async fn a_used_link_stays_used_after_a_restart() {
    let mut house = House::new().await;
    house.known("alice").await;
    house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    let form = format!("t={}", house.link("alice@example.org", 1).await);
    let cookie = cookie(&house.post("/sign-in", "", &form).await);
    house.stop().await;
    house.store = Store::open(&house.place).unwrap();
    house.start().await;
    assert_eq!(house.post("/sign-in", "", &form).await.status, 410);
    assert_eq!(house.post("/v1/sign-in/live", &cookie, "").await.status, 200, "and the browser is signed in");
}

#[tokio::test]
async fn a_server_that_sends_no_mail_signs_nobody_in() {
    let house = House::with(|options, _| options.way = None).await;
    house.known("alice").await;
    let answer = house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    assert_eq!(answer.code(), Code::Forbidden);
    assert!(house.ask("GET", "/sign-in", "").await.body.contains("sends no mail"));
    assert_eq!(house.post("/sign-in", "", "mail=alice@example.org").await.status, 403);
    assert_eq!(house.store.letters_waiting().await.unwrap(), 0);
}

#[tokio::test]
async fn the_letter_and_the_page_speak_the_persons_language() {
    let house = House::new().await;
    house.known("alice").await;
    let korean = [("Accept-Language", "ko-KR,ko;q=0.9"), ("Content-Type", HOW)];
    let page = house.ask_with("GET", "/sign-in", &korean, "").await;
    assert!(page.body.contains("lang=\"ko\"") && page.body.contains("type=\"email\""), "{page:?}");
    house.ask_with("POST", "/sign-in", &korean, "mail=alice@example.org").await;
    house.link("alice@example.org", 1).await;
    house.ask("POST", "/v1/sign-in", "{\"login\":\"alice\"}").await;
    house.link("alice@example.org", 2).await;
    let subjects = [1, 2].map(async |count| {
        let mail = house.mail("alice@example.org", count).await;
        mail.lines().find(|line| line.starts_with("Subject: ")).unwrap().to_owned()
    });
    let [korean, english] = subjects;
    assert_ne!(korean.await, english.await);
}

#[tokio::test]
async fn the_page_of_the_signed_in_is_the_same_for_everybody_and_keeps_to_itself() {
    let house = House::new().await;
    house.known("alice").await;
    let cookie = house.cookie().await;
    let page = house.ask_with("GET", "/chats", &[("Cookie", &cookie)], "").await;
    assert_eq!((page.status, &page.body), (200, &house.ask("GET", "/chats", "").await.body));
    for field in [
        "content-security-policy: default-src 'none'; script-src 'self'; connect-src 'self' ws://127.0.0.1:",
        "frame-ancestors 'none'",
        "referrer-policy: same-origin",
        "cache-control: no-store",
        "content-type: text/html",
    ] {
        assert!(page.head.contains(field), "{field} in {page:?}");
    }
    assert!(!page.head.contains("set-cookie") && !page.body.contains("alice"), "{page:?}");
}
