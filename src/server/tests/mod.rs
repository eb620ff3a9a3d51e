//! A server as its clients see it: real sockets, a real database, a Maildir for its letters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
mod join;
mod letters;
mod pages;
mod ports;
mod registration;
mod report;
mod sign_in;
mod tickets;
mod unsubscribe;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::{Options, PublicUrl, ServeError, Service, Shared, options::Way, run};
use crate::{
    mail::transport::{Access, Via},
    store::{Place, Store},
    wire::{
        Code, LoginId, Port, Record, Secret, Ticket, Time,
        ticket::{Action, Claims},
    },
};

/// How long anything may take that a test waits for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server and what it stands on.
struct House {
    address: SocketAddr,
    store: Store,
    place: Place,
    options: Options,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<(), ServeError>>>,
    dir: tempfile::TempDir,
}

/// What a server said.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    body: String,
    /// `NAME=VALUE` of the cookie that it sets.
    cookie: Option<String>,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = match head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            true => unchunked(body),
            false => body.to_owned(),
        };
        let cookie = head.lines().find_map(|line| {
            line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        });
        let cookie = cookie.and_then(|(_, value)| value.split(';').next()).map(str::to_owned);
        Self { status, head: head.to_ascii_lowercase(), body, cookie }
    }

    fn records(&self) -> Vec<Record> {
        self.body.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    fn record(&self) -> Record {
        let [record] = &self.records()[..] else { panic!("one record, not {self:?}") };
        record.clone()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The code of the error that this is, whose status is the code's.
    fn code(&self) -> Code {
        let Record::Error(error) = self.record() else { panic!("an error, not {self:?}") };
        assert_eq!(self.status, error.code.status(), "{self:?}");
        error.code
    }

    /// The tickets of an answer to a mint.
    fn tickets(&self) -> Vec<Ticket> {
        let tickets = self.records().into_iter().map(|record| match record {
            Record::Ticket(ticket) => ticket.ticket,
            other => panic!("a ticket, not {other:?}"),
        });
        tickets.collect()
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}

impl House {
    async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    /// With options of the test's own, which may need the house's directory.
    async fn with(set: impl FnOnce(&mut Options, &std::path::Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let way = Way {
            via: Via::Maildir(dir.path().join("mail")),
            access: Access::default(),
            from: "chat@ch.example".parse().unwrap(),
        };
        let mut options = Options { way: Some(way), ..Options::default() };
        set(&mut options, dir.path());
        let place = Place { data: dir.path().join("data"), keys: None, ports: vec![(10_000, 10_999)] };
        let store = Store::open(&place).unwrap();
        let address = "127.0.0.1:0".parse().unwrap();
        let mut house = Self { address, store, place, options, stop: None, server: None, dir };
        house.start().await;
        house
    }

    async fn start(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let service =
            Service { store: self.store.clone(), public: self.public(), options: self.options.clone() };
        let server = run(listener, service, async {
            let _ = stopped.await;
        });
        self.server = Some(tokio::spawn(server));
        self.stop = Some(stop);
    }

    fn public(&self) -> PublicUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    /// Tells the server to stop and waits until it has.
    async fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        timeout(PATIENCE, self.server.take().unwrap()).await.unwrap().unwrap().unwrap();
    }

    /// What a handler would share, over the same store.
    fn shared(&self) -> Shared {
        let service =
            Service { store: self.store.clone(), public: self.public(), options: self.options.clone() };
        Shared::new(service)
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes as they are and reads until the server closes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        let mut text = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut text)).await.unwrap().unwrap();
        String::from_utf8(text).unwrap()
    }

    async fn ask_with(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: ch.example\r\nConnection: close\r\n");
        for (name, value) in fields {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        Answer::parse(&self.raw(request.as_bytes()).await)
    }

    /// As nobody.
    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.ask_with(method, path, &[], body).await
    }

    /// As whoever has this token.
    async fn ask_as(&self, token: &Secret, method: &str, path: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {}", String::from(token.clone()));
        self.ask_with(method, path, &[("Authorization", &bearer)], body).await
    }

    /// Registers `name` with `name@example.org`.
    async fn person(&self, name: &str) -> Secret {
        let token = Secret::generate().unwrap();
        let answer = self.ask("POST", "/v1/logins", &registration(name, &token)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        token
    }

    /// The same, with the address confirmed, after the mail that asks for that has gone: it would not go any more.
    async fn known(&self, name: &str) -> Secret {
        let token = self.person(name).await;
        if self.options.way.is_some() {
            self.mail(&format!("{name}@example.org"), 0).await;
        }
        assert!(self.store.confirm(login(name), Time::now()).await.unwrap());
        token
    }

    /// The tickets of one mail.
    async fn mint(&self, token: &Secret, mail: &str) -> Vec<Ticket> {
        self.ask_as(token, "POST", "/v1/tickets", mail).await.tickets()
    }

    /// A ticket of the test's own making, signed by the server's key.
    fn signed(&self, like: &Ticket, change: impl FnOnce(&mut Claims)) -> Ticket {
        let mut claims = like.claims();
        change(&mut claims);
        self.store.sign(claims)
    }

    /// Waits for the mail number `count` (from 0) to an address.
    async fn mail(&self, address: &str, count: usize) -> String {
        let new = self.dir.path().join("mail").join(address).join("new");
        timeout(PATIENCE, async {
            loop {
                let mut mails = files(&new);
                if mails.len() > count {
                    // Names tell the second and, not filled up with zeros, what is beyond it.
                    mails.sort_by_key(|path| {
                        std::fs::metadata(path).and_then(|data| data.modified()).unwrap()
                    });
                    return std::fs::read_to_string(&mails[count]).unwrap();
                }
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no mail {count} to {address}"))
    }

    fn mails(&self, address: &str) -> usize {
        files(&self.dir.path().join("mail").join(address).join("new")).len()
    }
}

fn files(dir: &std::path::Path) -> Vec<PathBuf> {
    std::fs::read_dir(dir).map_or(Vec::new(), |dir| dir.map(|entry| entry.unwrap().path()).collect())
}

fn login(name: &str) -> LoginId {
    name.parse().unwrap()
}

fn registration(name: &str, token: &Secret) -> String {
    let token = String::from(token.clone());
    format!("{{\"login\":\"{name}\",\"mail\":\"{name}@example.org\",\"token\":\"{token}\"}}")
}

/// A ticket that somebody else's key signed.
fn forged(like: &Ticket) -> Ticket {
    like.claims().sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 32]))
}

/// What stands after `from` in a mail, until white space or a quote.
fn after<'a>(mail: &'a str, from: &str) -> &'a str {
    let rest = mail.split_once(from).unwrap_or_else(|| panic!("no {from} in {mail}")).1;
    rest.split(|c: char| c.is_whitespace() || c == '\'').next().unwrap()
}
