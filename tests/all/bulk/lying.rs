//! Servers that break off, put off, stall and lie: a receipt for each recipient all the same, and never a wrong one.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::*;

/// One connection, seen from the server.
pub struct Peer {
    reader: BufReader<TcpStream>,
    /// The how manieth it is, from 0.
    pub number: usize,
}

impl Peer {
    pub fn say(&mut self, text: &str) {
        let _gone = self.reader.get_mut().write_all(text.as_bytes());
    }

    /// The next line; empty at the end.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        let _gone = self.reader.read_line(&mut line);
        line.trim_end().to_owned()
    }

    pub fn greet(&mut self, offers: &str) {
        self.say("220 me\r\n");
        self.hear();
        self.say(&format!("250-me\r\n{offers}250 HELP\r\n"));
    }

    /// The message up to its dot.
    pub fn message(&mut self) -> String {
        let mut whole = String::new();
        loop {
            let line = self.hear();
            if line == "." {
                return whole;
            }
            whole.push_str(&line);
            whole.push('\n');
            assert!(whole.len() < 1 << 20, "a message without end");
        }
    }

    /// Takes all that comes, one transaction after the other.
    pub fn take_all(&mut self) {
        loop {
            match self.hear().as_str() {
                "" | "QUIT" => return,
                "DATA" => {
                    self.say("354 go\r\n");
                    self.message();
                    self.say("250 2.0.0 taken\r\n");
                }
                _ => self.say("250 ok\r\n"),
            }
        }
    }
}

/// A server whose every connection runs `script` in a thread of its own; its `--via`.
pub fn server(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let via = format!("smtp://{}?timeout=2", listener.local_addr().unwrap());
    let script = Arc::new(script);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let (script, stream) = (Arc::clone(&script), stream.unwrap());
            thread::spawn(move || script(&mut Peer { reader: BufReader::new(stream), number }));
        }
    });
    via
}

fn send(via: &str, count: usize, connections: &str) -> Output {
    let world = World::new();
    let from = json!({ "from": "a@example.org" });
    let jobs: String = (0..count).map(|at| job(&at.to_string(), "bob@example.org", from.clone())).collect();
    let args = ["--batch", "--button", "never", "--via", via, "--connections", connections];
    nobody(&world).run_with("ch-send", &args, jobs)
}

#[test]
fn a_server_without_pipelining_is_asked_one_thing_at_a_time() {
    let via = server(|peer| {
        peer.greet("");
        loop {
            let command = peer.hear();
            if matches!(command.as_str(), "" | "QUIT") {
                return;
            }
            // Whoever has said more has not waited.
            assert!(peer.reader.buffer().is_empty(), "{command} and more");
            if command == "DATA" {
                peer.say("354 go\r\n");
                peer.message();
                assert!(peer.reader.buffer().is_empty());
            }
            peer.say("250 ok\r\n");
        }
    });
    accepted(20, &fates(&send(&via, 20, "2").done()));
}

#[test]
fn a_connection_lost_after_the_dot_is_unknown_and_one_lost_before_it_is_tried_again() {
    // The first connection ends after its first dot, the second before its first, the others work.
    let via = server(|peer| {
        peer.greet("250-PIPELINING\r\n");
        match peer.number {
            0 => {
                while peer.hear() != "DATA" {}
                peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
                peer.message();
            }
            1 => while peer.hear() != "DATA" {},
            _ => peer.take_all(),
        }
    });
    let output = send(&via, 10, "1").ends(75);
    let fates = fates(&output);
    let unknown: Vec<_> = fates.iter().filter(|(_, fate)| fate.0 == "unknown").collect();
    assert_eq!((fates.len(), unknown.len()), (10, 1), "{output:#?}");
    assert_eq!(fates.values().filter(|fate| fate.0 == "accepted").count(), 9);
}

#[test]
fn a_421_in_the_middle_moves_the_rest_to_another_connection() {
    let via = server(|peer| {
        peer.greet("250-PIPELINING\r\n");
        if peer.number == 0 {
            for _ in 0..2 {
                while peer.hear() != "DATA" {}
                peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
                peer.message();
                peer.say("250 taken\r\n");
            }
            peer.hear();
            peer.say("421 4.3.2 going down\r\n");
        } else {
            peer.take_all();
        }
    });
    accepted(20, &fates(&send(&via, 20, "1").done()));
}

#[test]
fn greylisted_and_refused_recipients_are_told_apart_from_those_that_were_taken() {
    let world = World::new();
    let via = server(|peer| {
        peer.greet("250-PIPELINING\r\n");
        loop {
            let command = peer.hear();
            match command.as_str() {
                "" | "QUIT" => return,
                // RFC 2920 §3.1: DATA is taken whether or not a recipient was.
                "DATA" => {
                    peer.say("354 go\r\n");
                    let reply = if peer.message().is_empty() { "554 nobody\r\n" } else { "250 taken\r\n" };
                    peer.say(reply);
                }
                _ if command.contains("grey") => peer.say("450 4.2.0 come again\r\n"),
                _ if command.contains("gone") => peer.say("550-5.1.1 no\r\n550 5.1.1 such user\r\n"),
                _ => peer.say("250 ok\r\n"),
            }
        }
    });
    let from = json!({ "from": "a@example.org" });
    let jobs: String = (0..40)
        .map(|at| {
            let to = ["bob@y.example", "grey@y.example", "gone@y.example", "gone@y.example, bob@y.example"]
                [at % 4];
            job(&at.to_string(), to, from.clone())
        })
        .collect();
    let args = ["--batch", "--button", "never", "--via", &via, "--connections", "2"];
    let output = nobody(&world).run_with("ch-send", &args, jobs).ends(75);
    for (name, fate) in fates(&output) {
        let due = match name.split(' ').nth(1).unwrap() {
            "grey@y.example" => ("deferred", Some(450)),
            "gone@y.example" => ("rejected", Some(550)),
            _ => ("accepted", Some(250)),
        };
        assert_eq!((fate.0.as_str(), fate.1), due, "{name}");
    }
    assert_eq!(output.records().len(), 50);
}

#[test]
fn a_server_that_stalls_is_given_up_and_what_it_was_given_is_unknown() {
    let via = server(|peer| {
        peer.greet("250-PIPELINING\r\n");
        if peer.number < 2 {
            while peer.hear() != "DATA" {}
            peer.say("250 ok\r\n250 ok\r\n354 go\r\n");
            // Silence, the connection open.
            while !peer.hear().is_empty() {}
            peer.hear();
            thread::park();
        }
        peer.take_all();
    });
    let output = send(&via, 8, "2").ends(75);
    let fates = fates(&output);
    assert_eq!(fates.len(), 8);
    assert_eq!(fates.values().filter(|fate| fate.0 == "unknown").count(), 2, "{output:#?}");
    assert_eq!(fates.values().filter(|fate| fate.0 == "accepted").count(), 6, "{output:#?}");
}

#[test]
fn a_server_that_talks_out_of_turn_or_without_end_never_makes_a_receipt_accepted() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let via = server(move |peer| {
        peer.greet("250-PIPELINING\r\n");
        peer.hear();
        count.fetch_add(1, Ordering::SeqCst);
        match peer.number % 4 {
            // A yes to a message that it has not seen.
            0 => peer.say("250 ok\r\n250 ok\r\n354 go\r\n250 taken\r\n250 ok\r\n"),
            1 => peer.say("250 ok\r\n354 go\r\n"),
            2 => peer.say(&"250-".repeat(100_000)),
            _ => peer.say("HTTP/1.1 400 Bad Request\r\n"),
        }
        while !peer.hear().is_empty() {}
    });
    let output = send(&via, 6, "3").ends(75);
    let fates = fates(&output);
    assert!(fates.len() == 6 && fates.values().all(|fate| fate.0 == "deferred"), "{output:#?}");
    assert!(asked.load(Ordering::SeqCst) <= 18, "tries are bounded");
}
