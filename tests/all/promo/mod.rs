//! The promotion, asked by raw HTTP and by the real tools.

mod ads;
mod consents;
mod course;
mod kept;
mod killed;
mod ledger;
mod mailing;
mod members;
mod outcome;
mod pacing;
mod plans;
mod rights;
mod senders;
mod stages;

use chmail::{
    store::{AdText, MemberChange, NewAd, Place, Proof, Store},
    wire::{Time, promotion::PROMOTION},
};
use serde_json::{Value, json};

use crate::world::{
    Person, Server, World, free_port,
    peer::{Answer, Login},
};

/// A manager with a home of their own.
pub fn manager<'a>(world: &'a World, server: &Server, name: &str) -> Person<'a> {
    let person = world.person(name, server);
    person.register();
    world.grant(name, "manager");
    person
}

/// A shop with members: a CH server, its manager, one ad.
pub struct Shop {
    pub world: World,
    pub server: Server,
    pub manager: Login,
    port: u16,
    args: Vec<String>,
}

/// Member number `n`'s address, beginning with 1.
pub fn address(n: u32) -> String {
    format!("m{n}@d{}.example", n % 7)
}

/// A member who said yes.
pub fn member(n: u32) -> MemberChange {
    MemberChange {
        mail: address(n),
        name: Some(format!("Member {n}")),
        tag: if n.is_multiple_of(2) { vec!["even".to_owned()] } else { Vec::new() },
        consent: vec![PROMOTION.to_owned()],
        proof: Proof { how: "import".to_owned(), text: Some("paper form".to_owned()), ..Proof::default() },
        ..MemberChange::default()
    }
}

impl Shop {
    /// With members 1 to `count`, all of whom said yes.
    pub fn new(count: u32, args: &[&str]) -> Self {
        Self::with((1..=count).map(member).collect(), args)
    }

    pub fn with(members: Vec<MemberChange>, args: &[&str]) -> Self {
        let (world, port) = (World::new(), free_port());
        let mut server = world.serve_on(port, args);
        let manager = server.login("shop");
        server.running.kill();
        let place = place(&world);
        let ad = NewAd {
            id: "boots".to_owned(),
            owner: manager.name.parse().unwrap(),
            published: true,
            any: true,
            text: AdText {
                title: "Boots for {{ name }}".to_owned(),
                text: Some("Hi".to_owned()),
                ..AdText::default()
            },
            picture: None,
            valid_from: None,
            valid_until: None,
        };
        let draft = NewAd { id: "draft".to_owned(), published: false, ..ad.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&place).unwrap();
            for ad in [ad, draft] {
                store.put_ad(ad, Time::now()).await.unwrap();
            }
            for some in members.chunks(1000) {
                store.change_members(some.to_vec(), Time::now()).await.unwrap();
            }
            store.close().await;
        });
        let server = world.serve_on(port, args);
        let shop =
            Self { world, server, manager, port, args: args.iter().map(|&arg| arg.to_owned()).collect() };
        shop.grant("shop");
        shop
    }

    /// Makes a login a manager.
    pub fn grant(&self, login: &str) {
        self.world.grant(login, "manager");
    }

    /// One more manager, on a device of their own.
    pub fn another(&self, name: &str) -> Login {
        let login = self.server.login(name);
        self.grant(name);
        login
    }

    /// SIGKILL, and a server again at the same place.
    pub fn kill(&mut self) {
        self.server.running.kill();
        self.restart();
    }

    /// Kills the server and starts it where no file may grow by more than `kib`: as on a full disk, where nobody minds the
    /// signal.
    pub fn fill_up(&mut self, kib: u64) {
        self.server.running.kill();
        let size = |name: &str| std::fs::metadata(self.world.path(name)).map_or(0, |about| about.len());
        let most = size("data/ch.db").max(size("data/ch.db-wal")) / 1024 + kib;
        // POSIX's unit is 512 bytes; bash's is 1024.
        let limit = format!(
            "trap '' XFSZ; ulimit -f $(( {most} * $(test -n \"$BASH_VERSION\" && echo 1 || echo 2) ))"
        );
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.server = self.world.serve_within(&limit, self.port, &args);
    }

    fn restart(&mut self) {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.server = self.world.serve_on(self.port, &args);
    }

    #[track_caller]
    pub fn post(&self, who: &Login, path: &str, body: &Value) -> Answer {
        self.server.http("POST", &format!("/v1/campaigns{path}"), Some(&who.token), &body.to_string())
    }

    #[track_caller]
    pub fn done(&self, who: &Login, path: &str, body: &Value) -> Value {
        let answer = self.post(who, path, body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Plans `spring` for everybody, with further fields.
    #[track_caller]
    pub fn plan(&self, more: &Value) -> Value {
        let mut ask = json!({ "name": "spring", "ad": "boots", "to": "all" });
        for (name, value) in more.as_object().unwrap() {
            ask[name] = value.clone();
        }
        self.done(&self.manager, "", &ask)
    }

    /// A claim's number.
    #[track_caller]
    pub fn claim(&self, who: &Login) -> u32 {
        self.done(who, "/spring/claims", &json!({}))["claim"].as_u64().unwrap().try_into().unwrap()
    }

    /// What `take` answers.
    #[track_caller]
    pub fn take(&self, who: &Login, claim: u32, count: u32) -> Value {
        self.done(who, "/spring/take", &json!({ "claim": claim, "count": count }))
    }

    /// Marks one delivery; the `mark` or `error` record.
    #[track_caller]
    pub fn mark(&self, who: &Login, delivery: &Value) -> Value {
        let line = json!({ "ticket": delivery["mark"] });
        let answer = self.server.http("POST", "/v1/marks", Some(&who.token), &line.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Says what became of deliveries; how many were news.
    #[track_caller]
    pub fn outcomes(&self, who: &Login, sent: &[Value]) -> u64 {
        let lines: String = sent.iter().map(|sent| format!("{sent}\n")).collect();
        let path = "/v1/campaigns/spring/outcomes";
        let answer = self.server.http("POST", path, Some(&who.token), &lines);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["news"].as_u64().unwrap()
    }

    /// The `campaign` record.
    #[track_caller]
    pub fn status(&self) -> Value {
        let answer = self.server.http("GET", "/v1/campaigns/spring", Some(&self.manager.token), "");
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The counts that are not zero.
    #[track_caller]
    pub fn counts(&self) -> String {
        let status = self.status();
        ["planned", "claimed", "attempting", "accepted", "deferred", "rejected", "unknown", "skipped"]
            .iter()
            .filter(|name| status[**name] != 0)
            .map(|name| format!("{name} {}", status[*name]))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Beside the running server, as only a test may.
    pub fn sql(&self, change: &str) {
        let sql = rusqlite::Connection::open(self.world.path("data/ch.db")).unwrap();
        sql.busy_timeout(crate::world::PATIENCE).unwrap();
        sql.execute_batch(change).unwrap();
    }
}

/// Where the databases are.
pub fn place(world: &World) -> Place {
    Place { data: world.path("data"), keys: None, ports: vec![(10_000, 32_767)] }
}

/// Deliveries of a `take`.
pub fn deliveries(taken: &Value) -> Vec<Value> {
    taken["deliveries"].as_array().unwrap().clone()
}

/// A receipt.
pub fn sent(delivery: &Value, status: &str, code: Option<u16>) -> Value {
    json!({
        "v": 1, "type": "sent", "ref": delivery["ref"], "recipient": delivery["to"], "status": status, "code": code,
        "reply": null, "message_id": delivery["message_id"], "at": Time::now(),
    })
}
