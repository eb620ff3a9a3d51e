//! A job's mark is durable at the CH server before its message's final dot.

use std::sync::mpsc;

use chmail::{
    store::{Place, Store},
    wire::{
        Port, Ticket, Time,
        ticket::{Action, Claims},
    },
};

use super::{lying::server, *};

fn place(world: &World) -> Place {
    Place { data: world.path("data"), keys: None, ports: vec![(10_000, 32_767)] }
}

/// `mark` tickets, as whoever keeps the ledger would make them.
fn tickets(world: &World, deliveries: std::ops::Range<u64>) -> Vec<Ticket> {
    let store = Store::open(&place(world)).unwrap();
    let sign = |mail| {
        let expires = Time::now().plus(Action::Mark.lifetime());
        store.sign(Claims {
            action: Action::Mark,
            key: 0,
            expires,
            port: Port::at_least_one(1),
            mail,
            recipient: 0,
        })
    };
    deliveries.map(sign).collect()
}

fn marked(world: &World, delivery: u64) -> bool {
    let store = Store::open(&place(world)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(store.attempted((delivery, 0, 1))).unwrap().is_some()
}

fn marked_job(at: usize, ticket: &Ticket) -> String {
    job(&at.to_string(), "bob@example.org", json!({ "mark": ticket.to_string(), "chat": false }))
}

#[test]
fn a_mark_is_durable_before_the_dot_whoever_is_killed_then() {
    let world = World::new();
    let tickets = tickets(&world, 1..3);
    let ch = world.serve(&[]);
    let mut alice = world.person("alice", &ch);
    alice.register();
    let (told, dotted) = mpsc::channel();
    alice.via = server(move |peer| {
        peer.greet("250-PIPELINING\r\n");
        while peer.hear() != "DATA" {}
        peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
        peer.message();
        told.send(()).unwrap();
        peer.hear();
        std::thread::park();
    });
    let mut sender = alice.start("ch-send", &["--batch", "--connections", "1"]);
    let mut stdin = sender.stdin.take().unwrap();
    let jobs: String = tickets.iter().enumerate().map(|(at, ticket)| marked_job(at, ticket)).collect();
    std::io::Write::write_all(&mut stdin, jobs.as_bytes()).unwrap();
    dotted.recv_timeout(crate::world::PATIENCE).unwrap();
    // SIGKILL, both.
    drop(ch);
    drop(sender);
    assert!(marked(&world, 1), "the dot was there, the mark was not");
    assert!(!marked(&world, 2), "at most one for each connection is not known");
}

#[test]
fn marks_are_grouped_and_a_bad_one_stops_only_its_own_mail() {
    let world = World::new();
    let mut tickets = tickets(&world, 1..40);
    let ch = world.serve(&[]);
    let mut alice = world.person("alice", &ch);
    alice.register();
    alice.via = server(|peer| {
        peer.greet("250-PIPELINING\r\n");
        peer.take_all();
    });
    // A ticket of somebody else's server.
    let other = World::new();
    tickets[7] = self::tickets(&other, 1..2).remove(0);
    let jobs: String = tickets.iter().enumerate().map(|(at, ticket)| marked_job(at, ticket)).collect();
    let output = alice.run_with("ch-send", &["--batch"], jobs).ends(69);
    let mut fates = fates(&output);
    assert_eq!(fates.remove("7 bob@example.org"), Some(("rejected".to_owned(), None)));
    accepted(38, &fates);
}

#[test]
fn without_the_ch_server_a_marked_mail_is_not_sent() {
    let world = World::new();
    let tickets = tickets(&world, 1..2);
    let ch = world.serve(&[]);
    let mut alice = world.person("alice", &ch);
    alice.register();
    drop(ch);
    let (told, heard) = mpsc::channel();
    alice.via = server(move |peer| {
        peer.greet("250-PIPELINING\r\n");
        while peer.hear() != "DATA" {}
        peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
        told.send(peer.hear()).unwrap();
    });
    let output = alice.run_with("ch-send", &["--batch"], marked_job(0, &tickets[0])).ends(75);
    assert_eq!(fates(&output)["0 bob@example.org"], ("deferred".to_owned(), None));
    assert_eq!(heard.recv_timeout(crate::world::PATIENCE).unwrap(), "", "something was said after DATA");
}
