//! Batches over TLS to servers that take their time, or do not take it to the end; and CH servers that count marks, or name mails badly.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::{
    client::{ClientError, Marks},
    mail::{
        net::peer::{Peer, certificate},
        transport::{Security, SmtpServer, Times},
    },
    send::{ButtonWish, Issuer},
    wire::{
        Port, Time,
        ask::{Mark, Mint},
        record::{Job, OneOrMany, PortRecord, Presence, Sent, Status, TicketRecord},
        ticket::a_mark,
    },
};

/// Long enough for any machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// A mail that no socket's buffers hold.
const LINES: usize = 300_000;

type Encrypted = Peer<StreamOwned<ServerConnection, TcpStream>>;

/// What became of each recipient, and how many that were.
#[derive(Default)]
struct Heard {
    outcomes: Vec<Outcome>,
    settled: Vec<Sent>,
    many: Arc<AtomicUsize>,
}

impl Receipts for Heard {
    fn outcomes(&mut self, _: Slip, outcomes: Vec<Outcome>) {
        // Whoever does not wait for this is ahead now.
        thread::yield_now();
        self.many.fetch_add(outcomes.len(), Ordering::SeqCst);
        self.outcomes.extend(outcomes);
    }

    fn made(&mut self, made: Made) {
        match made {
            Made::Settled(sent) => self.settled.push(sent),
            other => unreachable!("{other:?}"),
        }
    }

    fn pause(&mut self) {}

    fn is_over(&self) -> bool {
        false
    }
}

/// An SMTP server over TLS that lets `each` have every connection after DATA was answered.
fn server(config: Arc<ServerConfig>, each: impl Fn(Encrypted) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut peer = Peer(BufReader::new(connection.unwrap())).encrypted(Arc::clone(&config));
            peer.say("220 hi\r\n");
            for reply in ["250-me\r\n250 PIPELINING\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
                peer.hear();
                peer.say(reply);
            }
            each(peer);
        }
    });
    port
}

/// Sends one large mail over one connection; what became of it.
fn send(port: u16, ca: PathBuf) -> Receiver<Vec<Outcome>> {
    let server =
        SmtpServer { host: "localhost".into(), port, user: None, security: Security::Tls, timeout: None };
    let raw = format!(
        "From: a@x.example\r\nDate: Mon, 23 Nov 2026 20:00:00 +0000\r\nMessage-ID: <1@x.example>\r\n\r\n{}",
        "New boots are in, and they are waterproof, light and warm.\r\n".repeat(LINES)
    );
    let job = Job { to: OneOrMany::One("b@y.example".into()), raw: Some(raw), ..Job::default() };
    let batch = Batch {
        via: Via::Smtp(server),
        access: Access {
            ca: Some(ca),
            hello: Some("me.example".into()),
            times: Times::all(PATIENCE),
            ..Access::default()
        },
        connections: 1,
        writing: Writing { smtp: true, ..Writing::default() },
    };
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut heard = Heard::default();
        batch.run(Input::Jobs(Box::new(std::iter::once(vec![job]))), None, &mut heard).unwrap();
        tell.send(heard.outcomes).unwrap();
    });
    told
}

#[test]
fn a_large_mail_over_tls_goes_on_whenever_the_server_takes_more() {
    let (config, ca) = certificate();
    let port = server(config, |mut peer| {
        let mut line = String::new();
        while line != ".\r\n" {
            line.clear();
            assert!(peer.0.read_line(&mut line).unwrap() > 0);
        }
        peer.say("250 taken\r\n");
        peer.hear();
    });
    let outcomes = send(port, ca.path().to_owned()).recv_timeout(PATIENCE / 2).unwrap();
    assert_eq!(outcomes[0].status, Status::Accepted, "{outcomes:?}");
}

#[test]
fn a_server_that_resets_tls_in_the_middle_of_a_large_mail_ends_the_connection_and_nothing_else() {
    let (config, ca) = certificate();
    let port = server(config, |mut peer| {
        let mut some = [0; 100_000];
        peer.0.read_exact(&mut some).unwrap();
        // What it has not read makes the system reset the connection.
    });
    let outcomes = send(port, ca.path().to_owned()).recv_timeout(PATIENCE / 2).unwrap();
    assert_eq!(outcomes[0].status, Status::Deferred, "{outcomes:?}");
}

/// Says how many receipts there were at each mark.
struct Asked(Arc<AtomicUsize>, mpsc::Sender<usize>);

impl Ledger for Asked {
    fn mark(&self, asks: &[Mark]) -> Result<Marks, ClientError> {
        self.1.send(self.0.load(Ordering::SeqCst)).unwrap();
        Ok(asks.iter().map(|_| Ok(())).collect())
    }
}

#[test]
fn a_carriers_next_mark_is_asked_for_after_the_receipt_of_its_last_mail() {
    let dir = tempfile::tempdir().unwrap();
    let jobs = (0..100).map(|_| Job { mark: Some(a_mark()), ..short() }).collect();
    let heard = Heard::default();
    let (say, said) = mpsc::channel();
    let ledger = Box::new(Asked(Arc::clone(&heard.many), say));
    into_maildirs(dir.path(), jobs, Some(ledger), Writing::default(), heard);
    assert_eq!(said.try_iter().collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
}

fn short() -> Job {
    Job {
        to: OneOrMany::One("b@y.example".into()),
        from: Some("a@x.example".into()),
        text: Some("Hi".into()),
        ..Job::default()
    }
}

fn into_maildirs(
    dir: &Path,
    jobs: Vec<Job>,
    ledger: Option<Box<dyn Ledger>>,
    writing: Writing,
    mut heard: Heard,
) -> Heard {
    let (via, access) = (Via::Maildir(dir.to_owned()), Access::default());
    let batch = Batch { via, access, connections: 1, writing };
    batch.run(Input::Jobs(Box::new(std::iter::once(jobs))), ledger, &mut heard).unwrap();
    heard
}

/// A CH server that has one name for all mails.
struct OneName;

impl Issuer for OneName {
    fn port(&self) -> Result<PortRecord, ClientError> {
        let login = "alice".parse().unwrap();
        let port = Port::at_least_one(1);
        Ok(PortRecord { port, login, host: None, state: Presence::On, until: None })
    }

    fn tickets(&self, mail: Mint) -> Result<Vec<TicketRecord>, ClientError> {
        assert!(mail.unnamed && mail.message_id.is_none(), "{mail:?}");
        let ticket = a_mark();
        let url = format!("http://127.0.0.1:1/c#{ticket}");
        let message_id = Some("m1.1@x.example".to_owned());
        let (to, port, expires) = (mail.to[0].clone(), Port::at_least_one(1), Time(0));
        Ok(vec![TicketRecord { reference: None, to, message_id, port, ticket, url, expires }])
    }

    fn is(&self, _: &str) -> Result<bool, ClientError> {
        Ok(true)
    }
}

#[test]
fn a_ch_server_that_has_one_name_for_two_mails_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let buttons = Buttons {
        issuer: Box::new(OneName),
        wish: ButtonWish::default(),
        required: true,
        port: OnceLock::new(),
    };
    let writing = Writing { buttons: Some(buttons), stays_here: true, ..Writing::default() };
    let heard = into_maildirs(dir.path(), vec![short(), short()], None, writing, Heard::default());
    assert_eq!(heard.outcomes.len(), 1);
    let [refused] = &heard.settled[..] else { panic!("{:?}", heard.settled) };
    let why = refused.reply.as_deref().unwrap();
    assert!(refused.status == Status::Rejected && why.contains("one name for two mails"), "{why}");
}
