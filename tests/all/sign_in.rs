//! A browser signs in by the link that the real `ch-serve` mails, and is its login's agent.

use std::fs;

use serde_json::{Value, json};

use crate::world::{
    Person, Server, World,
    peer::{Socket, secret},
};

/// A server, alice with a confirmed address, and bob's ticket of her mail.
#[derive(Debug)]
struct Shop {
    world: World,
    server: Server,
}

impl Shop {
    fn new() -> Self {
        let world = World::new();
        let server = world.serve(&[]);
        let shop = Self { world, server };
        let alice = shop.alice();
        alice.register();
        let mail = shop.world.mail_after(&alice.mail(), 0);
        alice.run("ch-register", &["--confirm", mail.to_str().unwrap()]).done();
        shop
    }

    fn alice(&self) -> Person<'_> {
        self.world.person("alice", &self.server)
    }

    /// Header lines that a page of ours sends.
    fn ours(&self, cookie: &str) -> String {
        format!("Origin: {}\r\nCookie: {cookie}\r\n", self.server.url.trim_end_matches('/'))
    }

    /// Signs a browser in: its cookie.
    #[track_caller]
    fn sign_in(&self) -> String {
        let before = self.world.mails("alice@example.org").len();
        assert_eq!(self.server.http("POST", "/v1/sign-in", None, "{\"login\":\"alice\"}").status, 202);
        let mail = fs::read_to_string(self.world.mail_after("alice@example.org", before)).unwrap();
        let ticket = mail.split_once("/sign-in?t=").unwrap().1.split_whitespace().next().unwrap();
        let answer = self.server.http_with("POST", "/sign-in", &self.ours(""), &format!("t={ticket}"));
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// A `live` ticket of the browser with this cookie.
    #[track_caller]
    fn live(&self, cookie: &str) -> Value {
        let answer = self.server.http_with("POST", "/v1/sign-in/live", &self.ours(cookie), "");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["live"].clone()
    }

    /// A page of ours opens the socket.
    fn page(&self) -> Socket {
        self.server.try_open(&[("origin", self.server.url.trim_end_matches('/'))]).unwrap()
    }

    /// A page says hello; why it is refused.
    #[track_caller]
    fn refused(&self, hello: &Value) -> String {
        let mut page = self.page();
        page.say(hello);
        let code = page.wait("error")["code"].as_str().unwrap().to_owned();
        assert!(page.next().is_none(), "it hangs up");
        code
    }

    /// The browser's agent, welcomed.
    #[track_caller]
    fn agent(&self, cookie: &str) -> (Socket, Value) {
        let mut page = self.page();
        page.say(&json!({ "type": "hello", "ticket": self.live(cookie), "role": "agent" }));
        let welcome = page.wait("welcome");
        (page, welcome)
    }

    /// A ticket of alice's mail to bob.
    #[track_caller]
    fn ticket(&self) -> String {
        let token = self.alice().token();
        let login = crate::world::peer::Login { name: "alice".to_owned(), token };
        self.server.ticket(&login, "bob@example.org", "Boots")
    }
}

#[test]
fn a_signed_in_browser_is_rung_answers_and_talks() {
    let shop = Shop::new();
    let cookie = shop.sign_in();
    let (mut page, welcome) = shop.agent(&cookie);
    assert_eq!((&welcome["login"], &welcome["guest"]), (&json!("alice"), &Value::Null));
    page.all();
    let mut bob = shop.server.guest(&shop.ticket(), &secret());
    bob.invite("c1");
    assert_eq!(bob.wait("presence")["state"], "online", "an open page is the login's agent");
    let ring = page.wait("invite");
    assert_eq!((&ring["from"], &ring["subject"]), (&json!("bob@example.org"), &json!("Boots")));
    page.say(&json!({ "type": "ringing", "call": ring["call"] }));
    bob.wait("ringing");
    page.say(&json!({ "type": "answer", "call": ring["call"] }));
    bob.wait("answered");
    page.wait("answered");
    bob.line(&ring["conversation"], "l1", "Do you have them in 43?");
    assert_eq!(page.wait("line")["text"], "Do you have them in 43?");
    page.line(&ring["conversation"], "a1", "Yes");
    assert_eq!(bob.wait("line")["from"], "alice");
    page.say(&json!({ "type": "bye", "call": ring["call"] }));
    assert_eq!(bob.wait("ended")["reason"], "bye");
}

#[test]
fn a_live_ticket_opens_once_as_its_device_and_nothing_else() {
    let shop = Shop::new();
    let (cookie, ticket) = (shop.sign_in(), shop.ticket());
    let agent = |ticket: &Value| json!({ "type": "hello", "ticket": ticket, "role": "agent" });
    let live = shop.live(&cookie);
    let mut page = shop.page();
    page.say(&agent(&live));
    page.wait("welcome");
    assert_eq!(shop.refused(&agent(&live)), "expired", "once");

    let letters: Vec<char> = live.as_str().unwrap().chars().collect();
    for place in (0..letters.len()).step_by(7) {
        let mut forged = letters.clone();
        forged[place] = if forged[place] == 'A' { 'B' } else { 'A' };
        let code = shop.refused(&agent(&json!(forged.iter().collect::<String>())));
        assert!(["bad_ticket", "bad_request", "unauthorized"].contains(&code.as_str()), "{code} at {place}");
    }
    // A mail's ticket makes nobody an agent, nor does the ticket of a press.
    assert_eq!(shop.refused(&agent(&json!(ticket))), "unauthorized");
    let guest = secret();
    let press = json!({ "ticket": ticket, "guest": guest }).to_string();
    let pressed = shop.server.http("POST", "/v1/press", None, &press).json()["live"].clone();
    assert_eq!(shop.refused(&agent(&pressed)), "bad_ticket");
    // And a browser's ticket is nobody's press, and signs nobody in.
    for guest in [secret(), guest] {
        let hello = json!({ "type": "hello", "ticket": shop.live(&cookie), "guest": guest });
        assert_eq!(shop.refused(&hello), "expired");
    }
    let form = format!("t={}", shop.live(&cookie).as_str().unwrap());
    assert_eq!(shop.server.http_with("POST", "/sign-in", &shop.ours(""), &form).status, 403);
    let bearer = shop.live(&cookie);
    assert_eq!(shop.server.http("GET", "/v1/devices", bearer.as_str(), "").status, 401);
    let body = json!({ "ticket": bearer, "guest": secret() }).to_string();
    assert_eq!(shop.server.http("POST", "/v1/press", None, &body).status, 403);
}

#[test]
fn a_cookie_on_the_websocket_means_nothing() {
    let shop = Shop::new();
    let cookie = shop.sign_in();
    let ours = shop.server.url.trim_end_matches('/').to_owned();
    for hello in [json!({ "type": "hello", "role": "agent" }), json!({ "type": "hello" })] {
        let mut page = shop.server.try_open(&[("origin", &ours), ("cookie", &cookie)]).unwrap();
        page.say(&hello);
        assert_eq!(page.wait("error")["code"], "unauthorized");
    }
    let token = cookie.split_once('=').unwrap().1;
    assert_eq!(shop.refused(&json!({ "type": "hello", "token": token, "role": "agent" })), "unauthorized");
    assert!(shop.server.try_open(&[("origin", "https://evil.example"), ("cookie", &cookie)]).is_err());
}

#[test]
fn a_revoked_browser_is_out_at_once_and_its_tickets_with_it() {
    let shop = Shop::new();
    let cookie = shop.sign_in();
    let waiting = shop.live(&cookie);
    let (mut page, welcome) = shop.agent(&cookie);
    let alice = shop.alice();
    let devices = alice.run("ch-register", &["--devices"]).done().records();
    let browser = devices.iter().find(|device| device["this"] == false).unwrap();
    assert_eq!((&browser["id"], &browser["name"]), (&welcome["device"], &json!("browser")));
    alice.run("ch-register", &["--revoke", browser["id"].as_str().unwrap()]).done();
    assert!(page.next().is_none(), "its socket is closed");
    let hello = json!({ "type": "hello", "ticket": waiting, "role": "agent" });
    assert_eq!(shop.refused(&hello), "unauthorized");
    let answer = shop.server.http_with("POST", "/v1/sign-in/live", &shop.ours(&cookie), "");
    assert_eq!(answer.status, 401, "{answer:?}");
}

#[test]
fn signing_out_ends_the_open_page() {
    let shop = Shop::new();
    let cookie = shop.sign_in();
    let (mut page, _) = shop.agent(&cookie);
    assert_eq!(shop.server.http_with("POST", "/sign-out", &shop.ours(&cookie), "").status, 200);
    assert!(page.next().is_none(), "its socket is closed");
    assert_eq!(shop.alice().run("ch-register", &["--devices"]).done().records().len(), 1);
}

#[test]
fn a_signed_in_browser_survives_kill_of_the_server_and_a_used_link_stays_used() {
    let mut shop = Shop::new();
    let cookie = shop.sign_in();
    let mail = shop.world.mails("alice@example.org").pop().unwrap();
    let mail = fs::read_to_string(mail).unwrap();
    let ticket = mail.split_once("/sign-in?t=").unwrap().1.split_whitespace().next().unwrap();
    let port = shop.server.port();
    shop.server.running.kill();
    shop.server = shop.world.serve_on(port, &[]);
    let form = format!("t={ticket}");
    assert_eq!(shop.server.http_with("POST", "/sign-in", &shop.ours(""), &form).status, 410);
    assert_eq!(shop.agent(&cookie).1["login"], "alice");
}
